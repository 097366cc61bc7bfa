"""dataset -> a fine-tuned model, by a job at the student's endpoint."""

import json
import time
from dataclasses import dataclass
from math import isfinite
from typing import Any

from shikomi.errors import EndpointError, UserError
from shikomi.hashing import content_id
from shikomi.llm import finetune as wire
from shikomi.llm.ask import Endpoint
from shikomi.stages import freeze
from shikomi.stages import training_bill as bill
from shikomi.stages.context import Context, Progress, StageReport
from shikomi.store import results, samples
from shikomi.store.results import Metric
from shikomi.types import FinetuneJob, FinetuneSpec

STAGE = "finetune"
VERSION = 1
_HYPERPARAMETERS = (
    "n_epochs",
    "batch_size",
    "learning_rate",
    "lora_rank",
    "lora_alpha",
    "n_layers",
    "max_length",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a model is trained on: a frozen dataset and its file in out/. `suffix` is part of the
    model's name; None: the configured one."""

    dataset_id: str
    file: str
    suffix: str | None = None


def pending(ctx: Context) -> list[str]:
    """The dataset's id, if no job under these settings has succeeded on it."""
    if freeze.pending(ctx):
        return ["dataset"]
    return [] if tuned_job(ctx) else [freeze.dataset_id(ctx)]


def run(ctx: Context) -> StageReport:
    return train(ctx, _taught(ctx)) if pending(ctx) else StageReport()


def _taught(ctx: Context) -> Rows:
    return Rows(dataset_id=freeze.dataset_id(ctx), file=freeze.FILE)


def train(ctx: Context, rows: Rows) -> StageReport:
    """Train the student on the rows, by a job that an earlier run may have begun.

    Raises:
        UserError: the job fails.
    """
    endpoint = ctx.endpoints.open("student")
    began = time.monotonic()
    job_id = _find_or_start(ctx, endpoint, rows)
    view = _follow(ctx, endpoint, job_id)
    if is_hosted(ctx):
        bill.settle(ctx, endpoint, view, key=_key(ctx, rows), seconds=time.monotonic() - began)
    job = _job(rows, view)
    settings = _settings(ctx, endpoint, job_id, rows)
    results.save_job(ctx.store, job, fingerprint=fingerprint(ctx, rows.suffix), settings=settings)
    if job.status != "succeeded" or not job.fine_tuned_model:
        reason = job.error or "it does not say why"
        raise UserError(
            f"the fine-tuning job {job.id} {job.status}: {reason}; see to it and run again"
        )
    curve = results.metrics(ctx.store, job.id)
    loss = f", loss {curve[0].loss:.2f} to {curve[-1].loss:.2f}" if curve else ""
    return StageReport(done=1, summary=f"{job.fine_tuned_model} is ready{loss}")


def tuned_job(ctx: Context) -> FinetuneJob | None:
    """The job whose model is the current tuned model."""
    return job_of(ctx, _taught(ctx))


def job_of(ctx: Context, rows: Rows) -> FinetuneJob | None:
    """The job that has trained the student on the rows."""
    print_id = fingerprint(ctx, rows.suffix)
    found = results.jobs(ctx.store, fingerprint=print_id, dataset_id=rows.dataset_id)
    return next((job for job in found if job.status == "succeeded"), None)


def tuned_identity(ctx: Context, job: FinetuneJob) -> str:
    """Decides replay for the tuned model: its base, its job, its data."""
    return content_id(["tuned", ctx.endpoints.identity("student"), job.id, job.dataset_id])


def below_search(ctx: Context, model: str) -> str:
    """The tuned model as it is asked below sections: an embedded one with less of its adapter.

    An adapter that was taught to answer out of memory also does so where the answer stands before
    it. Between the base's weights and the tuned ones lie models that read as the first and know
    much of what the second does (Wortsman et al., arXiv:2109.01903).
    """
    share = ctx.config.evaluate.adapter_below_search
    return model if is_hosted(ctx) or share == 1 else f"{model}@{share:g}"


def spec(ctx: Context, suffix: str | None = None) -> FinetuneSpec:
    settings = ctx.config.finetune
    chosen = {key: getattr(settings, key) for key in _HYPERPARAMETERS}
    return FinetuneSpec(
        model=ctx.config.models.student.model,
        suffix=suffix or settings.suffix,
        seed=settings.seed,
        hyperparameters={key: value for key, value in chosen.items() if value != "auto"},
    )


def fingerprint(ctx: Context, suffix: str | None = None) -> str:
    return content_id([STAGE, VERSION, spec(ctx, suffix), ctx.endpoints.identity("student")])


def _find_or_start(ctx: Context, endpoint: Endpoint, rows: Rows) -> str:
    """A killed run's job is found by its id, or where the run was killed before it was told that,
    by its metadata; a second one is never started beside it."""
    key, wanted = _key(ctx, rows), spec(ctx, rows.suffix)
    known = bill.job_under_way(ctx, key)
    if known is not None and wire.known_job(endpoint, known) is not None:
        return known
    # the embedded server is this project's alone, and trains one job at a time
    alone = not is_hosted(ctx)
    found = wire.find_job(endpoint, key=key, alone=alone)
    if found is not None:
        return found.id
    bill.cancel(ctx, key, "no such job was started")
    checked = wire.preflight(endpoint, ctx.out / rows.file, wanted)
    for warning in checked.warnings:
        ctx.progress(Progress(stage=STAGE, done=0, total=0, note=warning))
    if is_hosted(ctx):
        bill.reserve(ctx, endpoint, wanted, key=key, n_tokens=checked.n_tokens)
    return _start(ctx, endpoint, rows)


def _start(ctx: Context, endpoint: Endpoint, rows: Rows) -> str:
    key, wanted = _key(ctx, rows), spec(ctx, rows.suffix)
    try:
        file_id = wire.upload(endpoint, ctx.out / rows.file)
        job_id = wire.create_job(endpoint, file_id=file_id, spec=wanted, key=key)
    except EndpointError:  # the job may have been started: the next run looks for it
        raise
    except UserError as error:
        bill.cancel(ctx, key, str(error))
        raise
    bill.started(ctx, key, job_id)
    return job_id


def _key(ctx: Context, rows: Rows) -> str:
    """Names the job at the endpoint and in the ledger."""
    return content_id([rows.dataset_id, fingerprint(ctx, rows.suffix)])


def is_hosted(ctx: Context) -> bool:
    return ctx.config.models.student.is_hosted


def _follow(ctx: Context, endpoint: Endpoint, job_id: str) -> wire.JobView:
    """Wait for the job's end, booking its curve and showing how far it is."""
    after: str | None = None
    while True:
        view = wire.retrieve_job(endpoint, job_id)
        events = wire.events(endpoint, job_id, after)
        after = events[-1].id if events else after
        metrics = [metric for event in events if (metric := _metric(event.data))]
        results.add_metrics(ctx.store, job_id, metrics)
        _show(ctx, events)
        if view.status in wire.ENDED:
            return view
        time.sleep(ctx.config.finetune.poll_seconds)


def _metric(data: dict[str, Any]) -> Metric | None:
    step, loss = _number(data.get("step")), _number(data.get("train_loss"))
    if step is None or loss is None:
        return None
    accuracy = _number(data.get("train_mean_token_accuracy"))
    return Metric(step=int(step), loss=loss, token_accuracy=accuracy)


def _number(value: Any) -> float | None:
    """None for what is no number, or none that a curve can show: a training may diverge."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _show(ctx: Context, events: list[wire.JobEvent]) -> None:
    told = [(event.data, metric) for event in events if (metric := _metric(event.data))]
    if told:
        data, last = told[-1]
        total = int(_number(data.get("total_steps")) or 0)
        note = f"loss {last.loss:.2f}"
        ctx.progress(Progress(stage=STAGE, done=last.step, total=total, note=note))
    elif events:
        ctx.progress(Progress(stage=STAGE, done=0, total=0, note=events[-1].message))


def _job(rows: Rows, view: wire.JobView) -> FinetuneJob:
    return FinetuneJob(
        id=view.id,
        dataset_id=rows.dataset_id,
        status="succeeded" if view.status == "succeeded" else "failed",
        fine_tuned_model=view.fine_tuned_model,
        error=view.error,
    )


def _settings(ctx: Context, endpoint: Endpoint, job_id: str, rows: Rows) -> str:
    """What was asked for, what the endpoint chose, and how much was trained, as JSON."""
    chosen = wire.hyperparameters(endpoint, job_id)
    asked = spec(ctx, rows.suffix)
    n_samples = samples.count(ctx.store, rows.dataset_id)
    return json.dumps({"model": asked.model, "seed": asked.seed, "samples": n_samples} | chosen)
