"""tasks x arms -> responses and verdicts: what fine-tuning cost beside what it taught."""

from collections.abc import Iterator, Sequence
from functools import partial

from shikomi import answering
from shikomi.answering import Retriever
from shikomi.evaluation.report_data import AbilityItem, Answer, QuestionRow
from shikomi.evaluation.tasks import Task
from shikomi.stages import arm_run, tasks
from shikomi.stages.arm_run import Ask, Kind, ask_arms
from shikomi.stages.arms import arms, side_by_side
from shikomi.stages.context import Context, Progress, StageReport, failures
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, results
from shikomi.types import Arm, Message, Request, Response, Section

STAGE = "evaluate"
VERSION = 2
SCORER = "check"
TaskAsk = Ask[Task]


def given_to(ctx: Context, arm: Arm) -> list[Task]:
    """The tasks that an arm is asked: search has nothing to give for the built-in ones."""
    if arm.role != "student" or arm.context == "oracle":
        return []
    chosen = tasks.chosen(ctx)
    return [task for task in chosen if arm.context == "none" or tasks.is_own(task)]


def unanswered(ctx: Context) -> list[tuple[Arm, Task]]:
    """Everything, while there is no tuned model."""
    if not tasks.chosen(ctx):
        return []
    return arm_run.unanswered(
        ctx,
        arms(ctx),
        wanted=partial(given_to, ctx),
        given=partial(given, ctx),
        print_of=partial(fingerprint, ctx),
    )


def failed(ctx: Context) -> list[str]:
    """Why some of the tasks are refused for good."""
    return [
        each
        for arm in arms(ctx)
        for each in arm_run.refusals(ctx, fingerprint(ctx, arm), given_to(ctx, arm))
    ]


def run(ctx: Context) -> StageReport:
    todo = unanswered(ctx)
    if not todo:
        return StageReport()
    tasks.verify([task for _, task in todo])
    failed = failures(ask_arms(ctx, _kind(ctx), todo))
    return StageReport(
        done=len(todo) - len(failed), failures=failed, summary=", ".join(_tallies(ctx))
    )


def given(ctx: Context, arm: Arm) -> dict[str, Response]:
    """The arm's replies to the present tasks, by task id."""
    wanted = given_to(ctx, arm)
    return arm_run.given(ctx, fingerprint(ctx, arm), wanted) if wanted else {}


@remembered
def fingerprint(ctx: Context, arm: Arm) -> str:
    """Everything that decides an arm's replies but the task."""
    prompt = answering.NO_CONTEXT if arm.context == "none" else answering.TASK_WITH_CONTEXT
    tokens = ctx.config.evaluate.ability_tokens
    return arm_run.fingerprint(ctx, arm, ("abilities", VERSION), prompt=prompt, max_tokens=tokens)


def _kind(ctx: Context) -> Kind[Task]:
    return Kind(
        stage=STAGE,
        scorer=SCORER,
        max_tokens=ctx.config.evaluate.ability_tokens,
        fingerprint=fingerprint,
        groups=lambda ctx, arm, wanted: [[ask] for ask in asks(ctx, arm, wanted)],
        mark=tasks.mark,
        shown=_progress,
    )


def items(ctx: Context) -> tuple[AbilityItem, ...]:
    """Every task with every arm's reply, for the report."""
    verdicts = results.verdicts(ctx.store, SCORER)
    cut_off = results.cut_off(ctx.store)
    found = [(arm.name, given(ctx, arm)) for arm in side_by_side(ctx) if given_to(ctx, arm)]
    return tuple(
        AbilityItem(
            kind=task.kind,
            lang=task.lang,
            about=task.page,
            row=QuestionRow(
                id=task.id,
                question=task.prompt,
                reference=task.answer,
                page=task.page or task.kind,
                answers=tuple(
                    Answer(
                        arm=arm,
                        text=known[task.id].text,
                        verdict=verdicts.get(known[task.id].id),
                        is_cut_off=known[task.id].id in cut_off,
                    )
                    for arm, known in found
                    if task.id in known
                ),
            ),
        )
        for task in tasks.chosen(ctx)
    )


def asks(ctx: Context, arm: Arm, wanted: Sequence[Task]) -> Iterator[TaskAsk]:
    k = ctx.config.evaluate.retrieved_sections
    sections = corpus.current_sections(ctx.store) if arm.context != "none" else ()
    retriever = Retriever(sections, k=k, folder=ctx.search_index) if sections else None
    for task in wanted:
        found = retriever.search(task.prompt) if retriever else ()
        said = _messages(ctx, task, found)
        yield Ask(subject=task, arm=arm, sections=found, messages=said)


def request(ctx: Context, ask: TaskAsk, identity: str) -> Request:
    return arm_run.request(ask, identity, max_tokens=ctx.config.evaluate.ability_tokens)


def _messages(ctx: Context, task: Task, sections: Sequence[Section]) -> tuple[Message, ...]:
    """The built-in tasks as they stand: the prompt for answers may have been made the project's
    own."""
    if not tasks.is_own(task):
        return (Message(role="user", content=task.prompt),)
    return answering.messages(
        task.prompt,
        sections,
        lang=task.lang,
        overrides=ctx.prompts,
        with_context=answering.TASK_WITH_CONTEXT,
    )


def _progress(done: int, total: int, ask: TaskAsk, response: Response | None) -> Progress:
    return Progress(stage=STAGE, done=done, total=total, note=f"abilities, {ask.arm.name}")


def _tallies(ctx: Context) -> Iterator[str]:
    found = items(ctx)
    for arm in dict.fromkeys(answer.arm for item in found for answer in item.row.answers):
        replies = [a for item in found for a in item.row.answers if a.arm == arm]
        n_right = sum(each.verdict == "CORRECT" for each in replies)
        yield f"abilities {arm} {n_right}/{len(replies)}"
