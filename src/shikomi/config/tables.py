"""The tables of shikomi.toml as a frozen Config, but those of models: their keys and defaults."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from shikomi.config.roles import FurtherArm, FurtherJudge, ModelRole, Models, Part, Positive

ROLES = ("generator", "judge", "student")  # those that chat
PLACEBO = "placebo"  # an arm, and the student's role where another project tuned it
STUDY = "study"  # the arm of the model that is trained without some of the facts
STUDY_SUFFIX = "shikomi-study"  # part of that model's name
OWN_ARMS = ("base", "base+rag", "base+oracle", "tuned", "tuned+rag", "tuned+oracle", PLACEBO, STUDY)
Auto = Literal["auto"]
Tier = Literal["quick", "standard", "thorough"]
TEXTS_PER_SECTION: dict[Tier, int] = {"quick": 20, "standard": 40, "thorough": 160}
Share = Annotated[float, Field(ge=0, le=1)]
GOALS_PER_HOSTED_CALL = 4
NotNegative = Annotated[int, Field(ge=0)]
AutoShare = Share | Auto
SharedView = Literal["structure", "negatives", "replay", "open_book_without"]


def _said(name: str) -> str:
    if not name.strip():
        raise ValueError("is empty: name what the documents describe, or leave it out")
    return name


class ProjectPart(Part):
    name: str = "project"
    source: str = "source"  # a folder or file, or the web address of a site
    pages: tuple[str, ...] = ()  # globs of the pages to take; none means all
    whole_pages: bool = False  # true: with menus and footers around a page's main content
    root: Annotated[str, AfterValidator(_said)] | None = None
    root_known: bool = True  # false: the documents declare that they belong to no system
    aliases: tuple[str, ...] = ()
    lang: Literal["auto", "ja", "en"] = "auto"

    @property
    def names(self) -> tuple[str, ...]:
        """What the documents belong to is called so."""
        return (*((self.root,) if self.root else ()), *self.aliases)


class FetchPart(Part):
    """Limits of a crawl, where `project.source` is a web address. `delay_seconds` lie between
    two requests; "auto" is one second, and nothing on the person's own network."""

    whole_host: bool = False  # false: the folder of the start page
    meta_robots: bool = True  # false: pages that ask not to be indexed come too
    max_pages: Positive = 10_000
    max_depth: NotNegative = 200  # links from the start page
    max_page_bytes: Positive = 64 << 20
    max_bytes: Positive = 4 << 30
    max_seconds: Annotated[float, Field(gt=0)] = 86_400.0
    page_seconds: Annotated[float, Field(gt=0)] = 120.0
    delay_seconds: Annotated[float, Field(ge=0)] | Auto = "auto"


class SectionsPart(Part):
    """Sizes in units of a fixed character estimate (see corpus/sections.py)."""

    max_units: Positive = 900
    min_units: Positive = 120


