"""tasks.jsonl: the project's own tasks, held out as its questions are, and the marking of all."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from shikomi.corpus import language
from shikomi.errors import ConfigError
from shikomi.evaluation.tasks import OWN, Task, broken, code_of, parse, suite
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.isolation import sandbox
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Question, VerdictValue


@remembered
def own(ctx: Context) -> tuple[Task, ...]:
    """The project's tasks, less those about pages that it leaves out; none without the file.

    Raises:
        ConfigError: a line is wrong, or names no page; the message names it.
    """
    file = _file(ctx)
    if not file.exists():
        return ()
    found = parse(read_utf8(file), file.name, lang_of=language.detect, is_own=True)
    if nowhere := next((task.id for task in found if not task.section), None):
        raise ConfigError(f"{file.name}: {nowhere}: section must say which page it is about")
    known = {section.path for section in corpus.current_sections(ctx.store)}
    return tuple(task for task in found if task.page in known)


@remembered
def chosen(ctx: Context) -> tuple[Task, ...]:
    """What `evaluate.abilities` asks for: all, so many of the built-in and of the project's own
    tasks each, or nothing."""
    wanted = ctx.config.evaluate.abilities
    if not wanted:
        return ()
    groups = (suite(), own(ctx))
    if wanted is True:
        return tuple(task for group in groups for task in group)
    return tuple(task for group in groups for task in _some(group, wanted))


def is_own(task: Task) -> bool:
    return task.kind in OWN


def mark(reply: str, task: Task) -> tuple[VerdictValue, str]:
    """Whether a reply passes its check, and why not."""
    if not reply.strip():
        return "NOT_ATTEMPTED", "empty"
    if task.asserts:
        why = sandbox.check(code_of(reply), task.asserts).broken
    else:
        why = broken(reply, task)
    return ("INCORRECT", why) if why else ("CORRECT", "")


def verify(found: Iterable[Task]) -> None:
    """That the check of each of a project's tasks lets its own answer pass.

    Raises:
        ConfigError: one does not; the message says why.
        UserError: code cannot be run on this machine.
    """
    wanted = dict.fromkeys(found)
    if any(task.asserts for task in wanted):
        sandbox.guard()
    for task in filter(is_own, wanted):
        value, why = mark(task.answer, task)
        if value != "CORRECT":
            raise ConfigError(f"task {task.id}: its own answer does not pass ({why})")


def guarded(ctx: Context) -> list[Question]:
    """The project's tasks as questions that no training pair may repeat."""
    return [
        Question(
            id=task.id,
            question=task.prompt,
            answer=task.answer,
            accept=task.accept,
            section=task.section,
            kind="user",
            lang=task.lang,
        )
        for task in own(ctx)
    ]


def fingerprint(ctx: Context) -> list[str]:
    """Of what is guarded; nothing where there is none, so that it then re-opens nothing."""
    found = own(ctx)
    return [content_id([(task.id, task.prompt) for task in found])] if found else []


def _some(tasks: Sequence[Task], n: int) -> list[Task]:
    """Evenly over kinds and languages, the first of each first; in the order of the file."""
    places: dict[tuple[str, str], int] = {}
    ranked = []
    for task in tasks:
        group = (task.kind, task.lang)
        places[group] = places.get(group, -1) + 1
        ranked.append((places[group], task))
    kept = {task.id for _, task in sorted(ranked, key=lambda each: each[0])[:n]}
    return [task for task in tasks if task.id in kept]


def _file(ctx: Context) -> Path:
    return ctx.folder / ctx.config.holdout.tasks
