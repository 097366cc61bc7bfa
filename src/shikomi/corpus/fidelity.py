"""How much of a page's text its Markdown still has.

The source's visible text is compared with that of the Markdown as CommonMark renders it, by
character 5-grams, white space left out: the share of the source's 5-grams that come back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from markdown_it import MarkdownIt

from shikomi.corpus.html import tree

N = 5
_SPACE = re.compile("[\\s\u00a0\u3000\u200b\ufeff]+")
_N_SHOWN = 3
_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Fidelity:
    """`recall` is 0 to 1, 1.0 for a page without text; `lost` the first lines that are missing,
    each at most 80 characters: none where all are there but in another order."""

    recall: float
    lost: tuple[str, ...] = ()


WHOLE = Fidelity(1.0)


def fidelity(html: str, markdown: str, *, besides: Iterable[str] = ()) -> Fidelity:
    """The fidelity of `markdown` to the page `html`. `besides` are texts that were left out on
    purpose: they count as there. Odd input never raises."""
    page = tree.parse(html)
    if page is None:
        return WHOLE
    text = tree.text_of(page.body)
    source = _bare(text)
    rendered = "\n".join([_bare(visible(markdown)), *map(_bare, besides)])
    if not source or source in rendered:
        return WHOLE
    ours, theirs = _grams(source), _grams(rendered)
    shared = sum((ours & theirs).values())
    lost = tuple(_lost(text, rendered)) if shared < ours.total() else ()
    return Fidelity(shared / ours.total(), lost)


def visible(markdown: str) -> str:
    """The text that a reader of the rendered Markdown sees."""
    page = tree.parse(_renderer().render(markdown))
    return "" if page is None else tree.text_of(page.body)


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _bare(text: str) -> str:
    return _SPACE.sub("", text)


def _grams(text: str) -> Counter[str]:
    if len(text) < N:
        return Counter([text] if text else [])
    return Counter(text[i : i + N] for i in range(len(text) - N + 1))


def _lost(text: str, rendered: str) -> Iterator[str]:
    """The first lines of the source most of whose 5-grams are nowhere in the rendered text."""
    theirs = set(_grams(rendered))
    lines = (line for line in text.split("\n") if _is_lost(_bare(line), rendered, theirs))
    return (" ".join(line.split())[:_SHOWN_CHARS] for line in islice(lines, _N_SHOWN))


def _is_lost(line: str, rendered: str, theirs: set[str]) -> bool:
    grams = _grams(line)
    if len(line) < N:
        return line not in rendered
    return sum(1 for gram in grams if gram not in theirs) * 2 > len(grams)