class GeneratePart(Part):
    """A goal is one thing to ask: a value, name or code of a fact. Each goal gives `wordings` of
    one question in each turn, the turns differing in style. Rows of tables are also asked
    about by program, in lookups, so the generator has fewer goals for them.

    `strategy` "rolling" asks by conversations instead, as `RollingPart` says.

    `answers`: "written" by the generator, or the "statement" of the fact itself, which a small
    generator would copy anyway; "auto" is "statement" for an embedded one.

    `tier` says how many texts a section is worth (`texts_per_section`, where it is a number, says
    it instead); the shares of these that follow are views that the generator writes beside the
    pairs, which are planned by facts. `Config.written` has the numbers.
    `structure`, `negatives` and `replay` are rows that are added for so many of the pairs; for
    "auto", of `open_book_without` too, see `Config.share`.
    """

    strategy: Literal["coverage", "rolling"] = "coverage"
    tier: Tier | Auto = "auto"
    texts_per_section: NotNegative | Auto = "auto"
    rewrites: Share = 0.3  # the section in other forms, by the styles of rewrite_styles.md
    focal_rewrites: Share = 0.1  # the section around what answers one of its pairs' questions
    cross_document: Share = 0.05  # questions that take two pages to answer
    rewrite_temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    answers: Literal["written", "statement"] | Auto = "auto"
    pairs: Positive | Literal["all"] = "all"  # to ask for at most, from all over the documents
    wordings: Annotated[int, Field(ge=1, le=6)] = 3
    personas: bool | Auto = "auto"  # further wordings as by the people of personas.md, in turn
    goals_per_call: Positive | Auto = "auto"  # `Config.goals_per_call` has the number
    goals_per_fact: Positive = 3
    goals_per_row: NotNegative = 1
    lookups_per_row: NotNegative = 8
    lookups_per_sentence: NotNegative = 2  # of Japanese statements that no pair is left about
    keyword_queries: NotNegative = 1  # of each fact, made by program of its answer's words
    section_texts: bool = True  # each section as it is, with its capsule
    open_book: Share = 0.07  # of the pairs, taught a second time below what search finds for them
    open_book_without: AutoShare = "auto"  # of these, below other sections alone: from memory
    structure: AutoShare = "auto"  # where things stand in the documents
    negatives: AutoShare = "auto"  # what is not documented, or not so
    replay: AutoShare = "auto"  # general chat, answered by the student before it is trained
    turns: Positive = 1
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.4
    tries: Positive = 3
    seed: int = 1


class RollingPart(Part):
    """The classic recipe: a conversation for each page, which asks for one more question at a
    time and holds the last `history` of them.

    A question is kept if its cosine to every kept one of its page is below `threshold`, which is
    text-embedding-ada-002's and no other model's. Without `models.embeddings` it is the cosine of
    character 3-grams, and the threshold `lexical_threshold`. With `history` 0 nothing but the
    threshold and chance (`temperature`, `top_p`) keeps questions apart.
    """

    questions: Positive = 100  # of a page
    attempts: Positive = 3  # for each question wanted
    history: NotNegative = 20
    threshold: Share = 0.9754
    lexical_threshold: Share = 0.9
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None

    @property
    def most_attempts(self) -> int:
        """Of a page, kept or not."""
        return self.questions * self.attempts


class LintPart(Part):
    max_question_characters: Positive = 300
    max_answer_characters: Positive = 1200


class DeduplicatePart(Part):
    """Cosine of char-3-gram TF-IDF vectors from which two questions are one."""

    threshold: Share = 0.97


class HoldoutPart(Part):
    """`self_made` questions are written when the project has no questions.jsonl; `tasks` is a file
    of tasks that `evaluate.abilities` asks. So many `paraphrases` of what is taught are kept out of
    training, to be asked apart; for "auto" see `Config.paraphrases`."""

    file: str = "questions.jsonl"
    limit: Positive | None = None
    tasks: str = "tasks.jsonl"
    self_made: Positive = 24
    paraphrases: NotNegative | Auto = "auto"
    leak_jaccard: Share = 0.6


class StudyPart(Part):
    """A second model, trained without some facts and pages, that is asked about them. `share` of
    the facts are only read by it, about as many stand on pages that it never sees; of each kind at
    most `questions` are asked. `train` is what `shikomi run --study` sets for one run."""

    train: bool = False
    share: Annotated[float, Field(gt=0, le=0.25)] = 0.1
    questions: Positive = 48
    seed: int = 1


class JudgePart(Part):
    """`program` trusts the evidence check alone; `model` also asks [models.judge], about so many
    pairs of one section in a call. For "auto" see `Config.judges_by_model` and
    `Config.pairs_per_call`."""

    mode: Literal["program", "model"] | Auto = "auto"
    pairs_per_call: Positive | Auto = "auto"


class QualityPart(Part):
    """Two estimates of how good the kept pairs are, by [models.judge] on a `sample` of them (1:
    all): whether the section gives the same answer again, and whether the question can be
    understood alone. For "auto" see `Config.quality_sample`. With `drops` pairs that fail are not
    taught."""

    sample: AutoShare = "auto"
    drops: bool = False


