"""What asking an arm is, whether questions are put to it or tasks."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Protocol, TypeVar

from shikomi.llm.ask import Reply, ask_all
from shikomi.llm.lanes import Lanes
from shikomi.stages.arms import identity
from shikomi.stages.context import Context, gateway
from shikomi.types import Arm, Request, Response, Section


class Put(Protocol):
    """What is put to an arm, with the sections it is given."""

    @property
    def arm(self) -> Arm: ...

    @property
    def sections(self) -> tuple[Section, ...]: ...


PutT = TypeVar("PutT", bound=Put)


def run_arm(
    ctx: Context,
    stage: str,
    arm: Arm,
    groups: Iterable[Sequence[PutT]],
    *,
    request: Callable[[PutT, str], Request],
    take: Callable[[Reply[PutT, str]], None],
) -> None:
    """Ask all of the groups, whose prompts begin alike, and give each reply to `take` as it
    comes. `request` is told the model's identity."""
    name = identity(ctx, arm)
    endpoint = ctx.endpoints.open(arm.role, model=arm.model, identity=name)
    lanes = Lanes(groups, n_lanes=endpoint.concurrency)
    requests = ((ask, request(ask, name)) for ask in lanes)
    with (
        gateway(ctx, stage, endpoint) as line,
        closing(ask_all(line, requests, str.strip)) as replies,
    ):
        for reply in replies:
            lanes.done(reply.subject)
            take(reply)


def response(reply: Reply[PutT, str], text: str, *, key: str, about: str) -> Response:
    """A reply as an answer to what has the id `about`."""
    return Response(
        id=key,
        question_id=about,
        arm=reply.subject.arm.name,
        text=text,
        section_ids=tuple(section.id for section in reply.subject.sections),
        call_id=reply.call_id,
    )
