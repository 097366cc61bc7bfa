"""`shikomi chat`."""

import contextlib
import io
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from shikomi import app
from shikomi.answering import messages
from shikomi.answering.citing import Cited
from shikomi.answering.lookup import NOTHING_FOUND, LookUp
from shikomi.app.endpoints import Machine
from shikomi.app.project_search import looked_up
from shikomi.corpus import capsule, language
from shikomi.errors import ProviderError, ShikomiError, UserError
from shikomi.llm.ask import TRUNCATED, Endpoint
from shikomi.llm.streaming import stream
from shikomi.stages import Context, Progress, finetune
from shikomi.stages.context import gateway
from shikomi.store import corpus
from shikomi.types import Lang, Message, Request, Role

_MAX_TOKENS = 512
_TURNS_KEPT = 6  # three questions with their answers
_NOT_CITED: dict[Lang, str] = {"en": "read, not cited", "ja": "参照のみ"}


@dataclass
class _Answer:
    """The model's own words, without marks, and why there are no more of them ("": it ended)."""

    pieces: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def talk(folder: Path, question: str, *, base: bool, rag: bool) -> bool:
    """Answer `question`, or questions from the terminal until it closes: one conversation.
    Returns whether every answer came."""
    watch = app.Watch(progress=_told)
    with app.open_project(folder, Machine.here(), watch) as ctx:
        endpoint = _endpoint(ctx, base=base, rag=rag)
        if question:
            return _is_whole(_answer(ctx, endpoint, [_said("user", question)], rag=rag))
        return _converse(ctx, endpoint, rag=rag)


def _converse(ctx: Context, endpoint: Endpoint, *, rag: bool) -> bool:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    is_terminal, is_whole = sys.stdin.isatty(), True
    if is_terminal:
        sys.stderr.write(f"{endpoint.model} (an empty line leaves)\n")
    ask = _asked_by_a_person if is_terminal else _answer
    turns: list[Message] = []
    while asked := _read(is_terminal=is_terminal):
        turns = [*turns[-_TURNS_KEPT:], _said("user", asked)]
        found = ask(ctx, endpoint, turns, rag=rag)
        is_whole = _is_whole(found) and is_whole
        turns = [*turns, _said("assistant", found.text)] if found.text else turns[:-1]
    return is_whole or is_terminal


def _asked_by_a_person(
    ctx: Context, endpoint: Endpoint, turns: Sequence[Message], *, rag: bool
) -> _Answer:
    """The answer; what fails, or is stopped by Ctrl-C, ends it and not the conversation."""
    try:
        return _answer(ctx, endpoint, turns, rag=rag)
    except KeyboardInterrupt:
        error = "stopped"
    except ShikomiError as failure:
        error = str(failure)
    sys.stdout.write("\n")
    sys.stdout.flush()
    return _Answer(error=error)


def _is_whole(answer: _Answer) -> bool:
    """Whether it came, and as much of it as was asked for; else it is said why not."""
    if answer.error == TRUNCATED:
        sys.stderr.write(f"(cut off at {_MAX_TOKENS} tokens)\n")
    elif answer.error:
        sys.stderr.write(f"shikomi: {answer.error}\n")
    return answer.error in ("", TRUNCATED)


def _told(progress: Progress) -> None:
    """That the endpoint is waited for, and why."""
    if progress.example:
        sys.stderr.write(f"{progress.example}\n")


def _said(role: Role, content: str) -> Message:
    """Bytes of the command line that are no text become question marks."""
    return Message(role=role, content=content.encode(errors="replace").decode())


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


def _read(*, is_terminal: bool) -> str:
    """The next question; "" at the end. On a terminal it can be edited, and Ctrl-C leaves."""
    if not is_terminal:
        return sys.stdin.readline().strip()
    try:
        return _typed().strip()
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        return ""


def _typed() -> str:
    if not sys.stdout.isatty():  # where `input` would write its prompt
        sys.stderr.write("> ")
        sys.stderr.flush()
        return sys.stdin.readline()
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  `input` then edits lines, and remembers them
    return input("> ")


def _answer(ctx: Context, endpoint: Endpoint, turns: Sequence[Message], *, rag: bool) -> _Answer:
    """Show the answer to the last of `turns`, and where it is from."""
    answer = _Answer()
    if not (rag and corpus.has_sections(ctx.store)):
        question = turns[-1].content
        lang = language.detect(question)
        asked = messages(question, (), lang=lang, overrides=ctx.prompts)
        _show(_heard(answer, _pieces(ctx, endpoint, turns, asked)))
        return answer
    found = looked_up(ctx, turns)
    if not found.found:
        _show([NOTHING_FOUND[found.lang]])
        return _Answer(pieces=[NOTHING_FOUND[found.lang]])
    cited = found.cited()
    _show(_marked(cited, _heard(answer, _pieces(ctx, endpoint, turns, found.messages))))
    if answer.text:
        _sources(found, {citation.number for citation in cited.citations})
    return answer


def _heard(answer: _Answer, pieces: Generator[str, None, None]) -> Iterator[str]:
    """The pieces, which `answer` keeps, too, with why they broke off."""
    with closing(pieces):
        try:
            for piece in pieces:
                answer.pieces.append(piece)
                yield piece
        except ProviderError as error:
            answer.error = str(error)


def _marked(cited: Cited, pieces: Iterator[str]) -> Iterator[str]:
    """The pieces with their marks."""
    for piece in pieces:
        yield cited.feed(piece)
    yield cited.end()


def _pieces(
    ctx: Context, endpoint: Endpoint, turns: Sequence[Message], asked: Sequence[Message]
) -> Generator[str, None, None]:
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


def _show(pieces: Iterable[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")
    sys.stdout.flush()


def _sources(found: LookUp, cited: set[int]) -> None:
    """The sections that were read, by the numbers of the marks."""
    sys.stdout.write("\n")
    for number, each in enumerate(found.found, start=1):
        title = capsule.topic(each.section.capsule, each.section.headings)
        read = "" if number in cited else f" - {_NOT_CITED[found.lang]}"
        sys.stdout.write(f"  [{number}] {title} ({each.address}){read}\n")
    sys.stdout.flush()
