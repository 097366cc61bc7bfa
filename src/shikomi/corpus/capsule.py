"""The context capsule: where a section stands, in at most about 150 tokens."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from shikomi.corpus.blocks import scan
from shikomi.corpus.inline import plain
from shikomi.corpus.units import fit, units
from shikomi.sentences import first
from shikomi.types import Capsule, Lang

MAX_UNITS = 150
_LEAD_WITHIN_CHARS = 20_000
_LEAD_MAX_CHARS = 2000
_MARKER = re.compile(r"^\s*(?:[-*+>]|\d{1,9}[.)])\s+")
_OWNER_LINE, _PARENT_LINE = 40, 53  # the line of the place has what they leave of MAX_UNITS


@dataclass(frozen=True, slots=True)
class _Words:
    place: str
    owner: str
    also: str
    parent: str
    related: str
    comma: str


_WORDS: dict[Lang, _Words] = {
    "ja": _Words(
        place="位置：{}",
        owner="対象：{}",
        also="{}（別名：{}）",
        parent="上位ページ：{}",
        related="関連ページ：{}",
        comma="、",
    ),
    "en": _Words(
        place="Location: {}",
        owner="Part of: {}",
        also="{} (also known as {})",
        parent="Parent page: {}",
        related="Related pages: {}",
        comma=", ",
    ),
}


def capsule(
    *,
    breadcrumb: Sequence[str],
    system: str | None,
    aliases: Iterable[str] = (),
    parent_markdown: str = "",
    linked_titles: Iterable[str] = (),
) -> Capsule:
    """The capsule of a page. `system` is the root's name, None where it is unknown or none.

    `parent_markdown` is the page above it, of which the first sentence is kept, or "".
    """
    names = dict.fromkeys(alias for alias in aliases if alias and alias != system)
    titles = dict.fromkeys(title for title in linked_titles if title and title not in breadcrumb)
    parent = lead(parent_markdown)
    return Capsule(
        breadcrumb=tuple(breadcrumb),
        system=system,
        aliases=tuple(names) if system else (),
        parent=parent if parent not in breadcrumb else "",
        linked_titles=tuple(titles),
    )


def lead(markdown: str) -> str:
    """The first sentence of a page's first paragraph, without markup; "" if it has none."""
    for block in scan(markdown[:_LEAD_WITHIN_CHARS]):
        if block.kind != "text":
            continue
        raw = markdown[block.start : min(block.end, block.start + _LEAD_MAX_CHARS)]
        text = plain(_MARKER.sub("", raw), images=False)
        if any(char.isalpha() for char in text):
            return first(text)
    return ""


def system_name(capsule: Capsule) -> str:
    """What questions call the system; the root page's title where it is unknown."""
    return capsule.system or capsule.breadcrumb[0]


def render(
    capsule: Capsule, lang: Lang, headings: Sequence[str] = (), *, brief: bool = False
) -> str:
    """The capsule as lines of text in the documents' language, at most `MAX_UNITS` units.

    `headings` are the section's own; the trail ends with those it does not have yet, and is cut
    last. What is unknown has no line. Related pages are left out first. `brief` leaves out all
    but the place and the system.
    """
    words = _WORDS[lang]
    below: list[str] = []
    if capsule.system:
        below.append(fit(words.owner.format(_owner(capsule, words)), _OWNER_LINE))
    if capsule.parent and not brief:
        below.append(fit(words.parent.format(capsule.parent), _PARENT_LINE))
    room = MAX_UNITS - units("\n".join(["", *below, ""]))
    lines = [_place([*capsule.breadcrumb, *_added(capsule, headings)], words, room), *below]
    if brief:
        return "\n".join(lines)
    related = _related(capsule.linked_titles, words, MAX_UNITS - units("\n".join(lines)) - 1)
    return "\n".join(filter(None, [*lines, related]))


def topic(capsule: Capsule, headings: Sequence[str]) -> str:
    """What a section with these headings is about: the titles above it, outermost first."""
    added = [title for title in headings if title not in capsule.breadcrumb]
    return " > ".join([*capsule.breadcrumb, *added])


def _added(capsule: Capsule, headings: Sequence[str]) -> Iterable[str]:
    """The headings below the page's own title, which most pages have as their first."""
    return dropwhile(lambda title: title in capsule.breadcrumb, headings)


def _place(titles: Sequence[str], words: _Words, room: float) -> str:
    """The line of titles joined by ` > `; the middle makes room where they are long."""
    room -= units(words.place.format(""))
    kept = [fit(title, room / 3) for title in titles]
    while len(kept) > 2 and units(" > ".join(kept)) > room:
        middle = len(kept) // 2
        kept[max(1, middle - 1) : middle + 1] = ["…"]
    return words.place.format(" > ".join(kept))


def _owner(capsule: Capsule, words: _Words) -> str:
    name = capsule.system or ""
    also = ""
    for alias in capsule.aliases:
        longer = f"{also}{words.comma}{alias}" if also else alias
        if units(words.owner.format(words.also.format(name, longer))) <= _OWNER_LINE:
            also = longer
    return words.also.format(name, also) if also else name


def _related(titles: Iterable[str], words: _Words, room: float) -> str:
    line = ""
    for title in titles:
        longer = f"{line}{words.comma}{title}" if line else words.related.format(title)
        if units(longer) <= room:
            line = longer
    return line
