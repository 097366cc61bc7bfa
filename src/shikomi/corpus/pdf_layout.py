"""Lines on pages to paragraphs, lists, code and headings.

A PDF knows neither: what belongs together is read from where lines stand, how far apart, and
whether the next word would still have had room.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from shikomi.corpus.pdf_headings import Entry, Headings, headings
from shikomi.corpus.pdf_shape import Shape, shape, without_running
from shikomi.corpus.pdf_text import Line

__all__ = ["Entry", "to_html"]

_BULLET = re.compile(
    r"[•‣▪◦\uf000-\uf0ff\x80-\x9f]\s*"  # the last two: signs of a symbol font
    r"|[●○♦➢➤✓❖](?:\s+[-–—])?\s+(?=\S)"  # without a space they begin Japanese headings
)
_NUMBER = re.compile(r"(\d{1,3})\.\s+(?=\S)")
_ITEM = re.compile(r"[(（]?\d{1,3}[.)）]\s|[①-⑳㋐-㋾]|[・●○■□◆※]|[-–—*]\s|\(?[a-z][.)]\s")
_LEADERS = re.compile(r"(?:\. ?){5,}|[…‥・]{3,}\s*\d+$")
_SENTENCE_END = "。．.!?！？:：」』）)"
_WORD = re.compile(r"\w+(?:-\w+)*")
_INDENT_EM = 0.7
_DEEP_INDENT_EM = 4.0
_SAME_ROW_EM = 0.3
_OTHER_SIZE = 0.12
_APART = 1.2  # of the usual distance between lines
_BLANK_LINE = 1.6
_CODE_APART = 4.0
_OTHER_WIDTH = 0.02
_JUSTIFIED = 1.0  # points
_SLACK_EM = 0.5
_WIDE_SLACK_EM = 1.5  # Japanese lines end early where a mark may not begin the next


@dataclass(slots=True)
class _Block:
    """`kind` is the element: h1 to h6, p, li (of `ul`), or pre. `number` is a list item's."""

    kind: str
    lines: list[Line] = field(default_factory=list)
    group: int = 0
    number: int | None = None


def to_html(pages: Sequence[Sequence[Line]], outline: Sequence[Entry], title: str) -> str:
    """The document as a page of HTML; `pages` are in order, with their lines."""
    kept = without_running(pages)
    measured = shape(kept)
    heads = headings(kept, outline, measured)
    blocks = list(_blocks(heads, measured))
    words = {word.lower() for page in kept for line in page for word in _WORD.findall(line.text)}
    body = "\n".join(_elements(blocks, words, measured))
    return f"<title>{escape(title)}</title>\n<body>\n{body}\n</body>"


def _blocks(heads: Headings, measured: Shape) -> Iterator[_Block]:
    block: _Block | None = None
    code = _code_lines(heads.lines, measured)
    for line in heads.lines:
        new = _begun(line, heads, code)
        if block is not None and _goes_on(block, new, line, measured):
            block.lines.append(line)
            continue
        if block is not None:
            yield block
        block = new
        block.lines.append(line)
    if block is not None:
        yield block


def _code_lines(lines: Sequence[Line], measured: Shape) -> set[Line]:
    """Lines in type of one width, and beside them those whose few letters do not tell."""
    if measured.monospaced:
        return set()
    code = {line for line in lines if line.monospaced}
    for ordered in (lines, lines[::-1]):
        for known, line in pairwise(ordered):
            same = abs(known.width - line.width) <= _OTHER_WIDTH * known.width
            near = abs(known.y - line.y) < _CODE_APART * measured.pitch(line.size)
            if known in code and line.width and same and near:
                code.add(line)
    return code


def _begun(line: Line, heads: Headings, code: set[Line]) -> _Block:
    """The block that would begin with this line."""
    if line in heads.levels:
        level, group = heads.levels[line]
        return _Block(f"h{level}", group=group)
    if _BULLET.match(line.text):
        return _Block("li")
    if line in code:
        return _Block("pre")
    number = _NUMBER.match(line.text)
    return _Block("li", number=int(number[1])) if number else _Block("p")


def _goes_on(block: _Block, new: _Block, line: Line, measured: Shape) -> bool:
    """Whether a line belongs to the block before it."""
    if new.kind.startswith("h") or block.kind.startswith("h"):
        return new.kind == block.kind and new.group == block.group
    if block.kind == "pre":
        return new.kind == "pre"
    if new.kind == "pre":  # the middle of a sentence may be code from edge to edge
        ended = block.lines[-1].text[-1] in _SENTENCE_END
        return not ended and not _starts_paragraph(block, line, measured)
    return new.kind == "p" and not _starts_paragraph(block, line, measured)


