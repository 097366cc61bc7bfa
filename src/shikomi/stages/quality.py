"""kept samples -> an estimate of their quality: on a sample of them, whether the section gives
the same answer again, and whether the question can be understood alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from shikomi import prompts
from shikomi.dataset import standalone
from shikomi.evaluation.stats import mean_interval
from shikomi.hashing import content_id
from shikomi.llm.ask import Endpoint
from shikomi.rounding import whole_percent
from shikomi.stages import grounds, judge, round_trip, together
from shikomi.stages.context import Context, Progress, StageReport, gateway
from shikomi.stages.grounds import Ground
from shikomi.stages.remembered import remembered
from shikomi.stages.together import Group
from shikomi.store import corpus, samples
from shikomi.types import Interval, Request, Sample, Score

STAGE = "quality"
VERSION = 1
ROUND_TRIP, STANDALONE = round_trip.NAME, "standalone"  # so the ledger calls their calls, too
CHECKS = (ROUND_TRIP, STANDALONE)
_TOKENS_PER_QUESTION, _MORE_TOKENS = 60, 40
_HEX, _N_PLACES = 8, 1 << 32  # the last digits of an id choose


@remembered
def chosen(ctx: Context) -> tuple[Sample, ...]:
    """The pairs that are looked at, by their ids: a larger sample has those of a smaller one, and
    one pair more or less changes nothing about the others."""
    return tuple(sample for sample in judge.kept(ctx) if is_chosen(ctx, sample))


def is_chosen(ctx: Context, sample: Sample) -> bool:
    return int(sample.id[-_HEX:], 16) < ctx.config.quality_sample * _N_PLACES


def pending(ctx: Context) -> list[tuple[str, Sample]]:
    """The chosen pairs that a check has not seen yet."""
    return [(check, sample) for check in CHECKS for sample in open_samples(ctx, check)]


def open_samples(ctx: Context, check: str) -> list[Sample]:
    known = scores(ctx, check)
    return [sample for sample in chosen(ctx) if sample.id not in known]


def undecided(ctx: Context) -> Sequence[object]:
    """What has to be asked before it is known which pairs are kept."""
    return judge.pending(ctx) or (pending(ctx) if ctx.config.quality.drops else ())


def run(ctx: Context) -> StageReport:
    todo = pending(ctx)
    if not todo:
        return StageReport()
    endpoint = ctx.endpoints.open("judge", can_wait=True)
    saved = (
        (ROUND_TRIP, round_trip.ask(ctx, endpoint, open_samples(ctx, ROUND_TRIP))),
        (STANDALONE, _ask_alone(ctx, endpoint, open_samples(ctx, STANDALONE))),
    )
    done = 0
    for check, found in saved:
        for several in found:
            with ctx.store.transaction():
                samples.add_scores(ctx.store, several, fingerprint=fingerprint(ctx, check))
            done += len(several)
            ctx.progress(Progress(stage=STAGE, done=done, total=len(todo), note=check))
    said = (f"{check} {shown(share)}" for check, share in figures(ctx).items())
    return StageReport(done=done, summary="; ".join(said))


def _ask_alone(ctx: Context, endpoint: Endpoint, found: Sequence[Sample]) -> Iterator[list[Score]]:
    with gateway(ctx, STANDALONE, endpoint) as line:
        for said in together.ask(line, standalone_groups(ctx, found), standalone.parse):
            yield [_score(each.subject, each.value, each.error) for each in said]


def _score(sample: Sample, problem: str | None, error: str) -> Score:
    value = None if problem is None else float(not problem)
    return Score(subject_id=sample.id, scorer=STANDALONE, value=value, explanation=problem or error)


def standalone_groups(ctx: Context, found: Iterable[Sample]) -> list[list[Group[Sample, str]]]:
    """The calls that these take: questions of one language about one system together."""
    known = grounds.by_section(ctx)
    alike: dict[tuple[str, str], tuple[Ground, list[Sample]]] = {}
    for sample in found:
        ground = known[sample.section_ids[0]]
        alike.setdefault((ground.lang, ground.system), (ground, []))[1].append(sample)
    size = ctx.config.pairs_per_call
    return [
        together.groups(members, size, partial(standalone_request, ctx, ground))
        for ground, members in alike.values()
    ]


def standalone_request(ctx: Context, ground: Ground, found: Sequence[Sample]) -> Request:
    """Nothing of the documents is shown but the name of what they are about."""
    messages = prompts.load(STANDALONE, ground.lang, ctx.prompts).render(
        system=ground.system, questions=standalone.numbered([each.question for each in found])
    )
    return Request(
        endpoint=ctx.endpoints.identity("judge"),
        model=ctx.config.models.judge.model,
        messages=messages,
        max_tokens=_MORE_TOKENS + _TOKENS_PER_QUESTION * len(found),
        schema=standalone.schema(len(found)),
    )


@remembered
def scores(ctx: Context, check: str) -> Mapping[str, Score]:
    """What a check found under the current settings, by sample; nothing where none is looked at."""
    if not ctx.config.quality_sample:
        return {}
    return samples.scores(ctx.store, check, fingerprint(ctx, check))


def fingerprint(ctx: Context, check: str) -> str:
    """Of a check; how many pairs it sees is left out, so that a larger sample goes on."""
    texts = [each for name in prompt_names(check) for each in prompts.ids(name, ctx.prompts)]
    known = [STAGE, VERSION, check, ctx.endpoints.identity("judge"), texts]
    whole_pages = check == ROUND_TRIP and ctx.config.generate.strategy == "rolling"
    return content_id([*known, "rolling"] if whole_pages else known)


def prompt_names(check: str) -> tuple[str, ...]:
    return round_trip.PROMPTS if check == ROUND_TRIP else (STANDALONE,)


@remembered
def kept(ctx: Context) -> tuple[Sample, ...]:
    """What is trained on: the judged pairs, less those that fail where the project drops these.
    One that could not be read is kept."""
    found = judge.kept(ctx)
    if not ctx.config.quality.drops:
        return found
    looked_at = {sample.id for sample in chosen(ctx)}
    passed = _passed(ctx)
    return tuple(s for s in found if s.id not in looked_at or s.id in passed)


def _passed(ctx: Context) -> set[str]:
    """The samples that every check has seen and none rejects."""
    found = [
        {each for each, score in scores(ctx, check).items() if score.value != 0.0}
        for check in CHECKS
    ]
    return set.intersection(*found)


def dropped(ctx: Context) -> dict[str, str]:
    """By sample, why a pair that the judge kept is not; the first check that rejects it says."""
    if not ctx.config.quality.drops:
        return {}
    return {
        sample.id: score.explanation
        for check in reversed(CHECKS)
        for sample in chosen(ctx)
        for score in [scores(ctx, check).get(sample.id)]
        if score is not None and score.value == 0.0
    }


def rejected(ctx: Context) -> Counter[str]:
    return Counter(reason.split(":")[0] for reason in dropped(ctx).values())


def figures(ctx: Context) -> dict[str, Interval]:
    """By check, the share that passes of the pairs looked at, with Wilson's 95 % interval for
    pairs that lie in pages. Nothing where none was looked at."""
    paths = {section.id: section.path for section in corpus.current_sections(ctx.store)}
    found: dict[str, Interval] = {}
    for check in CHECKS:
        known = scores(ctx, check)
        seen = [sample for sample in chosen(ctx) if sample.id in known]
        if seen:
            values = [known[sample.id].value for sample in seen]
            found[check] = mean_interval(values, [paths[s.section_ids[0]] for s in seen])
    return found


def shown(share: Interval) -> str:
    """As in "47 of 50, 94 % (84 to 98)"."""
    if not share.n:
        return f"not readable in {share.n_unscored} pairs"
    low, mean, high = (whole_percent(each) for each in (share.low, share.mean, share.high))
    unread = f", {share.n_unscored} not readable" if share.n_unscored else ""
    return f"{round(share.mean * share.n)} of {share.n}, {mean} % ({low} to {high}){unread}"
