"""unique samples -> scores of a model judge, claim by claim, where the project asks for one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from shikomi import prompts
from shikomi.corpus.units import units
from shikomi.dataset import claims
from shikomi.dataset.claims import Judgement
from shikomi.hashing import content_id
from shikomi.stages import filters, grounds, rolling, together
from shikomi.stages.context import Context, Progress, StageReport, gateway
from shikomi.stages.grounds import Ground
from shikomi.stages.remembered import remembered
from shikomi.stages.together import Group, Said
from shikomi.store import samples
from shikomi.types import Request, Sample, Score

STAGE = "judge"
VERSION = 2
PROMPT = "judge_pairs"
_TOKENS_PER_PAIR, _TOKENS_PER_UNIT, _MORE_TOKENS = 80, 2, 40
_MOST_TOKENS = 4000  # some hosts write no more


@remembered
def pending(ctx: Context) -> tuple[Sample, ...]:
    if not is_chosen(ctx):
        return ()
    known = scores(ctx)
    return tuple(sample for sample in filters.unique(ctx) if sample.id not in known)


def run(ctx: Context) -> StageReport:
    todo = pending(ctx)
    if not todo:
        return StageReport()
    endpoint = ctx.endpoints.open("judge", can_wait=True)
    values: list[float | None] = []
    with gateway(ctx, STAGE, endpoint) as line:
        for said in together.ask(line, groups(ctx, todo), claims.parse):
            values += _save(ctx, said)
            ctx.progress(Progress(stage=STAGE, done=len(values), total=len(todo)))
    n_unread = values.count(None)
    summary = f"{values.count(1.0)} of {len(values)} pairs supported, {n_unread} not readable"
    return StageReport(done=len(values), summary=summary)


def is_chosen(ctx: Context) -> bool:
    return ctx.config.judges_by_model


@remembered
def kept(ctx: Context) -> tuple[Sample, ...]:
    """Unique samples that no judge rejects; an unreadable verdict keeps."""
    found = filters.unique(ctx)
    if not is_chosen(ctx):
        return found
    known = scores(ctx)
    return tuple(s for s in found if s.id in known and known[s.id].value != 0.0)


@remembered
def scores(ctx: Context) -> Mapping[str, Score]:
    """What the judge said under the current settings, by sample; nothing where none is asked."""
    return samples.scores(ctx.store, STAGE, fingerprint(ctx)) if is_chosen(ctx) else {}


def rejected(ctx: Context) -> Counter[str]:
    """How the first claim that failed did, of the samples that are not kept for it."""
    known = scores(ctx)
    found = (known[sample.id] for sample in filters.unique(ctx) if sample.id in known)
    return Counter(score.explanation.split(":")[0] for score in found if score.value == 0.0)


def fingerprint(ctx: Context) -> str:
    texts = prompts.ids(PROMPT, ctx.prompts)
    known = [STAGE, VERSION, ctx.endpoints.identity("judge"), texts]
    return content_id([*known, "rolling"] if rolling.is_chosen(ctx) else known)


def groups(ctx: Context, pairs: Iterable[Sample]) -> list[list[Group[Sample, Judgement]]]:
    """The calls that these pairs take: those about one text together."""
    size = ctx.config.pairs_per_call
    return [
        together.groups(found, size, partial(request, ctx, ground))
        for ground, found in grounds.grouped(ctx, pairs).items()
    ]


def request(ctx: Context, ground: Ground, pairs: Sequence[Sample]) -> Request:
    """What the answers may draw on first, so that all calls about it begin alike."""
    messages = prompts.load(PROMPT, ground.lang, ctx.prompts).render(
        capsule=ground.capsule, document=ground.text, pairs=claims.numbered(pairs)
    )
    return Request(
        endpoint=ctx.endpoints.identity("judge"),
        model=ctx.config.models.judge.model,
        messages=messages,
        max_tokens=_most_tokens(pairs),
        schema=claims.schema(len(pairs)),
    )


def _most_tokens(pairs: Sequence[Sample]) -> int:
    """Of a reply about these pairs: claims say again what the answers say."""
    each = (_TOKENS_PER_PAIR + _TOKENS_PER_UNIT * units(pair.answer) for pair in pairs)
    return min(_MORE_TOKENS + round(sum(each)), _MOST_TOKENS)


def _save(ctx: Context, said: Sequence[Said[Sample, Judgement]]) -> list[float | None]:
    found = [_score(each) for each in said]
    with ctx.store.transaction():
        samples.add_scores(ctx.store, found, fingerprint=fingerprint(ctx))
    return [score.value for score in found]


def _score(said: Said[Sample, Judgement]) -> Score:
    judged = said.value
    return Score(
        subject_id=said.subject.id,
        scorer=STAGE,
        value=None if judged is None else float(judged.passes),
        explanation=said.error if judged is None else "; ".join(judged.failed),
    )
