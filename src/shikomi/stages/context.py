"""What a stage is given, and what it gives back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Any, Protocol

from shikomi.config import ROLES, Config
from shikomi.llm.ask import BatchState, Endpoint, Gateway, Waiting
from shikomi.store import Store
from shikomi.types import Price

_NOTE = 72  # characters that have room beside a bar

RoleName = str  # a role of [models], or the name of a further arm or judge


class Endpoints(Protocol):
    """Where the roles' models are. Identities are known without starting anything."""

    def identity(self, role: RoleName) -> str:
        """The content hash, or for a remote model its URL and name, that decides replay."""
        ...

    def check_key(self, role: RoleName) -> None:
        """Raises UserError: the role asks for a key that is not there. Opens nothing."""
        ...

    def open(
        self,
        role: RoleName,
        *,
        model: str | None = None,
        identity: str = "",
        can_wait: bool = False,
    ) -> Endpoint:
        """The role's endpoint, ready to be asked; `model` is another model of the same host. What
        can wait goes by batches where the role asks for it."""
        ...

    def price(
        self, role: RoleName, *, model: str | None = None, can_wait: bool = False
    ) -> Price | None:
        """What the role's model costs, without opening anything; None where it is unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage is: `total` is 0 while unknown, `done` is None where nothing was done since
    it was told last; `example` is a result to show."""

    stage: str
    done: int | None
    total: int
    note: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One project, opened. `folder` is the project's; nothing outside it is written.

    `last_review` is the newest review that counts (None: all): a person may go on reviewing
    while a run trains on what was decided when it began. `memory` is `remembered`'s alone.
    """

    folder: Path
    config: Config
    store: Store
    endpoints: Endpoints
    progress: Callable[[Progress], None] = field(default=lambda progress: None)
    last_review: int | None = None
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def prompts(self) -> Path:
        return self.folder / "prompts"

    @property
    def search_index(self) -> Path:
        """Beside the database, whose content it only repeats."""
        return self.folder / "shikomi.db-search"

    @property
    def budget_nanousd(self) -> int | None:
        usd = self.config.budget.usd
        return None if usd is None else round(usd * 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """`summary` is plain words, a line or a few; `failures` are the reasons, one an item."""

    done: int = 0
    failures: tuple[str, ...] = ()
    summary: str = ""


def gateway(ctx: Context, stage: str, endpoint: Endpoint) -> Gateway:
    return Gateway(
        store=ctx.store,
        endpoint=endpoint,
        stage=stage,
        budget_nanousd=ctx.budget_nanousd,
        poll_seconds=ctx.config.batch.poll_seconds,
        on_batch=partial(_show_batch, ctx, stage, endpoint),
        on_wait=partial(_show_wait, ctx, stage),
    )


def _show_wait(ctx: Context, stage: str, told: Waiting) -> None:
    seconds = max(1, round(told.seconds))
    said = (
        f"{stage}: waiting for {told.where}: {told.reason}; it is asked again in {seconds} s"
        " (Ctrl-C stops the run, and the next one goes on)"
    )
    note = shorten(f"waiting {seconds} s: {told.reason}", _NOTE, placeholder=" ...")
    ctx.progress(
        Progress(stage=stage, done=None, total=0, note=note, example=said if told.is_new else "")
    )


def _show_batch(ctx: Context, stage: str, endpoint: Endpoint, batch: BatchState) -> None:
    said = (
        f"{stage}: batch {batch.id} of {batch.total} requests is under way at {endpoint.base_url};"
        " it may take a day, and this run may be stopped: the next one collects it"
    )
    ctx.progress(
        Progress(
            stage=stage,
            done=batch.done,
            total=batch.total,
            note=f"batch {batch.status}",
            example=said if batch.is_new else "",
        )
    )


def price_of(ctx: Context, model: str, *, can_wait: bool = False) -> Price | None:
    """What a model that the ledger names costs now; one that no role names is a tuned student.
    Of roles with the same model the generator comes first, further models last."""
    names = (*ROLES, "embeddings", *(each.name for each in ctx.config.evaluate.further))
    roles = {ctx.config.role(name).model: name for name in reversed(names)}
    return ctx.endpoints.price(roles.get(model, "student"), model=model, can_wait=can_wait)


def failures(errors: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(error for error in errors if error is not None)
