"""Formulas (MathML) in one line: a reader of the text alone must not take 1/2 for 12."""

from collections.abc import Callable, Sequence

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import text_of

_UNSEEN = frozenset({"annotation-xml", "maligngroup", "malignmark", "mphantom"})
_MAX_DEPTH = 60


def linear(element: Element, depth: int = 0) -> str:
    """The formula's text; a raised part stands behind `^`, a lowered one behind `_`, a fraction
    has `/`. Its source in another notation (TeX) follows where the page holds one."""
    if element.tag in _UNSEEN:
        return ""
    if depth == _MAX_DEPTH:
        return text_of(element)
    text = " ".join((element.text or "").split())
    if element.tag == "annotation":
        return f" {text}"
    parts = [linear(each, depth + 1) for each in element if isinstance(each.tag, str)]
    shape = _SHAPES.get((element.tag, len(parts))) or _SHAPES.get((element.tag, _ANY))
    return text + (shape(parts) if shape else "".join(parts))


def _grouped(part: str) -> str:
    return part if len(part) < 2 or part.isalnum() else f"({part})"


def _scripts(parts: Sequence[str]) -> str:
    return f"{_grouped(parts[0])}_{_grouped(parts[1])}^{_grouped(parts[2])}"


def _lowered(parts: Sequence[str]) -> str:
    return f"{_grouped(parts[0])}_{_grouped(parts[1])}"


def _raised(parts: Sequence[str]) -> str:
    return f"{_grouped(parts[0])}^{_grouped(parts[1])}"


_ANY = -1  # parts, however many
_SHAPES: dict[tuple[str, int], Callable[[Sequence[str]], str]] = {
    ("mfrac", 2): lambda p: f"{_grouped(p[0])}/{_grouped(p[1])}",
    ("msup", 2): _raised,
    ("mover", 2): _raised,
    ("msub", 2): _lowered,
    ("munder", 2): _lowered,
    ("msubsup", 3): _scripts,
    ("munderover", 3): _scripts,
    ("mroot", 2): lambda p: f"{_grouped(p[1])}√{_grouped(p[0])}",
    ("msqrt", _ANY): lambda p: f"√{_grouped(''.join(p))}",
    ("mfenced", _ANY): lambda p: f"({','.join(p)})",
    ("mtr", _ANY): " ".join,
    ("mtable", _ANY): "; ".join,
}
