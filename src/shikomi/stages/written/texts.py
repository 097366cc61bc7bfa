"""Rewrites of a section: in several forms, and around what answers one of its questions."""

from collections.abc import Iterator, Sequence

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.corpus import language
from shikomi.corpus.units import units
from shikomi.dataset import chat, rewrites
from shikomi.hashing import content_id
from shikomi.stages import planning, review
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.stages.written.items import SPACE, STAGE, VERSION, Item, View, item, sections
from shikomi.types import Lang, Message, Request, Sample, Section

_PROMPTS: dict[View, tuple[str, ...]] = {
    "rewrite": ("rewrite", "rewrite_styles"),
    "focal": ("rewrite_focal", "focal_request"),
}
_TOKENS_PER_UNIT, _MORE_TOKENS = 1.5, 300  # a short section's dialogue is longer than it


@remembered
def strategy_items(ctx: Context) -> tuple[Item, ...]:
    """Each section in the styles of rewrite_styles.md, by turns from one that its id chooses, so
    that few texts of many sections have all styles, too."""
    if not ctx.config.written.rewrites:
        return ()
    found = sections(ctx)
    prints = _fingerprints(ctx, "rewrite", found)
    n_styles = {each.lang: len(_styles(ctx, each)) // 2 for each in found}
    return tuple(
        each
        for section in found
        for each in _in_styles(
            section,
            prints[section.lang],
            n=ctx.config.written.rewrites,
            n_styles=n_styles[section.lang],
        )
    )


def _in_styles(section: Section, print_id: str, *, n: int, n_styles: int) -> Iterator[Item]:
    first = int(section.id[-8:], 16)
    for i in range(n):
        style, copy = (first + i) % n_styles, i // n_styles
        yield item("rewrite", print_id, (section,), style=style, copy=copy)


@remembered
def focal_items(ctx: Context) -> tuple[Item, ...]:
    """Each section around some of the questions about it that are taught, one of a fact."""
    n = ctx.config.written.focal
    if not n:
        return ()
    asked, found = _taught(ctx), sections(ctx)
    prints = _fingerprints(ctx, "focal", found)
    return tuple(
        item("focal", prints[section.lang], (section,), pair=pair)
        for section in found
        for pair in asked.get(section.id, ())[:n]
    )


def _taught(ctx: Context) -> dict[str, list[Sample]]:
    """By section, a pair of each fact, in the order of their ids: one more or one less changes
    nothing about the others."""
    chosen: dict[tuple[str, ...], Sample] = {}
    for pair in review.reviewed(ctx).pairs:
        if pair.view == "qa" and pair.fact_ids:
            chosen[pair.fact_ids] = min(chosen.get(pair.fact_ids, pair), pair, key=_id)
    found: dict[str, list[Sample]] = {}
    for pair in sorted(chosen.values(), key=_id):
        found.setdefault(pair.section_ids[0], []).append(pair)
    return found


def _id(sample: Sample) -> str:
    return sample.id


def focal_items_to_come(ctx: Context) -> list[Item]:
    """Such as there will be when all pairs are there: facts stand for their questions."""
    n, facts, taught = ctx.config.written.focal, planning.facts_by_section(ctx), _taught(ctx)
    return [
        item("focal", "", (section,), pair=_stand_in(section, fact.statement))
        for section in sections(ctx)
        if section.id not in taught
        for fact in facts[section.id][:n]
    ]


def _stand_in(section: Section, statement: str) -> Sample:
    asked = [Message(role="user", content=statement)]
    return chat.sample(asked, statement, view="qa", lang=section.lang, section_ids=(section.id,))


def request(ctx: Context, item: Item, attempt: int) -> Request:
    """The section first, and the form last: all texts of a section begin alike."""
    section = item.sections[0]
    values = {
        "system": capsules.system_name(section.capsule),
        "capsule": _capsule(section),
        "document": section.text,
    }
    if item.pair:
        prompt, own = "rewrite_focal", {"question": item.pair.question}
    else:
        prompt, own = "rewrite", {"form": _styles(ctx, section)[2 * item.style + 1].content}
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=prompts.load(prompt, section.lang, ctx.prompts).render(**values, **own),
        temperature=ctx.config.generate.rewrite_temperature,
        max_tokens=round(_TOKENS_PER_UNIT * units(section.text)) + _MORE_TOKENS,
        seed=ctx.config.generate.seed,
        sample=item.copy * SPACE + attempt,
    )


def read(reply: str) -> str:
    """The text of a reply, as it is checked and taught."""
    return rewrites.unlinked(reply.strip())


def check(ctx: Context, item: Item, text: str) -> str | None:
    """Why the text is not taught, or None."""
    section, lang = item.sections[0], item.sections[0].lang
    asked = _asked(ctx, item)[-1].content
    is_foreign = language.detect(text) != lang and language.detect(section.text) == lang
    if text and is_foreign:
        return "wrong language"
    known = [_capsule(section), asked]
    form = "" if item.pair else _styles(ctx, section)[2 * item.style + 1].content
    if reason := rewrites.check(text, lang=lang, section=section.text, known=known, form=form):
        return reason
    if item.pair is None and rewrites.says_little(text, section.text):
        return "leaves out most values"
    if item.pair and not rewrites.answers(text, item.pair.answer):
        return "does not answer its question"
    return None


def sample(ctx: Context, item: Item, text: str, call_id: int) -> Sample:
    """A chat turn: somebody asks for the text in a few words."""
    return chat.sample(
        _asked(ctx, item),
        text,
        view=item.view,
        lang=item.sections[0].lang,
        section_ids=(item.sections[0].id,),
        fact_ids=item.pair.fact_ids if item.pair else (),
        call_id=call_id,
    )


def prompt_names(view: View) -> tuple[str, ...]:
    return _PROMPTS[view]


def _asked(ctx: Context, item: Item) -> Sequence[Message]:
    section = item.sections[0]
    if item.pair is None:
        return _styles(ctx, section)[2 * item.style : 2 * item.style + 1]
    topic = capsules.topic(section.capsule, section.headings)
    prompt = prompts.load("focal_request", section.lang, ctx.prompts)
    return prompt.render(question=item.pair.question, topic=topic)


def _styles(ctx: Context, section: Section) -> tuple[Message, ...]:
    """In turn a request and the form that its reply is to have."""
    return prompts.load("rewrite_styles", section.lang, ctx.prompts).render(
        system=capsules.system_name(section.capsule),
        topic=capsules.topic(section.capsule, section.headings),
    )


def _capsule(section: Section) -> str:
    return capsules.render(section.capsule, section.lang, section.headings)


def _fingerprints(ctx: Context, view: View, found: Sequence[Section]) -> dict[Lang, str]:
    langs = {section.lang for section in found}
    return {lang: _fingerprint(ctx, view, lang) for lang in langs}


def _fingerprint(ctx: Context, view: View, lang: Lang) -> str:
    settings = [ctx.config.generate.rewrite_temperature, ctx.config.generate.seed]
    texts = [prompts.load(name, lang, ctx.prompts).id for name in _PROMPTS[view]]
    identity = ctx.endpoints.identity("generator")
    return content_id([STAGE, VERSION, rewrites.VERSION, view, identity, settings, texts])
