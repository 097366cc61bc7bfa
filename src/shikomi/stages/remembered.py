"""Readings that many stages share: made once, and again when what they are made of has changed."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from shikomi.stages.context import Context

P = ParamSpec("P")
T = TypeVar("T")
_STATE = "state"


def remembered(make: Callable[Concatenate[Context, P], T]) -> Callable[Concatenate[Context, P], T]:
    """`make`, its results kept in the context until the database or a person's file changes.

    It may read the context's database and settings, the prompts and the files of questions and
    tasks, and nothing else. What it returns is shared: a tuple or another value that nobody can
    change.
    """

    @wraps(make)
    def reading(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
        state = _state(ctx)
        if state is None:
            return make(ctx, *args, **kwargs)
        if ctx.memory.get(_STATE) != state:
            ctx.memory.clear()
        key = (make, args, tuple(sorted(kwargs.items())))
        if key not in ctx.memory:
            value = make(ctx, *args, **kwargs)
            ctx.memory[_STATE] = state
            ctx.memory[key] = value
        found: T = ctx.memory[key]
        return found

    return reading


def _state(ctx: Context) -> tuple[Any, ...] | None:
    """Of all that a reading may be made of; None within a transaction, which may be undone."""
    version = ctx.store.version
    if version is None:
        return None
    named = (ctx.config.holdout.file, ctx.config.holdout.tasks)
    files = [*(ctx.folder / name for name in named), *sorted(ctx.prompts.rglob("*.md"))]
    return (*version, *map(_stamp, files))


def _stamp(file: Path) -> tuple[Path, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (file, 0, 0)
    return (file, found.st_mtime_ns, found.st_size)
