"""Reading shikomi.toml, and saying what is wrong with it."""

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shikomi.config.tables import Config
from shikomi.errors import ConfigError
from shikomi.files import read_utf8
from shikomi.problems import first_problem

FILE_NAME = "shikomi.toml"
_AT_END = "(at end of document)"
_HINTS = (
    ("in a string", "; write paths with / or in 'single quotes'"),
    ("hex value", "; write paths with / or in 'single quotes'"),
    ("Illegal character '\\n'", '; close the "quotes" in the same line'),
    ("Invalid value (at line", '; words stand in "quotes"'),
    ("Cannot declare", "; write each [table] once, with all of its keys below it"),
    ("Cannot overwrite", "; write each key once"),
)


def load(folder: Path) -> Config:
    """Read the project's shikomi.toml.

    Raises:
        ConfigError: there is none, it is not TOML, or a key or value is wrong.
        UserError: it is not UTF-8.
    """
    if folder.is_file():
        raise ConfigError(f"{folder} is a file: name the project's folder with -p")
    path = folder / FILE_NAME
    try:
        text = read_utf8(path)
    except FileNotFoundError:
        raise ConfigError(
            f"no {FILE_NAME} in {folder}: name the project's folder with -p, or make one with"
            " `shikomi init`"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}; see to it and run again"
        ) from None
    return parse(text, name=str(path))


def parse(text: str, *, name: str = FILE_NAME) -> Config:
    """Raises ConfigError with the place and, for an unknown key, the nearest known one."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not valid TOML: {_broken(error, text)}") from None
    except ValidationError as error:
        raise ConfigError(f"{name}: {_explain(error)}") from None


def _broken(error: tomllib.TOMLDecodeError, text: str) -> str:
    """What is wrong and in which line, which tomllib does not say of a file's end, and what people
    who write TOML for the first time may have meant."""
    n_lines = len(text.rstrip().splitlines())
    said = str(error).replace(_AT_END, f"(at the end, line {n_lines}: close what is open there)")
    hint = next((hint for words, hint in _HINTS if words in said), "")
    return f"{said}{hint}"


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "extra_forbidden":
        return _unknown([str(part) for part in first["loc"]])
    return first_problem(error)


def _unknown(place: Sequence[str]) -> str:
    known = _keys(place[:-1])
    near = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"unknown key {'.'.join(place)!r}; {hint}"


def _keys(place: Sequence[str]) -> list[str]:
    part: Any = Config
    for name in place:
        part = _inside(part, name)
    is_part = isinstance(part, type) and issubclass(part, BaseModel)
    return sorted(part.model_fields) if is_part else []


def _inside(part: Any, name: str) -> Any:
    """The type of a key, or of the items of a list."""
    if name.isdigit():
        return next(iter(get_args(part)), None)
    field = getattr(part, "model_fields", {}).get(name)
    return field.annotation if field else None
