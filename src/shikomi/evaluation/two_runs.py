"""Two reports side by side: what differs in their answers, and in how they were made."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from shikomi.errors import UserError
from shikomi.evaluation.breakdown import unlike
from shikomi.evaluation.comparison import ContrastResult
from shikomi.evaluation.counted import carries
from shikomi.evaluation.report_data import Answer, QuestionRow
from shikomi.evaluation.report_file import ArmFigures, SavedReport
from shikomi.evaluation.stats import Contrast, holm, paired_difference
from shikomi.evaluation.two_runs_abilities import AbilityPair, ability_pairs

Pair = tuple[QuestionRow, QuestionRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A report and the name that the person gave for it."""

    name: str
    report: SavedReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One arm's answers to one question, of which one is right; `question` is A's."""

    question: QuestionRow
    a: Answer
    b: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPair:
    """One arm in both runs: each on all its questions, and B against A on those that both
    answered, of which they have `correct_a` and `correct_b` right.

    Holm's p is adjusted over the arms.
    """

    name: str
    a: ArmFigures
    b: ArmFigures
    correct_a: int
    correct_b: int
    difference: ContrastResult
    newly_right: tuple[Switch, ...]
    newly_wrong: tuple[Switch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that differs; None where a run does not have it."""

    group: str
    name: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRuns:
    """`reworded` counts ids that stand in both runs for different questions, which are no pairs;
    `other_reference` pairs whose reference answers differ.

    `n_apart` of the shared questions are like no training question of either run, None where a
    run does not tell. The headline counts these alone, as `apart`, where they carry a statement.
    """

    a: Run
    b: Run
    n_shared: int
    reworded: int
    other_reference: int
    arms: tuple[ArmPair, ...]
    changes: tuple[Change, ...]
    abilities: tuple[AbilityPair, ...] = ()
    n_apart: int | None = None
    apart: tuple[ArmPair, ...] = ()

    def arm(self, name: str) -> ArmPair | None:
        return next((arm for arm in self.arms if arm.name == name), None)

    def counted(self, name: str) -> ArmPair | None:
        """An arm over the questions that the headline counts."""
        return next((arm for arm in self.apart or self.arms if arm.name == name), None)


def compare_runs(a: Run, b: Run, *, seed: int = 0) -> TwoRuns:
    """Set B against A.

    Raises:
        UserError: they have no question or no arm in common.
    """
    pairs = list(_pairs(a.report.questions, b.report.questions))
    if not pairs:
        raise UserError(
            f"{a.name} and {b.name} have no question in common: compare runs that were asked"
            " the same questions"
        )
    names = [name for name in a.report.arms if name in b.report.arms]
    if not names:
        raise UserError(f"{a.name} and {b.name} have no arm in common: there is nothing to compare")
    apart = _unlike(pairs)
    arms = partial(_arms, names=names, a=a.report, b=b.report, seed=seed)
    return TwoRuns(
        a=a,
        b=b,
        n_shared=len(pairs),
        reworded=_n_reworded(a.report, b.report, pairs),
        other_reference=sum(_words(x.reference) != _words(y.reference) for x, y in pairs),
        arms=arms(pairs),
        changes=tuple(_changes(a.report, b.report)),
        abilities=ability_pairs(a.report.tasks, b.report.tasks),
        n_apart=None if apart is None else len(apart),
        apart=arms(apart) if apart and _is_counted(apart, of=len(pairs)) else (),
    )


def _unlike(pairs: Sequence[Pair]) -> list[Pair] | None:
    """The pairs that are like no training question of A or of B; None where a run does not
    tell."""
    ours, theirs = unlike(x for x, _ in pairs), unlike(y for _, y in pairs)
    if ours is None or theirs is None:
        return None
    ids = {row.id for row in ours}, {row.id for row in theirs}
    return [(x, y) for x, y in pairs if x.id in ids[0] and y.id in ids[1]]


def _is_counted(apart: Sequence[Pair], *, of: int) -> bool:
    """Whether the headline is about these alone: some are left out, and both tuned models have
    answered enough of the others."""
    n = sum(_score(x, "tuned") is not None and _score(y, "tuned") is not None for x, y in apart)
    return len(apart) < of and carries(n, of)


