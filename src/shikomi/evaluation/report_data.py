"""Everything the report shows, as values. Texts are the user's; nothing is escaped here."""

from dataclasses import dataclass
from typing import Literal

from shikomi.evaluation.calibration import Calibration
from shikomi.evaluation.comparison import Comparison
from shikomi.evaluation.verdicts import Agreement
from shikomi.types import Interval, Lang, Level, VerdictValue

QuestionSource = Literal["user", "self-made", "mixed"]
AskedFor = Literal["number", "code", "words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One arm's answer; `sources` name the sections it was given; None is unscored. `is_cut_off`
    says that it had not ended where it reached its `max_tokens`."""

    arm: str
    text: str
    verdict: VerdictValue | None
    sources: tuple[str, ...] = ()
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """A held-out question with every arm's answer. `page` is its document's path, "" where it
    names none, `nearest` the
    training question that is most like it, `nearness` how much, 0 to 1; None where that is not
    known. `kind` says who wrote it, as `Question.kind` does, `level` how far it is from what was
    taught, and `is_judged` that its answers are marked by the judge."""

    id: str
    question: str
    reference: str
    page: str
    answers: tuple[Answer, ...]
    kind: str = ""
    level: Level = "H1"
    asks_for: AskedFor | None = None
    is_judged: bool = False
    nearest: str = ""
    nearness: float | None = None
    lang: Lang | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityItem:
    """A task with every arm's reply; `kind` is one of `tasks.Kind`, `lang` the prompt's, `about`
    the page that it is about, "" for none."""

    kind: str
    lang: Lang
    row: QuestionRow
    about: str = ""

    @property
    def cluster(self) -> str:
        """Tasks about one page may stand or fall together; those about none have nothing to do
        with each other, which one cluster for all stands for (`stats.paired_difference`)."""
        return self.about


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRow:
    """How many samples were left after a step: "asked", "parsed", "linted", ..., "kept"."""

    step: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    step: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """A check of a sample of the kept pairs, and the share of them that passes it."""

    check: str
    share: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One logged step of the training; `token_accuracy` is 0 to 1."""

    step: int
    loss: float
    token_accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Calls to one model in one stage, or where `model` is None to all models that the project
    tuned earlier; `cost_nanousd` is None where the price is unknown."""

    stage: str
    model: str | None
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_nanousd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSeconds:
    stage: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How many training pairs a section has, and how many texts written beside them."""

    page: str
    section: str
    pairs: int
    texts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingGroup:
    """A titled list of name and value: models with hashes, hyperparameters, versions."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePair:
    """A training pair; `section` is `path#heading`."""

    question: str
    answer: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkersAgree:
    """How far two that marked the same answers agree: "program", or a judge's name."""

    one: str
    other: str
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboTraining:
    """What the placebo was trained on: another project's documents, and how many tokens of them
    beside those of the tuned model, each epoch counted."""

    project: str
    tokens: int
    tuned_tokens: int

    @property
    def difference(self) -> float:
        """By which share of the tuned model's the placebo's tokens are more or fewer."""
        return self.tokens / max(self.tuned_tokens, 1) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyData:
    """The study's model: what it was not taught, and all that it was asked, held-out questions
    included; `samples` of the dataset's `of_samples` rows were left for it."""

    model: str
    samples: int
    of_samples: int
    facts_only_read: int
    pages_never_seen: tuple[str, ...]
    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """One finished project. `created` is a date as people write it; `notes` are plain text, and
    so are `caveats`, without which the headline would mislead.

    `samples` are a few training pairs to look at (ten, say). `agreement` compares the
    program's verdicts with the judge's, where there was one; `further_agreements` are those of
    further judges, and `calibrations` hold all of them against people's labels. `abilities` are
    tasks beside the questions, where they were asked for. `beside` are questions that nothing but
    tables of their own counts: paraphrases of what was taught, and those of the `study`.
    """

    project: str
    lang: Lang
    created: str
    question_source: QuestionSource
    comparison: Comparison
    questions: tuple[QuestionRow, ...]
    funnel: tuple[FunnelRow, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    quality: tuple[QualityRow, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    usage: tuple[UsageRow, ...] = ()
    seconds: tuple[StageSeconds, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    settings: tuple[SettingGroup, ...] = ()
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    agreement: Agreement | None = None
    further_agreements: tuple[MarkersAgree, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    placebo: PlaceboTraining | None = None
    samples: tuple[SamplePair, ...] = ()
    abilities: tuple[AbilityItem, ...] = ()
    beside: tuple[QuestionRow, ...] = ()
    study: StudyData | None = None