def _starts_paragraph(block: _Block, line: Line, measured: Shape) -> bool:
    previous = block.lines[-1]
    if previous.hyphen:
        return False
    if abs(line.size - previous.size) > _OTHER_SIZE * previous.size:
        return True
    if _ITEM.match(line.text) or _LEADERS.search(line.text) or _LEADERS.search(previous.text):
        return True
    gap = previous.y - line.y
    if line.page != previous.page or gap < -line.size:  # the next page or column
        return previous.text[-1] in _SENTENCE_END or _had_room(block, line, measured)
    if abs(gap) < _SAME_ROW_EM * line.size:
        return False
    apart = gap > _APART * measured.pitch(line.size)
    return apart or _is_indented(block, line) or _had_room(block, line, measured)


def _is_indented(block: _Block, line: Line) -> bool:
    """Whether a line stands out from those before it. A paragraph's first line may be set in or,
    in a list, out."""
    inwards = (line.left - block.lines[-1].left) / line.size
    if len(block.lines) > 1:
        return abs(inwards) > _INDENT_EM
    hangs = block.kind == "li" or _ITEM.match(block.lines[0].text) is not None
    return (inwards > _INDENT_EM and not hangs) or inwards < -_DEEP_INDENT_EM


def _had_room(block: _Block, line: Line, measured: Shape) -> bool:
    """Whether the first word of `line` would have had room behind the block's last line: then
    that was ended on purpose."""
    previous = block.lines[-1]
    if abs(previous.right - line.right) < _JUSTIFIED:
        return False
    edge = measured.edge(previous)
    if len(block.lines) > 1:  # a paragraph that is set in has an edge of its own
        edge = min(edge, max(each.right for each in block.lines))
    per_char = (line.right - line.left) / max(1, len(line.text))
    word = line.text.split()[0]
    if word[0] > "\u2fff":
        return edge - previous.right > (1 + _WIDE_SLACK_EM) * line.size
    return edge - previous.right > (len(word) + 1) * per_char + _SLACK_EM * line.size


def _elements(blocks: Sequence[_Block], words: set[str], measured: Shape) -> Iterator[str]:
    """The blocks as HTML; neighbouring items share a list."""
    lists = [_list(block) for block in blocks]
    for i, block in enumerate(blocks):
        before, here = (lists[i - 1] if i else ""), lists[i]
        if before and before != here:
            yield f"</{before}>"
        if here and here != before:
            yield f"<{here}>"
        yield _element(block, words, measured)
    if lists and lists[-1]:
        yield f"</{lists[-1]}>"


def _list(block: _Block) -> str:
    if block.kind != "li":
        return ""
    return "ul" if block.number is None else "ol"


def _element(block: _Block, words: set[str], measured: Shape) -> str:
    if block.kind == "pre":
        return f"<pre>{escape(_code(block.lines, measured))}</pre>"
    text = _joined(block.lines, words)
    if block.kind != "li":
        return f"<{block.kind}>{escape(text)}</{block.kind}>"
    marker = _BULLET.match(text) or _NUMBER.match(text)
    value = "" if block.number is None else f' value="{block.number}"'
    return f"<li{value}>{escape(text[marker.end() if marker else 0 :])}</li>"


def _joined(lines: Sequence[Line], words: set[str]) -> str:
    """The lines as one text, a word that was cut in two made whole."""
    text = lines[0].text
    for previous, line in pairwise(lines):
        text += _glue(text, line.text, words) if previous.hyphen else "\n"
        text += line.text
    return text


def _glue(before: str, after: str, words: set[str]) -> str:
    """A hyphen if the word has one of its own: it is spelt so elsewhere, or is no plain word."""
    last = re.split(r"[^\w-]", before.split()[-1])[-1]
    first = re.split(r"[^\w-]", after.split()[0])[0]
    if (last + first).lower() in words:
        return ""
    plain = last[-1:].isalpha() and first[:1].islower()
    return "" if plain and f"{last}-{first}".lower() not in words else "-"


def _code(lines: Sequence[Line], measured: Shape) -> str:
    """Lines of code with their columns, and a blank one where there is space between two."""
    left = min(line.left for line in lines)
    shown = [_indented(lines[0], left)]
    for previous, line in pairwise(lines):
        gap = previous.y - line.y
        if line.page == previous.page and gap > _BLANK_LINE * measured.pitch(line.size):
            shown.append("")
        shown.append(_indented(line, left))
    return "\n".join(shown)


def _indented(line: Line, left: float) -> str:
    return " " * min(200, round((line.left - left) / line.width)) + line.columns
