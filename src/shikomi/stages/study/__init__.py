"""A second model, trained without some facts, combinations and pages: how far what is taught goes.

What ships knows everything; this model is only asked. Its rows are those of the dataset less what
is withheld: nothing is generated for it.
"""

from collections import Counter

from shikomi.config import STUDY, STUDY_SUFFIX
from shikomi.errors import UserError
from shikomi.hashing import content_id
from shikomi.stages import finetune, freeze, holdout, made, rolling
from shikomi.stages.context import Context, StageReport
from shikomi.stages.finetune import Rows
from shikomi.stages.remembered import remembered
from shikomi.stages.study.compositions import PROMPTS
from shikomi.stages.study.split import split, still_taught
from shikomi.store import corpus, results, samples
from shikomi.types import Arm, FinetuneJob, Question

STAGE = STUDY
VERSION = 2
FILE = "study.jsonl"
FEWEST_FACTS = 100


def pending(ctx: Context) -> list[str]:
    """The id of the study's dataset, if it is wanted and no model is trained on it."""
    if not ctx.config.study.train:
        return []
    if finetune.pending(ctx):
        return ["study"]
    return [] if job(ctx) else [dataset_id(ctx)]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    check(ctx)
    if not freeze.is_written(ctx, dataset_id(ctx), FILE):
        _freeze(ctx)
    trained = finetune.train(ctx, rows(ctx))
    counts = Counter(each.level for each in questions(ctx))
    asked = ", ".join(f"{n} {level}" for level, n in sorted(counts.items()))
    n, of = (samples.count(ctx.store, each) for each in (dataset_id(ctx), freeze.dataset_id(ctx)))
    summary = f"{n} of {of} samples, questions: {asked}; {trained.summary}"
    return StageReport(done=trained.done, summary=summary)


def check(ctx: Context) -> None:
    """Raises UserError: a study is wanted, and these documents are no ground for it."""
    if not ctx.config.study.train:
        return
    if rolling.is_chosen(ctx):
        raise UserError(
            'the study withholds facts, and generate.strategy = "rolling" asks about pages: set it'
            ' to "coverage", or leave the study out'
        )
    n_facts = len(corpus.current_facts(ctx.store))
    if n_facts < FEWEST_FACTS:
        raise UserError(
            f"the study needs at least {FEWEST_FACTS} facts, and these documents have {n_facts}:"
            " add pages, or leave the study out"
        )


def _freeze(ctx: Context) -> None:
    """Questions first: what is withheld is written down before there is anything to train on.

    Raises:
        UserError: nothing can be withheld, or hardly anything is left.
    """
    found = split(ctx)
    if all(each.level == "H0" for each in found.questions):
        raise UserError(
            "the study finds nothing to withhold: it needs pairs that ask for a value, a name or a"
            " code; leave it out, or choose a stronger [models.generator]"
        )
    if len(found.rows) < freeze.MIN_LINES:
        raise UserError(
            f"only {len(found.rows)} samples are left for the study, and training needs"
            f" {freeze.MIN_LINES}: lower study.share, or leave the study out"
        )
    with ctx.store.transaction():
        samples.replace_questions(ctx.store, found.questions, fingerprint=_print_id(ctx))
    freeze.write(ctx, found.rows, dataset_id=dataset_id(ctx), file=FILE)


def rows(ctx: Context) -> Rows:
    return Rows(dataset_id=dataset_id(ctx), file=FILE, suffix=STUDY_SUFFIX)


@remembered
def dataset_id(ctx: Context) -> str:
    """Of the dataset that it is cut from, and of all that decides the cut."""
    settings = [ctx.config.study.model_dump(exclude={"train"}), ctx.config.holdout.leak_jaccard]
    words = made.prompt_ids(ctx, PROMPTS)
    return content_id([STAGE, VERSION, freeze.dataset_id(ctx), settings, words])


def _print_id(ctx: Context) -> str:
    return content_id(["questions", dataset_id(ctx)])


def job(ctx: Context) -> FinetuneJob | None:
    """The job that trained the study's model on what is taught now."""
    print_id = finetune.fingerprint(ctx, STUDY_SUFFIX)
    if not results.succeeded_jobs(ctx.store, fingerprint=print_id):
        return None
    return finetune.job_of(ctx, rows(ctx))


@remembered
def questions(ctx: Context) -> tuple[Question, ...]:
    """What is asked beside the held-out questions: those that the split has written down, once
    there is a model to ask; nothing before."""
    return tuple(samples.questions(ctx.store, _print_id(ctx))) if job(ctx) else ()


@remembered
def held_out(ctx: Context) -> tuple[Question, ...]:
    """The held-out questions about what the study's model is taught, which it is asked, too."""
    if not (found := questions(ctx)):
        return ()
    return tuple(still_taught(ctx, holdout.held_out(ctx), found))


def arms(ctx: Context) -> tuple[Arm, ...]:
    """The arm `study`; none where no study is wanted or made."""
    found = job(ctx)
    if found is None and not ctx.config.study.train:
        return ()
    model = found.fine_tuned_model if found else None
    return (Arm(name=STUDY, model=model or ctx.config.models.student.model, context="none"),)
