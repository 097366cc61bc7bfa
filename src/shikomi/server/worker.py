"""The queue: files are checked as they come, and one job is trained at a time."""

import json
import logging
import shutil
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shikomi.engine.training import (
    LOG_FILE,
    TrainingProcess,
    TrainingSpec,
    read_events,
    start_training,
)
from shikomi.errors import UserError
from shikomi.hashing import file_sha256
from shikomi.server.choose import chosen_hyperparameters, training_device
from shikomi.server.database import Row
from shikomi.server.files import Files
from shikomi.server.follow import Clock, job_events
from shikomi.server.job_request import RequestedHyperparameters
from shikomi.server.jobs import JobEvent, Jobs
from shikomi.server.models import Models, tuned_name
from shikomi.server.results import metrics_csv
from shikomi.server.settings import ServerSettings
from shikomi.server.validate import FileReport, check_examples

_POLL_SECONDS = 0.5
_log = logging.getLogger("shikomi.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    files: Files
    jobs: Jobs
    models: Models


class Worker:
    """Two threads: one checks training files, one trains.

    `unload` frees the runtimes' memory and is called before each training. A job that was
    running when the server died is found again by its row and goes on from its checkpoint.
    """

    def __init__(
        self, stores: Stores, settings: ServerSettings, unload: Callable[[], None]
    ) -> None:
        self._stores = stores
        self._settings = settings
        self._folder = settings.data / "training"
        self._unload = unload
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._checker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="validation")
        # a thread that lives as long as the server: the trainer may be bound to it
        self._trainer = threading.Thread(target=self._train_queue, name="training", daemon=True)

    def start(self) -> None:
        """Take up what an earlier server left, then wait for new jobs."""
        self._sweep()
        for job in self._stores.jobs.with_status("validating_files"):
            self.check(job["id"])
        self._trainer.start()

    def _sweep(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        running = {job["id"] for job in self._stores.jobs.with_status("running")}
        for folder in self._folder.iterdir():
            if folder.name not in running:
                shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        """End the running trainer; its job stays "running" for the next start."""
        self._stopped.set()
        self._wake.set()
        self._checker.shutdown(wait=False, cancel_futures=True)
        self._trainer.join(timeout=10)

    def check(self, job_id: str) -> None:
        """Check a new job's files, and queue it."""
        self._checker.submit(self._guarded, self._check, job_id)

    def _guarded(self, work: Callable[[Row], None], job_id: str) -> None:
        """A job's boundary: whatever goes wrong in it is that job's failure, never the server's."""
        try:
            work(self._stores.jobs.row(job_id))
        except UserError as error:
            self._stores.jobs.fail(job_id, str(error), code="engine_error")
        except Exception as error:  # noqa: BLE001  the server must outlive any one job
            _log.exception("job %s failed", job_id)
            text = f"internal error ({type(error).__name__})"
            self._stores.jobs.fail(job_id, text, code="server_error")

    def _check(self, job: Row) -> None:
        jobs = self._stores.jobs
        report = check_examples(self._stores.files.path(job["training_file"]))
        if _refused(jobs, job, "training_file", report):
            return
        if job["validation_file"]:
            path = self._stores.files.path(job["validation_file"])
            if _refused(jobs, job, "validation_file", check_examples(path, min_examples=1)):
                return
        message = f"Files validated ({report.n_examples} examples), moving job to queued state"
        events = [JobEvent(message=message)]
        if jobs.advance(job["id"], "queued", events=events, n_examples=report.n_examples):
            self._wake.set()

    def _train_queue(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            job = self._next()
            if job is None:
                self._wake.wait()
            else:
                self._guarded(self._train, job["id"])

    def _next(self) -> Row | None:
        jobs = self._stores.jobs
        waiting = jobs.with_status("running") or jobs.with_status("queued")
        return waiting[0] if waiting else None

    def _train(self, job: Row) -> None:
        job_id, jobs = job["id"], self._stores.jobs
        again = job["status"] == "running"
        text = "The server was restarted; the job goes on" if again else "Fine-tuning job started"
        if not jobs.advance(job_id, "running", events=[JobEvent(message=text)]):
            return
        spec = self._spec(jobs.row(job_id))
        self._unload()
        if self._stopped.is_set():
            return
        status = self._run(job_id, spec)
        if not self._stopped.is_set():
            self._finish(jobs.row(job_id), spec.output, status)

    def _run(self, job_id: str, spec: TrainingSpec) -> int:
        """The trainer's exit status; one that had ended before the server died is not run again."""
        if (earlier := _ended(spec.output)) is not None:
            self._tell(job_id, spec.output, Clock())
            return earlier
        process = start_training(spec)
        try:
            self._follow(job_id, spec.output, process)
        finally:
            process.terminate()
        return process.wait()

    def _spec(self, job: Row) -> TrainingSpec:
        """The same for every start of one job: the trainer resumes only on an equal one."""
        files, base = self._stores.files, job["base"]
        weights = self._stores.models.weights(base)
        chosen = json.loads(job["chosen"]) if job["chosen"] else self._choose(job, weights)
        values = {key: value for key, value in chosen.items() if key in _SPEC_FIELDS}
        validation = job["validation_file"]
        return TrainingSpec(
            base=weights,
            train_file=files.path(job["training_file"]),
            validation_file=files.path(validation) if validation else None,
            output=self._folder / job["id"],
            seed=job["seed"],
            device=self._settings.device,
            checkpoint_seconds=self._settings.checkpoint_seconds,
            **values,
        )

    def _choose(self, job: Row, weights: Path) -> dict[str, Any]:
        chosen = chosen_hyperparameters(
            RequestedHyperparameters.model_validate_json(job["requested"]),
            base=job["base"],
            weights=weights,
            n_examples=job["n_examples"],
            device=training_device(self._settings.device),
        )
        self._stores.jobs.advance(job["id"], "running", chosen=json.dumps(chosen))
        return chosen

    def _follow(self, job_id: str, output: Path, process: TrainingProcess) -> None:
        """Tell the trainer's events until it ends, the job is cancelled or the server stops."""
        clock = Clock()
        while not self._stopped.is_set():
            running = process.poll() is None
            if not self._tell(job_id, output, clock) or not running:
                return
            self._stopped.wait(_POLL_SECONDS)

    def _tell(self, job_id: str, output: Path, clock: Clock) -> bool:
        """False: the job was cancelled."""
        job = self._stores.jobs.row(job_id)
        events = read_events(output, job["events_read"])
        fields: dict[str, Any] = {"events_read": job["events_read"] + len(events)}
        for event in events:
            if event["type"] == "metrics" and (step := event.get("step")):
                finish = clock.estimate(step, event.get("total_steps", step))
                fields |= {"estimated_finish": finish} if finish else {}
        if not events:
            return bool(job["status"] == "running")
        return self._stores.jobs.advance(job_id, "running", events=job_events(events), **fields)

    def _finish(self, job: Row, output: Path, status: int) -> None:
        if job["status"] == "running":
            ends = {event["type"]: event for event in read_events(output)}
            if status == 0 and "done" in ends:
                self._succeed(job, output, ends["done"])
            else:
                self._fail(job["id"], ends.get("failed"), _how_it_ended(output, status))
        shutil.rmtree(output, ignore_errors=True)

    def _fail(self, job_id: str, event: dict[str, Any] | None, end: str) -> None:
        if event is None:
            text = f"the trainer ended unexpectedly: {end}"
            self._stores.jobs.fail(job_id, text, code="trainer_crashed")
        else:
            code = str(event.get("code") or "training_failed")
            param = "training_file" if event.get("line") else None
            self._stores.jobs.fail(job_id, str(event["message"]), code=code, param=param)

    def _succeed(self, job: Row, output: Path, done: dict[str, Any]) -> None:
        """Keep the adapter first; one transaction then lists the model and ends the job."""
        models, job_id = self._stores.models, job["id"]
        target = models.adapter_path(job_id)
        partial = target.with_suffix(".part")
        shutil.copyfile(output / "adapter.gguf", partial)
        partial.replace(target)
        name = tuned_name(job["base"], job["suffix"], job_id)
        table = metrics_csv(self._stores.jobs.metrics(job_id))
        self._stores.jobs.advance(
            job_id,
            "succeeded",
            events=[
                JobEvent(message=f"New fine-tuned model created: {name}"),
                JobEvent(message="The job has successfully completed"),
            ],
            statements=[models.add_statement(job, file_sha256(target))],
            fine_tuned_model=name,
            trained_tokens=done.get("trained_tokens"),
            result_file=self._stores.files.add_result(table, filename="step_metrics.csv"),
        )


_SPEC_FIELDS = (
    "n_epochs",
    "batch_size",
    "learning_rate",
    "lora_rank",
    "lora_alpha",
    "n_layers",
    "max_length",
)


def _ended(output: Path) -> int | None:
    kinds = {event["type"] for event in read_events(output)}
    if "done" in kinds:
        return 0
    return 1 if "failed" in kinds else None


def _how_it_ended(output: Path, status: int) -> str:
    """The exit status, or the signal, and the last line that the trainer wrote."""
    if status < 0:
        name = signal.Signals(-status).name
        return f"it was killed ({name}); the memory may not have been enough"
    log = output / LOG_FILE
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"exit status {status}; {lines[-1] if lines else 'it gave no reason'}"


def _refused(jobs: Jobs, job: Row, param: str, report: FileReport) -> bool:
    if not report.problems:
        return False
    reasons = "; ".join(str(problem) for problem in report.problems)
    text = f"{job[param]} is not a valid {param.replace('_', ' ')}: {reasons}"
    jobs.fail(job["id"], text, code="invalid_" + param, param=param)
    return True
