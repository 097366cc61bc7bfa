"""samples -> scores and duplicates: lint, evidence, leaks and near-duplicates, by program."""

import re
from collections.abc import Callable, Mapping, Sequence

from shikomi.dataset import (
    duplicates,
    english_answers,
    english_clauses,
    english_rows,
    evidence,
    giveaways,
    in_place,
    lint,
    unanswered,
)
from shikomi.dataset.splits import KnownQuestions
from shikomi.hashing import content_id
from shikomi.stages import generate, holdout, rolling, tasks
from shikomi.stages.context import Context, StageReport
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, progress, samples
from shikomi.text import squeeze
from shikomi.types import Duplicate, Fact, Sample, Score, Section

LINT = "lint"
DEDUPLICATE = "deduplicate"
LEAK = "repeats a held-out question"
VERSION = 11

Check = Callable[[Sample], str | None]


def distinct(found: Sequence[Sample]) -> list[Sample]:
    """Each sample once, at its first place."""
    return list({sample.id: sample for sample in found}.values())


@remembered
def lint_pending(ctx: Context) -> tuple[Sample, ...]:
    known = lint_scores(ctx)
    return tuple(s for s in distinct(generate.generated(ctx)) if s.id not in known)


def lint_run(ctx: Context) -> StageReport:
    """Form, evidence and leaks: the reason of the first check that fails is kept."""
    todo = lint_pending(ctx)
    if not todo:
        return StageReport()
    check = _first([support(ctx), leak(ctx)])
    scores = [_score(sample, check(sample)) for sample in todo]
    with ctx.store.transaction():
        samples.add_scores(ctx.store, scores, fingerprint=lint_fingerprint(ctx))
    n_kept = sum(score.value == 1.0 for score in scores)
    return StageReport(done=len(todo), summary=f"{n_kept} of {len(todo)} pairs pass")


@remembered
def lint_fingerprint(ctx: Context) -> str:
    settings: list[object] = [ctx.config.lint.model_dump(), ctx.config.holdout.leak_jaccard]
    settings += ["rolling"] if rolling.is_chosen(ctx) else [ctx.config.writes_answers]
    names = [ctx.config.project.root, ctx.config.project.aliases]
    held_out = [holdout.fingerprint(ctx), *tasks.fingerprint(ctx)]
    return content_id([LINT, VERSION, settings, names, *held_out])


@remembered
def lint_scores(ctx: Context) -> Mapping[str, Score]:
    """What was found of every sample under the current settings, by its id."""
    return samples.scores(ctx.store, LINT, lint_fingerprint(ctx))


@remembered
def linted(ctx: Context) -> tuple[Sample, ...]:
    known = lint_scores(ctx)
    found = distinct(generate.generated(ctx))
    return tuple(s for s in found if s.id in known and known[s.id].value == 1.0)


def support(ctx: Context) -> Check:
    """Form and evidence: what a person may overrule."""
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.facts_by_id(ctx.store)
    known = grounds(ctx)
    copies = not ctx.config.writes_answers
    return _first([_form(ctx, sections, known), _evidence(sections, facts, known, copies)])


def grounds(ctx: Context) -> dict[str, str]:
    """By section, the text that answers may draw on where it is more than the section's own."""
    return rolling.page_texts(ctx) if rolling.is_chosen(ctx) else {}


def leak(ctx: Context) -> Check:
    """What nobody may overrule, or the report would measure what was trained."""
    guard = leak_guard(ctx)
    return lambda sample: LEAK if guard.twin(sample.question) else None


def leak_guard(ctx: Context) -> KnownQuestions:
    held_out = [*holdout.held_out(ctx), *tasks.guarded(ctx)]
    return KnownQuestions(
        ((each.id, each.question) for each in held_out),
        threshold=ctx.config.holdout.leak_jaccard,
        names=ctx.config.project.names,
    )


def _first(checks: Sequence[Check]) -> Check:
    return lambda sample: next((why for check in checks if (why := check(sample))), None)


def _form(ctx: Context, sections: dict[str, Section], grounds: dict[str, str]) -> Check:
    limits = ctx.config.lint

    def check(sample: Sample) -> str | None:
        section = sections[sample.section_ids[0]]
        return lint.check(
            sample.question,
            sample.answer,
            lang=sample.lang,
            names=section.capsule.names,
            source=grounds.get(section.id) or section.text,
            most=(limits.max_question_characters, limits.max_answer_characters),
            target=sample.phrasing.target,
        )

    return check


def _evidence(
    sections: dict[str, Section],
    facts: dict[str, Fact],
    grounds: dict[str, str],
    copies: bool = False,
) -> Check:
    """A pair that was not written about one statement is held against the whole text. `copies`:
    answers are the statements themselves."""
    statements: dict[str, list[str]] = {}
    for fact in facts.values():
        statements.setdefault(fact.section_id, []).append(fact.statement)

    def check(sample: Sample) -> str | None:
        section = sections[sample.section_ids[0]]
        ground = grounds.get(section.id)
        names = section.capsule.names
        known = [*section.capsule.breadcrumb, *names, ground or section.text]
        statement = facts[sample.fact_ids[0]].statement if ground is None else ground
        own, others = (statement, sample.answer), statements[section.id]
        if ground is None and evidence.astray(sample.question, own, others, names):
            return "asks about another statement"
        if ground is None and (reason := _unanswered(sample, section, facts, copies)):
            return reason
        return evidence.check(
            sample.question, sample.answer, evidence=statement, section=" ".join(known)
        )

    return check


