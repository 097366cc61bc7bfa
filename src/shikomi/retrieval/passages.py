"""A passage, and its terms in the views in which it is searched."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from shikomi.corpus.blocks import headings
from shikomi.retrieval.tokens import grams, words
from shikomi.types import Section

# Weight of each view's score. Measured by benchmarks/retrieval.py: a weighted sum of the three
# finds more than any of them alone and more than reciprocal rank fusion of them.
VIEWS = {"words": 1.0, "grams": 0.5, "titles": 0.3}
_HEADING_WEIGHT = 6
_TARGET = re.compile(
    r"(!?\[(?:[^\[\]\\]|\\.)*\])\((?:<[^<>\n]*>|(?:[^()\s<]|\([^()\s]*\))*)(?:\s[^()]*)?\)"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>|\{#[^{}]{1,200}\}")

Terms = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage to be found. `titles` are those it stands under, outermost first, `headings` those
    within it, `names` what its system is called: all are searched with the text."""

    id: str
    text: str
    titles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def passage(section: Section) -> Passage:
    """A section with its place. Titles of linked pages, which its capsule has, are left out: a
    page that only links to another would be found in its stead."""
    return Passage(
        id=section.id,
        text=section.text,
        titles=(*section.capsule.breadcrumb, *section.headings),
        headings=tuple(block.title for block in headings(section.text)),
        names=section.capsule.names if section.capsule.system else (),  # else a title
    )


def terms(item: Passage) -> Terms:
    """For each view the terms with their counts; headings within the text weigh more."""
    around = "\n".join([*item.titles, *item.names])
    text = "\n".join([around, _TAG.sub(" ", _TARGET.sub(r"\1", item.text))])
    inside = "\n".join(item.headings)
    titles = "\n".join([*item.titles, *item.headings])
    return {
        "words": _weighted(words(text), words(inside)),
        "grams": _weighted(grams(text), grams(inside)),
        "titles": Counter(words(titles)),
    }


def _weighted(text: list[str], inside: Iterable[str]) -> Counter[str]:
    counts = Counter(text)
    for term in inside:
        counts[term] += _HEADING_WEIGHT
    return counts
