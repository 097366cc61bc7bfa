"""Every reason that a check gives can be told in the report's and the card's language."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import shikomi
from shikomi.dataset import claims
from shikomi.stages import filters, funnel, replay
from shikomi.stages.written import cross
from shikomi.terms import TERMS

PACKAGE = Path(shikomi.__file__).parent
CHECKS = [
    "dataset/lint.py",
    "dataset/evidence.py",
    "dataset/rewrites.py",
    "dataset/crossing.py",
    "stages/filters.py",
    "stages/written/texts.py",
]


def reasons(file: Path) -> Iterator[str]:
    """The texts that the functions of a module return which may return None instead, up to what
    is put into them."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef) and _says_why(function):
            for each in ast.walk(function):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield from _texts(each.value)


def _says_why(function: ast.FunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) == "str | None"


def _texts(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.IfExp):
        yield from _texts(said.body)
        yield from _texts(said.orelse)
    elif isinstance(said, ast.JoinedStr):
        said = said.values[0]
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        yield said.value


def is_told(reason: str) -> bool:
    return any(known.startswith(reason.split(":")[0].rstrip()) for known in TERMS["ja"])


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_check_says_is_said_in_japanese_too(name: str) -> None:
    found = list(reasons(PACKAGE / name))
    assert found
    assert [reason for reason in found if not is_told(reason)] == []


def test_what_judges_and_later_steps_say_is_said_in_japanese_too() -> None:
    verdicts = [each for each in get_args(claims.ClaimVerdict) if each != "supported"]
    steps = [step.reason for step in cross.LEAVE_ONE_OUT]
    said = [*verdicts, claims.ASTRAY, filters.LEAK, funnel.SAID_TWICE, replay.CUT_OFF, *steps]
    assert [reason for reason in said if reason not in TERMS["ja"]] == []
