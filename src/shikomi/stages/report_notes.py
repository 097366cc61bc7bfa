"""What the report's reader has to know beside its figures."""

from collections import Counter
from collections.abc import Iterator, Sequence

from shikomi.evaluation.notes_wording import (
    AIMED,
    BELOW_SEARCH,
    CUT_OFF,
    CUT_OFF_TASKS,
    JUDGED,
    JUDGED_BY_STUDENT,
    NOT_ASKED,
    REFUSED,
    STALE_LABELS,
)
from shikomi.evaluation.report_data import AbilityItem, QuestionRow
from shikomi.rounding import whole_percent
from shikomi.stages import evaluate, holdout, opinion
from shikomi.stages.arms import arms, asked
from shikomi.stages.context import Context
from shikomi.store import aims
from shikomi.types import Lang


def collect(
    ctx: Context, lang: Lang, rows: Sequence[QuestionRow], tasks: Sequence[AbilityItem]
) -> tuple[str, ...]:
    """How many questions an oracle had nothing for, or a judge marks, how many answers were cut
    off, and how many labels are of answers that are gone."""
    settings = ctx.config.evaluate
    return (
        *_below_search(ctx, lang),
        *_not_asked(ctx, lang),
        *_refused(ctx, lang),
        *_judged(ctx, lang),
        *_cut_off(CUT_OFF[lang], rows, "evaluate.max_tokens", settings.max_tokens),
        *_cut_off(
            CUT_OFF_TASKS[lang],
            [item.row for item in tasks],
            "evaluate.ability_tokens",
            settings.ability_tokens,
        ),
        *_stale(ctx, lang),
    )


def caveats(ctx: Context, lang: Lang) -> tuple[str, ...]:
    """What the headline must not be read without: that questions were aimed at, and a judge that
    is the model itself."""
    return (*_aimed(ctx, lang), *_judged_by_student(ctx, lang))


def _aimed(ctx: Context, lang: Lang) -> Iterator[str]:
    held_out = {question.id for question in holdout.held_out(ctx)}
    if n := len(aims.question_ids(ctx.store) & held_out):
        yield AIMED[lang].format(n=n, of=len(held_out))


def _below_search(ctx: Context, lang: Lang) -> Iterator[str]:
    found = [arm for arm in arms(ctx) if arm.is_tuned]
    whole = {arm.model for arm in found if arm.context == "none"}
    lighter = [arm.name for arm in found if arm.model not in whole]
    if lighter:
        percent = whole_percent(ctx.config.evaluate.adapter_below_search)
        yield BELOW_SEARCH[lang].format(percent=percent, arms=", ".join(lighter))


def _not_asked(ctx: Context, lang: Lang) -> Iterator[str]:
    questions = holdout.held_out(ctx)
    oracles = [arm for arm in arms(ctx) if arm.context == "oracle"]
    if oracles and (n := len(questions) - len(asked(ctx, oracles[0], questions))):
        yield NOT_ASKED[lang].format(arms=", ".join(arm.name for arm in oracles), n=n)


def _refused(ctx: Context, lang: Lang) -> Iterator[str]:
    """By whom how many requests were refused for good."""
    found = evaluate.answered(ctx)
    reasons = {arm.name: evaluate.refusals(ctx, arm) for arm in arms(ctx)}
    reasons |= {judge: opinion.refusals(ctx, found, judge) for judge in opinion.judges(ctx)}
    if all_ := [reason for each in reasons.values() for reason in each]:
        who = ", ".join(f"{name} {len(each)}" for name, each in reasons.items() if each)
        yield REFUSED[lang].format(n=len(all_), who=who, reason=all_[-1])


def _judged(ctx: Context, lang: Lang) -> Iterator[str]:
    questions = holdout.held_out(ctx)
    if n := sum(not question.accept for question in questions):
        model = ctx.config.models.judge.model
        yield JUDGED[lang].format(n=n, of=len(questions), model=model)


def _judged_by_student(ctx: Context, lang: Lang) -> Iterator[str]:
    is_judged = any(not question.accept for question in holdout.held_out(ctx))
    if is_judged and ctx.endpoints.identity("judge") == ctx.endpoints.identity("student"):
        yield JUDGED_BY_STUDENT[lang]


def _cut_off(text: str, rows: Sequence[QuestionRow], key: str, tokens: int) -> Iterator[str]:
    answers = [answer for row in rows for answer in row.answers]
    counts = Counter(answer.arm for answer in answers if answer.is_cut_off)
    if counts:
        said = ", ".join(f"{arm} {n}" for arm, n in counts.items())
        yield text.format(n=counts.total(), of=len(answers), key=key, tokens=tokens, arms=said)


def _stale(ctx: Context, lang: Lang) -> Iterator[str]:
    if n := opinion.n_stale(ctx, evaluate.answered(ctx)):
        yield STALE_LABELS[lang].format(n=n)
