"""How long a run will take, from counts and from speeds seen on two laptop-class cores."""

from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.training import default_hyperparameters
from shikomi.stages import evaluate, finetune, generate, holdout, views
from shikomi.stages.context import Context, RoleName

_READS_PER_SECOND = 50.0  # tokens, 1.5B parameters
_WRITES_ALONE_PER_SECOND = 11.0
_WRITES_TOGETHER_PER_SECOND = 22.0  # from four requests at a time on
_TRAINS_PER_SECOND = 105.0
_REFERENCE_PARAMETERS = 1.54e9
_TOKENS_PER_QUESTION = 23
_TOKENS_PER_WRITTEN_ANSWER = 30
_TOKENS_PER_PROMPT = 80  # the rest is shared with the call before
_TOKENS_PER_ANSWER = 35
_TOKENS_PER_CONTEXT = 350  # the rest is shared with the question before
_TOKENS_PER_SAMPLE = 70
_TOKENS_PER_RETRIEVED_SECTION = 350


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
    n_goals = sum(len(batch.goals) for batch in batches)
    n_questions = ctx.config.generate.wordings * n_goals
    tokens = n_questions * _TOKENS_PER_QUESTION
    if generate.writes_answers(ctx):
        tokens += n_goals * _TOKENS_PER_WRITTEN_ANSWER
    seconds = tokens / _writes_per_second(ctx)
    seconds += len(batches) * _TOKENS_PER_PROMPT / _READS_PER_SECOND
    return seconds * _scale(ctx, "generator")


def _training(ctx: Context) -> float:
    settings = ctx.config
    n_pairs = generate.n_asked(ctx) + sum(1 for _ in views.lookups(ctx))
    n_samples = n_pairs + sum(1 for _ in views.sections(ctx))
    tokens = n_samples * _TOKENS_PER_SAMPLE
    context = settings.evaluate.retrieved_sections * _TOKENS_PER_RETRIEVED_SECTION
    tokens += round(n_pairs * settings.generate.open_book) * context
    return tokens * _epochs(ctx, n_samples) / _TRAINS_PER_SECOND * _scale(ctx, "student")


def _epochs(ctx: Context, n_samples: int) -> int:
    asked = ctx.config.finetune.n_epochs
    entry = CATALOGUE.get(ctx.config.models.student.model)
    if asked != "auto":
        return asked
    return default_hyperparameters(entry.n_parameters if entry else 0, n_samples, "cpu").n_epochs


def _evaluating(ctx: Context) -> float:
    n = len(holdout.held_out(ctx))
    answers = 4 * n * _TOKENS_PER_ANSWER / _writes_per_second(ctx)
    contexts = 2 * n * _TOKENS_PER_CONTEXT / _READS_PER_SECOND
    return (answers + contexts) * _scale(ctx, "student")


def _writes_per_second(ctx: Context) -> float:
    side_by_side = min(ctx.config.server.parallel, 4)
    gain = _WRITES_TOGETHER_PER_SECOND - _WRITES_ALONE_PER_SECOND
    return _WRITES_ALONE_PER_SECOND + gain * (side_by_side - 1) / 3


def _scale(ctx: Context, role: RoleName) -> float:
    """Against the reference model; 0 for a remote role or weights of unknown size."""
    model = getattr(ctx.config.models, role)
    entry = CATALOGUE.get(model.model)
    if model.base_url is not None or entry is None:
        return 0.0
    return entry.n_parameters / _REFERENCE_PARAMETERS
