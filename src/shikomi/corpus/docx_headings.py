"""The headings of a Word document that uses no style for them: short bold lines in larger type."""

import re
from collections import Counter

from shikomi.corpus import docx_xml
from shikomi.corpus.docx_xml import Element, W

_HEADING = re.compile(r"Heading\d")
_USUAL_SIZE = 22  # half points, where a document does not say
_LARGER = 1.15
_MAX_CHARS = 100
_MAX_RANKS = 3
_SENTENCE_END = "。．.,、;；"


def mark(root: Element) -> None:
    """Name them in a part's tree as mammoth knows headings; nothing, where there are others."""
    paragraphs = [each for each in root.iter(f"{W}p") if _is_free(each)]
    if any(_HEADING.fullmatch(docx_xml.value(each, f"pPr/{W}pStyle")) for each in paragraphs):
        return
    sizes: Counter[int] = Counter()
    for run in root.iter(f"{W}r"):
        sizes[_size(run)] += len(docx_xml.text(run))
    usual = sizes.most_common(1)[0][0] if sizes else _USUAL_SIZE
    found = {each: size for each in paragraphs if (size := _bold_size(each)) > _LARGER * usual}
    ranks = {size: i for i, size in enumerate(sorted({*found.values()}, reverse=True), start=1)}
    for paragraph, size in found.items():
        _name(paragraph, min(ranks[size], _MAX_RANKS))


def _is_free(paragraph: Element) -> bool:
    return next(paragraph.iterancestors(f"{W}tc"), None) is None


def _size(run: Element) -> int:
    value = docx_xml.value(run, f"rPr/{W}sz")
    return int(value) if value.isascii() and value.isdigit() else _USUAL_SIZE


def _bold_size(paragraph: Element) -> int:
    """The size of a short line that is bold as a whole; 0 of others."""
    text = docx_xml.text(paragraph).strip()
    runs = [run for run in paragraph.iter(f"{W}r") if docx_xml.text(run).strip()]
    if not text or len(text) > _MAX_CHARS or text[-1] in _SENTENCE_END:
        return 0
    return min(map(_size, runs)) if all(map(_is_bold, runs)) else 0


def _is_bold(run: Element) -> bool:
    bold = run.find(f"{W}rPr/{W}b")
    return bold is not None and bold.get(f"{W}val", "1") not in ("0", "false", "off")


def _name(paragraph: Element, level: int) -> None:
    docx_xml.set_style(paragraph, "p", f"Heading{level}")
    for bold in [*paragraph.iter(f"{W}b")]:  # said by being a heading
        bold.getparent().remove(bold)
