"""`shikomi prompts`: the project's own in place of the built-in ones."""

from collections.abc import Sequence
from pathlib import Path

from shikomi import config
from shikomi.errors import PromptError
from shikomi.prompts import own
from shikomi.types import Lang


def listed(project: Path) -> str:
    lines = [
        f"{entry.name:<20} {entry.lang}  {_place(entry) if entry.is_own else 'built-in'}"
        for entry in own.entries(_folder(project))
    ]
    return "\n".join(lines)


def ejected(project: Path, names: Sequence[str], lang: Lang | None) -> str:
    lines = [
        f"{_place(entry)} is there already: left as it is"
        if entry.is_own
        else f"wrote {_place(entry)}"
        for entry in own.eject(_folder(project), names, lang)
    ]
    return "\n".join(lines)


def checked(project: Path) -> str:
    """How many there are, where nothing is wrong.

    Raises:
        PromptError: something is; a line each.
    """
    folder = _folder(project)
    if problems := own.check(folder):
        raise PromptError("\n".join(f"prompts/{problem}" for problem in problems))
    return f"{own.n_own(folder)} prompts of your own, nothing wrong"


def _place(entry: own.Entry) -> str:
    return f"prompts/{entry.file}"


def _folder(project: Path) -> Path:
    """Of the prompts of what is a project."""
    config.load(project)
    return project / "prompts"
