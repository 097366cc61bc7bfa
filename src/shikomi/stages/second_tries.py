"""Questions that say all that their answers do: the generator is told so, once, and asked anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shikomi import prompts
from shikomi.dataset import lint, repair
from shikomi.dataset.drafts import Draft
from shikomi.dataset.plan import Batch
from shikomi.stages.context import Context
from shikomi.types import Message, Request

LEDGER = "second try"  # what the ledger calls these calls
PROMPT = "ask_again"


@dataclass(frozen=True, slots=True)
class Written:
    """A goal's draft, and the call that it is from."""

    draft: Draft
    call_id: int


@dataclass(frozen=True, slots=True)
class Held:
    """A batch that is asked about once more: what it has, and which of its goals need it."""

    batch: Batch
    written: tuple[Written, ...]
    lacking: tuple[int, ...]
    reply: str


def lacking(batch: Batch, found: Sequence[Draft]) -> tuple[int, ...]:
    """The places of the goals none of whose questions leaves anything to answer."""
    return tuple(
        n
        for n, (goal, draft) in enumerate(zip(batch.goals, found, strict=True))
        if all(
            lint.gives_away(question, repair.answer(draft.answer, goal), batch.section.lang)
            for question in draft.questions
        )
    )


def request(ctx: Context, first: Request, held: Held) -> Request:
    """The first request, its reply, and what is wrong with that."""
    prompt = prompts.load(PROMPT, held.batch.section.lang, ctx.prompts)
    entries = ", ".join(str(n + 1) for n in held.lacking)
    reply = Message(role="assistant", content=held.reply)
    return replace(first, messages=(*first.messages, reply, *prompt.render(entries=entries)))


def merged(held: Held, found: Sequence[Draft] | None, call_id: int) -> tuple[Written, ...]:
    """The second drafts where the first ones lacked something and the second ones do not."""
    if found is None or len(found) != len(held.written):
        return held.written
    mended = set(held.lacking) - set(lacking(held.batch, found))
    return tuple(
        Written(found[n], call_id) if n in mended else first for n, first in enumerate(held.written)
    )