class FinetunePart(Part):
    """Hyperparameters as they cross the wire; "auto" leaves the choice to the endpoint."""

    suffix: str = "shikomi"
    seed: int = 1
    n_epochs: Positive | Auto = "auto"
    batch_size: Positive | Auto = "auto"
    learning_rate: Annotated[float, Field(gt=0)] | Auto = "auto"
    lora_rank: Positive | Auto = "auto"
    lora_alpha: Positive | Auto = "auto"
    n_layers: Positive | Auto = "auto"
    max_length: Positive | Auto = "auto"
    poll_seconds: Annotated[float, Field(gt=0)] = 1.0


class EvaluatePart(Part):
    """`adapter_below_search` is the scale at which an embedded student's adapter takes part where
    sections stand before the question. `oracle` adds the arms base+oracle and tuned+oracle, `arms`
    other models. `labels` is a file of people's labels of answers, `judges` further judges.
    `placebo` is the folder of another project, whose tuned model is asked, too. `abilities` asks
    base and tuned tasks, too: the built-in ones and the project's, or so many of each."""

    retrieved_sections: Positive = 2
    adapter_below_search: Annotated[float, Field(gt=0, le=1)] = 0.3
    max_tokens: Positive = 96
    judge_sample: Annotated[int, Field(ge=0)] = 24
    labels: str = "labels.jsonl"
    oracle: bool = False
    abilities: bool | Positive = False
    ability_tokens: Positive = 400
    arms: tuple[FurtherArm, ...] = ()
    judges: tuple[FurtherJudge, ...] = ()
    placebo: str | None = None

    @property
    def further(self) -> tuple[FurtherArm | FurtherJudge, ...]:
        """The models beside the roles."""
        return (*self.arms, *self.judges)

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        names = [each.name for each in self.further]
        twice = (name for name in names if names.count(name) > 1)
        taken = {*OWN_ARMS, *ROLES, "embeddings", "program", *twice}
        if unfit := sorted(taken.intersection(names)):
            raise ValueError(f"the name {unfit[0]!r} is taken: give the arm or judge another one")
        return self


class BatchPart(Part):
    """How often a batch is looked at that a run waits for; sooner at first."""

    poll_seconds: Annotated[float, Field(gt=0)] = 30.0


class BudgetPart(Part):
    usd: Annotated[float, Field(ge=0)] | None = None


class ServerPart(Part):
    """The embedded engine: `aliases` maps hosted names to embedded ones, `context` is the most
    tokens of a request with its reply, `embeddings` is the path of an embedding model's GGUF file,
    and a model that nobody asked for `idle_seconds` leaves memory."""

    aliases: dict[str, str] = Field(default_factory=dict)
    parallel: Positive | Literal["auto"] = "auto"
    runtime: Literal["auto", "llama.cpp", "torch"] = "auto"
    context: Positive = 4096
    embeddings: str | None = None
    idle_seconds: Annotated[float, Field(gt=0)] = 900.0


class Written(NamedTuple):
    """How many texts of each view the generator is asked for of a section, beside its pairs."""

    rewrites: int
    focal: int
    cross: int


_FEW_PAIRS, _MANY_PAIRS = 4, 12  # in a call to an embedded judge, and to another
# What "auto" is where the student is not embedded. In tokens of all other rows that is about 7 %,
# 2 % and, on top, a quarter: replies of general chat are long (docs/log.md).
_SHARES: dict[SharedView, float] = {
    **{"structure": 0.2, "negatives": 0.03, "replay": 0.2},
    "open_book_without": 0.2,  # RAFT, arXiv:2403.10131
}


