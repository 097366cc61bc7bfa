"""A section's atomic facts, found by program: sentences, list items, table rows, examples.

Coverage is counted over these. Because each fact is cut out of the section, its evidence is
verbatim by construction, whatever the generator obeys.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from shikomi.dataset import tables, targets
from shikomi.dataset.tables import is_row
from shikomi.hashing import content_id
from shikomi.sentences import spans
from shikomi.text import plain, squeeze
from shikomi.types import Fact, FactKind, Section

MIN_LETTERS = 8
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_QUOTE = re.compile(r"(?: {0,3}> ?)+")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s|^ {0,3}(=+|-+|\*{3,}|_{3,})\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_LINK_FIRST = re.compile(r"\[[^\]]*\]\([^)]*\)\s*(?:[:：—–-]|$)")
_PRONOUN = re.compile(
    r"(?:It|Its|They|Their|This|These|That|Those|He|She)\b|[そこ][れのう]|彼[女らはがのをも]|ただし"
)
_LEADS = (":", "：")
# What only says that a list, table or example comes, unless it has something to ask for itself.
_LEADS_IN = re.compile(
    r"(?:次|以下|下記)(?:の(?:手順|要領|表|図|例|一覧|とおり|通り|よう|順|流れ|形式|書式|項目|もの|\S{0,4}つ)|に(?:示|挙|列挙))"
    r"|\b(?:as follows|the following|shown below|listed below|(?:the|these) [a-z]+ below)\b"
    r"|\bthe (?:table|list|example|figure|steps?|codes?|exchange) (?:below|that follows?)\b"
    r"|^(?:the )?(?:next|following) (?:table|list|example|figure|steps?)\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(r"(?:次|以下|下記)の(?:例|表|図|一覧)(?:では|は|に|を)|^たとえば次の")
_LINK = re.compile(r"(?<!!)\[(?:!\[[^\]]*\]\([^)]*\)|[^\]])+\]\([^)]*\)")
_MENU = re.compile(r"(?:[^|:：]{1,40}[:：])?(?:\s*\|\s*)+")  # what links in a line leave
_TORN = re.compile(r"\[[^\[\]\n]*$")  # a link's text may have a full stop: "[4. Keys](#keys)"
_POINTS = re.compile(
    r"\b(?:see|described?|explain(?:s|ed)?|listed|documented|covered|details?|refer|one of the)\b"
    r"|参照|ご覧|説明|解説|述べ|記載|詳細|詳しく|に従",
    re.IGNORECASE,
)


_Found = tuple[FactKind, str, int, int]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


def extract(section: Section) -> list[Fact]:
    """The facts of a section in reading order; each at least MIN_LETTERS letters long.

    A sentence that leads something in ("To load a key:") is no fact but part of those that
    follow it, and one that only says that a list follows is none at all; one that starts with a
    pronoun is joined to the one before it; a list item or a sentence that only sends its reader
    to another page is left to the outline: what it would
    teach answers every question badly.
    """
    lead = ""
    found: list[_Found] = []
    blocks = list(_blocks(section.text))
    for block, following in zip(blocks, [*blocks, None][1:], strict=True):
        read = list(_read(section.text, block))
        if _is_paragraph(block):
            lead = ""
        if lead:
            read = [(kind, f"{lead} {text}", start, end) for kind, text, start, end in read]
        if read and read[-1][1].endswith(_LEADS) and _is_paragraph(block):
            lead = read.pop()[1]
        elif following and _is_paragraph(block) and not _is_paragraph(following):
            read = [item for item in read if not _leads_in(_fact(section, *item))]
        found += read
    facts = [_fact(section, *item) for item in found]
    return [
        fact
        for fact in facts
        if len(squeeze(fact.statement)) >= MIN_LETTERS
        and not _only_points(fact, section.capsule.names)
    ]


def asked(facts: Sequence[Fact], known: Collection[str]) -> set[str]:
    """The ids of `known`, and of the facts that say the same as one of them."""
    said = {squeeze(fact.statement) for fact in facts if fact.id in known}
    return {fact.id for fact in facts if fact.id in known or squeeze(fact.statement) in said}


def _only_points(fact: Fact, names: Sequence[str]) -> bool:
    """Whether a sentence is links alone, or has one and says where something is told, but no value,
    name or code."""
    if fact.kind != "statement" or not _LINK.search(fact.evidence):
        return False
    rest = plain(_LINK.sub(" ", fact.evidence))
    if not squeeze(rest) or _MENU.fullmatch(rest):
        return True
    return bool(_POINTS.search(rest)) and not targets.find(replace(fact, evidence=rest), names)


def _leads_in(fact: Fact) -> bool:
    """Whether a sentence says no more than that something is shown below it: it says so of an
    example or a table, or says so and has no value, name or code."""
    if _SHOWS.search(fact.statement):
        return True
    return bool(_LEADS_IN.search(fact.statement)) and not targets.find(fact)


def _is_paragraph(block: Sequence[_Line]) -> bool:
    first = block[0].text
    return not (_FENCE.match(first) or _ITEM.match(first) or is_row(block[0].text))


def _fact(section: Section, kind: FactKind, statement: str, start: int, end: int) -> Fact:
    return Fact(
        id=content_id([section.id, start, end]),
        section_id=section.id,
        kind=kind,
        statement=statement,
        evidence=section.text[start:end],
        start=start,
        end=end,
    )


def _blocks(text: str) -> Iterator[list[_Line]]:
    """Runs of lines that belong together: a fence, a table, a list item, a paragraph."""
    block: list[_Line] = []
    fence = ""
    for line in _lines(text):
        ends_fence = bool(fence) and line.text.strip().startswith(fence)
        if not fence and _starts_block(line, block):
            yield from _whole(block)
            block = []
        if not fence and (opening := _FENCE.match(line.text)):
            fence = opening[1]
        block.append(line)
        if ends_fence:
            yield block
            block, fence = [], ""
    yield from _whole(block)


def _whole(block: list[_Line]) -> Iterator[list[_Line]]:
    """The block, unless it is a blank line, a heading or a rule."""
    if block and block[0].text.strip() and not _HEADING.match(block[0].text):
        yield block


def _lines(text: str) -> Iterator[_Line]:
    """Each line from behind its marks of quotation on: what is quoted is read like all else."""
    start = 0
    for raw in text.splitlines(keepends=True):
        line = raw.rstrip("\r\n")
        quoted = _QUOTE.match(line)
        skipped = quoted.end() if quoted else 0
        yield _Line(start + skipped, start + len(line), line[skipped:])
        start += len(raw)


def _starts_block(line: _Line, block: Sequence[_Line]) -> bool:
    if not line.text.strip() or any(p.match(line.text) for p in (_FENCE, _HEADING, _ITEM)):
        return True
    last = block[-1].text if block else ""
    blank = not last.strip() or bool(_HEADING.match(last))
    return blank or is_row(line.text) != is_row(block[-1].text)


def _read(text: str, block: Sequence[_Line]) -> Iterator[_Found]:
    first = block[0]
    if _FENCE.match(first.text):
        body = "\n".join(line.text for line in block[1:-1])
        yield "example", body, first.start, block[-1].end
    elif is_row(first.text):
        yield from _rows(block)
    else:
        yield from _sentences(text, block)


def _rows(block: Sequence[_Line]) -> Iterator[_Found]:
    for row in tables.rows([line.text for line in block]):
        names = row.columns or ("",) * len(row.cells)
        pairs = [
            f"{name}: {cell}" if name else cell for name, cell in zip(names, row.cells, strict=True)
        ]
        line = block[row.line]
        yield "row", " / ".join(pair for pair in pairs if pair), line.start, line.end


def _sentences(text: str, block: Sequence[_Line]) -> Iterator[_Found]:
    marker = _ITEM.match(block[0].text)
    offset = block[0].start + (marker.end() if marker else 0)
    body = text[offset : block[-1].end]
    if marker and _LINK_FIRST.match(body):
        return
    found: list[tuple[int, int]] = []
    for start, end in spans(body):
        is_torn = found and _TORN.search(body[slice(*found[-1])])
        if found and (is_torn or _PRONOUN.match(body[start:end])):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    for start, end in found:
        yield "statement", plain(body[start:end]), offset + start, offset + end
