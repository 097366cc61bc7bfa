"""Answers by groups of questions: by page, by what is asked for, by how near training came."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from shikomi.evaluation.comparison import PLANNED, Comparison, compare
from shikomi.evaluation.report_data import AskedFor, QuestionRow

# Where a question shares fewer of its 3-character pieces with any training question (Jaccard), it
# is put otherwise than all that was taught. Questions from 0.6 on are not taught by default.
LOW_OVERLAP = 0.4
_BOUNDS = (("near_far", 0.0, 0.2), ("near_some", 0.2, LOW_OVERLAP), ("near_close", LOW_OVERLAP, 2))
_NUMBER = re.compile(r"\W*[-+]?\d[\d.,:/~〜-]*\s*[^\d\s]{0,12}\s*[^\d\s]{0,12}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*[-_./:]?[A-Za-z0-9_./:-]*[0-9_./-][A-Za-z0-9_./:-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many of some questions each arm answers, in the order of the arms."""

    label: str
    n: int
    right: tuple[int, ...]


def by_page(rows: Sequence[QuestionRow], arms: Sequence[str]) -> list[Group]:
    """Labels are paths, "" for the questions that name no page."""
    return sorted(_grouped(rows, arms, lambda row: row.page), key=lambda group: group.label)


def by_origin(rows: Sequence[QuestionRow], arms: Sequence[str]) -> list[Group]:
    """Labels are `kind_` and who wrote them; none where all have one origin."""
    ordered = sorted(rows, key=lambda row: row.kind != "user")
    return _several(_grouped(ordered, arms, lambda row: f"kind_{row.kind}" if row.kind else None))


def by_language(rows: Sequence[QuestionRow], arms: Sequence[str]) -> list[Group]:
    """Labels are `lang_` and the language; none where there is but one."""
    ordered = sorted(rows, key=lambda row: row.lang or "")
    return _several(_grouped(ordered, arms, lambda row: f"lang_{row.lang}" if row.lang else None))


def by_kind(rows: Sequence[QuestionRow], arms: Sequence[str]) -> list[Group]:
    """Labels are `asks_` and what is asked for; none where there is but one kind."""
    kinds = get_args(AskedFor)
    ordered = sorted(
        (row for row in rows if row.asks_for), key=lambda row: kinds.index(row.asks_for)
    )
    return _several(_grouped(ordered, arms, lambda row: f"asks_{row.asks_for}"))


def by_nearness(rows: Sequence[QuestionRow], arms: Sequence[str]) -> list[Group]:
    """Labels name the range, the farthest first."""
    found = {group.label: group for group in _grouped(rows, arms, _range)}
    return [found[label] for label, _, _ in _BOUNDS if label in found]


def unlike(rows: Iterable[QuestionRow]) -> list[QuestionRow] | None:
    """The questions that are like no training question; None where that is not known."""
    every = list(rows)
    if not every or any(row.nearness is None for row in every):
        return None
    return [row for row in every if (row.nearness or 0.0) < LOW_OVERLAP]


def compared(rows: Sequence[QuestionRow], like: Comparison) -> Comparison:
    """The same arms and differences over these questions alone."""
    pairs = [(each.arm, each.against) for each in like.contrasts]
    further = [pair for pair in pairs if pair not in PLANNED]
    return compared_arms(rows, [arm.name for arm in like.arms], further=further)


def compared_arms(
    rows: Sequence[QuestionRow], arms: Sequence[str], *, further: Sequence[tuple[str, str]]
) -> Comparison:
    """These arms over these questions; see `compare`."""
    answers = [{each.arm: each.verdict for each in row.answers} for row in rows]
    verdicts = {arm: [each.get(arm) for each in answers] for arm in arms}
    return compare(verdicts, [row.page for row in rows], further=further)


def asked_for(accept: tuple[tuple[str, ...], ...]) -> AskedFor:
    """By the first way in which an answer is accepted; a number may have its unit."""
    texts = [unicodedata.normalize("NFKC", each).strip() for each in accept[0]] if accept else []
    if texts and all(_NUMBER.fullmatch(text) for text in texts):
        return "number"
    return "code" if any(_CODE.fullmatch(text) for text in texts) else "words"


def _grouped(
    rows: Iterable[QuestionRow], arms: Sequence[str], label_of: Callable[[QuestionRow], str | None]
) -> list[Group]:
    """In the order in which they come; rows without a label are left out."""
    found: dict[str, list[QuestionRow]] = {}
    for row in rows:
        if (label := label_of(row)) is not None:
            found.setdefault(label, []).append(row)
    return [
        Group(label=label, n=len(group), right=tuple(_right(group, arm) for arm in arms))
        for label, group in found.items()
    ]


def _several(found: list[Group]) -> list[Group]:
    """None where a single group is all there is."""
    return found if len(found) > 1 else []


def _right(rows: Iterable[QuestionRow], arm: str) -> int:
    answers = (each for row in rows for each in row.answers)
    return sum(each.arm == arm and each.verdict == "CORRECT" for each in answers)


def _range(row: QuestionRow) -> str | None:
    if row.nearness is None:
        return None
    return next((name for name, low, high in _BOUNDS if low <= row.nearness < high), None)
