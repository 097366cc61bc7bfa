"""Plain text as Markdown: pages become one, what is set in comes to the edge, and the headings
that numbers or their place tell are headings. Every other line stays as it is."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from shikomi.corpus import text_pages
from shikomi.corpus.blocks import scan
from shikomi.text import squeeze

Lines = Sequence[str]

_LEAST_INDENT = 3
_SET_IN_SHARE = 0.5  # of the lines
_EDGE_TEXT_SHARE = 0.15  # of the lines may be text that is not set in
_MAX_CHARS = 80
_MAX_LEVEL = 6
_LEAST_HEADINGS = 3
_LEAST_CHARS = 300  # that stand below a heading, on average, where no number has two parts
_NUMBERED = re.compile(
    r" {0,3}(?:Chapter |Section )?(\d{1,3}(?:\.\d{1,3}){0,5})\.?[ \t]{1,6}(?=[^\sa-z\d])\S.*$"
)
_JAPANESE = re.compile(
    r"[ \u3000]{0,3}第[\d０-９一二三四五六七八九十]{1,4}([部編章節項])[ \t\u3000]*\S.*$"
)
_JAPANESE_LEVELS = {"部": 2, "編": 2, "章": 2, "節": 3, "項": 4}
_NO_HEADING = re.compile(
    r"[.,;:。．、，；：][ \t]*$|(?:[.·…‥・][ \t]?){3,}|[ \t]{3,}\d{1,4}$|\S {4,}\S|^\W*$"
    r"|[a-z]{3}\. [A-Z]"  # two sentences
)
_PREFIX = re.compile(r"\s*(?:chapter|section)\s", re.IGNORECASE)
_CUT = re.compile(r"([^\W\d_]+)([-\u2010])\n[ \t]*([^\W\d_A-Z]+)([,.;:!?)\"”’]*)[ \t]*")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")


def to_markdown(text: str) -> str:
    """`text` has LF line ends. What is written as Markdown stays so."""
    whole = _uncut(text_pages.as_one(text))
    if any(block.kind in ("heading", "fence", "table") for block in scan(whole)):
        return whole
    lines = whole.split("\n")
    base = _base(lines)
    levels = _levels(lines, base)
    if not base and not levels:
        return whole
    return "\n".join(_made(lines, base, levels))


def _uncut(text: str) -> str:
    """A word that was cut in two at a line's end is made whole where it is told: it is whole
    elsewhere, or the hyphen is one that a typesetter puts."""
    words = {word.lower() for word in _WORD.findall(text)}

    def glue(cut: re.Match[str]) -> str:
        first, hyphen, second, mark = cut.groups()
        whole, spelt = first + second, f"{first}{hyphen}{second}"
        own = spelt.lower() in words or (hyphen == "-" and whole.lower() not in words)
        if own and hyphen == "-":
            return cut[0]
        return f"{spelt if own else whole}{mark}\n"

    return _CUT.sub(glue, text)


def _made(lines: Lines, base: int, levels: dict[int, int]) -> Iterator[str]:
    for at, line in enumerate(lines):
        if at in levels:
            yield f"{'#' * levels[at]} {line.strip()}"
            if at + 1 < len(lines) and lines[at + 1].strip():
                yield ""
        else:
            yield line[min(base, _indent(line)) :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _base(lines: Lines) -> int:
    """How far nearly all text is set in; 0 where it is not."""
    indents = Counter(_indent(line) for line in lines if line.strip())
    usual = indents.most_common(1)[0][0] if indents else 0
    further = sum(n for indent, n in indents.items() if indent >= usual)
    if usual < _LEAST_INDENT or further < _SET_IN_SHARE * indents.total():
        return 0
    edge = indents.total() - further - sum(1 for _ in _alone(lines, usual))
    return usual if edge <= _EDGE_TEXT_SHARE * indents.total() else 0


def _levels(lines: Lines, base: int) -> dict[int, int]:
    """The lines that are headings, by their index, with their levels."""
    numbered = _in_order(lines, {at: _level(lines[at]) for at in _alone(lines, base)})
    edge = [at for at in _alone(lines, base) if base and not _indent(lines[at])]
    found = dict(numbered)
    for at in (at for at in edge if not _level(lines[at])):
        above = max((n for n in numbered if n < at), default=None)
        inside = above is not None and at < max(numbered)
        found[at] = min(_MAX_LEVEL, numbered[above] + 1) if above is not None and inside else 2
    if found and not any(map(str.strip, lines[: min(found)])) and min(found) not in numbered:
        found[min(found)] = 1
    return dict(sorted(found.items())) if len(found) >= _LEAST_HEADINGS else {}


def _alone(lines: Lines, base: int) -> Iterator[int]:
    """Short lines that are no sentences, with space above, and below or text that is set in."""
    for at, line in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else ""
        goes_on = _level(line) and below.lstrip()[:1].islower()  # a paragraph with a number
        set_in = base > 0 and _indent(below) >= base > _indent(line)
        apart = not below.strip() or (set_in and not goes_on)
        free = apart and (at == 0 or not lines[at - 1].strip())
        if free and line.strip() and len(line) <= _MAX_CHARS and not _NO_HEADING.search(line):
            yield at


def _level(line: str) -> int:
    """By its number; 0 where it has none."""
    if kanji := _JAPANESE.match(line):
        return _JAPANESE_LEVELS[kanji[1]]
    number = _NUMBERED.match(line)
    return min(_MAX_LEVEL, number[1].count(".") + 2) if number else 0


def _key(line: str) -> str:
    return squeeze(_PREFIX.sub("", line, count=1))


def _in_order(lines: Lines, levels: dict[int, int]) -> dict[int, int]:
    """Those with a number, if they are headings and not the items of a list."""
    titles = {_key(lines[at]): at for at in levels}  # the last one: the first is the contents'
    found = {at: level for at, level in levels.items() if level and at in titles.values()}
    if len(found) < _LEAST_HEADINGS:
        return {}
    deep = any(level > 2 for level in found.values())
    n_chars = sum(len(line) for line in lines[min(found) : max(found)])
    return found if deep or n_chars >= _LEAST_CHARS * len(found) else {}