def _unanswered(
    sample: Sample, section: Section, facts: dict[str, Fact], copies: bool
) -> str | None:
    """Why a pair about one statement answers another question. An example is no sentence, and
    shares no words with what it shows."""
    fact, question = facts[sample.fact_ids[0]], sample.question
    if fact.kind == "example":
        is_idle = giveaways.asks_yes_or_no(question, sample.lang)
        return "the answer does not say what is asked" if is_idle else None
    own, names = (fact.statement, sample.answer), section.capsule.names
    if unanswered.lacks_answer(question, sample.answer, sample.lang, names):
        return "the answer does not say what is asked"
    known = (*section.capsule.breadcrumb, *section.headings)
    if copies and sample.lang == "en":
        return _of_a_copy(question, fact, section)
    is_beside = unanswered.is_beside(question, own, names=names, known=known, lang=sample.lang)
    if copies and sample.lang == "ja" and not is_beside:
        if _says_target(sample, fact):
            return "the question gives the answer away"
        is_beside = unanswered.is_strange(question, own, names=names, known=known)
    return "asks about another statement" if is_beside else None


def _of_a_copy(question: str, fact: Fact, section: Section) -> str | None:
    """The same of an English pair whose answer is the statement itself."""
    statement, names = fact.statement, section.capsule.names
    if fact.kind == "statement" and (
        english_answers.lacks_object(question, statement)
        or english_answers.asks_beyond(question, statement, names=names)
    ):
        return "the answer does not say what is asked"
    if fact.kind == "statement" and english_clauses.says_its_clause(question, statement, names):
        return "the question gives the answer away"
    if fact.kind == "row" and english_rows.is_no_answer(question, statement, names):
        return "the answer does not say what is asked"
    known = (*section.capsule.breadcrumb, *section.headings)
    is_adrift = english_answers.is_adrift(
        question, (statement,), section.text, names=names, known=known
    )
    return "asks about another statement" if is_adrift else None


def _says_target(sample: Sample, fact: Fact) -> bool:
    """Whether a question says what the plan asked for, where a program has asked for just that, or
    of a row nothing else. A small generator's words around a value that it was told to leave out
    are mostly muddled."""
    target, asked = sample.phrasing.target, squeeze(sample.question)
    if not target or squeeze(target) not in asked:
        return False
    if fact.kind == "row":
        rest = [squeeze(part) for part in re.split(r" / |: ", fact.statement)]
        return not any(part and part in asked for part in rest if part != squeeze(target))
    made = in_place.question(fact.statement, target)
    return made is not None and squeeze(target) not in squeeze(made)


def _score(sample: Sample, reason: str | None) -> Score:
    return Score(
        subject_id=sample.id,
        scorer=LINT,
        value=0.0 if reason else 1.0,
        explanation=reason or "",
    )


def deduplicate_pending(ctx: Context) -> list[str]:
    """The set of linted samples, as one subject, if it was not compared yet."""
    subject = _linted_id(ctx)
    done = progress.is_done(ctx.store, DEDUPLICATE, subject, deduplicate_fingerprint(ctx))
    return [] if done or not linted(ctx) else [subject]


def deduplicate_run(ctx: Context) -> StageReport:
    if not deduplicate_pending(ctx):
        return StageReport()
    found = linted(ctx)
    twins = duplicates.find(found, threshold=ctx.config.deduplicate.threshold)
    subject, print_id = _linted_id(ctx), deduplicate_fingerprint(ctx)
    with ctx.store.transaction():
        samples.add_duplicates(ctx.store, twins, fingerprint=content_id([print_id, subject]))
        progress.mark(ctx.store, DEDUPLICATE, subject, print_id)
    summary = f"{len(twins)} near-duplicates dropped, {len(found) - len(twins)} pairs left"
    return StageReport(done=len(found), summary=summary)


def deduplicate_fingerprint(ctx: Context) -> str:
    return content_id([DEDUPLICATE, VERSION, ctx.config.deduplicate.threshold])


@remembered
def unique(ctx: Context) -> tuple[Sample, ...]:
    """The linted samples less the near-duplicates."""
    twins = near_duplicates(ctx)
    return tuple(sample for sample in linted(ctx) if sample.id not in twins)


@remembered
def near_duplicates(ctx: Context) -> Mapping[str, Duplicate]:
    """Those of the linted samples, by sample id."""
    print_id = content_id([deduplicate_fingerprint(ctx), _linted_id(ctx)])
    return samples.duplicates(ctx.store, print_id)


@remembered
def _linted_id(ctx: Context) -> str:
    return content_id([sample.id for sample in linted(ctx)])
