"""Queries of keywords, made by program: of every fact that a pair asks about and, lest it be
taught nowhere, of every statement that no pair is left about."""

from collections.abc import Collection, Iterator, Sequence

from shikomi import answering
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, keywords, lint, repair, tables
from shikomi.dataset.facts import asked
from shikomi.stages import filters, made, review, rolling
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Fact, Sample, Section

VIEW = "keywords"


def samples(ctx: Context) -> Iterator[Sample]:
    """Each fact by some of its answer's words, less those queries that repeat a held-out
    question. A fact with several answers gives one after the other."""
    n = ctx.config.generate.keyword_queries
    if not n:
        return
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.facts_by_id(ctx.store)
    guard = filters.leak_guard(ctx)
    for answers in _by_facts(ctx, [*review.reviewed(ctx).pairs, *unasked(ctx)]):
        for i in range(n):
            pair = answers[i % len(answers)]
            system = capsules.system_name(sections[pair.section_ids[0]].capsule)
            text = _query(pair, facts[pair.fact_ids[0]], system, seed=f"{pair.fact_ids} {i}")
            if text is None or guard.twin(text):
                continue
            prompt = answering.messages(text, (), lang=pair.lang, overrides=ctx.prompts)
            yield chat.asked_as(pair, prompt, view=VIEW)


def _query(pair: Sample, fact: Fact, system: str, *, seed: str) -> str | None:
    if fact.kind == "row":
        return keywords.row_query(tables.cells(fact.evidence), system, lang=pair.lang, seed=seed)
    return keywords.query(pair.answer, system, lang=pair.lang, seed=seed)


def _by_facts(ctx: Context, pairs: Sequence[Sample]) -> Iterator[list[Sample]]:
    """The pairs by the facts that they ask about, one of each answer."""
    rows = {fact.id for fact in corpus.current_facts(ctx.store) if fact.kind == "row"}
    found: dict[tuple[str, ...], dict[str, Sample]] = {}
    for pair in pairs:
        if _is_about_a_fact(pair, rows):
            found.setdefault(pair.fact_ids, {}).setdefault(pair.answer, pair)
    return (list(answers.values()) for answers in found.values())


def _is_about_a_fact(pair: Sample, rows: Collection[str]) -> bool:
    """Of the lookups those of statements: a row's cells are asked for by one another anyway."""
    of_statement = pair.view == "lookup" and not any(each in rows for each in pair.fact_ids)
    return bool(pair.fact_ids) and (of_statement or pair.view in ("qa", VIEW))


@remembered
def unasked(ctx: Context) -> tuple[Sample, ...]:
    """The statements that no pair is left about, each as an answer to nothing yet: the filters or
    the generator lost their questions, and nobody said no to them."""
    if rolling.is_chosen(ctx):
        return ()
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.current_facts(ctx.store)
    known = asked(facts, _decided(ctx))
    return tuple(
        _answer(fact, section)
        for fact in facts
        for section in [sections[fact.section_id]]
        if fact.id not in known and _stands_alone(ctx, fact, section)
    )


def _decided(ctx: Context) -> frozenset[str]:
    """The facts that are asked about, and those that a person wants nothing asked about."""
    found = review.reviewed(ctx)
    no = [each for each in review.candidates(ctx) if found.dropped.get(each.id) == review.REJECTED]
    return frozenset(fact_id for pair in (*found.pairs, *no) for fact_id in pair.fact_ids)


def _stands_alone(ctx: Context, fact: Fact, section: Section) -> bool:
    text, lang = repair.untied(fact.statement), section.lang
    return (
        fact.kind == "statement"
        and len(text) <= ctx.config.lint.max_answer_characters
        and not lint.wrong_language(text, lang)
        and not lint.pointing(text, lang, section.text)
        and not lint.dangling(text, lang, section.capsule.names)
    )


def _answer(fact: Fact, section: Section) -> Sample:
    return chat.sample(
        (),
        repair.untied(fact.statement),
        view=VIEW,
        lang=section.lang,
        section_ids=(section.id,),
        fact_ids=(fact.id,),
    )


def recipe(ctx: Context) -> list[object]:
    """All that decides `samples` beside the pairs; nothing where there are none."""
    n = ctx.config.generate.keyword_queries
    if not n:
        return []
    texts = made.prompt_ids(ctx, [answering.NO_CONTEXT])
    answers = [each.id for each in unasked(ctx)]
    own = [n, keywords.VERSION, texts, answers]
    return [*own, made.held_out_ids(ctx), ctx.config.holdout.leak_jaccard]
