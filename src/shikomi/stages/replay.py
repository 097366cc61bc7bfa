"""General chat, answered by the student before it is trained -> samples.

Trained on documents alone a model forgets how to chat; its own answers, mixed in, keep it.
Requests and their order are fixed, so that a larger share asks only for what is new.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import ceil

from shikomi import prompts
from shikomi.dataset import chat
from shikomi.hashing import content_id
from shikomi.llm.ask import TRUNCATED, Reply, ask_all, words
from shikomi.stages import filters, quality, review
from shikomi.stages.context import Context, Progress, StageReport, failures, gateway
from shikomi.stages.made import langs
from shikomi.stages.remembered import remembered
from shikomi.store import progress, samples
from shikomi.types import Lang, Message, Request, Sample

STAGE = "replay"
VIEW = "replay"
VERSION = 1
CUT_OFF = "the reply is longer than is taught"
_MOST_ANSWERS = 8  # to one request
_TEMPERATURE = 0.7
_MAX_TOKENS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A request of general chat, asked for the `draw`-th time."""

    lang: Lang
    text: str
    draw: int

    @property
    def id(self) -> str:
        return content_id([self.lang, self.text, self.draw])


def pending(ctx: Context) -> Sequence[object]:
    """The turns that are neither answered nor failed; one word while pairs are to come, of whose
    number they are a share."""
    if not ctx.config.share("replay"):
        return []
    if filters.lint_pending(ctx) or filters.deduplicate_pending(ctx) or quality.undecided(ctx):
        return ["pairs"]
    return to_ask(ctx, _n_pairs(ctx))


def to_ask(ctx: Context, n_pairs: int) -> list[Turn]:
    """Those of a dataset with so many pairs that are not settled yet."""
    if not ctx.config.share("replay"):
        return []
    print_id = fingerprint(ctx)
    failed = progress.failed_subjects(ctx.store, STAGE, print_id)
    settled = progress.done_subjects(ctx.store, STAGE, print_id) | failed.keys()
    return [turn for turn in turns(ctx, n_pairs) if turn.id not in settled]


def failed(ctx: Context) -> list[str]:
    if not ctx.config.share("replay"):
        return []
    known = progress.failed_subjects(ctx.store, STAGE, fingerprint(ctx))
    return [known[turn.id] for turn in turns(ctx, _n_pairs(ctx)) if turn.id in known]


def run(ctx: Context) -> StageReport:
    todo = to_ask(ctx, _n_pairs(ctx))
    if not todo:
        return StageReport()
    endpoint = ctx.endpoints.open("student")
    asks = ((turn, request(ctx, turn)) for turn in todo)
    errors: list[str | None] = []
    n_made = 0
    with (
        gateway(ctx, STAGE, endpoint) as line,
        closing(ask_all(line, asks, words, parse_tries=ctx.config.generate.tries)) as replies,
    ):
        for reply in replies:
            made, error = _save(ctx, reply)
            errors.append(error)
            n_made += len(made)
            ctx.progress(Progress(stage=STAGE, done=len(errors), total=len(todo)))
    reasons = failures(errors)
    n_cut = len(errors) - n_made - len(reasons)
    cut = f", {n_cut} left out because {CUT_OFF}" if n_cut else ""
    return StageReport(
        done=len(errors) - len(reasons),
        failures=reasons,
        summary=f"{n_made} turns of general chat answered by the untrained student{cut}",
    )


@remembered
def turns(ctx: Context, n_pairs: int) -> tuple[Turn, ...]:
    """What is asked for so many pairs: all requests once, then all again; none that repeats a
    held-out question. Languages and kinds of requests are mixed."""
    wanted = ceil(ctx.config.share("replay") * n_pairs)
    guard = filters.leak_guard(ctx)
    lines = [
        (lang, text)
        for lang in (langs(ctx) if wanted else ())
        for text in prompts.lines(prompts.REPLAY, lang, ctx.prompts)
        if not guard.twin(text)
    ]
    mixed = sorted(dict.fromkeys(lines), key=content_id)
    found = (
        Turn(lang=lang, text=text, draw=draw)
        for draw in range(_MOST_ANSWERS)
        for lang, text in mixed
    )
    return tuple(islice(found, wanted))


@remembered
def answered(ctx: Context, n_pairs: int) -> tuple[Sample, ...]:
    """The turns of a dataset with so many pairs that have an answer, in their order; one that was
    answered alike twice, once."""
    if not ctx.config.share("replay"):
        return ()
    ids = [turn.id for turn in turns(ctx, n_pairs)]
    return tuple(filters.distinct(samples.of_batches(ctx.store, fingerprint(ctx), ids)))


def n_cut_off(ctx: Context) -> int:
    """How many replies are not taught because they are too long."""
    if not ctx.config.share("replay"):
        return 0
    print_id = fingerprint(ctx)
    done = progress.done_subjects(ctx.store, STAGE, print_id)
    ids = [turn.id for turn in turns(ctx, _n_pairs(ctx)) if turn.id in done]
    return len(ids) - len(samples.of_batches(ctx.store, print_id, ids))


def request(ctx: Context, turn: Turn) -> Request:
    """To the student as it is: nothing but the turn, as it will be taught."""
    return Request(
        endpoint=ctx.endpoints.identity("student"),
        model=ctx.config.models.student.model,
        messages=(Message(role="user", content=turn.text),),
        temperature=_TEMPERATURE,
        max_tokens=_MAX_TOKENS,
        seed=ctx.config.generate.seed + turn.draw,
        sample=turn.draw * ctx.config.generate.tries,
    )


def fingerprint(ctx: Context) -> str:
    identity, seed = ctx.endpoints.identity("student"), ctx.config.generate.seed
    return content_id([STAGE, VERSION, identity, seed, _TEMPERATURE, _MAX_TOKENS])


def _n_pairs(ctx: Context) -> int:
    return len(review.reviewed(ctx).pairs)


def _save(ctx: Context, reply: Reply[Turn, str]) -> tuple[list[Sample], str | None]:
    """A reply that was cut off would teach never to end: it is settled, and no sample."""
    turn, made = reply.subject, list(_samples(reply))
    error = reply.error if reply.error != TRUNCATED else None
    place = f"{turn.text[:40]}: {error}" if error else None
    print_id = fingerprint(ctx)
    with ctx.store.transaction():
        samples.add_samples(ctx.store, made, fingerprint=print_id, batch_id=turn.id)
        progress.mark(ctx.store, STAGE, turn.id, print_id, place)
    return made, place


def _samples(reply: Reply[Turn, str]) -> Iterator[Sample]:
    turn = reply.subject
    if reply.value is not None:
        yield chat.sample(
            (Message(role="user", content=turn.text),),
            reply.value,
            view=VIEW,
            lang=turn.lang,
            section_ids=(),
            call_id=reply.call_id,
        )
