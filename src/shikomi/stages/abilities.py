"""tasks x arms -> responses and verdicts: what fine-tuning cost beside what it taught."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from shikomi import answering, prompts, retrieval
from shikomi.answering import Retriever
from shikomi.evaluation.report_data import AbilityItem, Answer, QuestionRow
from shikomi.evaluation.tasks import Task
from shikomi.hashing import content_id
from shikomi.llm.ask import Reply, as_far_as_it_goes
from shikomi.stages import finetune, tasks
from shikomi.stages.arm_run import response, run_arm
from shikomi.stages.arms import arms, identity, side_by_side
from shikomi.stages.context import Context, Progress, StageReport, failures
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, results
from shikomi.types import Arm, Message, Request, Response, Section, Verdict

STAGE = "evaluate"
VERSION = 1
SCORER = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAsk:
    """One task to one arm, with the sections it is given."""

    task: Task
    arm: Arm
    sections: tuple[Section, ...]
    messages: tuple[Message, ...]


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
    has_model = not finetune.pending(ctx)
    return [
        (arm, task)
        for arm in arms(ctx)
        for known in [given(ctx, arm) if has_model else {}]
        for task in given_to(ctx, arm)
        if task.id not in known
    ]


def run(ctx: Context) -> StageReport:
    todo = unanswered(ctx)
    if not todo:
        return StageReport()
    tasks.verify([task for _, task in todo])
    errors: list[str | None] = []
    for arm in dict.fromkeys(arm for arm, _ in todo):
        mine = [task for other, task in todo if other == arm]
        errors += _run_arm(ctx, arm, mine, n_before=len(errors), n_all=len(todo))
    failed = failures(errors)
    return StageReport(
        done=len(todo) - len(failed), failures=failed, summary=", ".join(_tallies(ctx))
    )


def given(ctx: Context, arm: Arm) -> dict[str, Response]:
    """The arm's replies to the present tasks, by task id."""
    wanted = given_to(ctx, arm)
    known = results.responses(ctx.store, fingerprint(ctx, arm)) if wanted else {}
    ids = {task.id: _response_id(ctx, arm, task) for task in wanted}
    return {task: known[found] for task, found in ids.items() if found in known}


@remembered
def fingerprint(ctx: Context, arm: Arm) -> str:
    """Everything that decides an arm's replies but the task."""
    settings = ctx.config.evaluate
    names = (answering.NO_CONTEXT, answering.TASK_WITH_CONTEXT)
    name = names[arm.context != "none"]
    texts = [prompts.load(name, lang, ctx.prompts).id for lang in ("en", "ja")]
    parts = ["abilities", VERSION, arm.name, identity(ctx, arm), texts, settings.ability_tokens]
    if arm.context != "none":
        sections = [section.id for section in corpus.current_sections(ctx.store)]
        parts += [retrieval.VERSION, settings.retrieved_sections, sections]
    return content_id(parts)


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
        yield TaskAsk(task=task, arm=arm, sections=found, messages=said)


def request(ctx: Context, ask: TaskAsk, identity: str) -> Request:
    return Request(
        endpoint=identity,
        model=ask.arm.model,
        messages=ask.messages,
        temperature=0.0,
        max_tokens=ctx.config.evaluate.ability_tokens,
    )


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


def _response_id(ctx: Context, arm: Arm, task: Task) -> str:
    """Another one when a task is reworded under its id, or checked otherwise."""
    return content_id([fingerprint(ctx, arm), task])


def _run_arm(
    ctx: Context, arm: Arm, wanted: Sequence[Task], *, n_before: int, n_all: int
) -> list[str | None]:
    errors: list[str | None] = []

    def take(reply: Reply[TaskAsk, str]) -> None:
        errors.append(_save(ctx, reply))
        done, note = n_before + len(errors), f"abilities, {arm.name}"
        ctx.progress(Progress(stage=STAGE, done=done, total=n_all, note=note))

    groups = [[ask] for ask in asks(ctx, arm, wanted)]
    run_arm(ctx, STAGE, arm, groups, request=partial(request, ctx), take=take)
    return errors


def _save(ctx: Context, reply: Reply[TaskAsk, str]) -> str | None:
    ask, text = reply.subject, as_far_as_it_goes(reply)
    if text is None:
        return f"{ask.task.id} ({ask.arm.name}): {reply.error}"
    key = _response_id(ctx, ask.arm, ask.task)
    found = response(reply, text, key=key, about=ask.task.id)
    value, why = tasks.mark(text, ask.task)
    verdict = Verdict(response_id=found.id, scorer=SCORER, value=value, explanation=why)
    print_id = fingerprint(ctx, ask.arm)
    with ctx.store.transaction():
        results.add_response(ctx.store, found, [verdict], fingerprint=print_id)
    return None


def _tallies(ctx: Context) -> Iterator[str]:
    found = items(ctx)
    for arm in dict.fromkeys(answer.arm for item in found for answer in item.row.answers):
        replies = [a for item in found for a in item.row.answers if a.arm == arm]
        n_right = sum(each.verdict == "CORRECT" for each in replies)
        yield f"abilities {arm} {n_right}/{len(replies)}"
