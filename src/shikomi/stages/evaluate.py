"""held-out questions x arms -> responses and verdicts."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

from shikomi.answering import NO_CONTEXT, WITH_CONTEXT, Retriever, messages
from shikomi.evaluation import answers
from shikomi.stages import abilities, arm_run, finetune, holdout, opinion, refused
from shikomi.stages.answer_labels import Answered
from shikomi.stages.arm_run import Ask, Kind, Mark, ask_arms
from shikomi.stages.arms import arms, asked, asked_beside, everyone, open_oracle
from shikomi.stages.context import (
    Context,
    Progress,
    RoleName,
    StageReport,
    failures,
)
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, results
from shikomi.types import (
    Arm,
    Question,
    Request,
    Response,
    Section,
    VerdictValue,
)

STAGE = "evaluate"
VERSION = 4
SCORER = "accept"
QuestionAsk = Ask[Question]


def pending(ctx: Context) -> list[object]:
    """Answers not given yet, answers that a judge still owes a verdict, and tasks not done
    yet."""
    return [*unanswered(ctx), *opinion_pending(ctx), *abilities.unanswered(ctx)]


def opinion_pending(ctx: Context) -> list[Answered]:
    found = answered(ctx)
    return [item for judge in opinion.judges(ctx) for item in opinion.pending(ctx, found, judge)]


def unanswered(ctx: Context) -> list[tuple[Arm, Question]]:
    """Everything, while there is no tuned model."""
    return arm_run.unanswered(
        ctx,
        everyone(ctx),
        wanted=lambda arm: [*asked(ctx, arm, holdout.held_out(ctx)), *asked_beside(ctx, arm)],
        given=partial(given, ctx),
        print_of=partial(fingerprint, ctx),
    )


def roles(ctx: Context) -> list[RoleName]:
    """Whoever is still to be asked; all of them while there is no tuned model."""
    is_new = bool(finetune.pending(ctx))
    own = abilities.unanswered(ctx)
    asking = arms(ctx) if is_new else [arm for arm, _ in (*unanswered(ctx), *own)]
    owed = opinion.judges(ctx) if ctx.config.evaluate.judge_sample else ()
    if any(each.kind == "user" and not each.accept for each in holdout.expected(ctx)):
        owed = owed or (opinion.FIRST,)
    if not asking:
        found = answered(ctx)
        owed = tuple(judge for judge in owed if opinion.pending(ctx, found, judge))
    return list(dict.fromkeys([*(arm.role for arm in asking), *owed]))


def run(ctx: Context) -> StageReport:
    questions, tasks = _run_questions(ctx), abilities.run(ctx)
    return StageReport(
        done=questions.done + tasks.done,
        failures=(*questions.failures, *tasks.failures),
        summary="; ".join(each.summary for each in (questions, tasks) if each.summary),
    )


def _run_questions(ctx: Context) -> StageReport:
    todo = unanswered(ctx)
    if not todo and not opinion_pending(ctx):
        return StageReport()
    errors = ask_arms(ctx, _kind(ctx), todo)
    failed = failures(errors)
    unjudged = failures(opinion.run(ctx, answered(ctx)))
    return StageReport(
        done=len(todo) - len(failed),
        failures=(*failed, *unjudged),
        summary=", ".join(_tallies(ctx)),
    )


def given(ctx: Context, arm: Arm) -> dict[str, Response]:
    """The arm's answers to the present questions, by question id."""
    questions = (*holdout.held_out(ctx), *asked_beside(ctx, arm))
    return arm_run.given(ctx, fingerprint(ctx, arm), questions)


def refusals(ctx: Context, arm: Arm) -> list[str]:
    """Why the arm's endpoint refuses some of the held-out questions for good."""
    questions = asked(ctx, arm, holdout.held_out(ctx))
    return arm_run.refusals(ctx, fingerprint(ctx, arm), questions)


def failed(ctx: Context) -> list[str]:
    """Why some of what the present models and judges are asked is refused for good."""
    if not refused.for_good(ctx) or finetune.pending(ctx):
        return []
    found = answered(ctx)
    return [
        *(each for arm in everyone(ctx) for each in refusals(ctx, arm)),
        *(
            each
            for arm in everyone(ctx)
            for each in arm_run.refusals(ctx, fingerprint(ctx, arm), asked_beside(ctx, arm))
        ),
        *abilities.failed(ctx),
        *(each for judge in opinion.judges(ctx) for each in opinion.refusals(ctx, found, judge)),
    ]


