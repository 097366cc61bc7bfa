"""How much of a page's text its Markdown still has.

The source's visible text, less what stands around its main content (see `html.furniture`), is
compared with that of the Markdown as CommonMark renders it, by character 5-grams, white space left
out: the share of the source's 5-grams that come back.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from cmarkgfm import markdown_to_html_with_extensions
from cmarkgfm.cmark import Options

from shikomi.corpus.html import furniture, tree

N = 5
_SPACE = re.compile("[\\s\u00a0\u3000\u200b\ufeff]+")
_N_SHOWN = 3
_SHOWN_CHARS = 80


def fidelity(html: str, markdown: str) -> float:
    """The share, 0 to 1, of the page's 5-grams that the rendered Markdown has; 1.0 for a page
    without text. Odd input never raises."""
    source, rendered = _bare(_text(html)), _bare(visible(markdown))
    if not source or source in rendered:
        return 1.0
    ours = _grams(source)
    return (ours & _grams(rendered)).total() / ours.total()


def lost(html: str, markdown: str) -> tuple[str, ...]:
    """The first passages of the page with words that are nowhere in the rendered Markdown, each
    at most 80 characters; () where all words are there, if in another order."""
    rendered = _bare(visible(markdown))
    passages = (
        text[:_SHOWN_CHARS]
        for text in _lost(_text(html), rendered)
        if any(word not in rendered for word in text.split())
    )
    return tuple(islice(passages, _N_SHOWN))


def visible(markdown: str) -> str:
    """The text that a reader of the rendered Markdown sees."""
    html = markdown_to_html_with_extensions(
        markdown, options=Options.CMARK_OPT_UNSAFE, extensions=["table"]
    )
    return _text(html)


def _text(html: str) -> str:
    page = tree.parse(html, mend=furniture.drop)
    return "" if page is None else tree.text_of(page.body)


def _bare(text: str) -> str:
    return _SPACE.sub("", text)


def _grams(text: str) -> Counter[str]:
    if len(text) < N:
        return Counter([text] if text else [])
    return Counter(text[i : i + N] for i in range(len(text) - N + 1))


def _lost(text: str, rendered: str) -> Iterator[str]:
    """Runs of characters that no 5-gram which was found covers."""
    places = [i for i, char in enumerate(text) if not _SPACE.match(char)]
    bare = "".join(text[i] for i in places)
    if len(bare) < N:
        if bare not in rendered:
            yield " ".join(text.split())
        return
    theirs = set(_grams(rendered))
    start = end = 0
    for i in range(len(bare) - N + 1):
        if bare[i : i + N] not in theirs:
            end = i + 1
            continue
        if end > start:
            yield " ".join(text[places[start] : places[end - 1] + 1].split())
        start = end = i + N
    if start < len(bare):
        yield " ".join(text[places[start] :].split())
