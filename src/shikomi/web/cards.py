"""What the page shows of a pair, as JSON, in the page's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from shikomi.corpus import capsule
from shikomi.stages import review
from shikomi.terms import TERMS
from shikomi.types import Lang, Section
from shikomi.web.book import Book, Entry
from shikomi.web.choosing import UNDECIDED, words
from shikomi.web.desk import Table
from shikomi.web.wording import WORDS


def card(table: Table, entry: Entry) -> dict[str, Any]:
    """`is_open`: what follows from the last decision is not worked out yet."""
    lang, found, sample = table.book.lang, entry.checked, entry.sample
    held = table.reviews.get(sample.id)
    question, answer = words(sample, held)
    is_open = sample.id in table.open_ids
    verdicts = [(check, said) for check, said in found.verdicts.items() if check != review.STAGE]
    return {
        "id": sample.id,
        "number": table.book.places[sample.id] + 1,
        "question": question,
        "answer": answer,
        "original": {"question": sample.question, "answer": sample.answer},
        "state": held.decision if held else UNDECIDED,
        "remark": held.note if held else "",
        "statement": found.evidence,
        "breadcrumb": capsule.topic(found.section.capsule, found.section.headings),
        "place": found.section.place,
        "kind": _kind(entry, lang),
        "verdicts": [
            {
                "check": WORDS[lang].get(f"check_{check}", check),
                "said": _verdict(table.book, said),
                "is_bad": bool(review.reason(said)),
            }
            for check, said in verdicts
        ],
        "is_kept": found.is_kept,
        "is_taught": found.is_taught,
        "is_open": is_open,
        "note": "" if is_open else _note(entry, lang),
    }


def _kind(entry: Entry, lang: Lang) -> str:
    sample = entry.sample
    made = WORDS[lang].get(f"view_{sample.view}", sample.view)
    return f"{made} · {sample.phrasing.persona}" if sample.phrasing.persona else made


def _note(entry: Entry, lang: Lang) -> str:
    if entry.note:
        head, reason = entry.note
        return f"{WORDS[lang][head]}: {told(reason, lang)}"
    left_out = entry.checked.verdicts.get(review.STAGE)
    if left_out and not entry.checked.review:
        return f"{WORDS[lang]['left out']}: {told(left_out, lang)}"
    return ""


def told(said: str, lang: Lang) -> str:
    """A reason, or a check's verdict, in the page's language; what is of this pair stays."""
    terms: Mapping[str, str] = {**WORDS[lang], **TERMS[lang]}
    if said in terms:
        return terms[said]
    head, colon, rest = said.partition(":")
    return f"{terms.get(head, head)}{colon}{rest}"


def _verdict(book: Book, said: str) -> str:
    """A near-duplicate is shown with the question that it is near to."""
    twin = book.find(said.split()[-1]) if review.reason(said) == review.NEAR_DUPLICATE else None
    if twin is None:
        return told(said, book.lang)
    return f"{told(review.NEAR_DUPLICATE, book.lang)}: {twin.sample.question}"


def choices(book: Book, counts: Mapping[str, Mapping[str, int]]) -> dict[str, list[dict[str, Any]]]:
    """By facet, its choices with what they are called and how many pairs each would give."""
    return {
        facet: [
            {"value": value, "label": _label(facet, value, book.lang), "count": n}
            for value, n in _ordered(facet, found)
        ]
        for facet, found in counts.items()
    }


def _ordered(facet: str, found: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    if facet == "document":
        return sorted(found.items())
    return sorted(found.items(), key=lambda each: (":" in each[0], -each[1], each[0]))


def _label(facet: str, value: str, lang: Lang) -> str:
    check, colon, reason = value.partition(": ")
    if facet == "fate" and colon:
        return f"{WORDS[lang].get(f'check_{check}', check)}: {told(reason, lang)}"
    return WORDS[lang].get(f"{facet}_{value}", value)


def section(book: Book, entry: Entry) -> dict[str, Any]:
    """The whole section in pieces, those that the pair is about marked."""
    found = entry.checked.section
    return {
        "breadcrumb": capsule.topic(found.capsule, found.headings),
        "place": f"docs/{found.place}",
        "pieces": list(_pieces(book, entry, found)),
    }


def _pieces(book: Book, entry: Entry, section: Section) -> Iterable[dict[str, Any]]:
    facts = [book.facts[each] for each in entry.sample.fact_ids if each in book.facts]
    spans = sorted((fact.start, fact.end) for fact in facts if fact.section_id == section.id)
    at = 0
    for start, end in spans:
        if start < at:
            continue
        yield {"text": section.text[at:start], "is_marked": False}
        yield {"text": section.text[start:end], "is_marked": True}
        at = end
    yield {"text": section.text[at:], "is_marked": False}


def left_out(table: Table) -> dict[str, Any] | None:
    """Of the pairs that gave way to others since the book before: how many, and the first."""
    found = [entry for each in table.left_out if (entry := table.book.find(each))]
    if not found:
        return None
    reason = table.left_out[found[0].sample.id]
    question = found[0].sample.question
    return {"n": len(found), "reason": told(reason, table.book.lang), "question": question}
