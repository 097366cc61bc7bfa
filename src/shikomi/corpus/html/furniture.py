"""What stands around a page's main content, where the page itself says which that is: menus,
sidebars, page headers and footers (HTML Standard, 4.3 and 4.4.14; WAI-ARIA's landmark roles).

On a page that marks no main content, or several, nothing is guessed: only what it calls a menu
and is little but links, and the links to the pages beside it at its edges (see `turners`), are
left out. So are the marks that lead to the very place at which they stand.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

from shikomi.corpus.html import turners
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.prose import n_letters, says
from shikomi.corpus.html.tree import HEADINGS, text_of

_MAIN = ".//main | .//*[@role='main']"
_MARKED = re.compile(r"<(?:main|nav)\b|\brole\s*=\s*[\"']?(?:main|navigation)\b", re.IGNORECASE)
_AROUND = frozenset({
    *("nav", "aside", "header", "footer", "dialog"),
    *("banner", "complementary", "contentinfo", "navigation", "search"),
    *("alertdialog", "menu", "menubar", "toolbar"),
})  # fmt: skip
_BLOCKS = frozenset({
    *("div", "section", "ul", "ol", "form", "table", "p", *HEADINGS),
    *("button", "details", "label", "select", "svg"),
})  # fmt: skip
_MAX_DEPTH = 16  # of elements that are looked into for sentences
_MAX_MENU_DEPTH = 100  # of menus: those in one another are each read to their end
_MAX_MAINS = 50
_TO_HERE = " | ".join(
    f".//{tag}//a[starts-with(@href, '#')]" for tag in (*HEADINGS, "dt", "caption", "figcaption")
)
_N_AROUND = 3
_MENUS = frozenset({"nav", "navigation"})
_LEAST_LETTERS = 20  # of a main content beside its menus
_LINKED_SHARE = 0.7


def may_be_in(html: str) -> bool:
    """Whether the page's text may mark a main content or a menu; quick."""
    return _MARKED.search(html) is not None or turners.may_be_in(html)


def furniture(root: Element) -> list[Element]:
    """The elements around the main content, outermost only, in their order: all that say they are
    such, and of the others those without a sentence; and within it, or on a page without one, the
    menus that are little but links, such as trails, "previous" and "next". The page's title is
    none."""
    body = root.find("body")
    if body is None:
        return []
    found = root.xpath(_MAIN)[:_MAX_MAINS]
    mains = [each for each in found if not any(above in found for above in each.iterancestors())]
    main = mains[0] if len(mains) == 1 else body
    menus = _menus(main)
    if n_letters(main) - sum(map(n_letters, menus)) < _LEAST_LETTERS:
        return []
    if main is body:
        return menus
    title = _title_around(root, main)
    kept = [main, *main.iterancestors()]
    kept += [title, *title.iterancestors()] if title is not None else []

    def is_around(each: Element) -> bool:
        if each in kept:
            return False
        if _kinds(each) & _AROUND:
            return True
        return each.tag in _BLOCKS and not _is_deep(each) and not says(each)

    around = list(_outermost(body, lambda each: each is main or is_around(each)))
    at = around.index(main)
    return [*around[:at], *menus, *around[at + 1 :]]


def _title_around(root: Element, main: Element) -> Element | None:
    """The first-level heading outside the main content, where that has none, and the page's title
    begins with it: one that ends with it is the site's."""
    if next(main.iter("h1"), None) is not None:
        return None
    name = _words(next(root.iter("title"), None))
    headings = (each for each in root.iter("h1") if _words(each))
    return next((each for each in headings if not name or name.startswith(_words(each))), None)


def _words(element: Element | None) -> str:
    text = "" if element is None else "".join(element.itertext())
    return " ".join(text.split()).casefold()


def _is_deep(element: Element, levels: int = _MAX_DEPTH) -> bool:
    return next(islice(element.iterancestors(), levels, None), None) is not None


def drop(root: Element) -> None:
    """Changes the tree: the furniture is gone, and links to what was in it or to where they
    stand."""
    gone: set[str] = set()
    for each in furniture(root):
        gone.update(each.xpath("descendant-or-self::*/@id"))
        each.drop_tree()
    if gone:
        for link in root.xpath(".//a[starts-with(@href, '#')]"):
            if unquote(link.get("href")[1:]) in gone:
                _unlinked(link)
    for link in root.xpath(_TO_HERE):
        if _leads_nowhere(link):
            _unlinked(link)


def _unlinked(link: Element) -> None:
    """It stays as a place to link to, with its text where that says something."""
    del link.attrib["href"]
    if not any(map(str.isalnum, text_of(link))):
        link[:], link.text = [], None


def _leads_nowhere(link: Element) -> bool:
    """Whether it goes to itself, what it stands in, or the heading or term that it is part of."""
    name = unquote(link.get("href")[1:])
    around = [link, *islice(link.iterancestors(), _N_AROUND)]
    marked = (each for near in around for each in (near, near.getprevious()) if each is not None)
    return any(name in (each.get("id"), each.get("name")) for each in marked)


def _outermost(element: Element, wanted: Callable[[Element], bool]) -> Iterator[Element]:
    """The elements within it that are wanted, none within another."""
    todo = list(reversed(element))
    while todo:
        each = todo.pop()
        if not isinstance(each.tag, str):
            continue
        if wanted(each):
            yield each
        else:
            todo += reversed(each)


def _kinds(element: Element) -> set[str]:
    return {element.tag, *(element.get("role") or "").lower().split()}


def _menus(within: Element) -> list[Element]:
    beside = frozenset(turners.turners(within))
    return list(_outermost(within, lambda each: each in beside or _is_menu(each)))


def _is_menu(element: Element) -> bool:
    if not _kinds(element) & _MENUS or _is_deep(element, _MAX_MENU_DEPTH):
        return False
    return sum(map(n_letters, element.iter("a"))) >= n_letters(element) * _LINKED_SHARE
