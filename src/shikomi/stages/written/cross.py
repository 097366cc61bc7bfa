"""Questions across two pages, and the calls that show that each page alone does not answer them."""

from dataclasses import dataclass
from functools import lru_cache

from shikomi import answering, prompts
from shikomi.corpus import capsule as capsules
from shikomi.corpus.links import links
from shikomi.dataset import chat, crossing, naming
from shikomi.dataset.crossing import Draft
from shikomi.evaluation.answers import matches
from shikomi.hashing import content_id
from shikomi.retrieval import tokens
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.stages.written.items import STAGE, VERSION, Item, item, sections
from shikomi.types import Lang, Request, Sample, Section

CHECKS = "cross-check"  # what the ledger calls the calls below
_MOST_TOKENS, _MOST_CHECKED_TOKENS = 500, 160


@dataclass(frozen=True, slots=True)
class Step:
    """The question is asked with the sections in `shown` in view; `reason` is what is wrong with
    it where these do not, or do, suffice."""

    shown: slice
    must_suffice: bool
    reason: str


LEAVE_ONE_OUT = (
    Step(slice(0, 2), must_suffice=True, reason="both sections together do not answer it"),
    Step(slice(0, 1), must_suffice=False, reason="the first section alone answers it"),
    Step(slice(1, 2), must_suffice=False, reason="the second section alone answers it"),
)


@remembered
def items(ctx: Context) -> tuple[Item, ...]:
    """Two sections each, of two pages that have to do with one another."""
    pairs = _pairs(sections(ctx), ctx.config.written.cross)
    langs = {a.lang for a, _ in pairs}
    prints = {lang: _fingerprint(ctx, lang) for lang in langs}
    return tuple(item("cross", prints[pair[0].lang], pair) for pair in pairs)


@lru_cache(maxsize=1)  # seconds for many thousand sections, asked for at each change
def _pairs(found: tuple[Section, ...], n: int) -> tuple[crossing.Pair, ...]:
    if not n:
        return ()
    linked = {s.id: {link.path for link in links(s.text, path=s.path)} for s in found}
    terms = {s.id: {t for t in tokens.words(s.text) if not t.startswith("~")} for s in found}
    return tuple(crossing.pairs(found, linked=linked, terms=terms, per_section=n))


def request(ctx: Context, item: Item, attempt: int) -> Request:
    """For a question that takes both sections of the item."""
    a, b = item.sections
    messages = prompts.load("cross", a.lang, ctx.prompts).render(
        system=capsules.system_name(a.capsule),
        capsule=_capsule(a),
        document=a.text,
        other_capsule=_capsule(b),
        other_document=b.text,
    )
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=messages,
        temperature=ctx.config.generate.temperature,
        max_tokens=_MOST_TOKENS,
        seed=ctx.config.generate.seed,
        schema=crossing.schema(a.lang, a.capsule.names),
        sample=attempt,
    )


def check(ctx: Context, item: Item, draft: Draft) -> str | None:
    """Why nobody needs to be asked about a draft, or None."""
    limits = ctx.config.lint
    return crossing.check(
        draft,
        _pair(item),
        question=question(item, draft),
        known=" ".join(map(_capsule, item.sections)),
        max_question=limits.max_question_characters,
        max_answer=limits.max_answer_characters,
    )


def question(item: Item, draft: Draft) -> str:
    """The draft's, with a name of the system put in where it has none."""
    section = item.sections[0]
    return naming.named(draft.question, section.capsule, section.lang, int(item.id[-1], 16))


def check_request(ctx: Context, item: Item, draft: Draft, step: Step) -> Request:
    """Asks for the answer as any question is asked below search results."""
    section, asked = item.sections[0], question(item, draft)
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=answering.messages(
            asked, item.sections[step.shown], lang=section.lang, overrides=ctx.prompts
        ),
        max_tokens=_MOST_CHECKED_TOKENS,
        seed=ctx.config.generate.seed,
    )


def gives(draft: Draft, reply: str) -> bool:
    """Whether a reply has all that a right answer must have."""
    return matches(reply, (draft.keys,))


def sample(ctx: Context, item: Item, draft: Draft, call_id: int) -> Sample:
    lang = item.sections[0].lang
    return chat.sample(
        answering.messages(question(item, draft), (), lang=lang, overrides=ctx.prompts),
        draft.answer,
        view="cross",
        lang=lang,
        section_ids=tuple(section.id for section in item.sections),
        call_id=call_id,
    )


def _pair(item: Item) -> crossing.Pair:
    a, b = item.sections
    return a, b


def _capsule(section: Section) -> str:
    return capsules.render(section.capsule, section.lang, section.headings)


def _fingerprint(ctx: Context, lang: Lang) -> str:
    settings = [ctx.config.generate.temperature, ctx.config.generate.seed]
    limits = ctx.config.lint.model_dump()
    names = ("cross", answering.WITH_CONTEXT)
    texts = [prompts.load(name, lang, ctx.prompts).id for name in names]
    identity = ctx.endpoints.identity("generator")
    return content_id([STAGE, VERSION, crossing.VERSION, identity, settings, limits, texts])
