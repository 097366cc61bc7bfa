"""A project's own prompts: taken from the built-in ones, listed, checked.

A copy is the built-in file byte for byte, so that taking it re-opens no stage. Which version it
was taken from is written down beside it, in taken.json.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from shikomi.errors import PromptError, UserError
from shikomi.files import read_utf8, write_whole
from shikomi.hashing import content_id
from shikomi.prompts import BUILTIN, LANGS, LINES, PROMPTS, problems
from shikomi.types import Lang

NAMES = (*PROMPTS, *LINES)
TAKEN = "taken.json"
_SPACED = re.compile(r"\{\{(?!\w+\}\})\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A prompt in one language; `file` is relative to the folder of prompts."""

    name: str
    lang: Lang
    file: str
    is_own: bool


def entries(folder: Path, names: Iterable[str] = (), lang: Lang | None = None) -> list[Entry]:
    """The prompts with these names (none: all) in `lang` (None: all languages).

    Raises:
        PromptError: there is no prompt of a name.
    """
    chosen = list(dict.fromkeys(names)) or NAMES
    for name in chosen:
        if name not in NAMES:
            raise PromptError(_unknown(name))
    return [
        Entry(name=name, lang=each, file=file, is_own=(folder / file).exists())
        for each in LANGS
        if lang in (None, each)
        for name in chosen
        for file in [f"{each}/{name}.md"]
    ]


def eject(folder: Path, names: Iterable[str] = (), lang: Lang | None = None) -> list[Entry]:
    """Copy built-in prompts into the project's folder; a file that is there stays as it is.
    Returns what `entries` said before: `is_own` are those that were there.

    Raises:
        PromptError: there is no prompt of a name; nothing is written.
    """
    found = entries(folder, names, lang)
    taken = _taken(folder)
    for entry in found:
        if not entry.is_own:
            write_whole(folder / entry.file, (BUILTIN / entry.file).read_bytes())
            taken[entry.file] = _version(entry.file)
    if not all(entry.is_own for entry in found):
        text = json.dumps(taken, indent=2, sort_keys=True) + "\n"
        write_whole(folder / TAKEN, text.encode("utf-8"))
    return found


def check(folder: Path) -> list[str]:
    """What is wrong with the project's prompts, one line each, named by file."""
    taken = _taken(folder)
    files = sorted(file.relative_to(folder) for file in folder.rglob("*.md"))
    return [
        f"{file.as_posix()}: {problem}"
        for file in files
        if not any(part.startswith(".") for part in file.parts)
        for problem in _problems(folder, file, taken)
    ]


def n_own(folder: Path) -> int:
    return sum(entry.is_own for entry in entries(folder))


def _problems(folder: Path, file: Path, taken: dict[str, str]) -> Iterator[str]:
    if len(file.parts) != 2 or file.parts[0] not in LANGS:
        yield f"is never read: prompts lie in {' or '.join(f'{lang}/' for lang in LANGS)}"
        return
    if file.stem not in NAMES:
        yield f"is never read: {_unknown(file.stem)}"
        return
    try:
        text = read_utf8(folder / file)
    except UserError:
        yield "is not UTF-8 text: save it as UTF-8"
        return
    yield from problems(file.stem, text)
    yield from _spaced(file.stem, text)
    key = file.as_posix()
    if key in taken and taken[key] != _version(key):
        yield (
            "the built-in prompt has changed since this was taken from it: move yours away,"
            f" `shikomi prompts eject {file.stem} --lang {file.parts[0]}`, and put your changes in"
        )


def _spaced(name: str, text: str) -> Iterator[str]:
    """`{{ question }}` would be sent as it stands."""
    for match in _SPACED.finditer(text):
        if match[1] in PROMPTS.get(name, ()):
            yield f"{match[0]} is no variable: write {{{{{match[1]}}}}}"


def _unknown(name: str) -> str:
    near = get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(NAMES)
    return f"there is no prompt {name!r}: {hint}"


def _version(file: str) -> str:
    """Of the built-in prompt as it is now."""
    return content_id(read_utf8(BUILTIN / file))


def _taken(folder: Path) -> dict[str, str]:
    file = folder / TAKEN
    if not file.exists():
        return {}
    try:
        found = json.loads(read_utf8(file))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PromptError(f"{file} is damaged: delete it (versions are then no longer compared)")
    return found
