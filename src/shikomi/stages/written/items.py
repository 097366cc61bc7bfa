"""The texts that are wanted, and how far each is, read from the store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shikomi.hashing import content_id
from shikomi.stages import planning
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import attempts, corpus, progress, samples
from shikomi.types import Attempt, Sample, Section

STAGE = "views"
VERSION = 1
SPACE = 1000  # sample numbers between texts that are asked for in the same words

View = Literal["rewrite", "cross", "focal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A text that is wanted of one section, or of two.

    Rewrites in one `style` are told apart by `copy`; `pair` has the question of a focal one.
    """

    view: View
    id: str
    print_id: str
    sections: tuple[Section, ...]
    style: int = 0
    copy: int = 0
    pair: Sample | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """The `n`-th attempt at an item, from 0."""

    item: Item
    n: int


@dataclass(frozen=True, slots=True)
class _State:
    attempts: Mapping[str, Sequence[Attempt]]
    failed: Mapping[str, str]


def item(
    view: View,
    print_id: str,
    sections: tuple[Section, ...],
    *,
    style: int = 0,
    copy: int = 0,
    pair: Sample | None = None,
) -> Item:
    """With an id from all that tells it from other texts but `print_id`, the fingerprint."""
    key = [view, [section.id for section in sections], style, copy, pair.id if pair else None]
    return Item(
        view=view,
        id=content_id(key),
        print_id=print_id,
        sections=sections,
        style=style,
        copy=copy,
        pair=pair,
    )


@remembered
def sections(ctx: Context) -> tuple[Section, ...]:
    """The current sections that state something; others are lists of links and the like."""
    facts = planning.facts_by_section(ctx)
    return tuple(each for each in corpus.current_sections(ctx.store) if each.id in facts)


@remembered
def _state(ctx: Context, print_id: str) -> _State:
    return _State(
        attempts.by_conversation(ctx.store, print_id),
        progress.failed_subjects(ctx.store, STAGE, print_id),
    )


def _states(ctx: Context, found: Iterable[Item]) -> dict[str, _State]:
    """By fingerprint, of which there are few."""
    return {each: _state(ctx, each) for each in {item.print_id for item in found}}


def attempts_at(ctx: Context, found: Sequence[Item]) -> Iterator[Attempt]:
    """Every reply to these that was judged."""
    states = _states(ctx, found)
    for each in found:
        yield from states[each.print_id].attempts.get(each.id, ())


def failures(ctx: Context, found: Sequence[Item]) -> list[str]:
    """Why there was no reply to judge, of those that failed so."""
    states = _states(ctx, found)
    reasons = (states[each.print_id].failed.get(each.id) for each in found)
    return [reason for reason in reasons if reason is not None]


def tries(ctx: Context, found: Sequence[Item]) -> list[Try]:
    """The next attempt at each that is neither kept, nor given up after its tries, nor failed."""
    states, most = _states(ctx, found), ctx.config.generate.tries
    open_tries = []
    for each in found:
        state = states[each.print_id]
        made = state.attempts.get(each.id, ())
        is_settled = len(made) >= most or any(not attempt.reason for attempt in made)
        if not is_settled and each.id not in state.failed:
            open_tries.append(Try(each, len(made)))
    return open_tries


def settle(
    ctx: Context,
    attempted: Try,
    *,
    call_id: int,
    reason: str = "",
    question: str = "",
    made: Sample | None = None,
) -> None:
    """Write down what came of an attempt: the sample, or why there is none."""
    item = attempted.item
    attempt = Attempt(position=attempted.n, question=question, reason=reason, call_id=call_id)
    found = [made] if made else []
    with ctx.store.transaction():
        attempts.add(ctx.store, attempt, fingerprint=item.print_id, conversation=item.id)
        samples.add_samples(ctx.store, found, fingerprint=item.print_id, batch_id=item.id)


def fail(ctx: Context, item: Item, error: str) -> str:
    """Write down that the endpoint gave no reply to judge. Returns the line for the person."""
    said = f"{item.sections[0].path}: {error}"
    progress.mark(ctx.store, STAGE, item.id, item.print_id, said)
    return said
