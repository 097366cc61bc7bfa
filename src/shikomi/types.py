"""The nouns. Frozen, stdlib-only, no I/O: every other module may import this one."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shikomi.hashing import content_id

Lang = Literal["ja", "en"]
Role = Literal["system", "user", "assistant"]
StopReason = Literal["stop", "length", "refusal"]
CallStatus = Literal["pending", "ok", "unparsed", "truncated", "refused", "error", "unknown"]
VerdictValue = Literal["CORRECT", "INCORRECT", "NOT_ATTEMPTED"]
ArmContext = Literal["none", "oracle", "retrieved"]
Level = Literal["H0", "H1", "H2", "H3", "H4"]
FactKind = Literal["statement", "row", "example"]
Direction = Literal["forward", "reverse"]
Decision = Literal["accept", "reject", "edit", "withdraw"]
JobStatus = Literal["validating_files", "queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One page of Markdown (front matter taken off), as the person last left it.

    `path` is relative to `docs/`, ends in `.md`, and names the page for people.
    `breadcrumb` runs from the root's name to the page's title, both included.
    """

    id: str
    path: str
    title: str
    markdown: str
    lang: Lang
    breadcrumb: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """Where a section stands: what a reader needs to know what it is about.

    `system` is None where it is unknown; it is never guessed.
    """

    breadcrumb: tuple[str, ...]
    system: str | None
    aliases: tuple[str, ...]
    parent: str
    linked_titles: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What a question has to call what it is about: the system, or one of its aliases; where
        that is unknown, the topmost title."""
        return (self.system, *self.aliases) if self.system else self.breadcrumb[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A passage of one document: `document.markdown[start:end] == text`, always.

    `headings` are the headings it stands under, outermost first.
    """

    id: str
    document_id: str
    path: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
    lang: Lang
    capsule: Capsule

    @property
    def place(self) -> str:
        """Where it stands below `docs/`: `page.md#heading`."""
        return "#".join([self.path, *self.headings[-1:]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An atomic statement of one section: `section.text[start:end] == evidence`, always.

    `statement` is the evidence made readable on its own: a table row with the names of its
    columns, a list item with the sentence that leads it in.
    """

    id: str
    section_id: str
    kind: FactKind
    statement: str
    evidence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """How the plan had a question asked: in which of the styles, as by whom, and whether for what
    its fact is about ("reverse") or for what that says of it ("forward"); `target` are the words of
    the fact that were asked for. None: it had no plan, or that of an older version."""

    style: str | None = None
    persona: str | None = None
    direction: Direction | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One training text: a chat with the answer last.

    `view` says what kind it is: "qa", "section", ...; `fact_ids` may be empty, and `section_ids`
    too where it is about no section. `phrasing` has no part in the id.
    """

    id: str
    view: str
    lang: Lang
    messages: tuple[Message, ...]
    section_ids: tuple[str, ...]
    fact_ids: tuple[str, ...]
    call_id: int | None
    phrasing: Phrasing = Phrasing()

    @property
    def question(self) -> str:
        return self.messages[-2].content

    @property
    def answer(self) -> str:
        return self.messages[-1].content


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A question that a conversation about a page asked for, or a text of a written view, the
    `position`-th from 0.

    `question` is empty where the reply could not be used or is no question; `reason` says why it
    was not kept, and is empty where it was.
    """

    position: int
    question: str
    reason: str
    call_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    sample_id: str
    of_sample_id: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a scorer says of a subject; `value` is None where it could not say.

    1.0 keeps, 0.0 rejects with `explanation` as the reason.
    """

    subject_id: str
    scorer: str
    value: float | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person decided about a sample; `question` and `answer` are empty but for an edit.
    "withdraw" takes back what was decided before."""

    sample_id: str
    decision: Decision
    question: str
    answer: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A held-out question. An answer that contains every string of one inner tuple of
    `accept` (normalised) is correct; where it has none, a judge holds it against `answer`.
    `section` is a `Section.place`, or empty.

    `kind` is "user" (questions.jsonl) or "self-made", or of the others their level.
    """

    id: str
    question: str
    answer: str
    accept: tuple[tuple[str, ...], ...]
    section: str
    kind: str
    lang: Lang

    @property
    def page(self) -> str:
        """The page that `section` names, or ""."""
        return self.section.split("#")[0]

    @property
    def level(self) -> Level:
        """How far it is from what was taught. H0: asked in other words there. H1: its document was
        seen, the question never. H2: its fact was read, but never asked about. H3: its facts were
        asked about, never together. H4: its page was in nothing that was taught."""
        match self.kind:
            case "H0" | "H2" | "H3" | "H4" as level:
                return level
        return "H1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that can change the text that comes back, and nothing else.

    `endpoint` is the endpoint's identity (embedded: hash of weights and adapter; else the
    configured URL), never a port. Timeouts, concurrency and keys stay out: `key` must not
    move when they do. `sample` separates deliberate repeats of one question.
    """

    endpoint: str
    model: str
    messages: tuple[Message, ...]
    temperature: float = 0.0
    top_p: float | None = None
    max_tokens: int = 1024
    seed: int | None = None
    schema: dict[str, Any] | None = field(default=None, hash=False)
    sample: int = 0

    @property
    def key(self) -> str:
        return content_id(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Nano-dollars a token. `training_nanousd` is for a token trained on once, None where it is
    unknown; `source` says where the prices are from, and of when they are."""

    input_nanousd: int
    output_nanousd: int
    training_nanousd: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneSpec:
    """What a fine-tuning job is asked to do; `hyperparameters` as they cross the wire."""

    model: str
    suffix: str
    seed: int
    hyperparameters: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneJob:
    """A job at a fine-tuning endpoint. `id` is the endpoint's own."""

    id: str
    dataset_id: str
    status: JobStatus
    fine_tuned_model: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of answering: `name` is "base", "tuned", "base+rag", "tuned+rag", ...

    `role` is the student's, "placebo", or a further arm's own.
    """

    name: str
    model: str
    context: ArmContext
    role: str = "student"
    is_tuned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    id: str
    question_id: str
    arm: str
    text: str
    section_ids: tuple[str, ...]
    call_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`value` is None where the reply could not be read: unscored, never wrong."""

    response_id: str
    scorer: str
    value: VerdictValue | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % confidence interval, over `n` scored items."""

    mean: float
    low: float
    high: float
    n: int
    n_unscored: int = 0
