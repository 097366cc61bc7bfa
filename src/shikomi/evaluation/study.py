"""How far what was taught goes: questions by their distance from it, each group by itself."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from shikomi.evaluation.comparison import ArmResult, Comparison, compare
from shikomi.evaluation.figures import arms_json, contrasts_json
from shikomi.evaluation.report_data import QuestionRow, StudyData
from shikomi.evaluation.stats import holm
from shikomi.types import Level, VerdictValue

_BASE, _STUDY, _TUNED = "base", "study", "tuned"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelResult:
    """The questions of one level; `p_holm` is adjusted over the levels. `comparison` has base and
    the study's model as "tuned"."""

    level: Level
    n: int
    comparison: Comparison
    p_holm: float | None


def paraphrases(rows: Sequence[QuestionRow]) -> ArmResult | None:
    """How many the tuned model answers that ask in other words for what it was taught."""
    asked = [(row, _verdicts(row)) for row in rows if row.level == "H0"]
    given = [(row.page, found[_TUNED]) for row, found in asked if _TUNED in found]
    verdicts = {_TUNED: [value for _, value in given]} if given else {}
    return compare(verdicts, [page for page, _ in given]).arm(_TUNED)


def by_level(data: StudyData) -> list[LevelResult]:
    """Every level in its order, those without questions, too."""
    found = {level: _compared(data.questions, level) for level in get_args(Level)}
    raw = {level: each.contrasts[0].contrast.p for level, each in found.items() if each.contrasts}
    adjusted = holm(raw)
    return [
        LevelResult(
            level=level,
            n=sum(row.level == level for row in data.questions),
            comparison=compared,
            p_holm=adjusted.get(level),
        )
        for level, compared in found.items()
    ]


def _compared(rows: Sequence[QuestionRow], level: Level) -> Comparison:
    chosen = [row for row in rows if row.level == level]
    answers = [_verdicts(row) for row in chosen]
    verdicts = {
        name: [each.get(arm) for each in answers]
        for name, arm in ((_TUNED, _STUDY), (_BASE, _BASE))
    }
    return compare(verdicts if chosen else {}, [row.page for row in chosen])


def _verdicts(row: QuestionRow) -> dict[str, VerdictValue | None]:
    return {answer.arm: answer.verdict for answer in row.answers}


def paraphrases_json(rows: Sequence[QuestionRow]) -> dict[str, Any] | None:
    found = paraphrases(rows)
    if found is None:
        return None
    known: dict[str, Any] = arms_json(Comparison(arms=(found,), contrasts=()))[_TUNED]
    return known


def study_json(data: StudyData) -> dict[str, Any]:
    """What was withheld, and by level the two arms and their difference, 0 to 1."""
    told = {
        field.name: getattr(data, field.name)
        for field in dataclasses.fields(data)
        if field.name != "questions"
    }
    levels = {each.level: _level_json(each) for each in by_level(data)}
    return {**told, "levels": levels}


def _level_json(found: LevelResult) -> dict[str, Any]:
    arms, differences = arms_json(found.comparison), contrasts_json(found.comparison)
    difference = differences.get(f"{_TUNED}-{_BASE}")
    return {
        "n": found.n,
        "base": arms.get(_BASE),
        "study": arms.get(_TUNED),
        "difference": difference and difference | {"p_holm": found.p_holm},
    }
