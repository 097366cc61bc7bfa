"""Which pairs are looked at: filters, how many pairs each choice would give, and pages."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shikomi.types import Review, Sample
from shikomi.web.book import Book, Entry

UNDECIDED = "undecided"
PAGE = 50
FACETS = ("state", "fate", "document", "view")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """An empty one lets every pair through. `text` is looked for in question and answer."""

    text: str = ""
    state: str = ""
    fate: str = ""
    document: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The places of the pairs in the book, in order; by facet, how many pairs each of its choices
    would give while the other filters stay."""

    places: Sequence[int]
    counts: Mapping[str, Mapping[str, int]]


def find(book: Book, reviews: Mapping[str, Review], filters: Filters) -> Found:
    wanted = [(i, value) for i, name in enumerate(FACETS) if (value := getattr(filters, name))]
    has_text = _searched(filters.text)
    places: list[int] = []
    counts: list[dict[str, int]] = [{} for _ in FACETS]
    for place, entry in enumerate(book.entries):
        review = reviews.get(entry.sample.id)
        if not has_text(entry.sample, review):
            continue
        values = _values(entry, review)
        failing = [i for i, value in wanted if value not in values[i]]
        if not failing:
            places.append(place)
        for i in range(len(FACETS)) if not failing else failing if len(failing) == 1 else ():
            for value in values[i]:
                counts[i][value] = counts[i].get(value, 0) + 1
    return Found(places=places, counts=dict(zip(FACETS, counts, strict=True)))


def _values(entry: Entry, review: Review | None) -> tuple[Sequence[str], ...]:
    """Of each facet, in their order."""
    state = review.decision if review else UNDECIDED
    return (state,), entry.fate, (entry.checked.section.path,), (entry.sample.view,)


def _searched(text: str) -> Callable[[Sample, Review | None], bool]:
    wanted = _folded(text.strip())
    if not wanted:
        return lambda sample, review: True
    return lambda sample, review: any(wanted in _folded(each) for each in words(sample, review))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def words(sample: Sample, review: Review | None) -> tuple[str, str]:
    """Question and answer as they read now."""
    if review and review.decision == "edit":
        return review.question, review.answer
    return sample.question, sample.answer


def page(places: Sequence[int], *, after: int | None, before: int | None) -> tuple[int, int]:
    """Of `places` those to be shown, as a range: the first behind `after`, the last in front of
    `before`, or the first of all. Both are places in the book: what was decided since may have
    taken them out of `places`."""
    if before is not None:
        end = sum(place < before for place in places)
        return max(0, end - PAGE), end
    start = 0 if after is None else sum(place <= after for place in places)
    return start, min(len(places), start + PAGE)
