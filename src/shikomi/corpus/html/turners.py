"""Links to the pages before, after and above, where a page begins or ends with them: the panels of
DocBook, Texinfo, LaTeX2HTML and the like, on pages that mark no main content.

A panel is an element at the page's edge that has no sentence and no heading, and whose links are
for the most part such: by `rel`, by access key, by the page's own `<link>`, or by what they say.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.prose import n_letters, says
from shikomi.corpus.html.tree import HEADINGS, SKIPPED, text_of

_RELATIONS = frozenset({
    *("next", "prev", "previous", "up", "parent", "home", "top", "start", "first", "last"),
    *("contents", "toc", "index"),
})  # fmt: skip
_KEYS = frozenset("npuh")  # the access keys of DocBook and Texinfo
_WORDS = re.compile(
    r"[\W_]*(?:go to |back to )?(?:the )?(?:next|prev(?:ious)?|up|home|top|back|forward|index"
    r"|(?:table of )?contents|toc|summary|(?:general |concept )?index"
    r"|前|次|前へ|次へ|前に戻る|次に進む|戻る|もどる|進む|上へ|上に戻る|一つ上へ?|ホーム|トップ(?:へ|に戻る)?"
    r"|(?:目次|索引|表紙)(?:へ|に戻る|へ戻る)?|(?:前|次)の?(?:ページ|頁|章|節|項|項目)(?:へ)?)"
    r"(?: (?:page|section|chapter|node|topic|up))?[\W_]*"
    r"|[\W_]*(?:next|prev(?:ious)?|up|次|前)(?:の?(?:ページ|頁|章|節))?\s*[:：»«→←>＞].{0,120}",
    re.IGNORECASE | re.DOTALL,
)
_TITLES = re.compile(
    r"(?:next|prev(?:ious)?|up|cover|beginning of|table of contents|index|about)\b.{0,60}",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(r"nav|pager|prev-?next|page-?turn", re.IGNORECASE)
_MARKED = re.compile(
    r"\b(?:rel|title|alt)\s*=\s*+(?:[\"']\s*+)?+(?:next|prev|up\b|次|前|戻)|\baccesskey\s*="
    r"|>\W{0,9}(?:next|prev|次|前|戻)",
    re.IGNORECASE,
)
_PANELS = frozenset(("div", "nav", "table", "p", "ul", "ol", "center", "header", "footer", "dl"))
_WRAPPERS = frozenset(("div", "section", "article", "center", "main", "font", "form", "body"))
_NO_PART = frozenset((*HEADINGS, "pre", "blockquote", "form", "textarea"))
_MOST_LINKS = 24
_MOST_ELEMENTS = 200
_MOST_UNLINKED = 200
_LEAST_BARE = 3
_MOST_BARE = 30
_MAX_BARE_DEPTH = 6
_MAX_DEPTH = 16


def may_be_in(html: str) -> bool:
    """Whether the page's text may have such links; quick."""
    return _MARKED.search(html) is not None


def turners(within: Element) -> list[Element]:
    """The panels at the beginning and the end of an element, with the lines across the page beside
    them, and the panels between that hold nothing else."""
    declared = frozenset(_declared(within.getroottree().getroot()))
    links = (link for link in within.iter("a") if link.get("href"))
    turning = frozenset(link for link in links if _turns(link, declared))
    if not turning:
        return []
    around = dict.fromkeys(
        each for link in turning for each in islice(link.iterancestors(), _MAX_BARE_DEPTH)
    )
    found = [
        *_edge(within, turning, forward=True),
        *_edge(within, turning, forward=False),
        *(each for each in around if each is not within and _is_bare(each, turning)),
    ]
    return list(dict.fromkeys(found))


def _declared(root: Element) -> Iterator[str]:
    """Where the page's head says that the pages beside it are."""
    for link in root.iter("link"):
        if link.get("href") and _relations(link) & _RELATIONS:
            yield link.get("href").strip()


def _relations(link: Element) -> set[str]:
    return set((link.get("rel") or "").lower().split())


def _edge(within: Element, turning: frozenset[Element], *, forward: bool) -> list[Element]:
    """Panels and lines up to the first text that is neither; nothing where there is no panel."""
    found: list[Element] = []
    inner: Element | None = within
    for _ in range(_MAX_DEPTH):
        if inner is None:
            break
        around, inner = inner, None
        for each in _pieces(around, forward=forward):
            if isinstance(each, str):
                if each.strip():
                    break
            elif each.tag == "hr" or _is_panel(each, turning):
                found.append(each)
            elif n_letters(each):
                inner = each if each.tag in _WRAPPERS else None
                break
    return found if any(each.tag != "hr" for each in found) else []


def _pieces(around: Element, *, forward: bool) -> Iterator[Element | str]:
    """The texts and elements within an element, in order, or from its end."""
    children: Iterable[Element] = around if forward else reversed(around)
    if forward:
        yield around.text or ""
    for each in list(children):
        shown = isinstance(each.tag, str) and each.tag not in SKIPPED
        pieces = [*([each] if shown else []), each.tail or ""]
        yield from pieces if forward else reversed(pieces)
    if not forward:
        yield around.text or ""


def _is_panel(element: Element, turning: frozenset[Element]) -> bool:
    links = _links(element)
    n = sum(link in turning for link in links)
    named = element.tag == "nav" or any(
        _NAMED.search(element.get(key) or "") for key in ("class", "id", "role")
    )
    if n < (1 if named else 2) or n * 2 < len(links):
        return False
    if not named and says(element):
        return False
    return n_letters(element) - sum(map(n_letters, links)) <= _MOST_UNLINKED


def _is_bare(element: Element, turning: frozenset[Element]) -> bool:
    """Whether it is three such links or more, and nothing else."""
    links = _links(element)
    if len(links) < _LEAST_BARE or not all(link in turning for link in links):
        return False
    return n_letters(element) - sum(map(n_letters, links)) <= _MOST_BARE


def _links(element: Element) -> list[Element]:
    """Those of what may be a panel, by its kind and its size."""
    if element.tag not in _PANELS:
        return []
    found: list[Element] = []
    for each in islice(element.iter(), _MOST_ELEMENTS + 1):
        if each.tag in _NO_PART:
            return []
        if each.tag == "a" and each.get("href"):
            found.append(each)
    whole = next(islice(element.iter(), _MOST_ELEMENTS, None), None) is None
    return found if whole and len(found) <= _MOST_LINKS else []


def _turns(link: Element, declared: frozenset[str]) -> bool:
    if _relations(link) & _RELATIONS or link.get("href").strip() in declared:
        return True
    if (link.get("accesskey") or "").lower() in _KEYS:
        return True
    images = " ".join(image.get("alt") or "" for image in link.iter("img"))
    said = (" ".join(text_of(link).split()), images.strip())
    if any(each and _WORDS.fullmatch(each) for each in said):
        return True
    return bool(_TITLES.fullmatch((link.get("title") or "").strip()))
