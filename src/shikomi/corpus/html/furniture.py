"""What stands around a page's main content, where the page itself says which that is: menus,
sidebars, page headers and footers (HTML Standard, 4.3 and 4.4.14; WAI-ARIA's landmark roles).

A page that marks no main content, or several, has none: nothing is guessed. So it is with the
marks that lead to the very place at which they stand.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import HEADINGS, text_of

_MAIN = ".//main | .//*[@role='main']"
_MARKED = re.compile(r"<main\b|\brole\s*=\s*[\"']?main\b", re.IGNORECASE)
_AROUND = frozenset({
    *("nav", "aside", "header", "footer", "dialog"),
    *("banner", "complementary", "contentinfo", "navigation", "search"),
    *("alertdialog", "menu", "menubar", "toolbar"),
})  # fmt: skip
_BLOCKS = frozenset({
    *("div", "section", "ul", "ol", "form", "table", "p", *HEADINGS),
    *("button", "details", "label", "select", "svg"),
})  # fmt: skip
_END = re.compile(r"\n\s*\n|[.!?](?=\s|$)|[。！？]")
_LEAST_SENTENCE, _LEAST_WIDE_SENTENCE = 30, 12
_MAX_DEPTH = 16  # of elements that are looked into for sentences
_MAX_MAINS = 50
_TO_HERE = " | ".join(
    f".//{tag}//a[starts-with(@href, '#')]" for tag in (*HEADINGS, "dt", "caption", "figcaption")
)
_N_AROUND = 3
_MENUS = frozenset({"nav", "navigation"})
_LEAST_LETTERS = 20  # of a main content beside its menus
_LINKED_SHARE = 0.7


def may_be_in(html: str) -> bool:
    """Whether the page's text may mark a main content; quick."""
    return _MARKED.search(html) is not None


def furniture(root: Element) -> list[Element]:
    """The elements around the main content, outermost only, in their order: all that say they are
    such, and of the others those without a sentence; and within it the menus that are little but
    links, such as trails, "previous" and "next". The page's title is none."""
    found = root.xpath(_MAIN)[:_MAX_MAINS]
    mains = [each for each in found if not any(above in found for above in each.iterancestors())]
    body = root.find("body")
    if len(mains) != 1 or body is None:
        return []
    (main,) = mains
    menus = list(_outermost(main, _is_menu))
    if _letters(main) - sum(map(_letters, menus)) < _LEAST_LETTERS:
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
        return each.tag in _BLOCKS and not _is_deep(each) and not _says(each)

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


def _is_deep(element: Element) -> bool:
    return next(islice(element.iterancestors(), _MAX_DEPTH, None), None) is not None


def _says(element: Element) -> bool:
    """Whether there is a sentence in it."""
    text = text_of(element)
    start = 0
    for end in _END.finditer(text):
        least = _LEAST_SENTENCE if end[0].isascii() else _LEAST_WIDE_SENTENCE
        if not end[0].isspace() and len(text[start : end.start()].strip()) >= least:
            return True
        start = end.end()
    return False


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


def _is_menu(element: Element) -> bool:
    if not _kinds(element) & _MENUS:
        return False
    return sum(map(_letters, element.iter("a"))) >= _letters(element) * _LINKED_SHARE


def _letters(element: Element) -> int:
    return sum(map(str.isalnum, text_of(element)))
