"""The calls of written views, round by round, and the rows that come of them.

An attempt is written down when all its calls are answered: a run that is killed before asks the
ledger, not the endpoint, for those that were.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

from shikomi.dataset import crossing
from shikomi.dataset.crossing import Draft
from shikomi.errors import ParseError
from shikomi.llm.ask import TRUNCATED, Endpoint, Gateway, Reply, ask_all
from shikomi.stages.context import Context, Progress, gateway
from shikomi.stages.together import in_lanes_by
from shikomi.stages.written import cross, texts
from shikomi.stages.written.items import STAGE, Item, Try, fail, settle, tries
from shikomi.types import Request

T = TypeVar("T")
_Drafted = tuple[Try, Draft, int]  # with the id of the call that it came by


def write(ctx: Context, endpoint: Endpoint, items: Sequence[Item]) -> list[str]:
    """Ask for rewrites until each is kept or given up. Returns what failed."""
    errors: list[str] = []
    while todo := tries(ctx, items):
        with (
            gateway(ctx, todo[0].item.view, endpoint) as line,
            closing(_replies(ctx, line, todo, texts.request, texts.read)) as replies,
        ):
            for reply in replies:
                errors += _settle_text(ctx, reply)
    return errors


def _settle_text(ctx: Context, reply: Reply[Try, str]) -> list[str]:
    each, call_id = reply.subject, reply.call_id
    if _has_failed(reply):
        return [fail(ctx, each.item, reply.error or "")]
    text = reply.value or ""
    if reason := reply.error or texts.check(ctx, each.item, text):
        settle(ctx, each, call_id=call_id, reason=reason)
    else:
        settle(ctx, each, call_id=call_id, made=texts.sample(ctx, each.item, text, call_id))
    return []


def cross_write(ctx: Context, endpoint: Endpoint, items: Sequence[Item]) -> list[str]:
    """Ask for questions across pages, and leave one section out in turn, until each is kept or
    given up. Returns what failed."""
    errors: list[str] = []
    while todo := tries(ctx, items):
        drafted: list[_Drafted] = []
        with (
            gateway(ctx, "cross", endpoint) as line,
            closing(_replies(ctx, line, todo, cross.request, _read)) as replies,
        ):
            for reply in replies:
                errors += _take_draft(ctx, reply, drafted)
        with gateway(ctx, cross.CHECKS, endpoint) as line:
            errors += _leave_one_out(ctx, line, drafted)
    return errors


def _read(text: str) -> Draft | str:
    """The draft, or why there is none: a reply in another form is an attempt like any other."""
    try:
        return crossing.parse(text)
    except ParseError as error:
        return str(error)


def _take_draft(ctx: Context, reply: Reply[Try, Draft | str], drafted: list[_Drafted]) -> list[str]:
    each, draft, call_id = reply.subject, reply.value, reply.call_id
    if _has_failed(reply):
        return [fail(ctx, each.item, reply.error or "")]
    if draft is None or isinstance(draft, str):
        settle(ctx, each, call_id=call_id, reason=reply.error or draft or "empty")
    elif reason := cross.check(ctx, each.item, draft):
        settle(ctx, each, call_id=call_id, reason=reason, question=draft.question)
    else:
        drafted.append((each, draft, call_id))
    return []


def _leave_one_out(ctx: Context, line: Gateway, drafted: Sequence[_Drafted]) -> list[str]:
    """A draft that one step rejects is not asked about any more."""
    errors: list[str] = []
    left = list(drafted)
    for step in cross.LEAVE_ONE_OUT:
        asks = ((each, cross.check_request(ctx, each[0].item, each[1], step)) for each in left)
        passed: list[_Drafted] = []
        with closing(ask_all(line, asks, str.strip, parse_tries=1)) as replies:
            for reply in replies:
                each, draft, call_id = reply.subject
                if _has_failed(reply):
                    errors.append(fail(ctx, each.item, reply.error or ""))
                elif cross.gives(draft, reply.text or "") is step.must_suffice:
                    passed.append(reply.subject)
                else:
                    settle(ctx, each, call_id=call_id, reason=step.reason, question=draft.question)
        left = passed
    for each, draft, call_id in left:
        made = cross.sample(ctx, each.item, draft, call_id)
        settle(ctx, each, call_id=call_id, question=draft.question, made=made)
    return errors


def _replies(
    ctx: Context,
    line: Gateway,
    todo: Sequence[Try],
    request: Callable[[Context, Item, int], Request],
    parse: Callable[[str], T],
) -> Generator[Reply[Try, T], None, None]:
    """One reply to each."""
    lanes = in_lanes_by(todo, lambda each: each.item.sections[0].id, line.endpoint)
    asks = ((each, request(ctx, each.item, each.n)) for each in lanes)
    with closing(ask_all(line, asks, parse, parse_tries=1)) as replies:
        for n, reply in enumerate(replies, start=1):
            lanes.done(reply.subject)
            yield reply
            ctx.progress(Progress(stage=STAGE, done=n, total=len(todo), note=line.stage))


def _has_failed(reply: Reply[Any, Any]) -> bool:
    """Whether nothing came that could be judged; what was cut off is a bad reply like others."""
    return reply.error is not None and reply.error != TRUNCATED
