"""The headings of a Word document that uses no style for them: short bold lines in larger type."""

import re
from collections import Counter
from typing import Any, TypeAlias

Element: TypeAlias = Any  # lxml has no types

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"Heading\d")
_USUAL_SIZE = 22  # half points, where a document does not say
_LARGER = 1.15
_MAX_CHARS = 100
_MAX_RANKS = 3
_SENTENCE_END = "。．.,、;；"


def mark(root: Element) -> None:
    """Name them in a part's tree as mammoth knows headings; nothing, where there are others."""
    paragraphs = [each for each in root.iter(f"{_W}p") if _is_free(each)]
    if any(_HEADING.fullmatch(_style(each)) for each in paragraphs):
        return
    sizes: Counter[int] = Counter()
    for run in root.iter(f"{_W}r"):
        sizes[_size(run)] += len(_text(run))
    usual = sizes.most_common(1)[0][0] if sizes else _USUAL_SIZE
    found = {each: size for each in paragraphs if (size := _bold_size(each)) > _LARGER * usual}
    ranks = {size: i for i, size in enumerate(sorted({*found.values()}, reverse=True), start=1)}
    for paragraph, size in found.items():
        _name(paragraph, min(ranks[size], _MAX_RANKS))


def _is_free(paragraph: Element) -> bool:
    return next(paragraph.iterancestors(f"{_W}tc"), None) is None


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val") or ""


def _text(element: Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{_W}t"))


def _size(run: Element) -> int:
    size = run.find(f"{_W}rPr/{_W}sz")
    value = "" if size is None else size.get(f"{_W}val") or ""
    return int(value) if value.isascii() and value.isdigit() else _USUAL_SIZE


def _bold_size(paragraph: Element) -> int:
    """The size of a short line that is bold as a whole; 0 of others."""
    text = _text(paragraph).strip()
    runs = [run for run in paragraph.iter(f"{_W}r") if _text(run).strip()]
    if not text or len(text) > _MAX_CHARS or text[-1] in _SENTENCE_END:
        return 0
    return min(map(_size, runs)) if all(map(_is_bold, runs)) else 0


def _is_bold(run: Element) -> bool:
    bold = run.find(f"{_W}rPr/{_W}b")
    return bold is not None and bold.get(f"{_W}val", "1") not in ("0", "false", "off")


def _name(paragraph: Element, level: int) -> None:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{_W}pPr")
        paragraph.insert(0, properties)
    style = properties.find(f"{_W}pStyle")
    if style is None:
        style = properties.makeelement(f"{_W}pStyle")
        properties.insert(0, style)
    style.set(f"{_W}val", f"Heading{level}")
    for bold in [*paragraph.iter(f"{_W}b")]:  # said by being a heading
        bold.getparent().remove(bold)
