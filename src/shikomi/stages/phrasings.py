"""How the plan has questions asked: further wordings by styles and personas, each in turn."""

from collections.abc import Iterable

from shikomi import prompts
from shikomi.dataset import drafts, plan
from shikomi.dataset.plan import Batch, Goal
from shikomi.stages.context import Context
from shikomi.types import Lang, Phrasing


def rewordings(ctx: Context, batch: Batch) -> str:
    """A line for each further wording, on its style."""
    return _lines(ctx, _styles(ctx, batch))


def goals(ctx: Context, batch: Batch) -> str:
    """The goals as the prompt shows them, and a line for each further wording on who asks: behind
    the document, so that a section's calls still begin alike."""
    people = _people(ctx, batch)
    numbered = drafts.numbered(batch.goals)
    return f"{numbered}\n{_lines(ctx, [who for _, who in people])}" if people else numbered


def phrasing(ctx: Context, batch: Batch, goal: Goal, place: int) -> Phrasing:
    """Of the `place`-th wording of a goal's question; the first has neither style nor persona."""
    direction = plan.direction(goal)
    if not place:
        return Phrasing(direction=direction, target=goal.target)
    people = _people(ctx, batch)
    return Phrasing(
        style=_styles(ctx, batch)[place - 1],
        persona=people[place - 1][0] if people else None,
        direction=direction,
        target=goal.target,
    )


def recipe(ctx: Context, lang: Lang) -> list[object]:
    """What decides the personas; nothing where there are none."""
    return [prompts.personas(lang, ctx.prompts)] if ctx.config.has_personas else []


def _lines(ctx: Context, texts: Iterable[str]) -> str:
    again = drafts.rewordings(ctx.config.generate.wordings)
    return "\n".join(f'- "{field}": {text}' for field, text in zip(again, texts, strict=True))


def _styles(ctx: Context, batch: Batch) -> list[str]:
    """They follow one another through the turns."""
    styles = prompts.styles(batch.section.lang, ctx.prompts)
    n = ctx.config.generate.wordings - 1
    return [styles[(batch.turn * n + i) % len(styles)] for i in range(n)]


def _people(ctx: Context, batch: Batch) -> list[tuple[str, str]]:
    if not ctx.config.has_personas:
        return []
    people = prompts.personas(batch.section.lang, ctx.prompts)
    again = range(ctx.config.generate.wordings - 1)
    return [people[plan.taken_in_turn(batch, i, len(people))] for i in again]
