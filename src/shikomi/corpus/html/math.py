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
    shape = _SHAPES.get(element.tag)
    if shape is None or len(parts) != shape[0]:
        return text + "".join(parts)
    return text + shape[1](parts)


def _grouped(part: str) -> str:
    return part if len(part) < 2 or part.isalnum() else f"({part})"


_SHAPES: dict[str, tuple[int, Callable[[Sequence[str]], str]]] = {
    "mfrac": (2, lambda p: f"{_grouped(p[0])}/{_grouped(p[1])}"),
    "msup": (2, lambda p: f"{_grouped(p[0])}^{_grouped(p[1])}"),
    "msub": (2, lambda p: f"{_grouped(p[0])}_{_grouped(p[1])}"),
    "msubsup": (3, lambda p: f"{_grouped(p[0])}_{_grouped(p[1])}^{_grouped(p[2])}"),
    "mroot": (2, lambda p: f"{_grouped(p[1])}√{_grouped(p[0])}"),
    "msqrt": (1, lambda p: f"√{_grouped(p[0])}"),
}
