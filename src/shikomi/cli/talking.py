"""`shikomi chat`."""

import sys
from pathlib import Path

from shikomi import app
from shikomi.answering import Retriever, messages
from shikomi.app.endpoints import Machine
from shikomi.corpus import language
from shikomi.errors import UserError
from shikomi.llm.ask import Endpoint, stream
from shikomi.stages import Context, finetune
from shikomi.stages.context import gateway
from shikomi.store import corpus
from shikomi.types import Request, Section

_MAX_TOKENS = 512


def talk(folder: Path, question: str, *, base: bool, rag: bool) -> None:
    """Answer `question`, or questions from the terminal until it closes."""
    with app.open_project(folder, Machine.here()) as ctx:
        endpoint = _endpoint(ctx, base=base)
        settings = ctx.config.evaluate
        sections = corpus.current_sections(ctx.store) if rag else []
        k, folder = settings.retrieved_sections, ctx.search_index
        retriever = Retriever(sections, k=k, folder=folder) if sections else None
        if question:
            _answer(ctx, endpoint, question, retriever)
            return
        while asked := _read(endpoint.model):
            _answer(ctx, endpoint, asked, retriever)


def _endpoint(ctx: Context, *, base: bool) -> Endpoint:
    if base:
        return ctx.endpoints.open("student")
    job = finetune.tuned_job(ctx)
    if job is None or job.fine_tuned_model is None:
        raise UserError(
            "there is no tuned model yet: `shikomi run` makes one; --base asks the base"
        )
    identity = finetune.tuned_identity(ctx, job)
    return ctx.endpoints.open("student", model=job.fine_tuned_model, identity=identity)


def _read(model: str) -> str:
    if sys.stdin.isatty():
        sys.stderr.write(f"{model} (an empty line leaves)\n> ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def _answer(ctx: Context, endpoint: Endpoint, question: str, retriever: Retriever | None) -> None:
    sections = retriever.search(question) if retriever else ()
    lang = language.detect(question)
    request = Request(
        endpoint=endpoint.identity,
        model=endpoint.model,
        messages=messages(question, sections, lang=lang, overrides=ctx.prompts),
        max_tokens=_MAX_TOKENS,
    )
    with gateway(ctx, "chat", endpoint) as line:
        for piece in stream(line, request):
            sys.stdout.write(piece)
            sys.stdout.flush()
    sys.stdout.write("\n")
    _sources(sections)


def _sources(sections: tuple[Section, ...]) -> None:
    for section in sections:
        place = "#".join([f"docs/{section.path}", *section.headings[-1:]])
        sys.stdout.write(f"  [{place}]\n")
