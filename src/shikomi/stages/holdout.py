"""questions.jsonl, or questions of our own making -> held-out questions, before generation."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.corpus import language
from shikomi.dataset import drafts, lint
from shikomi.dataset.drafts import Draft
from shikomi.dataset.evenly import evenly
from shikomi.dataset.plan import Goal
from shikomi.errors import ConfigError, UserError
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.llm.ask import ask_all
from shikomi.problems import first_problem, json_lines, not_json
from shikomi.stages import tasks
from shikomi.stages.context import Context, Progress, StageReport, gateway
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, progress, samples
from shikomi.text import counted, some_of, squeeze
from shikomi.types import Fact, Question, Request, Section

STAGE = "holdout"
VERSION = 1
_FIELDS = drafts.fields(1, answered=True)
_N_NAMED = 3  # pages, in a message
_SPARE = 4  # asked for beyond what is wanted: some cannot be checked


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_min_length=1)

    id: str
    question: str
    answer: str
    accept: list[list[str]] = []
    section: str = ""


def pending(ctx: Context) -> list[str]:
    """The set of questions, as one subject, if it is not there yet."""
    subject = fingerprint(ctx)
    return [] if progress.is_done(ctx.store, STAGE, "questions", subject) else [subject]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    file = _file(ctx)
    n_tasks = len(tasks.own(ctx))  # a mistake in them is told before anything is paid for
    questions = read_questions(ctx, file) if file.exists() else _self_made(ctx)
    with ctx.store.transaction():
        samples.replace_questions(ctx.store, questions, fingerprint=fingerprint(ctx))
        progress.mark(ctx.store, STAGE, "questions", fingerprint(ctx))
    return StageReport(done=len(questions), summary=_summary(ctx, len(questions), n_tasks))


def _summary(ctx: Context, n_questions: int, n_tasks: int) -> str:
    file = _file(ctx)
    also = f" and {counted(n_tasks, 'task')}" if n_tasks else ""
    if not file.exists():
        return f"{counted(n_questions, 'self-made question')}{also} held out"
    own = f"{counted(n_questions, 'question')} of your own"
    return f"{own}{also} held out{_elsewhere(ctx, file)}"


def _elsewhere(ctx: Context, file: Path) -> str:
    """How many of the user's questions are left out, and the pages that are not there for them."""
    known = _pages(ctx)
    pages = [each.page for each in _parsed(file) if each.section and each.page not in known]
    if not pages:
        return ""
    named = some_of(list(dict.fromkeys(pages)), _N_NAMED)
    return f"; {len(pages)} left out, for docs/ has no page {named}"


def requests(ctx: Context) -> list[Request]:
    """What making questions would ask; nothing where they are there or the user's own."""
    if not pending(ctx) or _file(ctx).exists():
        return []
    return [request for _, request in _asks(ctx)]


def expected(ctx: Context) -> list[Question]:
    """The held-out questions; before they are held out the user's, or facts in the place of those
    that are not made yet."""
    if not pending(ctx):
        return held_out(ctx)
    if _file(ctx).exists():
        return read_questions(ctx, _file(ctx))
    return stand_ins(ctx, ctx.config.holdout.self_made)


def stand_ins(ctx: Context, n: int) -> list[Question]:
    """At most so many facts, from everywhere, in the place of questions that are not made yet."""
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.current_facts(ctx.store)
    return [_stand_in(sections[fact.section_id], fact) for fact in evenly(facts, n)]


def _stand_in(section: Section, fact: Fact) -> Question:
    return Question(
        id=fact.id,
        question=fact.statement,
        answer=fact.statement,
        accept=(),
        section=section.path,
        kind="self-made",
        lang=section.lang,
    )


def held_out(ctx: Context) -> list[Question]:
    """The current held-out questions, in order."""
    return samples.questions(ctx.store, fingerprint(ctx))


@remembered
def fingerprint(ctx: Context) -> str:
    file, settings = _file(ctx), ctx.config.holdout
    if file.exists():
        text = file.read_text(encoding="utf-8", errors="replace")
        pages = sorted({section.path for section in corpus.current_sections(ctx.store)})
        return content_id([STAGE, VERSION, text, settings.limit, pages])
    sections = [section.id for section in corpus.current_sections(ctx.store)]
    identity = ctx.endpoints.identity("generator")
    return content_id([STAGE, VERSION, sections, settings.self_made, identity])


def _file(ctx: Context) -> Path:
    return ctx.folder / ctx.config.holdout.file


