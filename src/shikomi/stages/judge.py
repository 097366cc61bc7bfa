"""unique samples -> scores of a model judge, where the project asks for one."""

from contextlib import closing
from typing import Any

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset.drafts import read_object
from shikomi.errors import ParseError
from shikomi.hashing import content_id
from shikomi.llm.ask import Reply, ask_all
from shikomi.stages import filters, rolling
from shikomi.stages.context import Context, Progress, StageReport, gateway
from shikomi.stages.remembered import remembered
from shikomi.store import corpus, samples
from shikomi.types import Request, Sample, Score, Section

STAGE = "judge"
VERSION = 1
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "supported": {"type": "boolean"}},
    "required": ["reason", "supported"],
    "additionalProperties": False,
}


@remembered
def pending(ctx: Context) -> tuple[Sample, ...]:
    if ctx.config.judge.mode == "program":
        return ()
    known = samples.scores(ctx.store, STAGE, fingerprint(ctx))
    return tuple(sample for sample in filters.unique(ctx) if sample.id not in known)


def run(ctx: Context) -> StageReport:
    todo = pending(ctx)
    if not todo:
        return StageReport()
    sections = {section.id: section for section in corpus.current_sections(ctx.store)}
    grounds = filters.grounds(ctx)
    asks = (
        (sample, request(ctx, sample, section, document=grounds.get(section.id)))
        for sample in todo
        for section in [sections[sample.section_ids[0]]]
    )
    endpoint = ctx.endpoints.open("judge", can_wait=True)
    values: list[float | None] = []
    with gateway(ctx, STAGE, endpoint) as line, closing(ask_all(line, asks, parse)) as replies:
        for reply in replies:
            values.append(_save(ctx, reply))
            ctx.progress(Progress(stage=STAGE, done=len(values), total=len(todo)))
    n_unread = sum(value is None for value in values)
    summary = f"{values.count(1.0)} of {len(values)} pairs supported, {n_unread} not readable"
    return StageReport(done=len(values), summary=summary)


@remembered
def kept(ctx: Context) -> tuple[Sample, ...]:
    """What is trained on: unique samples that no judge rejects; an unreadable verdict keeps."""
    found = filters.unique(ctx)
    if ctx.config.judge.mode == "program":
        return found
    known = samples.scores(ctx.store, STAGE, fingerprint(ctx))
    return tuple(s for s in found if s.id in known and known[s.id].value != 0.0)


def fingerprint(ctx: Context) -> str:
    texts = [prompts.load("judge_pair", lang, ctx.prompts).id for lang in ("en", "ja")]
    known = [STAGE, VERSION, ctx.endpoints.identity("judge"), texts]
    return content_id([*known, "rolling"] if rolling.is_chosen(ctx) else known)


def parse(text: str) -> tuple[bool, str]:
    """(supported, reason). Raises ParseError."""
    reply = read_object(text)
    supported, reason = reply.get("supported"), reply.get("reason")
    if not isinstance(supported, bool):
        raise ParseError('the reply has no true or false under "supported"')
    return supported, str(reason or "")


def request(
    ctx: Context, sample: Sample, section: Section, *, document: str | None = None
) -> Request:
    """`document` is what the answer may draw on, if that is not the section's own text."""
    messages = prompts.load("judge_pair", section.lang, ctx.prompts).render(
        capsule=capsules.render(section.capsule, section.lang, section.headings),
        document=document or section.text,
        question=sample.question,
        answer=sample.answer,
    )
    return Request(
        endpoint=ctx.endpoints.identity("judge"),
        model=ctx.config.models.judge.model,
        messages=messages,
        max_tokens=160,
        schema=SCHEMA,
    )


def _save(ctx: Context, reply: Reply[Sample, tuple[bool, str]]) -> float | None:
    supported, reason = reply.value or (None, reply.error or "")
    value = None if supported is None else float(supported)
    score = Score(subject_id=reply.subject.id, scorer=STAGE, value=value, explanation=reason)
    with ctx.store.transaction():
        samples.add_scores(ctx.store, [score], fingerprint=fingerprint(ctx))
    return value
