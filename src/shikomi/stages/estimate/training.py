"""How many tokens a pending training run would see."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from shikomi.corpus import capsule as capsules
from shikomi.corpus.units import units
from shikomi.dataset import keywords
from shikomi.engine import hardware
from shikomi.engine.training import default_hyperparameters
from shikomi.stages import (
    filters,
    finetune,
    freeze,
    generate,
    negatives,
    replay,
    review,
    structure,
    study,
    training_bill,
    views,
)
from shikomi.stages.context import Context
from shikomi.stages.estimate.size import TOKENS_PER_MESSAGE
from shikomi.stages.estimate.speed import n_parameters
from shikomi.stages.estimate.views import to_come as views_to_come
from shikomi.store import corpus, samples
from shikomi.types import Sample

_TOKENS_PER_TURN = 150  # of general chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """`tokens` are those of the file, each once."""

    samples: int
    tokens: float
    epochs: int


def pending(ctx: Context) -> Training | None:
    """The file's own texts where it is frozen; else those that are made by program, and pairs as
    long as those that are there or as their facts."""
    if not finetune.pending(ctx):
        return None
    n, n_tokens = _frozen(ctx) if not freeze.pending(ctx) else _to_come(ctx)
    return Training(samples=n, tokens=n_tokens, epochs=_epochs(ctx, n))


def of_study(ctx: Context) -> Training | None:
    """The dataset's rows less the facts that the study withholds: those that its model only reads,
    and about as many on pages that it never sees."""
    if not study.pending(ctx):
        return None
    n, n_tokens = _frozen(ctx) if not freeze.pending(ctx) else _to_come(ctx)
    left = 1 - 2 * ctx.config.study.share
    return Training(samples=round(left * n), tokens=left * n_tokens, epochs=_epochs(ctx, n))


def _frozen(ctx: Context) -> tuple[int, float]:
    found = samples.dataset(ctx.store, freeze.dataset_id(ctx))
    return len(found), tokens(found)


def _to_come(ctx: Context) -> tuple[int, float]:
    sections, lookups = list(views.sections(ctx)), list(views.lookups(ctx))
    n_pairs = generate.n_wanted(ctx)
    pairs = n_pairs * _tokens_per_pair(ctx) + tokens(lookups)
    n_pairs += len(lookups)
    n_queries, queries = _keyword_queries(ctx)
    n_below = ceil(ctx.config.generate.open_book * n_pairs)
    below = n_below * (pairs / max(n_pairs, 1) + _tokens_per_search(ctx))
    n_written, written = views_to_come(ctx)
    made = [*sections, *structure.samples(ctx, n_pairs), *negatives.samples(ctx, n_pairs)]
    n_chat, chat = _general_chat(ctx, n_pairs)
    n_all = n_pairs + n_queries + n_below + len(made) + n_chat + n_written
    return n_all, pairs + queries + below + tokens(made) + chat + written


def pairs_to_teach(ctx: Context) -> int:
    """Those that are to be taught; while some are to come, as if none were dropped."""
    if freeze.pending(ctx) and (generate.pending(ctx) or filters.lint_pending(ctx)):
        return generate.n_wanted(ctx) + len(views.lookups(ctx))
    return len(review.reviewed(ctx).pairs)


def _general_chat(ctx: Context, n_pairs: int) -> tuple[int, float]:
    """How many turns and their tokens, those that are to be asked as long as the others, or as
    replies mostly are."""
    known, to_ask = replay.answered(ctx, n_pairs), replay.to_ask(ctx, n_pairs)
    mean = tokens(known) / len(known) if known else _TOKENS_PER_TURN
    return len(known) + len(to_ask), tokens(known) + mean * len(to_ask)


def _keyword_queries(ctx: Context) -> tuple[int, float]:
    """How many and their tokens, as if every fact were answered by its own statement."""
    sections = corpus.sections_by_id(ctx.store)
    sizes = []
    for fact in corpus.current_facts(ctx.store):
        section = sections[fact.section_id]
        system = capsules.system_name(section.capsule)
        text = keywords.query(fact.statement, system, lang=section.lang, seed=fact.id)
        if text is not None:
            sizes.append(units(text) + units(fact.statement) + 2 * TOKENS_PER_MESSAGE)
    n = ctx.config.generate.keyword_queries
    return n * len(sizes), n * sum(sizes)


def tokens(found: Iterable[Sample]) -> float:
    """By the fixed estimate, each sample once."""
    return sum(
        units(message.content) + TOKENS_PER_MESSAGE for each in found for message in each.messages
    )


def _tokens_per_pair(ctx: Context) -> float:
    if known := generate.generated(ctx):
        return tokens(known) / len(known)
    facts = corpus.current_facts(ctx.store)
    texts = sum(2 * units(fact.statement) for fact in facts)
    return texts / max(len(facts), 1) + 2 * TOKENS_PER_MESSAGE


def _tokens_per_search(ctx: Context) -> float:
    sections = corpus.current_sections(ctx.store)
    mean = sum(units(section.text) for section in sections) / max(len(sections), 1)
    return mean * ctx.config.evaluate.retrieved_sections


def _epochs(ctx: Context, n_samples: int) -> int:
    asked = training_bill.epochs(finetune.spec(ctx))
    if asked is not None:
        return asked
    if finetune.is_hosted(ctx):
        return training_bill.HOST_EPOCHS
    size = n_parameters(ctx.config.models.student.model)
    device = "cuda" if hardware.has_cuda() else "cpu"
    return default_hyperparameters(size, n_samples, device).n_epochs
