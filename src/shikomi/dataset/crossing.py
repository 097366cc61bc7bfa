"""Questions that take two pages to answer: which sections go together, what a generator is asked
to reply, and what a program can tell of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shikomi.dataset import drafts, evidence, lint
from shikomi.errors import ParseError
from shikomi.text import squeeze
from shikomi.types import Lang, Section

VERSION = 2
_LINKED, _PARENT, _SIBLING = 4.0, 2.0, 1.0
_NEAR_SIBLINGS = 3  # to either side, in reading order: a folder may have thousands
_RAREST, _MOST_SHARED = 4, 3  # a term in more sections is not rare; so many terms count
_SHORTEST_EVIDENCE = 6  # characters
_MOST_KEYS = 3
_TEXTS = ("evidence_a", "evidence_b", "question", "answer")  # what is copied first binds the rest

Pair = tuple[Section, Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question with its answer. `keys` are the words that a right answer has, `evidence_a` and
    `evidence_b` what the first and the second section say of it, word for word."""

    question: str
    answer: str
    evidence_a: str
    evidence_b: str
    keys: tuple[str, ...]


def pairs(
    sections: Sequence[Section],
    *,
    linked: Mapping[str, Set[str]],
    terms: Mapping[str, Set[str]],
    per_section: int,
) -> list[Pair]:
    """For each section in turn its at most `per_section` nearest ones on other pages, no two
    sections twice.

    `linked` has the pages that a section links to, `terms` what it is searched by; both by id.
    Links weigh most, then a page's parent and its neighbours below one parent, then terms that
    few sections have.
    """
    near = _Nearness(sections, linked, terms)
    seen: set[frozenset[str]] = set()
    found: list[Pair] = []
    for section in sections if per_section else ():
        others = (o for o in near.to(section) if frozenset((section.id, o.id)) not in seen)
        for other in islice(others, per_section):
            seen.add(frozenset((section.id, other.id)))
            found.append((section, other))
    return found


class _Nearness:
    def __init__(
        self,
        sections: Sequence[Section],
        linked: Mapping[str, Set[str]],
        terms: Mapping[str, Set[str]],
    ) -> None:
        self._sections = sections
        self._places = {section.id: n for n, section in enumerate(sections)}
        self._linked, self._terms = linked, terms
        self._on_page: dict[str, list[Section]] = {}
        self._linking: dict[str, list[Section]] = {}
        self._at: dict[tuple[str, ...], list[str]] = {}  # pages in order, by their trail
        self._below: dict[tuple[str, ...], list[str]] = {}  # pages in order, by their parent's
        self._place_below: dict[str, int] = {}
        self._having: dict[str, list[Section]] = {}
        for section in sections:
            self._add(section)

    def _add(self, section: Section) -> None:
        trail = section.capsule.breadcrumb
        if section.path not in self._on_page:
            self._at.setdefault(trail, []).append(section.path)
            beside = self._below.setdefault(trail[:-1], [])
            self._place_below[section.path] = len(beside)
            beside.append(section.path)
        self._on_page.setdefault(section.path, []).append(section)
        for path in self._linked[section.id]:
            self._linking.setdefault(path, []).append(section)
        for term in self._terms[section.id]:
            self._having.setdefault(term, []).append(section)

    def to(self, section: Section) -> list[Section]:
        """Sections on other pages that have to do with it, nearest first."""
        scores: dict[str, float] = {}
        for path, weight in self._pages(section):
            for other in self._on_page.get(path, ()):
                scores[other.id] = max(scores.get(other.id, 0.0), weight)
        for other in self._linking.get(section.path, ()):
            scores[other.id] = _LINKED
        for each, n in self._shared(section).items():
            scores[each] = scores.get(each, 0.0) + min(n, _MOST_SHARED) / _MOST_SHARED
        return self._ordered(section, scores)

    def _pages(self, section: Section) -> Iterator[tuple[str, float]]:
        trail = section.capsule.breadcrumb
        for path in self._linked[section.id]:
            yield path, _LINKED
        for path in (*self._at.get(trail[:-1], ()), *self._below.get(trail, ())[:_NEAR_SIBLINGS]):
            yield path, _PARENT
        beside, at = self._below[trail[:-1]], self._place_below[section.path]
        for path in beside[max(0, at - _NEAR_SIBLINGS) : at + _NEAR_SIBLINGS + 1]:
            yield path, _SIBLING

    def _shared(self, section: Section) -> Counter[str]:
        rare = (self._having[term] for term in self._terms[section.id])
        return Counter(other.id for having in rare if len(having) <= _RAREST for other in having)

    def _ordered(self, section: Section, scores: Mapping[str, float]) -> list[Section]:
        at, sections = self._places[section.id], self._sections
        places = [self._places[each] for each in scores]
        others = [
            place
            for place in places
            if sections[place].path != section.path and sections[place].lang == section.lang
        ]
        others.sort(key=lambda place: (-scores[sections[place].id], abs(place - at), place))
        return [sections[place] for place in others]


def schema(lang: Lang, names: Sequence[str]) -> dict[str, Any]:
    """JSON schema of a reply that is one such question."""
    question = drafts.question_schema(lang, names)["properties"]["question"]
    text = {"type": "string"}
    keys = {"type": "array", "items": text, "minItems": 1, "maxItems": _MOST_KEYS}
    fields = {**dict.fromkeys(_TEXTS, text), "question": question, "keys": keys}
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def parse(text: str) -> Draft:
    """Raises ParseError: it is not the object that was asked for."""
    reply = drafts.read_object(text)
    texts = {field: reply.get(field) for field in _TEXTS}
    keys = reply.get("keys")
    for field, value in texts.items():
        if not isinstance(value, str):
            raise ParseError(f"the reply has no text as its {field}")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ParseError("the reply has no list of texts as its keys")
    stripped = {field: " ".join(str(value).split()) for field, value in texts.items()}
    return Draft(**stripped, keys=tuple(key.strip() for key in keys if key.strip()))


def check(
    draft: Draft, pair: Pair, *, question: str, known: str, max_question: int, max_answer: int
) -> str | None:
    """Why a draft must go before anybody is asked about it: form, evidence that does not stand in
    its section, keys from elsewhere, or numbers and names that neither section has.

    `question` is the draft's as it will be taught; `known` are the capsules of both, from which
    names may be, too.
    """
    a, b = pair
    if reason := lint.check(
        question,
        draft.answer,
        lang=a.lang,
        names=a.capsule.names,
        source=f"{a.text}\n{b.text}",
        most=(max_question, max_answer),
    ):
        return reason
    for said, section, which in ((draft.evidence_a, a, "first"), (draft.evidence_b, b, "second")):
        squeezed = squeeze(said)
        if len(squeezed) < _SHORTEST_EVIDENCE or squeezed not in squeeze(section.text):
            return f"evidence that is not in the {which} section"
    if reason := _keys(draft):
        return reason
    evidences = f"{draft.evidence_a} {draft.evidence_b}"
    texts = " ".join([known, a.text, b.text])
    return evidence.check(question, draft.answer, evidence=evidences, section=texts)


def _keys(draft: Draft) -> str | None:
    keys = [squeeze(key) for key in draft.keys]
    evidences = f"{squeeze(draft.evidence_a)} {squeeze(draft.evidence_b)}"
    if not keys or not all(keys):
        return "no keys"
    if any(key not in squeeze(draft.answer) for key in keys):
        return "a key that is not in its answer"
    if any(key not in evidences for key in keys):
        return "a key that is not in its evidence"
    if any(key in squeeze(draft.question) for key in keys):
        return "the question gives the answer away"
    return None
