"""Questions that say all that their answers do, or that nobody can tell the object of: the
generator is told so, once, and asked anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shikomi import prompts
from shikomi.dataset import giveaways, lint, repair
from shikomi.dataset.drafts import Draft
from shikomi.dataset.plan import Batch, Goal
from shikomi.stages.context import Context
from shikomi.types import Message, Request

LEDGER = "second try"  # what the ledger calls these calls
TELLING, DANGLING = "ask_again", "ask_again_alone"
PROMPTS = (TELLING, DANGLING)  # what is wrong, by the prompt that says so


@dataclass(frozen=True, slots=True)
class Written:
    """A goal's draft, and the call that it is from."""

    draft: Draft
    call_id: int


@dataclass(frozen=True, slots=True)
class Held:
    """A batch that is asked about once more: what it has, and what its goals need, by place."""

    batch: Batch
    written: tuple[Written, ...]
    lacking: Mapping[int, str]
    reply: str


def lacking(batch: Batch, found: Sequence[Draft]) -> dict[int, str]:
    """The goals none of whose questions will do, by place, each with the prompt that says why."""
    drafts = enumerate(zip(batch.goals, found, strict=True))
    faults = {n: _fault(batch, goal, draft) for n, (goal, draft) in drafts}
    return {n: fault for n, fault in faults.items() if fault}


def _fault(batch: Batch, goal: Goal, draft: Draft) -> str | None:
    """What is wrong with the first question, where none is right."""
    lang, names = batch.section.lang, batch.section.capsule.names
    answer = repair.answer(draft.answer, goal)
    found = [
        TELLING
        if giveaways.gives_away(question, answer, lang, target=goal.target, names=names)
        else DANGLING
        if lint.dangling(question, lang, names)
        else None
        for question in draft.questions
    ]
    return found[0] if found and all(found) else None


def request(ctx: Context, first: Request, held: Held) -> Request:
    """The first request, its reply, and what is wrong with that: where it is one thing in one
    entry and another in the next, what is wrong with the first."""
    fault = next(iter(held.lacking.values()))
    prompt = prompts.load(fault, held.batch.section.lang, ctx.prompts)
    entries = ", ".join(str(n + 1) for n, each in held.lacking.items() if each == fault)
    reply = Message(role="assistant", content=held.reply)
    return replace(first, messages=(*first.messages, reply, *prompt.render(entries=entries)))


def merged(held: Held, found: Sequence[Draft] | None, call_id: int) -> tuple[Written, ...]:
    """The second drafts where the first ones lacked something and the second ones do not."""
    if found is None or len(found) != len(held.written):
        return held.written
    mended = held.lacking.keys() - lacking(held.batch, found).keys()
    return tuple(
        Written(found[n], call_id) if n in mended else first for n, first in enumerate(held.written)
    )
