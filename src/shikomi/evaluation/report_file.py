"""A report.json, read back."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from shikomi.errors import UserError
from shikomi.evaluation.report_data import AbilityItem, CoverageRow, QuestionRow
from shikomi.problems import first_problem
from shikomi.types import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFigures:
    """How one arm did; `low` and `high` are the ends of the interval of its share `mean`."""

    n: int
    correct: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAbilities:
    """The tasks of a report; what was computed from them is computed anew."""

    items: tuple[AbilityItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReport:
    """What a comparison needs of a report; keys that it does not know are left unread."""

    project: str
    lang: Lang
    created: str
    question_source: Literal["user", "self-made", "mixed"]
    arms: dict[str, ArmFigures]
    questions: tuple[QuestionRow, ...]
    funnel: dict[str, int] = field(default_factory=dict)
    coverage: tuple[CoverageRow, ...] = ()
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    abilities: SavedAbilities | None = None

    @property
    def tasks(self) -> tuple[AbilityItem, ...]:
        return self.abilities.items if self.abilities else ()


def parse(data: bytes, *, name: str) -> SavedReport:
    """Raises UserError: it is no report; `name` says in the message which file."""
    try:
        return TypeAdapter(SavedReport).validate_json(data)
    except ValidationError as error:
        raise UserError(
            f"{name} is no report of Shikomi's ({first_problem(error)}): name a project's folder,"
            " or its report.json"
        ) from None