class Config(Part):
    project: ProjectPart = ProjectPart()
    models: Models = Models()
    fetch: FetchPart = FetchPart()
    sections: SectionsPart = SectionsPart()
    generate: GeneratePart = GeneratePart()
    rolling: RollingPart = RollingPart()
    lint: LintPart = LintPart()
    deduplicate: DeduplicatePart = DeduplicatePart()
    holdout: HoldoutPart = HoldoutPart()
    judge: JudgePart = JudgePart()
    quality: QualityPart = QualityPart()
    finetune: FinetunePart = FinetunePart()
    evaluate: EvaluatePart = EvaluatePart()
    study: StudyPart = StudyPart()
    batch: BatchPart = BatchPart()
    budget: BudgetPart = BudgetPart()
    server: ServerPart = ServerPart()

    def share(self, view: SharedView) -> float:
        """Rows of a view as a share of the pairs, or of the open-book ones. The student decides
        what "auto" is, whoever generates: what rows cost is training, and an embedded student,
        which mostly trains on a CPU, takes about four seconds for each."""
        chosen = getattr(self.generate, view)
        if chosen != "auto":
            return float(chosen)
        return _SHARES[view] if self.models.student.is_hosted else 0.0

    def paraphrases(self, n_questions: int) -> int:
        """How many beside so many held-out questions. "auto" is a third of them, at most 24, and
        none for an embedded student: a small generator gives it two wordings of most facts, and
        it can spare neither."""
        chosen = self.holdout.paraphrases
        if chosen != "auto":
            return chosen
        return min(n_questions // 3, 24) if self.models.student.is_hosted else 0

    def role(self, name: str) -> ModelRole:
        """The model of a role, or of the further arm or judge that has this name."""
        found: dict[str, ModelRole] = {each.name: each for each in self.evaluate.further}
        found |= {role: getattr(self.models, role) for role in (*ROLES, "embeddings")}
        found[PLACEBO] = self.models.student
        return found[name]

    @property
    def writes_answers(self) -> bool:
        """Whether the generator writes answers, too; else the facts' own words are the answers."""
        chosen = self.generate.answers
        return self.models.generator.is_hosted if chosen == "auto" else chosen == "written"

    @property
    def judges_by_model(self) -> bool:
        """ "auto": where a hosted judge can say whether answers that a model wrote are in the
        documents. A small one sees it less well than the program does (docs/log.md)."""
        chosen = self.judge.mode
        if chosen != "auto":
            return chosen == "model"
        is_written = self.writes_answers or self.generate.strategy == "rolling"
        return self.models.judge.is_hosted and is_written

    @property
    def pairs_per_call(self) -> int:
        """Of a judge. A small model loses count among many, and has little room to reply."""
        chosen = self.judge.pairs_per_call
        if chosen != "auto":
            return chosen
        return _MANY_PAIRS if self.models.judge.is_hosted else _FEW_PAIRS

    @property
    def has_personas(self) -> bool:
        """ "auto": not for an embedded generator, which more instructions confuse."""
        chosen = self.generate.personas
        return self.models.generator.is_hosted if chosen == "auto" else chosen

    @property
    def quality_sample(self) -> float:
        """ "auto" is a tenth of the pairs of a project that has a hosted judge check them. To an
        embedded one each question is seconds of a CPU, and its word counts for little."""
        chosen = self.quality.sample
        if chosen != "auto":
            return chosen
        return 0.1 if self.models.judge.is_hosted and self.judges_by_model else 0.0

    @property
    def written(self) -> Written:
        """By the tier, unless its keys say otherwise. "auto" asks an embedded generator for none
        (on a CPU each costs seconds to write and to train on), nor adds any to the classic
        recipe, and is "standard" for a hosted one."""
        settings, n = self.generate, self.generate.texts_per_section
        if n == "auto":
            tier = settings.tier
            if tier == "auto":
                adds = self.models.generator.is_hosted and settings.strategy == "coverage"
                n = TEXTS_PER_SECTION["standard"] if adds else 0
            else:
                n = TEXTS_PER_SECTION[tier]
        shares = (settings.rewrites, settings.focal_rewrites, settings.cross_document)
        return Written(*(round(share * n) for share in shares))

    @property
    def goals_per_call(self) -> int:
        """Of a plan by facts. "auto": one where the generator is embedded, for small ones repeat
        themselves within a reply; a hosted one writes several below one reading of the page."""
        settings = self.generate.goals_per_call
        if settings != "auto":
            return settings
        return GOALS_PER_HOSTED_CALL if self.models.generator.is_hosted else 1

    @property
    def model_roles(self) -> tuple[ModelRole, ...]:
        """Every model that the project may talk to."""
        return (*(self.role(name) for name in ROLES), *self.evaluate.further)
