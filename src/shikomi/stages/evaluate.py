"""held-out questions x arms -> responses and verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from shikomi import prompts, retrieval
from shikomi.answering import NO_CONTEXT, WITH_CONTEXT, Retriever, messages, oracle
from shikomi.evaluation import answers
from shikomi.hashing import content_id
from shikomi.llm.ask import Reply, as_far_as_it_goes
from shikomi.stages import abilities, finetune, holdout, opinion
from shikomi.stages.answer_labels import Answered
from shikomi.stages.arm_run import response, run_arm
from shikomi.stages.arms import arms, asked, asked_beside, everyone, identity, open_oracle
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
    Message,
    Question,
    Request,
    Response,
    Section,
    Verdict,
    VerdictValue,
)

STAGE = "evaluate"
VERSION = 3
SCORER = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to one arm, with the sections it is given."""

    question: Question
    arm: Arm
    sections: tuple[Section, ...]
    messages: tuple[Message, ...]


def pending(ctx: Context) -> list[object]:
    """Answers not given yet, answers that a judge still owes a verdict, and tasks not done
    yet."""
    return [*unanswered(ctx), *opinion_pending(ctx), *abilities.unanswered(ctx)]


def opinion_pending(ctx: Context) -> list[Answered]:
    found = answered(ctx)
    return [item for judge in opinion.judges(ctx) for item in opinion.pending(ctx, found, judge)]


def unanswered(ctx: Context) -> list[tuple[Arm, Question]]:
    """Everything, while there is no tuned model."""
    has_model = not finetune.pending(ctx)
    return [
        (arm, question)
        for arm in everyone(ctx)
        for known in [given(ctx, arm) if has_model else {}]
        for question in [*asked(ctx, arm, holdout.held_out(ctx)), *asked_beside(ctx, arm)]
        if question.id not in known
    ]


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
    errors: list[str | None] = []
    for arm in everyone(ctx):
        questions = [question for other, question in todo if other == arm]
        errors += _run_arm(ctx, arm, questions, n_before=len(errors), n_all=len(todo))
    opinion.run(ctx, answered(ctx))
    failed = failures(errors)
    return StageReport(
        done=len(todo) - len(failed), failures=failed, summary=", ".join(_tallies(ctx))
    )


def given(ctx: Context, arm: Arm) -> dict[str, Response]:
    """The arm's answers to the present questions, by question id."""
    print_id = fingerprint(ctx, arm)
    known = results.responses(ctx.store, print_id)
    questions = (*holdout.held_out(ctx), *asked_beside(ctx, arm))
    ids = {each.id: _response_id(print_id, each) for each in questions}
    return {question: known[found] for question, found in ids.items() if found in known}


def marks(ctx: Context) -> dict[str, VerdictValue | None]:
    """By response, the verdict that counts: the program's, or the judge's where a question has
    no accepted strings."""
    judged = results.verdicts(ctx.store, opinion.scorer(ctx, opinion.FIRST))
    return judged | results.verdicts(ctx.store, SCORER)


def _response_id(print_id: str, question: Question) -> str:
    """Another one when a question is reworded under its id, or marked by another reference."""
    return content_id([print_id, question])


@remembered
def fingerprint(ctx: Context, arm: Arm) -> str:
    """Everything that decides an arm's answers but the question."""
    settings = ctx.config.evaluate
    texts = [prompts.load(_prompt_name(arm), lang, ctx.prompts).id for lang in ("en", "ja")]
    parts = [STAGE, VERSION, arm.name, identity(ctx, arm), texts, settings.max_tokens]
    if arm.context != "none":
        sections = [section.id for section in corpus.current_sections(ctx.store)]
        parts += [retrieval.VERSION, settings.retrieved_sections, sections]
    if arm.context == "oracle":
        parts.append(oracle.VERSION)
    return content_id(parts)


def _prompt_name(arm: Arm) -> str:
    return NO_CONTEXT if arm.context == "none" else WITH_CONTEXT


def _run_arm(
    ctx: Context, arm: Arm, questions: Sequence[Question], *, n_before: int, n_all: int
) -> list[str | None]:
    if not questions:
        return []
    print_id = fingerprint(ctx, arm)
    errors: list[str | None] = []

    def take(reply: Reply[Ask, str]) -> None:
        found, error = _save(ctx, print_id, reply)
        errors.append(error)
        ctx.progress(_progress(n_before + len(errors), n_all, reply.subject, found))

    groups = asks(ctx, arm, questions)
    run_arm(ctx, STAGE, arm, groups, request=partial(request, ctx), take=take)
    return errors


def asks(ctx: Context, arm: Arm, questions: Sequence[Question]) -> list[list[Ask]]:
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


def _ask(ctx: Context, arm: Arm, question: Question, sections: tuple[Section, ...]) -> Ask:
    said = messages(question.question, sections, lang=question.lang, overrides=ctx.prompts)
    return Ask(question=question, arm=arm, sections=sections, messages=said)


def request(ctx: Context, ask: Ask, identity: str) -> Request:
    return Request(
        endpoint=identity,
        model=ask.arm.model,
        messages=ask.messages,
        temperature=0.0,
        max_tokens=ctx.config.evaluate.max_tokens,
    )


def _save(
    ctx: Context, print_id: str, reply: Reply[Ask, str]
) -> tuple[Response | None, str | None]:
    ask, text = reply.subject, as_far_as_it_goes(reply)
    if text is None:
        return None, f"{ask.question.id} ({ask.arm.name}): {reply.error}"
    key = _response_id(print_id, ask.question)
    found = response(reply, text, key=key, about=ask.question.id)
    with ctx.store.transaction():
        verdicts = _by_program(found, ask.question)
        results.add_response(ctx.store, found, verdicts, fingerprint=print_id)
    return found, None


def _by_program(response: Response, question: Question) -> list[Verdict]:
    if not question.accept:
        return []
    value = answers.verdict(response.text, question.accept)
    return [Verdict(response_id=response.id, scorer=SCORER, value=value, explanation="")]


def _progress(done: int, total: int, ask: Ask, response: Response | None) -> Progress:
    example = ""
    if response is not None and ask.question.accept and done % 8 == 1:
        right = answers.matches(response.text, ask.question.accept)
        answer = " ".join(response.text.split())[:160]
        example = f"{ask.question.question}\n[{'right' if right else 'wrong'}] {answer}"
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
