"""Blocks that many pages begin or end with (menus, footers), and the rules by which they go.

A rule is the block's text as its reader sees it, on one line; `*` in it stands for any text.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shikomi.corpus.blocks import Block, scan
from shikomi.corpus.inline import plain
from shikomi.errors import ConfigError

Where = Literal["start", "end", "both"]
ZONE = 6
_LEAST_PAGES = 3
_LEAST_SHARE = 0.3
_MAX_RULE_CHARS = 160
_KEPT_CHARS = 60
_LINE_END = re.compile(r"\r\n?|\n")
_MARKERS = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+)*", re.MULTILINE)
_ROW = re.compile(r"^[ \t|:-]++$", re.MULTILINE)
_BREAK = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\s*$")
_HARD_BREAK = re.compile(r"\\\n")
_DIGITS = re.compile(r"\d+")
_ANCHOR = re.compile(r"<a id=\"[^\"<>\n]*\"></a>")


@dataclass(frozen=True, slots=True)
class Rules:
    """Texts of blocks to drop, and of those that a person was asked about and keeps."""

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Edge:
    """A block at the start, the end or both of `n_pages` of `of_pages` pages; `text` is the rule
    for it, `example` a page that has it."""

    text: str
    where: Where
    n_pages: int
    of_pages: int
    example: str


def read_rules(text: str, *, name: str = "drop.txt") -> Rules:
    """Lines of `drop: text` or `keep: text`; `#` begins a comment.

    Raises:
        ConfigError: A line is neither; it says which.
    """
    found: dict[str, list[str]] = {"drop": [], "keep": []}
    for number, line in enumerate(_LINE_END.split(text), 1):  # a rule's text may have U+2028
        verb, colon, rule = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or verb.strip() not in found or not rule.strip():
            raise ConfigError(f"{name} line {number}: expected `drop: text` or `keep: text`")
        found[verb.strip()].append(" ".join(rule.split()))
    return Rules(tuple(found["drop"]), tuple(found["keep"]))


def drop(markdown: str, rules: Rules) -> str:
    """`markdown` without the blocks among its first and last six that a rule names, and without
    the lines across the page that then begin or end it. Anchors in them stay, as links may go
    there; a page that holds nothing else stays as it is."""
    if not rules.drop:
        return markdown
    blocks = scan(markdown)
    gone = {
        block.start
        for zone in _zones(blocks)
        for block in zone
        if any(matches(shown(markdown, block), rule) for rule in rules.drop)
    }
    left = [block for block in blocks if block.start not in gone and not _is_break(markdown, block)]
    if not gone or not left:
        return markdown
    gone |= {b.start for b in blocks if b.start < left[0].start or b.start > left[-1].start}
    return _without(markdown, blocks, gone)


def edges(pages: Mapping[str, str], rules: Rules = NO_RULES) -> list[Edge]:
    """The blocks that at least three pages, and 3 in 10, begin or end with, most pages first.

    `pages` maps paths to Markdown. Nothing but such blocks, and one heading, may stand between a
    block and the page's edge: a label that many pages have inside is none. Blocks that a rule
    names already are left out.
    """
    sides = {path: _sides(markdown) for path, markdown in pages.items()}
    least = max(_LEAST_PAGES, math.ceil(len(pages) * _LEAST_SHARE))
    starts = _repeated({path: first for path, (first, _) in sides.items()}, least)
    ends = _repeated({path: last for path, (_, last) in sides.items()}, least)
    known = [*rules.drop, *rules.keep]
    found: list[Edge] = []
    for text in dict.fromkeys([*starts, *ends]):
        where: Where = "start" if text not in ends else "both" if text in starts else "end"
        paths = sorted({*starts.get(text, ()), *ends.get(text, ())})
        if not any(matches(text, rule) for rule in known):
            found.append(Edge(text, where, len(paths), len(pages), paths[0]))
    return sorted(found, key=lambda each: (-each.n_pages, each.where == "end", each.text))


def shown(markdown: str, block: Block) -> str:
    """A block's text as its reader sees it, in one line."""
    text = _HARD_BREAK.sub("\n", markdown[block.start : block.end])
    if block.kind == "table":
        text = _ROW.sub("", text).replace("|", " ")
    return plain(_MARKERS.sub("", text))


def matches(text: str, rule: str) -> bool:
    """Whether the whole text is the rule's; `*` in the rule stands for any text."""
    parts = [part.strip() for part in rule.split("*")]
    if len(parts) == 1:
        return text == rule
    first, last = parts[0], parts[-1]
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in parts[1:-1]:
        place = text.find(part, at, end)
        if place < 0:
            return False
        at = place + len(part)
    return True


class _Shown(NamedTuple):
    """A block's text, and the key under which equal ones meet: dates and numbers differ from page
    to page; in headings they are what tells pages apart."""

    text: str
    key: str
    is_heading: bool


Run = list[_Shown]


def _sides(markdown: str) -> tuple[Run, Run]:
    """The first blocks, and the last ones from the end."""
    first, last = _zones(scan(markdown))
    return _run(markdown, first), _run(markdown, reversed(last))


def _run(markdown: str, blocks: Iterable[Block]) -> Run:
    found: Run = []
    for block in blocks:
        text, heading = shown(markdown, block), block.kind == "heading"
        if any(map(str.isalnum, text)):
            found.append(_Shown(text, text if heading else _DIGITS.sub("*", text), heading))
    return found


def _zones(blocks: Sequence[Block]) -> tuple[Sequence[Block], Sequence[Block]]:
    return blocks[:ZONE], blocks[-ZONE:]


def _repeated(runs: Mapping[str, Run], least: int) -> dict[str, list[str]]:
    """For each rule the pages that have its block."""
    counts = Counter(key for run in runs.values() for key in {each.key for each in run})
    common = {key for key, n in counts.items() if n >= least}
    pages: defaultdict[str, list[str]] = defaultdict(list)
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for path, run in runs.items():
        for key, text in _reached(run, common).items():
            pages[key].append(path)
            texts[key].add(text)
    return {_rule(key, texts[key]): paths for key, paths in pages.items() if len(paths) >= least}


def _reached(run: Run, common: set[str]) -> dict[str, str]:
    """Key and text of the common blocks with nothing but common ones, and one heading, between
    them and the page's edge."""
    found: dict[str, str] = {}
    skipped = False
    for text, key, is_heading in run:
        if key in common and not (is_heading and skipped):
            found.setdefault(key, text)
        elif is_heading and not skipped:
            skipped = True
        else:
            break
    return found


def _rule(key: str, texts: set[str]) -> str:
    text = next(iter(texts)) if len(texts) == 1 else key
    if len(text) <= _MAX_RULE_CHARS:
        return text
    return f"{text[:_KEPT_CHARS].rstrip()} * {text[-_KEPT_CHARS:].lstrip()}"


def _is_break(markdown: str, block: Block) -> bool:
    return bool(_BREAK.match(markdown[block.start : block.end]))


def _without(markdown: str, blocks: Sequence[Block], gone: set[int]) -> str:
    parts: list[str] = []
    at = 0
    for n, block in enumerate(blocks):
        if block.start not in gone:
            continue
        parts.append(markdown[at : block.start])
        anchors = "".join(_ANCHOR.findall(markdown[block.start : block.end]))
        parts += [anchors, "\n\n"] if anchors else []
        at = blocks[n + 1].start if n + 1 < len(blocks) else len(markdown)
    text = "".join([*parts, markdown[at:]])
    return text.rstrip() + "\n" if blocks[-1].start in gone else text
