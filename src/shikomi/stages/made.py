"""What the views share that are made by program."""

from collections.abc import Sequence

from shikomi import answering, prompts
from shikomi.stages import holdout, tasks
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.types import Lang

_QUOTED: dict[Lang, str] = {"en": '"{}"', "ja": "「{}」"}


def listed(names: Sequence[str], lang: Lang, *, more: bool = False) -> str:
    """The names in quotes, as a sentence lists them; `more`: there are others."""
    quoted = [_QUOTED[lang].format(name) for name in names]
    if lang == "ja":
        return "、".join(quoted) + ("など" if more else "")
    last = "others" if more else quoted.pop()
    return f"{', '.join(quoted)} and {last}" if quoted else last


def langs(ctx: Context) -> list[Lang]:
    """Of the sections."""
    return sorted({section.lang for section in corpus.current_sections(ctx.store)})


def recipe_of(ctx: Context, names: Sequence[str]) -> list[object]:
    """What decides such samples: these prompts in each language that the sections have, the
    sections, and what may not be repeated."""
    ids = prompt_ids(ctx, (*names, answering.NO_CONTEXT))
    leaks = [held_out_ids(ctx), ctx.config.holdout.leak_jaccard]
    return [ids, leaks, corpus.current_section_ids(ctx.store)]


def prompt_ids(ctx: Context, names: Sequence[str]) -> list[str]:
    """Of the prompts in each language that the sections have."""
    return [prompts.load(name, lang, ctx.prompts).id for lang in langs(ctx) for name in names]


def held_out_ids(ctx: Context) -> list[str]:
    """Of what no sample may repeat: questions, and the project's tasks."""
    return [question.id for question in holdout.held_out(ctx)] + tasks.fingerprint(ctx)
