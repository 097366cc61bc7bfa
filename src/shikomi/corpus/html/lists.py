"""What a list is, and how its items count."""

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import HEADINGS

LISTS = frozenset({"ul", "ol", "menu", "dir"})


def is_list(element: Element) -> bool:
    """Without items of its own, or with headings in them, it only indents the page's text."""
    item, lists = ("dt", ("dl",)) if element.tag == "dl" else ("li", tuple(LISTS))
    own = (next(each.iterancestors(*lists)) is element for each in element.iterdescendants(item))
    return any(own) and (element.tag == "ol" or not holds(element, *HEADINGS))


def holds(element: Element, *tags: str) -> bool:
    """Whether an element of one of these tags is within."""
    return next(element.iterdescendants(*tags), None) is not None


def start(element: Element) -> int:
    """The number of an ordered list's first item."""
    value = (element.get("start") or "1").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 1


def own_number(element: Element, number: int | None) -> int | None:
    """An item's number: what it says itself, else the next in turn; None where none counts."""
    value = (element.get("value") or "").strip()
    known = number is not None and value.isascii() and value.isdigit() and len(value) < 9
    return int(value) if known else number
