"""The calls of rolling conversations, and the rows that come of them."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Self

from shikomi import prompts
from shikomi.dataset import chat, conversation, drafts, naming
from shikomi.dataset.conversation import Likeness
from shikomi.errors import ProviderError
from shikomi.llm import embeddings
from shikomi.llm.ask import Gateway, Reply, ask_all, ask_one, words
from shikomi.stages.context import Context, Progress, gateway
from shikomi.stages.rolling import requests
from shikomi.stages.rolling.talks import STAGE, Talk, unfinished
from shikomi.stages.together import in_lanes_by
from shikomi.store import attempts, progress, samples
from shikomi.types import Attempt, Request, Sample

_FAILURES_TO_STOP = 3  # in a row: a page that is too long fails every time
_Ask = tuple[Talk, Attempt]


class _Turns:
    """The next question of each conversation that goes on, one at a time of each, at most `most`
    in all. It has more after it ended, once a conversation was given `back`."""

    def __init__(self, ctx: Context, talks: Sequence[Talk], most: int | None) -> None:
        self._ctx = ctx
        self._ready = deque(talks)
        self._left = most

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[Talk, Request]:
        if not self._ready or self._left == 0:
            raise StopIteration
        if self._left is not None:
            self._left -= 1
        talk = self._ready.popleft()
        return talk, requests.question(self._ctx, talk.page, talk.attempts)

    def back(self, talk: Talk) -> None:
        """First in line: an endpoint that keeps beginnings has this page's at hand."""
        self._ready.appendleft(talk)


def talk(
    ctx: Context, line: Gateway, found: Sequence[Talk], most: int | None
) -> tuple[int, list[str]]:
    """Ask for questions until each conversation is over. Returns how many, and what failed."""
    turns = _Turns(ctx, unfinished(ctx, found), most)
    wanted = ctx.config.rolling.questions * len(found)
    n_asked = 0
    errors: list[str] = []
    replies = ask_all(line, turns, drafts.parse_question, parse_tries=ctx.config.generate.tries)
    with _likeness(ctx) as near, closing(replies):
        for reply in replies:
            error = _settle(ctx, reply, near)
            n_asked += 1
            if error is not None:
                errors.append(error)
            elif _goes_on(ctx, reply.subject):
                turns.back(reply.subject)
            n_kept = sum(len(each.questions) for each in found)
            note = f"questions kept, {n_asked} asked for"
            ctx.progress(Progress(stage=STAGE, done=n_kept, total=wanted, note=note))
    return n_asked, errors


def _goes_on(ctx: Context, talk: Talk) -> bool:
    limits = ctx.config.rolling
    return len(talk.questions) < limits.questions and len(talk.attempts) < limits.most_attempts


def _settle(ctx: Context, reply: Reply[Talk, str], near: Likeness) -> str | None:
    """Write down what came of an attempt. Returns why the whole conversation ends here."""
    talk = reply.subject
    question = reply.value or ""
    reason, is_failure = f"no question: {reply.error}", True
    if question:
        reason, is_failure = _too_near(talk, question, near)
    talk.failures = talk.failures + 1 if is_failure else 0
    attempt = Attempt(
        position=len(talk.attempts), question=question, reason=reason, call_id=reply.call_id
    )
    talk.attempts.append(attempt)
    stops = talk.failures >= _FAILURES_TO_STOP
    error = f"{talk.page.path}: {reason}" if stops else None
    with ctx.store.transaction():
        attempts.add(ctx.store, attempt, fingerprint=talk.print_id, conversation=talk.page.id)
        if error:
            progress.mark(ctx.store, STAGE, talk.page.id, talk.print_id, error)
    return error


def _too_near(talk: Talk, question: str, near: Likeness) -> tuple[str, bool]:
    """Why the question is not kept ("": it is), and whether that is a failure."""
    try:
        found = near(question, [each.question for each in talk.questions])
    except ProviderError as error:
        return f"not compared: {error}", True
    if found is None:
        return "", False
    twin, cosine = found
    return f"near-duplicate of an earlier question: cosine {cosine:.4f} with {twin}", False


@contextmanager
def _likeness(ctx: Context) -> Iterator[Likeness]:
    settings = ctx.config.rolling
    if not ctx.config.models.embeddings.model:
        yield conversation.by_spelling(settings.lexical_threshold)
        return
    endpoint = ctx.endpoints.open("embeddings")
    with gateway(ctx, STAGE, endpoint) as line:
        yield conversation.by_meaning(settings.threshold, _vectors(ctx, line))


def _vectors(ctx: Context, line: Gateway) -> Callable[[str], Sequence[float]]:
    def vector(text: str) -> Sequence[float]:
        reply = ask_one(line, requests.likeness(ctx, text), embeddings.vector)
        if reply.value is None:
            raise ProviderError(reply.error or "the reply is no vector")
        return reply.value

    return vector


def answer(
    ctx: Context, line: Gateway, todo: Sequence[_Ask], most: int | None
) -> tuple[int, list[str]]:
    """Answer kept questions, page by page. Returns how many pairs that gave, and what failed."""
    chosen = todo if most is None else todo[: max(most, 0)]
    lanes = in_lanes_by(chosen, lambda ask: ask[0].page.id, line.endpoint)
    asks = ((ask, requests.answer(ctx, ask[0].page, ask[1].question)) for ask in lanes)
    replies = ask_all(line, asks, words, parse_tries=ctx.config.generate.tries)
    n_written = 0
    errors: list[str] = []
    with closing(replies):
        for reply in replies:
            lanes.done(reply.subject)
            error = _save(ctx, reply)
            errors += [error] if error else []
            n_written += error is None
            done = n_written + len(errors)
            ctx.progress(Progress(stage=STAGE, done=done, total=len(chosen), note="answers"))
    return n_written, errors


def _save(ctx: Context, reply: Reply[_Ask, str]) -> str | None:
    (talk, attempt), page = reply.subject, reply.subject[0].page
    made = [] if reply.value is None else [_sample(ctx, reply.subject, reply.value, reply.call_id)]
    error = f"{page.path}: {attempt.question}: {reply.error}" if reply.error else None
    batch_id = page.batch_id(attempt)
    with ctx.store.transaction():
        samples.add_samples(ctx.store, made, fingerprint=talk.print_id, batch_id=batch_id)
        progress.mark(ctx.store, STAGE, batch_id, talk.print_id, error)
    return error


def _sample(ctx: Context, ask: _Ask, answer: str, call_id: int) -> Sample:
    talk, attempt = ask
    page = talk.page
    question = naming.named(attempt.question, page.sections[0].capsule, page.lang, attempt.position)
    facts = conversation.said(page, question, answer)
    return chat.sample(
        prompts.load("answer", page.lang, ctx.prompts).render(question=question),
        answer,
        view="qa",
        lang=page.lang,
        section_ids=tuple(dict.fromkeys(fact.section_id for fact in facts)),
        fact_ids=tuple(fact.id for fact in facts),
        call_id=call_id,
    )
