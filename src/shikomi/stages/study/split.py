"""What the study's model is taught, and what it is asked: fixed by the documents and a seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shikomi.dataset import subtrees
from shikomi.dataset.chat import PAIRS
from shikomi.evaluation.answers import matches
from shikomi.stages import askable, freeze, planning, review
from shikomi.stages.askable import Askable
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.stages.study import compositions
from shikomi.stages.study.compositions import Composition
from shikomi.stages.study.withheld import DOCUMENTS, Withheld
from shikomi.store import corpus, samples
from shikomi.types import Question, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`rows` are those of the dataset that the study's model is trained on, in their order."""

    questions: tuple[Question, ...]
    rows: tuple[Sample, ...]


def split(ctx: Context) -> Split:
    """Pages that are never seen and facts that are only read come first; then, of what is left to
    teach, combinations and paraphrases, whose own wordings are not taught either."""
    rows, most = samples.dataset(ctx.store, freeze.dataset_id(ctx)), ctx.config.study.questions
    hidden = _hidden(ctx, rows)
    withheld = list(hidden.questions.values())
    left = [row for row in rows if not hidden.takes(row)]
    spare = list(askable.wordings_apart(ctx, left))
    composed = _composed(ctx, left, spare)[:most]
    held = still_taught(ctx, review.reviewed(ctx).paraphrases, withheld)[:most]
    parts = [each for made in composed for each in made.wordings]
    again = [each for each in spare if each not in parts][: most - len(held)]
    words = [each.pair.question for each in (*parts, *again)]
    combined = [made.question for made in composed]
    return Split(
        questions=(*held, *(each.question("H0") for each in again), *combined, *withheld),
        rows=tuple(row for row in left if not _tells(row, words, combined)),
    )


def _hidden(ctx: Context, rows: Sequence[Sample]) -> Withheld:
    found, away, settings = askable.find(ctx, rows), never_seen(ctx), ctx.config.study
    seen = [each for each in found if each.section.path not in away]
    unseen = askable.one_a_fact(
        (each for each in found if each.section.path in away), seed=settings.seed
    )
    read = askable.one_a_fact(_read(rows, seen), seed=settings.seed)
    return Withheld(
        ctx,
        never_seen=away,
        unseen=unseen[: settings.questions],
        only_read=read[: min(settings.questions, _n_only_read(ctx))],
    )


def _n_only_read(ctx: Context) -> int:
    return round(ctx.config.study.share * len(corpus.current_facts(ctx.store)))


def _read(rows: Iterable[Sample], found: Iterable[Askable]) -> list[Askable]:
    """Those that a text of their section tells, which is no question's answer."""
    texts: dict[str, list[str]] = {}
    for row in rows:
        if row.view in DOCUMENTS and not row.fact_ids:
            for section in row.section_ids:
                texts.setdefault(section, []).append(row.answer)
    return [
        each
        for each in found
        if any(matches(text, ((each.target,),)) for text in texts.get(each.section.id, ()))
    ]


def _composed(ctx: Context, left: Sequence[Sample], spare: Sequence[Askable]) -> list[Composition]:
    """Of tables and of pairs of questions in turn. Half of the wordings are for paraphrases."""
    taught = {fact for row in left if row.view in PAIRS for fact in row.fact_ids}
    tables = compositions.of_rows(ctx, taught.__contains__)
    pairs = compositions.of_pairs(ctx, spare[: len(spare) // 2])
    n = min(len(tables), len(pairs))
    mixed = [each for both in zip(tables, pairs, strict=False) for each in both]
    return [*mixed, *tables[n:], *pairs[n:]]


def _tells(row: Sample, words: Sequence[str], combined: Sequence[Question]) -> bool:
    """Whether a row asks in words that are to be asked, or answers a combination."""
    if any(text in row.question for text in words):
        return True
    if row.view in DOCUMENTS:
        return False
    return any(matches(row.answer, question.accept) for question in combined)


@remembered
def never_seen(ctx: Context) -> frozenset[str]:
    """The pages that the study's model never sees: decided by the documents alone."""
    facts = planning.facts_by_section(ctx)
    sizes: dict[str, int] = {}
    trails: dict[str, tuple[str, ...]] = {}
    for section in corpus.current_sections(ctx.store):
        trails.setdefault(section.path, section.capsule.breadcrumb)
        sizes[section.path] = sizes.get(section.path, 0) + len(facts.get(section.id, ()))
    pages = [subtrees.Page(path=p, trail=trails[p], size=n) for p, n in sizes.items()]
    return subtrees.left_out(pages, share=ctx.config.study.share, seed=ctx.config.study.seed)


def still_taught(
    ctx: Context, questions: Iterable[Question], withheld: Sequence[Question]
) -> list[Question]:
    """Those about what the study's model is taught, as far as a program can tell: their page is
    seen, and no statement there that is only read would answer them."""
    away, read = never_seen(ctx), _only_read(ctx, withheld)
    return [
        each
        for each in questions
        if each.accept
        and (page := each.page)
        and page not in away
        and not any(matches(statement, each.accept) for statement in read.get(page, ()))
    ]


def _only_read(ctx: Context, withheld: Sequence[Question]) -> dict[str, list[str]]:
    """By page, the statements that answer a question about what is only read."""
    asked: dict[str, list[Question]] = {}
    for question in withheld:
        if question.level == "H2":
            asked.setdefault(question.page, []).append(question)
    facts = planning.facts_by_section(ctx)
    found: dict[str, list[str]] = {}
    for section in corpus.current_sections(ctx.store):
        for question in asked.get(section.path, ()):
            statements = (fact.statement for fact in facts.get(section.id, ()))
            found.setdefault(section.path, []).extend(
                each for each in statements if matches(each, question.accept)
            )
    return found
