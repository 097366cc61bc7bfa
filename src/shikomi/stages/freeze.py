"""kept samples -> a frozen dataset and its file in out/."""

import random
from collections.abc import Iterator

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, exports
from shikomi.errors import UserError
from shikomi.files import write_whole
from shikomi.hashing import content_id
from shikomi.stages import filters, judge
from shikomi.stages.context import Context, StageReport
from shikomi.store import corpus, progress, samples
from shikomi.types import Sample

STAGE = "freeze"
VERSION = 1
FILE = "dataset.jsonl"
SIDECAR = "dataset.provenance.jsonl"
MIN_LINES = 10


def pending(ctx: Context) -> list[str]:
    """The id of the dataset to freeze, if it is not frozen or its file is gone."""
    if filters.lint_pending(ctx) or filters.deduplicate_pending(ctx) or judge.pending(ctx):
        return ["dataset"]
    subject = dataset_id(ctx)
    done = progress.is_done(ctx.store, STAGE, subject, _fingerprint())
    return [] if done and (ctx.out / FILE).exists() else [subject]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    found = _items(ctx)
    if len(found) < MIN_LINES:
        raise UserError(
            f"only {len(found)} samples are left after the filters, and training needs {MIN_LINES}:"
            " `shikomi status` says what was dropped and why"
        )
    subject = dataset_id(ctx)
    write_whole(ctx.out / FILE, exports.messages_jsonl(found).encode())
    write_whole(ctx.out / SIDECAR, exports.provenance_jsonl(found).encode())
    with ctx.store.transaction():
        samples.freeze(ctx.store, subject, found)
        progress.mark(ctx.store, STAGE, subject, _fingerprint())
    return StageReport(done=len(found), summary=f"{len(found)} samples in out/{FILE}")


def dataset_id(ctx: Context) -> str:
    """The same samples in the same order are the same dataset."""
    return content_id([STAGE, [sample.id for sample in _items(ctx)]])


def _items(ctx: Context) -> list[Sample]:
    """Kept pairs and one section view each, shuffled by the project's seed."""
    found = [*judge.kept(ctx), *_section_views(ctx)]
    random.Random(ctx.config.finetune.seed).shuffle(found)
    return found


def _section_views(ctx: Context) -> Iterator[Sample]:
    """Each section as the answer to "explain this", with its capsule before it."""
    for section in corpus.current_sections(ctx.store):
        trail = section.capsule.breadcrumb
        headings = [title for title in section.headings if title not in trail]
        prompt = prompts.load("explain", section.lang, ctx.prompts)
        capsule = capsules.render(section.capsule, section.lang, section.headings)
        yield chat.sample(
            prompt.render(breadcrumb=" > ".join([*trail, *headings])),
            f"{capsule}\n\n{section.text.strip()}",
            view="section",
            lang=section.lang,
            section_ids=(section.id,),
        )


def _fingerprint() -> str:
    return content_id([STAGE, VERSION])
