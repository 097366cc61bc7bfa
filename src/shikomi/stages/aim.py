"""The last evaluation's misses -> facts that get a further turn of generation.

Only facts are aimed at: no word of a held-out question goes into a prompt, and the filters drop
what repeats one. But the questions have now helped to choose what is taught; the report says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shikomi import retrieval
from shikomi.answering import Retriever
from shikomi.errors import UserError
from shikomi.evaluation import answers
from shikomi.stages import evaluate, finetune, generate, holdout, planning, rolling
from shikomi.stages.arms import arms, open_oracle
from shikomi.stages.context import Context
from shikomi.store import aims, corpus
from shikomi.types import Fact, Question

_MOST_FACTS = 3  # behind one question
_WRONG = {"INCORRECT", "NOT_ATTEMPTED"}  # what is not scored is not known to be missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A fact that is aimed at, and its page."""

    page: str
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """Of `n_questions` that the tuned model was asked, `n_missed` were answered wrongly."""

    n_questions: int
    n_missed: int
    targets: tuple[Target, ...]


def run(ctx: Context) -> Aimed:
    """Aim at what the tuned model missed; the generate stage then asks about it. While what an
    evaluation was aimed at is not taught yet, aiming once more changes nothing.

    Raises:
        UserError: the pairs as they are now have no evaluation, or are not made fact by fact.
    """
    if rolling.is_chosen(ctx):
        raise UserError(
            'generate --failed aims at facts, and generate.strategy = "rolling" asks about pages:'
            ' set it to "coverage"'
        )
    [arm] = [arm for arm in arms(ctx) if arm.name == "tuned"]
    evaluation = evaluate.fingerprint(ctx, arm)
    given = evaluate.given(ctx, arm)
    if not given:
        raise UserError(
            "there is no evaluation of the pairs as they are now: `shikomi run` makes one, then"
            " `shikomi generate --failed` aims at what it missed"
        )
    verdicts = evaluate.marks(ctx)
    asked = [question for question in holdout.held_out(ctx) if question.id in given]
    missed = [question for question in asked if verdicts.get(given[question.id].id) in _WRONG]
    if not aims.last(ctx.store, evaluation) or not _is_under_way(ctx):
        aims.add(ctx.store, evaluation, _behind(ctx, missed), first=ctx.config.generate.turns)
    return Aimed(
        n_questions=len(asked),
        n_missed=len(missed),
        targets=_targets(ctx, aims.last(ctx.store, evaluation)),
    )


def _is_under_way(ctx: Context) -> bool:
    """Whether pairs are still to be written or trained on. Where new ones were all repeats of old
    ones, the evaluation stays, and another turn may bring more."""
    return bool(generate.pending(ctx) or finetune.pending(ctx))


def _behind(ctx: Context, missed: Sequence[Question]) -> dict[str, list[str]]:
    """By each question's id, the ids of the facts that answer it."""
    sections = corpus.current_sections(ctx.store)
    by_section = planning.facts_by_section(ctx)
    k = ctx.config.evaluate.retrieved_sections
    retriever = Retriever(sections, k=k, folder=ctx.search_index)
    oracle = open_oracle(ctx)
    found = {}
    for question in missed:
        where = oracle.named(question) or retriever.search(question.question)
        facts = [fact for section in where for fact in by_section.get(section.id, [])]
        found[question.id] = _nearest(question, facts)
    return found


def _nearest(question: Question, facts: Sequence[Fact]) -> list[str]:
    """Those that hold the answer, else any; the ones most like the question where many do."""
    holding = [fact for fact in facts if answers.matches(fact.statement, question.accept)]
    chosen = {fact.id: fact for fact in holding or facts}
    if len(chosen) <= _MOST_FACTS:
        return list(chosen)
    index = retrieval.build(
        [retrieval.Passage(id=fact.id, text=fact.statement) for fact in chosen.values()]
    )
    hits = index.search(f"{question.question} {question.answer}", _MOST_FACTS)
    return [hit.id for hit in hits] or list(chosen)[:_MOST_FACTS]


def _targets(ctx: Context, ids: Sequence[str]) -> tuple[Target, ...]:
    pages = {section.id: section.path for section in corpus.current_sections(ctx.store)}
    facts = corpus.facts_by_id(ctx.store)
    known = [fact for each, fact in facts.items() if each in ids]  # in reading order
    return tuple(Target(page=pages[fact.section_id], fact=fact) for fact in known)
