"""reviewed pairs and the other views -> a frozen dataset and its file in out/."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from shikomi.dataset import exports
from shikomi.errors import UserError
from shikomi.files import write_whole
from shikomi.hashing import content_id
from shikomi.stages import (
    filters,
    generate,
    negatives,
    open_book,
    quality,
    queries,
    replay,
    review,
    structure,
    views,
    written,
)
from shikomi.stages.context import Context, StageReport
from shikomi.stages.remembered import remembered
from shikomi.store import progress, samples
from shikomi.types import Sample

STAGE = "freeze"
VERSION = 3
FILE = "dataset.jsonl"
SIDECAR = "dataset.provenance.jsonl"
MIN_LINES = 10
_VIEWS = {
    "qa": "generated",
    "lookup": "made of tables and statements",
    queries.VIEW: "of keywords",
    open_book.VIEW: "with search results",
    open_book.FROM_MEMORY: "from memory below other results",
    "rewrite": "rewrites",
    "focal": "focal rewrites",
    "cross": "across pages",
    "section": "sections",
    structure.VIEW: "on the structure",
    negatives.VIEW: "on what is not there",
    replay.VIEW: "of general chat",
}


def pending(ctx: Context) -> list[str]:
    """The id of the dataset to freeze, if it is not frozen or its file is gone."""
    if filters.lint_pending(ctx) or filters.deduplicate_pending(ctx) or quality.undecided(ctx):
        return ["dataset"]
    if written.pending(ctx) or replay.pending(ctx):
        return ["dataset"]
    subject = dataset_id(ctx)
    return [] if is_written(ctx, subject, FILE) else [subject]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    _must_have_pairs(ctx)
    found = items(ctx)
    if len(found) < MIN_LINES:
        raise UserError(
            f"only {len(found)} samples are left after the filters, and training needs {MIN_LINES}:"
            " `shikomi status` says what was dropped and why"
        )
    subject = dataset_id(ctx)
    write_whole(ctx.out / SIDECAR, exports.provenance_jsonl(found).encode())
    write(ctx, found, dataset_id=subject, file=FILE)
    return StageReport(
        done=len(found), summary=f"{len(found)} samples in out/{FILE}{_kinds(found)}"
    )


def _must_have_pairs(ctx: Context) -> None:
    """What a program makes would be trained on, and paid for, alone."""
    failed = generate.failed(ctx)
    if failed and not generate.generated(ctx):
        raise UserError(
            f"no call of the generator gave a pair (the last: {failed[-1]}): mend what it says,"
            " then `shikomi run --retry-failed`"
        )


def write(ctx: Context, found: Sequence[Sample], *, dataset_id: str, file: str) -> None:
    """A dataset's rows, into the store and a file in out/."""
    write_whole(ctx.out / file, exports.messages_jsonl(found).encode())
    with ctx.store.transaction():
        samples.freeze(ctx.store, dataset_id, found)
        progress.mark(ctx.store, STAGE, dataset_id, _fingerprint())
        ctx.store.set_meta(file, dataset_id)


def is_written(ctx: Context, dataset_id: str, file: str) -> bool:
    """Whether the file holds this dataset, and not one that was frozen after it."""
    done = progress.is_done(ctx.store, STAGE, dataset_id, _fingerprint())
    last = ctx.store.meta(file) or dataset_id  # earlier versions did not say
    return done and last == dataset_id and (ctx.out / file).exists()


@remembered
def dataset_id(ctx: Context) -> str:
    """The same samples in the same order are the same dataset."""
    pairs = review.reviewed(ctx).pairs
    chat = replay.answered(ctx, len(pairs))
    fixed = (*pairs, *views.sections(ctx), *written.kept(ctx), *chat)
    ids = [sample.id for sample in fixed]
    recipes = [open_book.recipe(ctx), queries.recipe(ctx)]
    if further := [*structure.recipe(ctx), *negatives.recipe(ctx)]:
        recipes.append(further)
    return content_id([STAGE, VERSION, ctx.config.finetune.seed, ids, recipes])


def items(ctx: Context) -> list[Sample]:
    """Pairs, written views, those made by program and general chat, shuffled by the project's
    seed."""
    pairs = review.reviewed(ctx).pairs
    found = [
        *pairs,
        *queries.samples(ctx),
        *open_book.samples(ctx, pairs),
        *views.sections(ctx),
        *written.kept(ctx),
        *_further(ctx, len(pairs)),
    ]
    random.Random(ctx.config.finetune.seed).shuffle(found)
    return found


def _further(ctx: Context, n_pairs: int) -> Iterator[Sample]:
    """What is a share of the pairs and not made of them."""
    yield from structure.samples(ctx, n_pairs)
    yield from negatives.samples(ctx, n_pairs)
    yield from replay.answered(ctx, n_pairs)


@remembered
def count(ctx: Context) -> int:
    """How many items there are, or will be."""
    if n_frozen := samples.count(ctx.store, dataset_id(ctx)):
        return n_frozen
    pairs = review.reviewed(ctx).pairs
    made = (
        views.sections(ctx),
        queries.samples(ctx),
        written.kept(ctx),
        _further(ctx, len(pairs)),
    )
    n_made = sum(1 for _ in chain.from_iterable(made))
    return len(pairs) + len(open_book.pairs(ctx, pairs)) + n_made


def _kinds(found: Sequence[Sample]) -> str:
    counts = Counter(sample.view for sample in found)
    return ": " + ", ".join(f"{counts[v]} {name}" for v, name in _VIEWS.items() if counts[v])


def _fingerprint() -> str:
    return content_id([STAGE, VERSION])
