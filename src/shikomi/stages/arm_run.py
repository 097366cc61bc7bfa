"""What asking the arms is, whether questions are put to them or tasks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from shikomi import prompts, retrieval
from shikomi.answering import oracle
from shikomi.hashing import content_id
from shikomi.llm.ask import Reply, as_far_as_it_goes, ask_all
from shikomi.llm.lanes import Lanes
from shikomi.stages import finetune, refused
from shikomi.stages.arms import identity
from shikomi.stages.context import Context, Progress, gateway
from shikomi.store import corpus, results
from shikomi.types import Arm, Message, Request, Response, Section, Verdict, VerdictValue


class Subject(Protocol):
    """A question or a task."""

    @property
    def id(self) -> str: ...


SubjectT = TypeVar("SubjectT", bound=Subject)
Mark = tuple[VerdictValue, str]  # with its explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[SubjectT]):
    """One question or task to one arm, with the sections it is given."""

    subject: SubjectT
    arm: Arm
    sections: tuple[Section, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[SubjectT]):
    """What is asked of the arms: `groups` have prompts that begin alike, `mark` is a program's
    (None: it cannot tell), booked under `scorer`, and `shown` tells how far it is: of so many, at
    the last reply, if one came."""

    stage: str
    scorer: str
    max_tokens: int
    fingerprint: Callable[[Context, Arm], str]
    groups: Callable[[Context, Arm, Sequence[SubjectT]], Iterable[Sequence[Ask[SubjectT]]]]
    mark: Callable[[str, SubjectT], Mark | None]
    shown: Callable[[int, int, Ask[SubjectT], Response | None], Progress]


def unanswered(
    ctx: Context,
    arms: Iterable[Arm],
    *,
    wanted: Callable[[Arm], Iterable[SubjectT]],
    given: Callable[[Arm], Mapping[str, Response]],
    print_of: Callable[[Arm], str],
) -> list[tuple[Arm, SubjectT]]:
    """What of the wanted has no answer yet, and was not refused for good: everything, while there
    is no tuned model."""
    has_model = not finetune.pending(ctx)
    aside = refused.for_good(ctx) if has_model else {}
    return [
        (arm, subject)
        for arm in arms
        for known in [given(arm) if has_model else {}]
        for subject in wanted(arm)
        if subject.id not in known and not (aside and _response_id(print_of(arm), subject) in aside)
    ]


def refusals(ctx: Context, print_id: str, wanted: Iterable[Subject]) -> list[str]:
    """Why an arm's endpoint refuses some of these for good."""
    aside = refused.for_good(ctx)
    ids = (_response_id(print_id, each) for each in wanted) if aside else ()
    return [aside[each] for each in ids if each in aside]


def given(ctx: Context, print_id: str, wanted: Iterable[Subject]) -> dict[str, Response]:
    """The answers under a fingerprint, by the ids of what was asked."""
    known = results.responses(ctx.store, print_id)
    ids = {each.id: _response_id(print_id, each) for each in wanted}
    return {subject: known[found] for subject, found in ids.items() if found in known}


def fingerprint(
    ctx: Context, arm: Arm, parts: Sequence[object], *, prompt: str, max_tokens: int
) -> str:
    """Everything that decides an arm's answers but what it is asked. `parts` name the kind of
    that, and `prompt` its prompt."""
    texts = prompts.ids(prompt, ctx.prompts)
    found = [*parts, arm.name, identity(ctx, arm), texts, max_tokens]
    if arm.context != "none":
        sections = [section.id for section in corpus.current_sections(ctx.store)]
        found += [retrieval.VERSION, ctx.config.evaluate.retrieved_sections, sections]
    if arm.context == "oracle":
        found.append(oracle.VERSION)
    return content_id(found)


def ask_arms(
    ctx: Context, kind: Kind[SubjectT], todo: Sequence[tuple[Arm, SubjectT]]
) -> list[str | None]:
    """Ask all that is to do, arm by arm, and save each reply as it comes. Returns for each why it
    failed, or None."""
    errors: list[str | None] = []
    for arm in dict.fromkeys(arm for arm, _ in todo):
        print_id = kind.fingerprint(ctx, arm)

        def take(reply: Reply[Ask[SubjectT], str], print_id: str = print_id) -> None:
            found, error = _save(ctx, kind, print_id, reply)
            errors.append(error)
            ctx.progress(kind.shown(len(errors), len(todo), reply.subject, found))

        mine = [subject for other, subject in todo if other == arm]
        _run_arm(ctx, kind, arm, kind.groups(ctx, arm, mine), take)
    return errors


def request(ask: Ask[SubjectT], identity: str, *, max_tokens: int) -> Request:
    return Request(
        endpoint=identity,
        model=ask.arm.model,
        messages=ask.messages,
        temperature=0.0,
        max_tokens=max_tokens,
    )


def _run_arm(
    ctx: Context,
    kind: Kind[SubjectT],
    arm: Arm,
    groups: Iterable[Sequence[Ask[SubjectT]]],
    take: Callable[[Reply[Ask[SubjectT], str]], None],
) -> None:
    name = identity(ctx, arm)
    endpoint = ctx.endpoints.open(arm.role, model=arm.model, identity=name)
    lanes = Lanes(groups, n_lanes=endpoint.concurrency)
    asked = partial(request, identity=name, max_tokens=kind.max_tokens)
    requests = ((ask, asked(ask)) for ask in lanes)
    with (
        gateway(ctx, kind.stage, endpoint) as line,
        closing(ask_all(line, requests, str.strip)) as replies,
    ):
        for reply in replies:
            lanes.done(reply.subject)
            take(reply)


def _save(
    ctx: Context, kind: Kind[SubjectT], print_id: str, reply: Reply[Ask[SubjectT], str]
) -> tuple[Response | None, str | None]:
    """The response, or why there is none."""
    ask, text = reply.subject, as_far_as_it_goes(reply)
    if text is None:
        refused.book(ctx, _response_id(print_id, ask.subject), reply.error or "")
        return None, f"{ask.subject.id} ({ask.arm.name}): {reply.error}"
    found = Response(
        id=_response_id(print_id, ask.subject),
        question_id=ask.subject.id,
        arm=ask.arm.name,
        text=text,
        section_ids=tuple(section.id for section in ask.sections),
        call_id=reply.call_id,
    )
    verdicts = _verdicts(found.id, kind.scorer, kind.mark(text, ask.subject))
    with ctx.store.transaction():
        results.add_response(ctx.store, found, verdicts, fingerprint=print_id)
    return found, None


def _verdicts(response_id: str, scorer: str, mark: Mark | None) -> list[Verdict]:
    if mark is None:
        return []
    value, why = mark
    return [Verdict(response_id=response_id, scorer=scorer, value=value, explanation=why)]


def _response_id(print_id: str, subject: Subject) -> str:
    """Another one when what is asked is reworded under its id, or marked by another reference."""
    return content_id([print_id, subject])
