"""`shikomi chat`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shikomi import app
from shikomi.answering import messages
from shikomi.answering.citing import Cited
from shikomi.answering.lookup import NOTHING_FOUND, LookUp
from shikomi.app.endpoints import Machine
from shikomi.app.project_search import looked_up
from shikomi.corpus import capsule, language
from shikomi.errors import UserError
from shikomi.llm.ask import Endpoint, stream
from shikomi.stages import Context, Progress, finetune
from shikomi.stages.context import gateway
from shikomi.store import corpus
from shikomi.types import Lang, Message, Request, Role

_MAX_TOKENS = 512
_TURNS_KEPT = 6  # three questions with their answers
_NOT_CITED: dict[Lang, str] = {"en": "read, not cited", "ja": "参照のみ"}


def talk(folder: Path, question: str, *, base: bool, rag: bool) -> None:
    """Answer `question`, or questions from the terminal until it closes: one conversation."""
    watch = app.Watch(progress=_told)
    with app.open_project(folder, Machine.here(), watch) as ctx:
        endpoint = _endpoint(ctx, base=base, rag=rag)
        if question:
            _answer(ctx, endpoint, [_said("user", question)], rag=rag)
            return
        turns: list[Message] = []
        while asked := _read(endpoint.model):
            turns = [*turns[-_TURNS_KEPT:], _said("user", asked)]
            turns.append(_said("assistant", _answer(ctx, endpoint, turns, rag=rag)))


def _told(progress: Progress) -> None:
    """That the endpoint is waited for, and why."""
    if progress.example:
        sys.stderr.write(f"{progress.example}\n")


def _said(role: Role, content: str) -> Message:
    return Message(role=role, content=content)


def _endpoint(ctx: Context, *, base: bool, rag: bool) -> Endpoint:
    if base:
        return ctx.endpoints.open("student")
    job = finetune.tuned_job(ctx)
    if job is None or job.fine_tuned_model is None:
        raise UserError(
            "there is no tuned model yet: `shikomi run` makes one; --base asks the base"
        )
    identity = finetune.tuned_identity(ctx, job)
    model = job.fine_tuned_model
    model = finetune.below_search(ctx, model) if rag else model
    return ctx.endpoints.open("student", model=model, identity=identity)


def _read(model: str) -> str:
    if sys.stdin.isatty():
        sys.stderr.write(f"{model} (an empty line leaves)\n> ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def _answer(ctx: Context, endpoint: Endpoint, turns: Sequence[Message], *, rag: bool) -> str:
    """Show the answer to the last of `turns`, and where it is from. Returns the answer."""
    if not (rag and corpus.has_sections(ctx.store)):
        question = turns[-1].content
        lang = language.detect(question)
        asked = messages(question, (), lang=lang, overrides=ctx.prompts)
        return _shown(_pieces(ctx, endpoint, turns, asked))
    found = looked_up(ctx, turns)
    if not found.found:
        return _shown([NOTHING_FOUND[found.lang]])
    cited, answer = found.cited(), list[str]()
    _shown(_marked(cited, _pieces(ctx, endpoint, turns, found.messages), answer))
    _sources(found, {citation.number for citation in cited.citations})
    return "".join(answer)


def _marked(cited: Cited, pieces: Iterable[str], answer: list[str]) -> Iterator[str]:
    """The pieces with their marks; without them they go into `answer`, as the model's own words
    in a conversation."""
    for piece in pieces:
        answer.append(piece)
        yield cited.feed(piece)
    yield cited.end()


def _pieces(
    ctx: Context, endpoint: Endpoint, turns: Sequence[Message], asked: Sequence[Message]
) -> Iterator[str]:
    """The model's answer as it comes; `asked` stands in the place of the last turn."""
    system = [message for message in asked if message.role == "system"]
    others = [message for message in asked if message.role != "system"]
    request = Request(
        endpoint=endpoint.identity,
        model=endpoint.model,
        messages=(*system, *turns[:-1], *others),
        max_tokens=_MAX_TOKENS,
    )
    with gateway(ctx, "chat", endpoint) as line:
        yield from stream(line, request)


def _shown(pieces: Iterable[str]) -> str:
    shown = ""
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
        shown += piece
    sys.stdout.write("\n")
    return shown


def _sources(found: LookUp, cited: set[int]) -> None:
    """The sections that were read, by the numbers of the marks."""
    sys.stdout.write("\n")
    for number, each in enumerate(found.found, start=1):
        title = capsule.topic(each.section.capsule, each.section.headings)
        read = "" if number in cited else f" - {_NOT_CITED[found.lang]}"
        sys.stdout.write(f"  [{number}] {title} ({each.address}){read}\n")
