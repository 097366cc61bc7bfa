"""Reading shikomi.toml, and saying what is wrong with it."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shikomi.config.tables import Config
from shikomi.errors import ConfigError
from shikomi.files import read_utf8

FILE_NAME = "shikomi.toml"


def load(folder: Path) -> Config:
    """Read the project's shikomi.toml.

    Raises:
        ConfigError: there is none, it is not TOML, or a key or value is wrong.
        UserError: it is not UTF-8.
    """
    path = folder / FILE_NAME
    try:
        text = read_utf8(path)
    except FileNotFoundError:
        raise ConfigError(
            f"no {FILE_NAME} in {folder}: run `shikomi init` there, or name the project's folder"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
    return parse(text, name=str(path))


def parse(text: str, *, name: str = FILE_NAME) -> Config:
    """Raises ConfigError with the place and, for an unknown key, the nearest known one."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not valid TOML: {error}") from None
    except ValidationError as error:
        raise ConfigError(f"{name}: {_explain(error.errors()[0])}") from None


def _explain(problem: Any) -> str:
    place = [str(part) for part in problem["loc"]]
    key = ".".join(place)
    if problem["type"] != "extra_forbidden":
        said = problem["msg"].removeprefix("Value error, ")
        return f"{key}: {said[0].lower()}{said[1:]}"
    known = _keys(place[:-1])
    near = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"unknown key {key!r}; {hint}"


def _keys(place: list[str]) -> list[str]:
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
