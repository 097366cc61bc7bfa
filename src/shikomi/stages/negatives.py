"""Samples about what is not documented, or not so, worded by the prompts' files.

A model that met only questions with an answer makes one up for all others. Few are enough: many
would teach it to refuse what it knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from math import ceil

from shikomi import answering, prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, negatives
from shikomi.dataset.negatives import Missing, Texts, Wrong
from shikomi.dataset.structure import Tree
from shikomi.hashing import content_id
from shikomi.stages import filters
from shikomi.stages.context import Context
from shikomi.stages.made import langs, listed, recipe_of
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Lang, Sample, Section

VIEW = "negative"
VERSION = 1
PROMPTS = tuple(name for name in prompts.PROMPTS if name.startswith("negative_"))
_MOST_LISTED = 12

Group = tuple[Sample, ...]  # taught together or not at all


@remembered
def samples(ctx: Context, n_pairs: int) -> tuple[Sample, ...]:
    """So many as the share of the pairs asks for, or one more, if there are; each kind in turn,
    without what repeats a held-out question."""
    wanted = ceil(ctx.config.share("negatives") * n_pairs)
    if not wanted:
        return ()
    guard = filters.leak_guard(ctx)
    found: list[Sample] = []
    for group in _groups(ctx):
        if len(found) >= wanted:
            break
        if not any(guard.twin(sample.question) for sample in group):
            found += group
    return tuple(found)


def recipe(ctx: Context) -> list[object]:
    """All that decides `samples` beside the pairs; nothing where there are none."""
    share = ctx.config.share("negatives")
    if not share:
        return []
    subjects = [prompts.lines(prompts.TOPICS, lang, ctx.prompts) for lang in langs(ctx)]
    return [VIEW, VERSION, share, subjects, *recipe_of(ctx, PROMPTS)]


def _groups(ctx: Context) -> Iterator[Group]:
    """One of each kind after the other; made as they are asked for, since each is looked for in
    all of the texts."""
    sections, facts = corpus.current_sections(ctx.store), corpus.current_facts(ctx.store)
    texts = Texts(sections, facts)
    missing = enumerate(negatives.missing(sections, facts, texts))
    wrong = enumerate(negatives.wrong(sections, facts, texts))
    kinds = (
        (_missing(ctx, each, n) for n, each in missing),
        (_wrong(ctx, each, n) for n, each in wrong),
        _topics(ctx, sections, texts),
    )
    return (group for turn in zip_longest(*kinds) for group in turn if group)


def _missing(ctx: Context, each: Missing, n: int) -> Group:
    section = each.section
    values = _place(section) | {"key_column": each.key_column, "key": each.key}
    values["keys"] = listed(each.keys, section.lang, more=each.more)
    return (_worded(ctx, "missing", n, values, section=section),)


def _wrong(ctx: Context, each: Wrong, n: int) -> Group:
    """The wrong claim and the right one."""
    section, right = each.section, each.right
    ((column, value),) = right.cells
    values = _place(section) | {"key_column": right.key_column, "key": right.key}
    values |= {"column": column, "value": value}
    false = values | {"claimed": each.other.cells[0][1], "owner": each.other.key}
    facts = (right.fact.id, each.other.fact.id)
    return (
        _worded(ctx, "wrong", n, false, section=section, facts=facts),
        _worded(ctx, "right", n, values, section=section, facts=facts[:1]),
    )


def _topics(ctx: Context, sections: Sequence[Section], texts: Texts) -> Iterator[Group]:
    """Subjects of which no word occurs; only where it is known what the documents describe and
    what they are divided into, or the answer could not say what is there."""
    tree = Tree(sections)
    if not tree.system or len(tree.chapters) < 2:
        return
    more = len(tree.chapters) > _MOST_LISTED
    for n, (lang, subject, words) in enumerate(_subjects(ctx)):
        if any(map(texts.has, words)):
            continue
        pages = listed(tree.chapters[:_MOST_LISTED], lang, more=more)
        values = {"system": tree.system, "subject": subject, "pages": pages}
        yield (_worded(ctx, "topic", n, values, lang=lang),)


def _subjects(ctx: Context) -> list[tuple[Lang, str, list[str]]]:
    """(language, subject, words that would speak of it), those of one line far apart."""
    found = [
        (lang, subject.strip(), [word.strip() for word in words.split(",") if word.strip()])
        for lang in langs(ctx)
        for line in prompts.lines(prompts.TOPICS, lang, ctx.prompts)
        for subject, _, words in [line.partition("|")]
    ]
    return sorted(found, key=lambda each: content_id(each[1]))


def _place(section: Section) -> dict[str, str]:
    return {
        "system": capsules.system_name(section.capsule),
        "topic": section.headings[-1] if section.headings else section.capsule.breadcrumb[-1],
    }


def _worded(
    ctx: Context,
    kind: str,
    n: int,
    values: Mapping[str, str],
    *,
    lang: Lang = "en",
    section: Section | None = None,
    facts: tuple[str, ...] = (),
) -> Sample:
    """In the `n`-th wording, and in the language of the section if it is about one."""
    lang = section.lang if section else lang
    found = prompts.wordings(f"{VIEW}_{kind}", lang, ctx.prompts, **values)
    question, answer = found[n % len(found)]
    return chat.sample(
        answering.messages(question.content, (), lang=lang, overrides=ctx.prompts),
        answer.content,
        view=VIEW,
        lang=lang,
        section_ids=(section.id,) if section else (),
        fact_ids=facts,
    )
