"""How long a run will take, from counts and from speeds seen on two laptop-class cores."""

from shikomi.engine.catalogue import CATALOGUE
from shikomi.stages import evaluate, finetune, generate, holdout, views
from shikomi.stages.context import Context, RoleName

_WRITES_PER_SECOND = 12.0  # tokens, 1.5B parameters
_READS_PER_SECOND = 50.0
_TRAINS_PER_SECOND = 85.0
_REFERENCE_PARAMETERS = 1.54e9
_TOKENS_PER_GOAL = 66
_TOKENS_PER_PROMPT = 80  # the rest is shared with the call before
_TOKENS_PER_ANSWER = 35
_TOKENS_PER_CONTEXT = 350  # the rest is shared with the question before
_TOKENS_PER_SAMPLE = 80
_EPOCHS = 3


def estimate_seconds(ctx: Context) -> float:
    """Seconds of the embedded engine's work that are pending; remote roles count nothing."""
    parts = (
        (generate.pending, _generating),
        (finetune.pending, _training),
        (evaluate.pending, _evaluating),
    )
    return sum(seconds(ctx) for pending, seconds in parts if pending(ctx))


def _generating(ctx: Context) -> float:
    batches = generate.pending(ctx)
    goals = sum(len(batch.goals) for batch in batches)
    seconds = goals * _TOKENS_PER_GOAL / _WRITES_PER_SECOND
    seconds += len(batches) * _TOKENS_PER_PROMPT / _READS_PER_SECOND
    return seconds * _scale(ctx, "generator")


def _training(ctx: Context) -> float:
    settings = ctx.config
    texts = generate.n_asked(ctx) + sum(1 for _ in (*views.lookups(ctx), *views.sections(ctx)))
    epochs = settings.finetune.n_epochs
    n_epochs = _EPOCHS if epochs == "auto" else epochs
    seconds = texts * _TOKENS_PER_SAMPLE * n_epochs / _TRAINS_PER_SECOND
    return seconds * _scale(ctx, "student")


def _evaluating(ctx: Context) -> float:
    n = len(holdout.held_out(ctx))
    answers = 4 * n * _TOKENS_PER_ANSWER / _WRITES_PER_SECOND
    contexts = 2 * n * _TOKENS_PER_CONTEXT / _READS_PER_SECOND
    return (answers + contexts) * _scale(ctx, "student")


def _scale(ctx: Context, role: RoleName) -> float:
    """Against the reference model; 0 for a remote role or weights of unknown size."""
    model = getattr(ctx.config.models, role)
    entry = CATALOGUE.get(model.model)
    if model.base_url is not None or entry is None:
        return 0.0
    return entry.n_parameters / _REFERENCE_PARAMETERS
