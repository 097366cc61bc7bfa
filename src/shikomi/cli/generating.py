"""`shikomi generate --failed`."""

from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages.aim import Aimed, Target

_N_SHOWN = 5
_SHOWN_CHARACTERS = 60


def aim(folder: Path) -> Aimed:
    """Aim at the facts that the last evaluation missed."""
    with app.open_project(folder, Machine.here()) as ctx:
        return app.aim(ctx)


def line(found: Aimed) -> str:
    """How many questions were missed, and which facts are aimed at."""
    if not found.n_missed:
        return f"nothing was missed: the tuned model has no wrong answer of {found.n_questions}"
    shown = "; ".join(_shown(target) for target in found.targets[:_N_SHOWN])
    more = len(found.targets) - _N_SHOWN
    return (
        f"{found.n_missed} of {found.n_questions} questions missed, {len(found.targets)} facts"
        f" aimed at: {shown}{f'; and {more} more' if more > 0 else ''}"
    )


def table(found: Aimed) -> dict[str, Any]:
    facts = [{"page": each.page, "statement": each.fact.statement} for each in found.targets]
    return {"questions": found.n_questions, "missed": found.n_missed, "facts": facts}


def _shown(target: Target) -> str:
    words = " ".join(target.fact.statement.split())
    cut = words if len(words) <= _SHOWN_CHARACTERS else f"{words[: _SHOWN_CHARACTERS - 1]}…"
    return f'{target.page} "{cut}"'
