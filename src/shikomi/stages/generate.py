"""sections and facts -> samples: a few facts of one section in each call, or by conversations
about whole pages where the project chooses the strategy `rolling`."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TypeVar

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, drafts, naming, repair
from shikomi.dataset.drafts import Draft
from shikomi.dataset.evenly import evenly
from shikomi.dataset.plan import Batch
from shikomi.dataset.properties import Property
from shikomi.hashing import content_id
from shikomi.llm.ask import Endpoint, Reply, ask_all
from shikomi.stages import lookup_texts, phrasings, properties, rolling, second_tries
from shikomi.stages.context import Context, Progress, StageReport, failures, gateway
from shikomi.stages.planning import all_batches
from shikomi.stages.remembered import remembered
from shikomi.stages.rolling.talks import PROMPTS
from shikomi.stages.second_tries import Held, Written
from shikomi.stages.together import in_lanes_by
from shikomi.store import calls, corpus, progress, samples
from shikomi.text import counted
from shikomi.types import Lang, Request, Sample

S = TypeVar("S")

STAGE = "generate"
VERSION = 7
_TOKENS_PER_QUESTION = 70
_TOKENS_PER_ANSWER = 100
_NOT_IN_REQUESTS = {
    *("strategy", "answers", "turns", "tries", "personas", "pairs"),
    *("lookups_per_row", "lookups_per_sentence", "keyword_queries", "section_texts", "open_book"),
    "open_book_without",
    *("tier", "texts_per_section", "rewrites", "focal_rewrites", "cross_document"),
    "rewrite_temperature",
    *("structure", "negatives", "replay"),
}


def pending(ctx: Context) -> Sequence[object]:
    """What is neither done nor failed under the current settings."""
    return rolling.pending(ctx) if rolling.is_chosen(ctx) else pending_batches(ctx)


def pending_batches(ctx: Context) -> list[Batch]:
    fingerprints = _fingerprints(ctx)
    settled = {lang: _settled(ctx, print_id) for lang, print_id in fingerprints.items()}
    return [batch for batch in all_batches(ctx) if batch.id not in settled[batch.section.lang]]


def failed(ctx: Context) -> list[str]:
    """The reasons of what failed and is not tried again by itself."""
    if rolling.is_chosen(ctx):
        return rolling.failed(ctx)
    known: dict[str, str] = {}
    for print_id in _fingerprints(ctx).values():
        known |= progress.failed_subjects(ctx.store, STAGE, print_id)
    return [known[batch.id] for batch in all_batches(ctx) if batch.id in known]


def run(ctx: Context, *, most: int | None = None) -> StageReport:
    """Ask for what is pending; with `most` for so many batches of it, evenly chosen, and now: a
    sample does not wait for the Batch API."""
    if rolling.is_chosen(ctx):
        return rolling.run(ctx, most=most)
    batches = pending_batches(ctx)
    if most is not None:
        batches = evenly(batches, most)
    if not batches:
        return StageReport()
    endpoint = ctx.endpoints.open("generator", can_wait=most is None)
    saved = _Saved(ctx, len(batches))
    held = tuple(_first_tries(ctx, endpoint, batches, saved))
    _second_tries(ctx, endpoint, held, saved)
    failed = failures(saved.errors)
    return StageReport(
        done=len(batches) - len(failed),
        failures=failed,
        summary=f"{counted(saved.n_pairs, 'question/answer pair')} written in"
        f" {counted(saved.n_calls, 'call')}",
    )


def _first_tries(
    ctx: Context, endpoint: Endpoint, batches: Sequence[Batch], saved: "_Saved"
) -> Iterator[Held]:
    """What is asked about once more; all else is saved as it comes."""
    lanes = in_lanes_by(batches, lambda batch: batch.section.id, endpoint)
    asks = ((batch, request(ctx, batch)) for batch in lanes)
    with closing(_replies(ctx, STAGE, endpoint, asks)) as replies:
        for reply in replies:
            lanes.done(reply.subject)
            saved.n_calls += 1
            batch, (written, error) = reply.subject, _written(reply)
            if error and reply.value is not None:  # or `--retry-failed` would read it again
                calls.mark_unparsed(ctx.store, reply.call_id, error)
            found = [each.draft for each in written]
            lacking = second_tries.lacking(batch, found) if found else {}
            if lacking and reply.text is not None:
                yield Held(batch, written, lacking, reply.text)
            else:
                saved.save(batch, written, error)


def _second_tries(ctx: Context, endpoint: Endpoint, held: Sequence[Held], saved: "_Saved") -> None:
    asks = ((each, second_tries.request(ctx, request(ctx, each.batch), each)) for each in held)
    with closing(_replies(ctx, second_tries.LEDGER, endpoint, asks)) as replies:
        for reply in replies:
            saved.n_calls += 1
            written = second_tries.merged(reply.subject, reply.value, reply.call_id)
            saved.save(reply.subject.batch, written, None)


def _replies(
    ctx: Context, ledger: str, endpoint: Endpoint, asks: Iterator[tuple[S, Request]]
) -> Generator[Reply[S, list[Draft]]]:
    parse = partial(drafts.parse, fields=_fields(ctx))
    with gateway(ctx, ledger, endpoint) as line:
        yield from ask_all(line, asks, parse, parse_tries=ctx.config.generate.tries)


def _written(reply: Reply[Batch, list[Draft]]) -> tuple[tuple[Written, ...], str | None]:
    """The drafts of a reply, or why there are none."""
    if reply.value is not None and len(reply.value) == len(reply.subject.goals):
        return tuple(Written(draft, reply.call_id) for draft in reply.value), None
    return (), reply.error or "the reply leaves statements out"


@remembered
def generated(ctx: Context) -> tuple[Sample, ...]:
    """The current samples in reading order; repeats of one sample included."""
    if rolling.is_chosen(ctx):
        return tuple(rolling.generated(ctx))
    found: list[Sample] = []
    batches = all_batches(ctx)
    for lang, print_id in _fingerprints(ctx).items():
        ids = [batch.id for batch in batches if batch.section.lang == lang]
        found += samples.of_batches(ctx.store, print_id, ids)
    return tuple(found)


@remembered
def batches_of_samples(ctx: Context) -> Mapping[str, Batch]:
    """By the ids of the current samples, a batch that gave each; none of conversations."""
    if rolling.is_chosen(ctx):
        return {}
    known = {batch.id: batch for batch in all_batches(ctx)}
    return {
        sample: known[batch]
        for print_id in _fingerprints(ctx).values()
        for batch, sample in samples.origins(ctx.store, print_id)
        if batch in known
    }


def n_asked(ctx: Context) -> int:
    """How many pairs the plan asks for; of conversations, how many they have asked for so far."""
    return rolling.n_asked(ctx) if rolling.is_chosen(ctx) else n_wanted(ctx)


def n_wanted(ctx: Context) -> int:
    """How many pairs there are to be."""
    if rolling.is_chosen(ctx):
        return rolling.n_wanted(ctx)
    return _n_wordings(ctx, all_batches(ctx))


def n_said_twice(ctx: Context) -> int:
    """How many of the wordings that were asked for came in the words of another: replies hold each
    once. Conversations ask for no wordings."""
    if rolling.is_chosen(ctx):
        return 0
    done = {
        lang: progress.done_subjects(ctx.store, STAGE, print_id)
        for lang, print_id in _fingerprints(ctx).items()
    }
    read = [batch for batch in all_batches(ctx) if batch.id in done[batch.section.lang]]
    return _n_wordings(ctx, read) - len(generated(ctx))


def _n_wordings(ctx: Context, batches: Sequence[Batch]) -> int:
    return ctx.config.generate.wordings * sum(len(batch.goals) for batch in batches)


def request(ctx: Context, batch: Batch) -> Request:
    settings = ctx.config.generate
    section = batch.section
    messages = prompts.load(prompt_name(ctx), section.lang, ctx.prompts).render(
        system=capsules.system_name(section.capsule),
        capsule=capsules.render(section.capsule, section.lang, section.headings),
        document=section.text,
        facts=phrasings.goals(ctx, batch),
        rewordings=phrasings.rewordings(ctx, batch),
    )
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=messages,
        temperature=settings.temperature,
        max_tokens=len(batch.goals) * _tokens_per_goal(ctx) + 40,
        seed=settings.seed + batch.turn,
        schema=drafts.schema(
            batch.goals, lang=section.lang, names=section.capsule.names, fields=_fields(ctx)
        ),
        sample=batch.turn * settings.tries,
    )


def _tokens_per_goal(ctx: Context) -> int:
    answer = _TOKENS_PER_ANSWER if ctx.config.writes_answers else 0
    return ctx.config.generate.wordings * _TOKENS_PER_QUESTION + answer


def prompt_name(ctx: Context) -> str:
    """The prompt that questions are written by, where facts are asked about."""
    return "generate" if ctx.config.writes_answers else "ask"


def prompt_names(ctx: Context) -> tuple[str, ...]:
    """The prompts that pairs are written by."""
    return PROMPTS if rolling.is_chosen(ctx) else (prompt_name(ctx), *second_tries.PROMPTS)


def _fields(ctx: Context) -> tuple[str, ...]:
    return drafts.fields(ctx.config.generate.wordings, answered=ctx.config.writes_answers)


@remembered
def _fingerprints(ctx: Context) -> Mapping[Lang, str]:
    """By language: the settings of this stage, its prompt's text, the model's identity."""
    settings = ctx.config.generate.model_dump(exclude=_NOT_IN_REQUESTS)
    settings["goals_per_call"] = ctx.config.goals_per_call
    identity = ctx.endpoints.identity("generator")
    langs: list[Lang] = sorted({s.lang for s in corpus.current_sections(ctx.store)})
    return {
        lang: content_id(
            [
                [STAGE, VERSION, settings, identity],
                prompts.load(prompt_name(ctx), lang, ctx.prompts).id,
                prompts.styles(lang, ctx.prompts),
                *_of_rows(ctx, lang),
                *phrasings.recipe(ctx, lang),
            ]
        )
        for lang in langs
    }


def _of_rows(ctx: Context, lang: Lang) -> list[str]:
    """What decides the answers to questions about rows."""
    return [prompts.load(f"lookup_{kind}", lang, ctx.prompts).id for kind in ("row", "property")]


def _settled(ctx: Context, print_id: str) -> set[str]:
    failed = progress.failed_subjects(ctx.store, STAGE, print_id)
    return progress.done_subjects(ctx.store, STAGE, print_id) | failed.keys()


class _Saved:
    """What was saved so far, and told."""

    def __init__(self, ctx: Context, n_batches: int) -> None:
        self._ctx = ctx
        self._fingerprints = _fingerprints(ctx)
        self._properties = properties.by_section(ctx)
        self._n_batches = n_batches
        self.errors: list[str | None] = []
        self.n_pairs = 0
        self.n_calls = 0

    def save(self, batch: Batch, written: Sequence[Written], error: str | None) -> None:
        ctx, print_id = self._ctx, self._fingerprints[batch.section.lang]
        known = self._properties.get(batch.section.id, ())
        made = list(_samples(ctx, batch, written, known)) if written else []
        place = f"{batch.section.path}: {error}" if error else None
        with ctx.store.transaction():
            samples.add_samples(ctx.store, made, fingerprint=print_id, batch_id=batch.id)
            progress.mark(ctx.store, STAGE, batch.id, print_id, place)
        self.errors.append(place)
        self.n_pairs += len(made)
        ctx.progress(_progress(len(self.errors), self._n_batches, self.n_pairs, made))


def _samples(
    ctx: Context, batch: Batch, written: Sequence[Written], known: Sequence[Property]
) -> Iterator[Sample]:
    section = batch.section
    prompt = prompts.load("answer", section.lang, ctx.prompts)
    facts = [goal.fact for goal in batch.goals]
    of_rows = lookup_texts.row_answers(section, facts, ctx.prompts, known)
    for goal, each in zip(batch.goals, written, strict=True):
        draft = each.draft
        for n, (question, place) in enumerate(zip(draft.questions, draft.places, strict=True)):
            made = chat.sample(
                prompt.render(question=naming.named(question, section.capsule, section.lang, n)),
                repair.answer(draft.answer, goal, of_rows.get(goal.fact.id)),
                view="qa",
                lang=section.lang,
                section_ids=(section.id,),
                fact_ids=(goal.fact.id,),
                call_id=each.call_id,
            )
            yield replace(made, phrasing=phrasings.phrasing(ctx, batch, goal, place))


def _progress(done: int, total: int, n_pairs: int, made: Sequence[Sample]) -> Progress:
    example = f"{made[0].question}\n{made[0].answer}" if made and done % 4 == 1 else ""
    return Progress(stage=STAGE, done=done, total=total, note=f"{n_pairs} pairs", example=example)
