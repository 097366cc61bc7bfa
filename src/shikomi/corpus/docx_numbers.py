"""The numbers that Word counts by itself: 第3条, 1.2, (ア). They stand nowhere in a document's
text, and other places refer to them.

Headings and articles get theirs in front; the items of a list whose marks are more than a number
become items that begin with their mark. Plain numbers (1. 2. 3.) stay an ordered list.

Source: ECMA-376, part 1, 17.9 (numbering) and 17.18.59 (formats).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from shikomi.corpus import docx_parts, docx_xml
from shikomi.corpus.docx_xml import Element, W

_BULLETS, _ORDERED = "99998", "99999"  # ids of lists of our own
_NO_LIST = "0"
_LEVELS = 9
_MOST = 100_000
_PLACE = re.compile(r"%([1-9])")
_PLAIN = re.compile(r"%[1-9][.)．）]?")
_ARTICLE = re.compile(r"第.*[部編章節款目条項]|(?:article|section|chapter|part)\b.*", re.IGNORECASE)

_KANJI = "〇一二三四五六七八九"
_KANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
_ROMAN = [
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
]  # fmt: skip
_CIRCLED = 20  # ① to ⑳


def _letters(n: int) -> str:
    """a to z, then aa, bb and on: as Word counts, a letter again and again."""
    times, at = divmod(n - 1, 26)
    return chr(ord("a") + at) * (times + 1)


def _roman(n: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        times, n = divmod(n, value)
        text += sign * times
    return text


def _kanji(n: int) -> str:
    """Up to 9,999, as Japanese counts: 二十一."""
    text = ""
    for value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, value)
        if digit:
            text += ("" if digit == 1 and unit else _KANJI[digit]) + unit
    return text


def _of(row: str) -> Callable[[int], str]:
    return lambda n: row[(n - 1) % len(row)]


def _wide(n: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(n))


_FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda n: f"{n:02}",
    "lowerLetter": _letters,
    "upperLetter": lambda n: _letters(n).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda n: _roman(n).upper(),
    "japaneseCounting": _kanji,
    "chineseCounting": _kanji,
    "chineseCountingThousand": _kanji,
    "japaneseDigitalTenThousand": lambda n: "".join(_KANJI[int(digit)] for digit in str(n)),
    "ideographDigital": lambda n: "".join(_KANJI[int(digit)] for digit in str(n)),
    "aiueo": _of(_KANA),
    "aiueoFullWidth": _of(_KANA),
    "iroha": _of(_IROHA),
    "irohaFullWidth": _of(_IROHA),
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "decimalEnclosedCircle": lambda n: chr(0x2460 + n - 1) if n <= _CIRCLED else f"({n})",
    "decimalEnclosedParen": lambda n: f"({n})",
    "none": lambda n: "",
}


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts; `text` is such as 第%1条."""

    start: int
    format: str
    text: str
    is_legal: bool  # all numbers as plain ones


@dataclass(slots=True)
class _List:
    """A list that is counted. `counts` are those of its levels, 0 where it has not begun."""

    levels: Mapping[int, _Level]
    counts: list[int] = field(default_factory=lambda: [0] * _LEVELS)
    open: set[int] = field(default_factory=set)  # levels that are paragraphs and no items

    def depth(self, level: int) -> int:
        """Of an item below the items above it."""
        return level - sum(above < level for above in self.open)

    def next(self, level: int) -> str:
        """The mark of the next paragraph at this level."""
        for above in range(level):
            self.counts[above] = self.counts[above] or self._start(above)
        count = self.counts[level]
        self.counts[level] = min(_MOST, count + 1) if count else self._start(level)
        self.counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        text = self.levels[level].text
        return _PLACE.sub(lambda place: self._shown(level, int(place[1]) - 1), text)

    def _shown(self, at: int, level: int) -> str:
        found = self.levels.get(level)
        legal = self.levels[at].is_legal
        shape = "decimal" if legal or found is None else found.format
        count = self.counts[level]
        return _FORMATS.get(shape, str)(count) if count else str(count)

    def _start(self, level: int) -> int:
        found = self.levels.get(level)
        return 1 if found is None else max(found.start, 1)


def adapt(
    roots: Sequence[Element],
    numbering: Element | None,
    styles: Element | None,
    levels: Mapping[str, int],
) -> None:
    """Write the numbers into the paragraphs of these parts, in place; each part counts for itself.
    `numbering` gains two lists that they are put into; `levels` is that of
    `docx_parts.heading_levels`."""
    if numbering is None:
        return
    by_style = _styles(styles)
    for root in roots:
        lists = _lists(numbering)
        for paragraph in root.iter(f"{W}p"):
            number, level = _numbered(paragraph, by_style)
            found = lists.get(number)
            if found is not None and level in found.levels:
                is_heading = docx_parts.heading_level(paragraph, levels) is not None
                _write(paragraph, found, level, is_heading=is_heading)
    _add_list(numbering, _BULLETS, "bullet")
    _add_list(numbering, _ORDERED, "decimal")