def marks(ctx: Context) -> dict[str, VerdictValue | None]:
    """By response, the verdict that counts: the program's, or the judge's where a question has
    no accepted strings."""
    judged = results.verdicts(ctx.store, opinion.scorer(ctx, opinion.FIRST))
    return judged | results.verdicts(ctx.store, SCORER)


@remembered
def fingerprint(ctx: Context, arm: Arm) -> str:
    """Everything that decides an arm's answers but the question."""
    prompt = NO_CONTEXT if arm.context == "none" else WITH_CONTEXT
    tokens = ctx.config.evaluate.max_tokens
    return arm_run.fingerprint(ctx, arm, (STAGE, VERSION), prompt=prompt, max_tokens=tokens)


def _kind(ctx: Context) -> Kind[Question]:
    return Kind(
        stage=STAGE,
        scorer=SCORER,
        max_tokens=ctx.config.evaluate.max_tokens,
        fingerprint=fingerprint,
        groups=asks,
        mark=_mark,
        shown=_progress,
    )


def asks(ctx: Context, arm: Arm, questions: Sequence[Question]) -> list[list[QuestionAsk]]:
    """In groups whose prompts begin alike: those with the same first section, or each alone."""
    sections_of = _context(ctx, arm)
    found = [_ask(ctx, arm, question, sections_of(question)) for question in questions]
    if arm.context == "none":
        return [[ask] for ask in found]
    found.sort(key=lambda ask: [section.id for section in ask.sections])
    return [list(group) for _, group in groupby(found, key=lambda ask: ask.sections[:1])]


def _context(ctx: Context, arm: Arm) -> Callable[[Question], tuple[Section, ...]]:
    """What gives the arm its sections."""
    if arm.context == "oracle":
        return open_oracle(ctx).sections
    if arm.context == "none":
        return lambda question: ()
    sections, k = corpus.current_sections(ctx.store), ctx.config.evaluate.retrieved_sections
    retriever = Retriever(sections, k=k, folder=ctx.search_index)
    return lambda question: retriever.search(question.question)


def _ask(ctx: Context, arm: Arm, question: Question, sections: tuple[Section, ...]) -> QuestionAsk:
    said = messages(question.question, sections, lang=question.lang, overrides=ctx.prompts)
    return Ask(subject=question, arm=arm, sections=sections, messages=said)


def request(ctx: Context, ask: QuestionAsk, identity: str) -> Request:
    return arm_run.request(ask, identity, max_tokens=ctx.config.evaluate.max_tokens)


def _mark(text: str, question: Question) -> Mark | None:
    if not question.accept:
        return None
    return answers.verdict(text, question.accept, reference=question.answer), ""


def _progress(done: int, total: int, ask: QuestionAsk, response: Response | None) -> Progress:
    example = ""
    if response is not None and ask.subject.accept and done % 8 == 1:
        right = answers.is_right(response.text, ask.subject.accept, reference=ask.subject.answer)
        answer = " ".join(response.text.split())[:160]
        example = f"{ask.subject.question}\n[{'right' if right else 'wrong'}] {answer}"
    return Progress(stage=STAGE, done=done, total=total, note=ask.arm.name, example=example)


def _tallies(ctx: Context) -> list[str]:
    verdicts = marks(ctx)
    lines = []
    for arm in arms(ctx):
        known = given(ctx, arm)
        found = [known[each.id] for each in holdout.held_out(ctx) if each.id in known]
        n_right = sum(verdicts.get(response.id) == "CORRECT" for response in found)
        lines.append(f"{arm.name} {n_right}/{len(found)}")
    return lines


def answered(ctx: Context) -> list[Answered]:
    """Every current response to a held-out question with it, arm by arm: what judges see."""
    questions = holdout.held_out(ctx)
    return [
        Answered(question=question, response=known[question.id])
        for arm in arms(ctx)
        for known in [given(ctx, arm)]
        for question in questions
        if question.id in known
    ]
