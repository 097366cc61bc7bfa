"""pages -> samples by the classic recipe: a rolling conversation about each page asks for one
question at a time, and each question that is kept is answered in a call of its own."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shikomi.stages.context import Context, StageReport, gateway
from shikomi.stages.rolling import asking
from shikomi.stages.rolling.talks import (
    STAGE,
    failed_subjects,
    pages,
    talks,
    unanswered,
    unfinished,
)
from shikomi.store import samples
from shikomi.types import Sample

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A conversation that ended with fewer questions than wanted; why others were not kept."""

    page: str
    questions: int
    attempts: int
    reasons: Mapping[str, int] = field(hash=False)


def is_chosen(ctx: Context) -> bool:
    return ctx.config.generate.strategy == "rolling"


def label(ctx: Context) -> str:
    """Questions are compared by their spelling where there are no embeddings."""
    return "rolling" if ctx.config.models.embeddings.model else "rolling (lexical)"


def pending(ctx: Context) -> list[str]:
    """Conversations that go on, and kept questions that have no answer."""
    found = talks(ctx)
    going_on = [talk.page.id for talk in unfinished(ctx, found)]
    return going_on + [talk.page.batch_id(each) for talk, each in unanswered(ctx, found)]


def failed(ctx: Context) -> list[str]:
    """The reasons of what failed and is not tried again by itself."""
    return list(failed_subjects(ctx, talks(ctx)).values())


def run(ctx: Context, *, most: int | None = None) -> StageReport:
    """Talk about each page, then answer what was kept; with `most` so many questions or answers
    in all."""
    if not pending(ctx):
        return StageReport()
    found = talks(ctx)
    endpoint = ctx.endpoints.open("generator")
    with gateway(ctx, STAGE, endpoint) as line:
        n_asked, errors = asking.talk(ctx, line, found, most)
        left = None if most is None else most - n_asked
        n_written, more = asking.answer(ctx, line, unanswered(ctx, found), left)
    return StageReport(
        done=n_asked + n_written,
        failures=(*errors, *more),
        summary=f"{n_written} question/answer pairs written, {_summary(ctx)}",
    )


def generated(ctx: Context) -> list[Sample]:
    """The current pairs, page by page in the order of their questions."""
    by_print: dict[str, list[str]] = {}
    for talk in talks(ctx):
        ids = by_print.setdefault(talk.print_id, [])
        ids += map(talk.page.batch_id, talk.questions)
    found = (samples.of_batches(ctx.store, print_id, ids) for print_id, ids in by_print.items())
    return [sample for group in found for sample in group]


def n_asked(ctx: Context) -> int:
    """How many questions were asked for so far, kept or not."""
    return sum(len(talk.attempts) for talk in talks(ctx))


def n_wanted(ctx: Context) -> int:
    return ctx.config.rolling.questions * len(pages(ctx))


def rejected(ctx: Context) -> Counter[str]:
    """Why questions that were asked for became no pair."""
    found = talks(ctx)
    failed = failed_subjects(ctx, found)
    counts: Counter[str] = Counter()
    for talk in found:
        counts.update(talk.reasons)
        counts["not answered"] += sum(talk.page.batch_id(q) in failed for q in talk.questions)
    return +counts


def shortfalls(ctx: Context) -> list[Shortfall]:
    """Of the conversations that are over."""
    found = talks(ctx)
    going_on = {talk.page.id for talk in unfinished(ctx, found)}
    return [
        Shortfall(
            page=talk.page.path,
            questions=len(talk.questions),
            attempts=len(talk.attempts),
            reasons=dict(talk.reasons.most_common()),
        )
        for talk in found
        if len(talk.questions) < ctx.config.rolling.questions and talk.page.id not in going_on
    ]


def page_texts(ctx: Context) -> dict[str, str]:
    """By section, the text of its whole page: what an answer may draw on."""
    return {section.id: page.text for page in pages(ctx) for section in page.sections}


def shown(short: Shortfall, wanted: int) -> str:
    reasons = ", ".join(f"{n} {reason}" for reason, n in short.reasons.items())
    why = f" ({reasons})" if reasons else ""
    return f"{short.page}: {short.questions} of {wanted} questions after {short.attempts}{why}"


def _summary(ctx: Context) -> str:
    found = talks(ctx)
    n_kept = sum(len(talk.questions) for talk in found)
    said = f"{n_kept} of {n_asked(ctx)} questions kept by {label(ctx)}"
    few = [shown(each, ctx.config.rolling.questions) for each in shortfalls(ctx)]
    more = f"; and {len(few) - _MOST_NAMED} more: shikomi status" if len(few) > _MOST_NAMED else ""
    return "; ".join([said, *few[:_MOST_NAMED]]) + more
