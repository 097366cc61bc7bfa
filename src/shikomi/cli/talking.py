"""`shikomi chat`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shikomi import app
from shikomi.answering import messages
from shikomi.answering.lookup import NOTHING_FOUND, look_up
from shikomi.app.endpoints import Machine
from shikomi.corpus import language
from shikomi.errors import UserError
from shikomi.llm.ask import Endpoint, stream
from shikomi.stages import Context, finetune
from shikomi.stages.context import gateway
from shikomi.store import corpus
from shikomi.types import Message, Request, Role, Section

_MAX_TOKENS = 512
_TURNS_KEPT = 6  # three questions with their answers


def talk(folder: Path, question: str, *, base: bool, rag: bool) -> None:
    """Answer `question`, or questions from the terminal until it closes: one conversation."""
    with app.open_project(folder, Machine.here()) as ctx:
        endpoint = _endpoint(ctx, base=base, rag=rag)
        if question:
            _answer(ctx, endpoint, [_said("user", question)], rag=rag)
            return
        turns: list[Message] = []
        while asked := _read(endpoint.model):
            turns = [*turns[-_TURNS_KEPT:], _said("user", asked)]
            turns.append(_said("assistant", _answer(ctx, endpoint, turns, rag=rag)))


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
    k = ctx.config.evaluate.retrieved_sections
    found = look_up(ctx.store, ctx.search_index, turns, k=k, overrides=ctx.prompts)
    if not found.found:
        return _shown([NOTHING_FOUND[found.lang]])
    answer = _shown(_pieces(ctx, endpoint, turns, found.messages))
    _sources([each.section for each in found.found])
    return answer


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


def _sources(sections: Sequence[Section]) -> None:
    for section in sections:
        place = "#".join([f"docs/{section.path}", *section.headings[-1:]])
        sys.stdout.write(f"  [{place}]\n")