def read_questions(ctx: Context, file: Path) -> list[Question]:
    """The user's questions, less those about pages that this project leaves out.

    Raises:
        ConfigError: a line is wrong; the message names it.
    """
    known = _pages(ctx)
    here = [each for each in _parsed(file) if not each.section or each.page in known]
    if not here:
        raise ConfigError(
            f"{file.name} has no question about the pages of this project: write some, whose"
            " `section` names a page of docs/ or is left out"
        )
    return here[: ctx.config.holdout.limit]


def _pages(ctx: Context) -> set[str]:
    return {section.path for section in corpus.current_sections(ctx.store)}


def _parsed(file: Path) -> list[Question]:
    parsed = [_question(line, f"{file.name}:{n}") for n, line in json_lines(read_utf8(file))]
    seen: set[str] = set()
    for question in parsed:
        if question.id in seen:
            raise ConfigError(
                f"{file.name}: the id {question.id!r} stands there twice: give each its own"
            )
        seen.add(question.id)
    return parsed


def _question(line: str, place: str) -> Question:
    try:
        item = _Line.model_validate(json.loads(line))
    except ValidationError as error:
        raise ConfigError(f"{place}: {first_problem(error)}") from None
    except ValueError as error:
        hint = "; each line is an object of its own: {...}" if line.strip() == "[" else ""
        raise ConfigError(f"{place}: {not_json(error)}{hint}") from None
    accept = tuple(tuple(group) for group in item.accept)
    if not all(group and all(squeeze(s) for s in group) for group in accept):
        raise ConfigError(f"{place}: accept has a list without a string in it")
    return Question(
        id=item.id,
        question=item.question,
        answer=item.answer,
        accept=accept,
        section=item.section,
        kind="user",
        lang=language.detect(item.question),
    )


def _self_made(ctx: Context) -> list[Question]:
    """One short question each about facts spread over all sections."""
    asks = list(_asks(ctx))
    endpoint = ctx.endpoints.open("generator")
    made: dict[str, list[Question]] = {}
    error = ""
    with (
        gateway(ctx, STAGE, endpoint) as line,
        closing(ask_all(line, asks, partial(drafts.parse, fields=_FIELDS))) as replies,
    ):
        for reply in replies:
            section, facts = reply.subject
            made[section.id] = list(_made(section, facts, reply.value or []))
            error = reply.error or error
            done = sum(map(len, made.values()))
            ctx.progress(Progress(stage=STAGE, done=done, total=ctx.config.holdout.self_made))
    found = [question for (section, _), _ in asks for question in made[section.id]]
    if not found:
        why = f" (the last call: {error})" if error else ""
        raise UserError(
            f"the generator made no question that can be checked{why}: write some into"
            f" {ctx.config.holdout.file}, or choose a stronger [models.generator]"
        )
    return evenly(found, ctx.config.holdout.self_made)


def _asks(ctx: Context) -> Iterator[tuple[tuple[Section, list[Fact]], Request]]:
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.current_facts(ctx.store)
    by_section: dict[str, list[Fact]] = {}
    for fact in evenly(facts, ctx.config.holdout.self_made + _SPARE):
        by_section.setdefault(fact.section_id, []).append(fact)
    for section_id, chosen in by_section.items():
        section = sections[section_id]
        yield (section, chosen), _request(ctx, section, chosen)


def _request(ctx: Context, section: Section, facts: Sequence[Fact]) -> Request:
    goals = [Goal(fact=fact, target=None) for fact in facts]
    messages = prompts.load("exam", section.lang, ctx.prompts).render(
        system=capsules.system_name(section.capsule),
        capsule=capsules.render(section.capsule, section.lang, section.headings),
        document=section.text,
        facts=drafts.numbered(goals),
    )
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=messages,
        temperature=0.0,
        max_tokens=160 * len(facts),
        schema=drafts.schema(
            goals,
            lang=section.lang,
            names=section.capsule.names,
            fields=_FIELDS,
        ),
    )


def _made(section: Section, facts: Sequence[Fact], found: Sequence[Draft]) -> Iterator[Question]:
    for fact, draft in zip(facts, found, strict=False):
        if _is_sound(section, fact, draft):
            yield Question(
                id=content_id([fact.id, draft.questions[0]]),
                question=draft.questions[0],
                answer=draft.answer,
                accept=((draft.answer,),),
                section=section.place,
                kind="self-made",
                lang=section.lang,
            )


def _is_sound(section: Section, fact: Fact, draft: Draft) -> bool:
    """A short answer that is cut from its fact, and a question that stands alone."""
    answer = squeeze(draft.answer)
    wrong = lint.check(
        draft.questions[0],
        draft.answer,
        lang=section.lang,
        names=section.capsule.names,
        source=section.text,
        most=(200, 60),
    )
    return (
        wrong in (None, "wrong language") and len(answer) >= 2 and answer in squeeze(fact.statement)
    )
