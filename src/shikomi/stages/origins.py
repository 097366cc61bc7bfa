"""What a dataset is from and how it was made, as an export's sidecar and card tell it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

import shikomi
from shikomi import answering, prompts
from shikomi.corpus import frontmatter
from shikomi.dataset.card import HeldOut, Made
from shikomi.dataset.provenance import Origins, Page
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.stages import (
    freeze,
    funnel,
    generate,
    holdout,
    judge,
    negatives,
    quality,
    replay,
    structure,
    written,
)
from shikomi.stages.context import Context
from shikomi.stages.estimate.training import tokens
from shikomi.store import corpus, samples
from shikomi.types import Lang, Sample, Section

_LICENCE_KEYS = {"license", "licence", "rights", "copyright", "ライセンス", "著作権"}
_LOOKUPS = ("lookup_row", "lookup_property", "lookup_cell", "lookup_reverse")
_WEIGHTS = ".gguf"


def collect(ctx: Context) -> Origins:
    """The current sections, facts and pages, and the models of the calls."""
    sections = corpus.current_sections(ctx.store)
    first: dict[str, Section] = {}
    for section in sections:
        first.setdefault(section.path, section)
    models = samples.models(ctx.store, freeze.dataset_id(ctx))
    return Origins(
        sections={section.id: section for section in sections},
        facts=corpus.facts_by_id(ctx.store),
        pages={path: _page(ctx, section) for path, section in first.items()},
        models={call: _public(model) for call, model in models.items()},
    )


def language(ctx: Context, found: Sequence[Sample]) -> Lang:
    """The project's, or else the one that most of the rows are in."""
    configured = ctx.config.project.lang
    if configured != "auto":
        return configured
    return Counter(sample.lang for sample in found).most_common(1)[0][0]


def made(ctx: Context, found: Sequence[Sample], known: Origins) -> Made:
    """What the card of these rows says about how they came about."""
    models = Counter(
        (each.view == replay.VIEW, known.models[each.call_id])
        for each in found
        if each.call_id is not None
    )
    identity = ctx.endpoints.identity("generator")
    judges = judge.is_chosen(ctx) or quality.figures(ctx)
    return Made(
        created=samples.frozen_at(ctx.store, freeze.dataset_id(ctx)),
        tokens=round(tokens(found)),
        version=shikomi.__version__,
        funnel={row.step: row.count for row in funnel.steps(ctx)},
        dropped=tuple((row.reason, row.count) for row in funnel.rejections(ctx)),
        quality=quality.figures(ctx),
        models={model: n for (is_chat, model), n in models.most_common() if not is_chat},
        chat={model: n for (is_chat, model), n in models.most_common() if is_chat},
        weights=None if ctx.config.models.generator.is_hosted else identity,
        judge=_public(ctx.config.models.judge.model) if judges else None,
        prompts=dict(_prompts(ctx, sorted({sample.lang for sample in found}))),
        settings=dict(_settings(ctx)),
    )


def held_out(ctx: Context) -> HeldOut:
    kinds = Counter(question.kind for question in holdout.held_out(ctx))
    return HeldOut(kinds=dict(kinds), leak_jaccard=ctx.config.holdout.leak_jaccard)


def _page(ctx: Context, section: Section) -> Page:
    file = ctx.docs / section.path
    fields = frontmatter.split(read_utf8(file))[0] if file.exists() else {}
    licences = [text for key, text in fields.items() if key.lower() in _LICENCE_KEYS and text]
    return Page(
        path=section.path,
        title=fields.get("title") or section.capsule.breadcrumb[-1],
        url=fields.get("url") or None,
        licence=licences[0] if licences else None,
    )


def _public(model: str) -> str:
    """A name to publish: of a file of weights its own name, without the folders it lies in."""
    return PurePath(model).name if model.endswith(_WEIGHTS) else model


def _prompts(ctx: Context, langs: Sequence[Lang]) -> Iterator[tuple[str, str]]:
    for lang in langs:
        for name in _prompt_names(ctx):
            yield f"{lang}/{name}", prompts.load(name, lang, ctx.prompts).id
        for name in _line_names(ctx):
            yield f"{lang}/{name}", content_id(prompts.lines(name, lang, ctx.prompts))


def _prompt_names(ctx: Context) -> list[str]:
    """Those that had a part in the rows."""
    settings = ctx.config.generate
    names = [*generate.prompt_names(ctx), answering.NO_CONTEXT, *written.prompt_names(ctx)]
    names += _LOOKUPS if settings.lookups_per_row else _LOOKUPS[:2]
    names += ["explain"] if settings.section_texts else []
    names += [answering.WITH_CONTEXT] if settings.open_book else []
    names += structure.PROMPTS if ctx.config.share("structure") else ()
    names += negatives.PROMPTS if ctx.config.share("negatives") else ()
    names += [judge.PROMPT] if judge.is_chosen(ctx) else []
    checked = quality.figures(ctx)
    return [*names, *(name for check in checked for name in quality.prompt_names(check))]


def _line_names(ctx: Context) -> Iterator[str]:
    yield prompts.STYLES
    if ctx.config.has_personas:
        yield prompts.PERSONAS
    if ctx.config.generate.open_book and ctx.config.share("open_book_without"):
        yield prompts.FROM_MEMORY
    if ctx.config.share("negatives"):
        yield prompts.TOPICS
    if ctx.config.share("replay"):
        yield prompts.REPLAY


def _settings(ctx: Context) -> Iterator[tuple[str, object]]:
    config = ctx.config
    parts = ["sections", "generate", "lint", "deduplicate", "judge", "quality"]
    for part in parts + ["rolling"] * (config.generate.strategy == "rolling"):
        for key, value in getattr(config, part).model_dump().items():
            yield f"{part}.{key}", value
    for view, n in config.written._asdict().items():
        yield f"other texts a section.{view}", n
    yield "evaluate.retrieved_sections", config.evaluate.retrieved_sections
    yield "finetune.seed", config.finetune.seed