def _write(paragraph: Element, within: _List, level: int, *, is_heading: bool) -> None:
    """A heading or an article with its number is a paragraph; items lie below those items that
    are above them."""
    mark, shape = within.next(level).strip(), within.levels[level]
    if shape.format != "bullet" and mark and (is_heading or _ARTICLE.fullmatch(mark)):
        within.open.add(level)
        _put(paragraph, mark, _NO_LIST, level)
        return
    within.open.discard(level)
    depth = within.depth(level)
    if shape.format == "bullet" or not mark:
        if depth < level:
            _put(paragraph, "", _BULLETS, depth)
    elif not _PLAIN.fullmatch(shape.text) or shape.format not in ("decimal", "decimalZero"):
        _put(paragraph, mark, _BULLETS, depth)
    elif depth < level:
        _put(paragraph, "", _ORDERED, depth)


def _lists(numbering: Element) -> dict[str, _List]:
    """By their ids. Lists of one definition count on from one another unless one starts anew."""
    shapes = {
        each.get(f"{W}abstractNumId") or "": {_at(one): _shape(one) for one in each.iter(f"{W}lvl")}
        for each in numbering.iter(f"{W}abstractNum")
    }
    shared: dict[str, _List] = {}
    found: dict[str, _List] = {}
    for each in numbering.iter(f"{W}num"):
        definition = docx_xml.value(each, "abstractNumId")
        if definition not in shapes:
            continue
        own = dict(shapes[definition])
        overrides = each.findall(f"{W}lvlOverride")
        for override in overrides:
            level, start = _at(override), docx_xml.value(override, "startOverride")
            inner = override.find(f"{W}lvl")
            if inner is not None:
                own[level] = _shape(inner)
            if start.isdigit() and level in own:
                own[level] = replace(own[level], start=int(start))
        number = each.get(f"{W}numId") or ""
        found[number] = _List(own) if overrides else shared.setdefault(definition, _List(own))
    return found


def _shape(level: Element) -> _Level:
    start = docx_xml.value(level, "start")
    return _Level(
        start=int(start) if start.isdigit() else 1,
        format=docx_xml.value(level, "numFmt") or "decimal",
        text=docx_xml.value(level, "lvlText"),
        is_legal=level.find(f"{W}isLgl") is not None,
    )


def _at(element: Element) -> int:
    level = element.get(f"{W}ilvl") or ""
    return min(int(level), _LEVELS - 1) if level.isdigit() else 0


def _styles(styles: Element | None) -> dict[str, tuple[str, int]]:
    """By the ids of styles their list and level."""
    known = docx_xml.styles_by_id(styles)
    return {name: _of_style(name, known) for name in known}


def _of_style(name: str, known: Mapping[str, Element]) -> tuple[str, int]:
    number = level = ""
    for style in docx_xml.lineage(name, known):
        number = number or docx_xml.value(style, f"pPr/{W}numPr/{W}numId")
        level = level or docx_xml.value(style, f"pPr/{W}numPr/{W}ilvl")
    return number, int(level) if level.isdigit() else 0


def _numbered(paragraph: Element, styles: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    """A paragraph's list, and its level there."""
    style = styles.get(docx_xml.value(paragraph, f"pPr/{W}pStyle"), ("", 0))
    own = (docx_xml.value(paragraph, f"pPr/{W}numPr/{W}{each}") for each in ("numId", "ilvl"))
    number, level = own
    at = int(level) if level.isdigit() else style[1]
    return number or style[0], min(at, _LEVELS - 1)


def _put(paragraph: Element, mark: str, number: str, level: int) -> None:
    """The mark, if any, as text, and the list that the paragraph is in now."""
    properties = docx_xml.properties(paragraph, "p")
    for old in properties.findall(f"{W}numPr"):
        properties.remove(old)
    own = etree.SubElement(properties, f"{W}numPr")
    etree.SubElement(own, f"{W}ilvl").set(f"{W}val", str(level))
    etree.SubElement(own, f"{W}numId").set(f"{W}val", number)
    if mark:
        at = list(paragraph).index(properties) + 1
        paragraph.insert(at, docx_xml.run(f"{mark} "))


def _add_list(numbering: Element, number: str, shape: str) -> None:
    definition = etree.Element(f"{W}abstractNum")
    definition.set(f"{W}abstractNumId", number)
    for level in range(_LEVELS):
        each = etree.SubElement(definition, f"{W}lvl")
        each.set(f"{W}ilvl", str(level))
        etree.SubElement(each, f"{W}numFmt").set(f"{W}val", shape)
    numbering.insert(0, definition)
    own = etree.SubElement(numbering, f"{W}num")
    own.set(f"{W}numId", number)
    etree.SubElement(own, f"{W}abstractNumId").set(f"{W}val", number)
