"""The questions that the report shows, each with the answers that were given to it."""

from collections.abc import Callable, Iterable, Mapping

from shikomi.evaluation.breakdown import asked_for
from shikomi.evaluation.report_data import Answer, QuestionRow
from shikomi.stages import evaluate
from shikomi.stages.context import Context
from shikomi.store import corpus, results
from shikomi.types import Question, Response

Given = Mapping[str, Mapping[str, Response]]  # by arm, then by question


def rows(
    ctx: Context,
    questions: Iterable[Question],
    given: Given,
    *,
    near: Mapping[str, tuple[str, float]],
) -> tuple[QuestionRow, ...]:
    """In their order, with their answers in the order of the arms. `near` has by question the
    training question that is most like it, and how much; not all need have one."""
    answer = _answers(ctx)
    return tuple(
        _row(
            question,
            tuple(answer(arm, of[question.id]) for arm, of in given.items() if question.id in of),
            near.get(question.id, ("", None)),
        )
        for question in questions
    )


def _answers(ctx: Context) -> Callable[[str, Response], Answer]:
    """Makes an arm's answer of its response."""
    sections = corpus.sections_by_id(ctx.store)
    verdicts, cut_off = evaluate.marks(ctx), results.cut_off(ctx.store)

    def answer(arm: str, found: Response) -> Answer:
        return Answer(
            arm=arm,
            text=found.text,
            verdict=verdicts.get(found.id),
            sources=tuple(sections[i].place for i in found.section_ids if i in sections),
            is_cut_off=found.id in cut_off,
        )

    return answer


def _row(
    question: Question, answers: tuple[Answer, ...], near: tuple[str, float | None]
) -> QuestionRow:
    return QuestionRow(
        id=question.id,
        question=question.question,
        reference=question.answer,
        page=question.page,
        answers=answers,
        kind=question.kind,
        level=question.level,
        asks_for=asked_for(question.accept) if question.accept else None,
        is_judged=not question.accept,
        nearest=near[0],
        nearness=near[1],
        lang=question.lang,
    )
