"""The queue: files are checked as they come, and one job is trained at a time."""

import json
import logging
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from shikomi.engine.training import (
    TrainingProcess,
    TrainingSpec,
    pause_training,
    read_events,
    start_training,
)
from shikomi.errors import UserError, place_of
from shikomi.server.choose import chosen_hyperparameters, training_device, training_processes
from shikomi.server.database import Row
from shikomi.server.files import Files
from shikomi.server.follow import Clock, job_events
from shikomi.server.job_request import requested_hyperparameters
from shikomi.server.jobs import JobEvent, Jobs, Status
from shikomi.server.models import Models, tuned_name
from shikomi.server.results import (
    KEPT_CHECKPOINTS,
    how_it_ended,
    keep_checkpoints,
    keep_result,
    metrics_csv,
)
from shikomi.server.room import NO_ROOM, lacks_room, once_there_is_room
from shikomi.server.settings import ServerSettings
from shikomi.server.validate import FileReport, check_examples

_POLL_SECONDS = 0.5
_SPEC_FIELDS = {field.name for field in fields(TrainingSpec)}  # a job tells more than these
_log = logging.getLogger("shikomi.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    files: Files
    jobs: Jobs
    models: Models


class Worker:
    """Two threads: one checks training files, one trains.

    A job that was running when the server died is found again by its row and goes on from its
    checkpoint.
    """

    def __init__(self, stores: Stores, settings: ServerSettings) -> None:
        self._stores = stores
        self._settings = settings
        self._folder = settings.data / "training"
        self._unload: Callable[[], None] = lambda: None
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._checker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="validation")
        # a thread that lives as long as the server: the trainer may be bound to it
        self._trainer = threading.Thread(target=self._train_queue, name="training", daemon=True)

    def start(self, unload: Callable[[], None]) -> None:
        """Take up what an earlier server left, then wait for new jobs. `unload` frees the
        runtimes' memory, and is called before each training."""
        self._unload = unload
        self._stores.models.sweep()
        self._sweep()
        for job in self._stores.jobs.with_status("validating_files"):
            self.check(job["id"])
        self._trainer.start()

    def _sweep(self) -> None:
        """Remove the work folders of jobs that have ended; a paused one goes on in its own."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._stores.jobs.with_status("running", "queued", "paused")
        alive = {job["id"] for job in unfinished}
        for folder in self._folder.iterdir():
            if folder.name not in alive:
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
            self._give_up(job_id, str(error), code="engine_error")
        except Exception as error:  # noqa: BLE001  the server must outlive any one job
            _log.error("job %s failed: %s", job_id, place_of(error))
            if lacks_room(error):
                self._give_up(job_id, f"{NO_ROOM}, and create the job again", code="disk_full")
            else:
                text = f"internal error ({type(error).__name__})"
                self._give_up(job_id, text, code="server_error")

    def _give_up(self, job_id: str, message: str, *, code: str) -> None:
        """The job's end is told, if only once there is room to write it down."""
        once_there_is_room(
            lambda: self._stores.jobs.fail(job_id, message, code=code), self._stopped
        )

    def _check(self, job: Row) -> None:
        jobs, method = self._stores.jobs, job["method"]
        report = check_examples(self._stores.files.path(job["training_file"]), method=method)
        if _refused(jobs, job, "training_file", report):
            return
        warnings = _warnings("training file", report)
        if job["validation_file"]:
            path = self._stores.files.path(job["validation_file"])
            held_out = check_examples(path, method=method, min_examples=1)
            if _refused(jobs, job, "validation_file", held_out):
                return
            warnings += _warnings("validation file", held_out)
        message = f"Files validated ({report.n_examples} examples), moving job to queued state"
        events = [*warnings, JobEvent(message=message)]
        if jobs.advance(
            job["id"],
            "queued",
            events=events,
            only=("validating_files",),
            n_examples=report.n_examples,
        ):
            self._wake.set()

    def wake(self) -> None:
        """Look at the queue again: a job was resumed, or cancelled while it was paused."""
        self._wake.set()

    def _train_queue(self) -> None:
        while True:
            self._wake.clear()
            if self._stopped.is_set():  # after the clearing: `stop` sets both
                return
            job = once_there_is_room(self._next, self._stopped)
            if job is None:
                once_there_is_room(self._sweep, self._stopped)
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
        only: tuple[Status, ...] = ("queued", "running")
        if not jobs.advance(job_id, "running", events=[JobEvent(message=text)], only=only):
            return
        spec = self._spec(jobs.row(job_id))
        self._unload()
        if self._stopped.is_set() or jobs.row(job_id)["status"] != "running":
            return
        status = self._run(job_id, spec)
        once_there_is_room(lambda: self._finish(job_id, spec.output, status), self._stopped)

    def _run(self, job_id: str, spec: TrainingSpec) -> int:
        """The trainer's exit status; one that had ended before the server died is not run again."""
        if (earlier := _ended(spec.output)) is not None:
            self._tell(job_id, spec.output, Clock())
            return earlier
        process = start_training(spec)
        try:
            self._follow(job_id, spec.output, process)
            # "queued" is one that was resumed before its trainer had left
            if self._stores.jobs.row(job_id)["status"] in ("paused", "queued"):
                pause_training(spec.output, process)
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
            method=job["method"],
            device=self._settings.device,
            checkpoint_seconds=self._settings.checkpoint_seconds,
            n_processes=training_processes(self._settings.device),
            **values,
        )

    def _choose(self, job: Row, weights: Path) -> dict[str, Any]:
        chosen = chosen_hyperparameters(
            requested_hyperparameters(job["method"], job["requested"]),
            base=job["base"],
            weights=weights,
            n_examples=job["n_examples"],
            device=training_device(self._settings.device),
        )
        self._stores.jobs.advance(
            job["id"], "running", only=("running",), chosen=json.dumps(chosen)
        )
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
        """False: the job was cancelled or paused."""
        job = self._stores.jobs.row(job_id)
        events = read_events(output, job["events_read"])
        fields: dict[str, Any] = {"events_read": job["events_read"] + len(events)}
        for event in events:
            if event["type"] == "metrics" and (finish := clock.estimate(event)):
                fields["estimated_finish"] = finish
        if not events or job["status"] != "running":
            return bool(job["status"] == "running")
        statements = keep_checkpoints(self._stores.models, job, output, events)
        told = job_events(events)
        alive = self._stores.jobs.advance(
            job_id, "running", events=told, statements=statements, only=("running",), **fields
        )
        if statements:
            self._stores.models.keep_newest_checkpoints(job_id, KEPT_CHECKPOINTS)
        return alive is not None

    def _finish(self, job_id: str, output: Path, status: int) -> None:
        """May be tried again as often as need be: what was trained for hours is not thrown away
        because the disk is full."""
        if self._stopped.is_set():
            return
        job = self._stores.jobs.row(job_id)
        if job["status"] == "running":
            ends = {event["type"]: event for event in read_events(output)}
            if status == 0 and "done" in ends:
                self._succeed(job, output, ends["done"])
            else:
                self._fail(job_id, ends.get("failed"), how_it_ended(output, status))
        if self._stores.jobs.row(job_id)["status"] not in ("paused", "queued", "running"):
            shutil.rmtree(output, ignore_errors=True)

    def _fail(self, job_id: str, event: dict[str, Any] | None, end: str) -> None:
        if event is None:
            text = f"the trainer ended unexpectedly: {end}"
            self._stores.jobs.fail(job_id, text, code="trainer_crashed")
        else:
            code, param = str(event.get("code") or "training_failed"), event.get("param")
            self._stores.jobs.fail(job_id, str(event["message"]), code=code, param=param)

    def _succeed(self, job: Row, output: Path, done: dict[str, Any]) -> None:
        """Keep the adapter first; one transaction then lists the model and ends the job."""
        models, job_id = self._stores.models, job["id"]
        adapter_sha256 = keep_result(models, job_id, output)
        name = tuned_name(job["base"], job["suffix"], job_id)
        table = metrics_csv(self._stores.jobs.metrics(job_id))
        result, listed = self._stores.files.write_result(
            [table], filename="step_metrics.csv", purpose="fine-tune-results"
        )
        self._stores.jobs.advance(
            job_id,
            "succeeded",
            events=[
                JobEvent(message=f"New fine-tuned model created: {name}"),
                JobEvent(message="The job has successfully completed"),
            ],
            statements=[models.add_statement(job, adapter_sha256), listed],
            only=("running",),
            fine_tuned_model=name,
            trained_tokens=done.get("trained_tokens"),
            result_file=result,
        )


def _ended(output: Path) -> int | None:
    kinds = {event["type"] for event in read_events(output)}
    if "done" in kinds:
        return 0
    return 1 if "failed" in kinds else None


def _refused(jobs: Jobs, job: Row, param: str, report: FileReport) -> bool:
    """True: the job has failed, with an event for each problem and the first in its error."""
    if not report.problems:
        return False
    events = [JobEvent(message=str(problem), level="error") for problem in report.problems]
    text = f"{job[param]} is not a valid {param.replace('_', ' ')}: {report.summary()}"
    jobs.fail(job["id"], text, code="invalid_" + param, param=param, events=events)
    return True


def _warnings(label: str, report: FileReport) -> list[JobEvent]:
    return [JobEvent(message=f"{label}, {warning}", level="warn") for warning in report.warnings]
