"""Samples about where things stand in the documents, worded by the prompts' files.

The pages' places come first, in one wording each; then what is on the pages; then both again in
the next wording. A model that knows which system a page belongs to does not take it for another.
"""

from itertools import product
from math import ceil

from shikomi import answering, prompts
from shikomi.corpus import blocks
from shikomi.dataset import chat, structure
from shikomi.dataset.evenly import evenly
from shikomi.dataset.structure import Item, Value
from shikomi.stages import filters, planning
from shikomi.stages.context import Context
from shikomi.stages.made import listed, recipe_of
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Lang, Sample

VIEW = "structure"
VERSION = 1
PROMPTS = tuple(name for name in prompts.PROMPTS if name.startswith("structure_"))
_MOST_WORDINGS = 3
_PAGE: dict[Lang, tuple[str, str]] = {
    "en": ('the page "{}"', 'the page "{}" under "{}"'),
    "ja": ("「{}」のページ", "「{1}」の下の「{0}」のページ"),
}


@remembered
def samples(ctx: Context, n_pairs: int) -> tuple[Sample, ...]:
    """So many as the share of the pairs asks for, if there are, less those that repeat a held-out
    question."""
    wanted = ceil(ctx.config.share("structure") * n_pairs)
    if not wanted:
        return ()
    guard = filters.leak_guard(ctx)
    found: list[Sample] = []
    for turn, items in product(range(_MOST_WORDINGS), _items(ctx)):
        chosen = evenly(list(enumerate(items)), wanted - len(found))
        worded = (_worded(ctx, item, n, turn) for n, item in chosen)
        found += [each for each in worded if each and not guard.twin(each.question)]
    return tuple(found)


def recipe(ctx: Context) -> list[object]:
    """All that decides `samples` beside the pairs; nothing where there are none."""
    share = ctx.config.share("structure")
    return [VIEW, VERSION, share, *recipe_of(ctx, PROMPTS)] if share else []


@remembered
def _items(ctx: Context) -> tuple[tuple[Item, ...], ...]:
    """All that can be asked: what is taken first, then the rest."""
    sections = corpus.current_sections(ctx.store)
    titles = {each.id: [block.title for block in blocks.headings(each.text)] for each in sections}
    facts = planning.facts_by_section(ctx)
    tree = structure.Tree(sections)
    return tuple(structure.of_tree(tree)), tuple(structure.of_pages(tree, facts, titles))


def _worded(ctx: Context, item: Item, n: int, turn: int) -> Sample | None:
    """The `n`-th item in one of its wordings, another one in each turn; None where it has no
    more."""
    values = {name: _text(name, value, item.lang) for name, value in item.values.items()}
    found = prompts.wordings(f"{VIEW}_{item.kind}", item.lang, ctx.prompts, **values)
    if turn >= len(found):
        return None
    question, answer = found[(n + turn) % len(found)]
    return chat.sample(
        answering.messages(question.content, (), lang=item.lang, overrides=ctx.prompts),
        answer.content,
        view=VIEW,
        lang=item.lang,
        section_ids=item.section_ids,
        fact_ids=item.fact_ids,
    )


def _text(name: str, value: Value, lang: Lang) -> str:
    if isinstance(value, str):
        return value
    if name == "place":
        return _PAGE[lang][len(value) - 1].format(*value)
    return listed(value, lang)