def _arms(
    pairs: Sequence[Pair], *, names: Sequence[str], a: SavedReport, b: SavedReport, seed: int
) -> tuple[ArmPair, ...]:
    contrasts = {name: _contrast(pairs, name, seed) for name in names}
    adjusted = holm({name: contrast.p for name, contrast in contrasts.items()})
    return tuple(
        _arm(name, pairs, a=a, b=b, contrast=found, p_holm=adjusted[name])
        for name, found in contrasts.items()
    )


def _pairs(a: Iterable[QuestionRow], b: Iterable[QuestionRow]) -> Iterator[Pair]:
    """Questions in the same words; where a run has them more than once, with the same id too."""
    ours, theirs = _by_words(a), _by_words(b)
    for words, rows in ours.items():
        others = theirs.get(words, [])
        if len(rows) == len(others) == 1:
            yield rows[0], others[0]
            continue
        by_id = {row.id: row for row in others}
        yield from ((row, by_id[row.id]) for row in rows if row.id in by_id)


def _by_words(rows: Iterable[QuestionRow]) -> dict[str, list[QuestionRow]]:
    found: dict[str, list[QuestionRow]] = {}
    for row in rows:
        found.setdefault(_words(row.question), []).append(row)
    return found


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _n_reworded(a: SavedReport, b: SavedReport, pairs: Sequence[Pair]) -> int:
    ours = {row.id for row in a.questions} - {one.id for one, _ in pairs}
    theirs = {row.id for row in b.questions} - {other.id for _, other in pairs}
    return len(ours & theirs)


def _contrast(pairs: Iterable[Pair], arm: str, seed: int) -> Contrast:
    rows = [(_score(x, arm), _score(y, arm), x.page) for x, y in pairs]
    return paired_difference(
        [after for _, after, _ in rows],
        [before for before, _, _ in rows],
        [page for _, _, page in rows],
        seed=seed,
    )


def _answer(row: QuestionRow, arm: str) -> Answer | None:
    """None where the arm did not answer, or nobody could say whether it is right."""
    found = next((answer for answer in row.answers if answer.arm == arm), None)
    return found if found and found.verdict is not None else None


def _score(row: QuestionRow, arm: str) -> float | None:
    found = _answer(row, arm)
    return None if found is None else float(found.verdict == "CORRECT")


def _arm(
    name: str,
    pairs: Iterable[Pair],
    *,
    a: SavedReport,
    b: SavedReport,
    contrast: Contrast,
    p_holm: float,
) -> ArmPair:
    both = [
        Switch(question=x, a=before, b=after)
        for x, y in pairs
        if (before := _answer(x, name)) and (after := _answer(y, name))
    ]
    return ArmPair(
        name=name,
        a=a.arms[name],
        b=b.arms[name],
        correct_a=sum(_right(each.a) for each in both),
        correct_b=sum(_right(each.b) for each in both),
        difference=ContrastResult(
            name=name, arm="B", against="A", contrast=contrast, p_holm=p_holm
        ),
        newly_right=tuple(each for each in both if _right(each.b) and not _right(each.a)),
        newly_wrong=tuple(each for each in both if _right(each.a) and not _right(each.b)),
    )


def _right(answer: Answer) -> bool:
    return answer.verdict == "CORRECT"


def _changes(a: SavedReport, b: SavedReport) -> Iterator[Change]:
    ours, theirs = _described(a), _described(b)
    for group in dict.fromkeys([*ours, *theirs]):
        yield from _differing(group, ours.get(group, {}), theirs.get(group, {}))


def _described(report: SavedReport) -> dict[str, Mapping[str, str]]:
    """Everything that says how a run was made, by group."""
    pages = Counter(row.page for row in report.coverage)
    return {
        **report.settings,
        "questions": {"from": report.question_source, "count": str(len(report.questions))},
        "pairs": {step: str(count) for step, count in report.funnel.items()},
        "sections of a page": {page: str(count) for page, count in pages.items()},
    }


def _differing(group: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys([*a, *b]):
        if a.get(name) != b.get(name):
            yield Change(group=group, name=name, a=a.get(name), b=b.get(name))
