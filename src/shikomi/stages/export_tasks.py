"""The held-out questions -> a folder that another evaluation program reads."""

from collections.abc import Sequence
from pathlib import Path

from shikomi.answering import messages
from shikomi.errors import UserError
from shikomi.evaluation.harness import AskedQuestion, Harness, chosen, files
from shikomi.files import write_whole
from shikomi.stages import holdout
from shikomi.stages.context import Context
from shikomi.types import Question

FOLDER = "tasks"


def run(ctx: Context, names: Sequence[str], out: Path | None = None) -> dict[Harness, Path]:
    """Write a folder for each program that is named, or for all; an earlier export is replaced.

    Raises:
        UserError: there is no such program, there are no questions that a program can mark, or
            the folder cannot be written.
    """
    wanted = chosen(names)
    if holdout.pending(ctx):
        raise UserError("no questions are held out yet: `shikomi holdout` does that")
    marked = [each for each in holdout.held_out(ctx) if each.accept]
    if not marked:
        raise UserError(
            "the exported tasks are marked by accepted strings, and no question has any: give some"
            " an `accept`"
        )
    asked = [AskedQuestion(question=each, text=_text(ctx, each)) for each in marked]
    places = {each: (out or ctx.out / FOLDER) / each for each in wanted}
    for harness, folder in places.items():
        limit = ctx.config.evaluate.max_tokens
        for name, text in files(harness, asked, folder=folder, max_tokens=limit).items():
            write_whole(folder / name, text.encode())
    return places


def _text(ctx: Context, question: Question) -> str:
    said = messages(question.question, (), lang=question.lang, overrides=ctx.prompts)
    return "\n\n".join(message.content for message in said)
