"""Answers that lack what was asked for: the source's own words are put in."""

from shikomi.dataset.plan import Goal
from shikomi.text import squeeze


def answer(text: str, goal: Goal, of_row: str | None = None) -> str:
    """The answer, or the fact's own words where it lacks the goal's target or is empty.

    `of_row` says what a table's row says, its cells with their columns.
    """
    has_target = goal.target is None or squeeze(goal.target) in squeeze(text)
    return text if text and has_target else of_row or _own_words(goal)


def _own_words(goal: Goal) -> str:
    """An example as it stands, in its fence; anything else as plain text."""
    return goal.fact.evidence if goal.fact.kind == "example" else goal.fact.statement
