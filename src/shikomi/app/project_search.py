"""A project's sections, searched for its server: always those of its latest `shikomi section`."""

from collections.abc import Sequence
from pathlib import Path

from shikomi.answering.lookup import LookUp, Room, look_up
from shikomi.app import open_project
from shikomi.app.endpoints import Machine
from shikomi.stages import Context
from shikomi.store import DATABASE, Store, corpus
from shikomi.types import Message


def looked_up(ctx: Context, turns: Sequence[Message]) -> LookUp:
    """What the project's search gives for the question that ends `turns`."""
    n = ctx.config.evaluate.retrieved_sections
    return look_up(
        ctx.store,
        ctx.search_index,
        turns,
        room=Room(sections=n, units=n * ctx.config.sections.max_units),
        docs=ctx.docs,
        overrides=ctx.prompts,
    )


class ProjectSearch:
    """Opens the project for each question, so that any thread may ask and nothing grows old."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self._folder = folder
        self._machine = machine

    def ready(self) -> bool:
        """Whether there are sections; a project that was never run has no database yet."""
        database = self._folder / DATABASE
        if not database.exists():
            return False
        with Store(database) as store:
            return corpus.has_sections(store)

    def look_up(self, turns: Sequence[Message]) -> LookUp:
        """Raises: UserError where the project cannot be opened."""
        with open_project(self._folder, self._machine) as ctx:
            return looked_up(ctx, turns)
