"""A scripted endpoint that plays every model, and trains."""

import json
import threading
import time
from urllib.parse import urlsplit

from batch_host import BatchHost
from rolling_script import vector
from shikomi.llm.scripted import ScriptedServer
from world import jobs, replies
from world.replies import TUNED, kind_of


class World:
    """The endpoint: chat, files, fine-tuning jobs and batches. `answer` is the chat script.

    `spoil(body)` may give another reply instead (None: the right one). `delay` is in seconds.
    """

    def __init__(self, *, spoil=None, delay=0.0) -> None:
        self.spoil = spoil or (lambda body: None)
        self.delay = delay
        self.jobs: dict[str, dict] = {}
        self.files: dict[str, bytes] = {}
        self.n_requests = 0
        self.tuned = TUNED  # what a job's model is called
        self.job_error: str | None = None  # why every job fails from now on
        self.trained_tokens: int | None = None  # what a job says at its end
        self.job_refusal: int | None = None  # the HTTP status that no job gets past
        self.job_silence: int | None = None  # the HTTP status of whoever asks for one job
        self.keeps_metadata = True
        self.has_events = True
        self.loss: object = None  # what a job says of every step; None: one that falls
        self.embedded: list[str] = []  # the texts whose vectors were asked for
        self.batch = BatchHost(self.files, self.answer)
        self._lock = threading.Lock()
        routes = {
            "POST /v1/files": self._upload,
            "GET /v1/files": self._counted(self.batch.content),
            "POST /v1/batches": self._counted(self.batch.create),
            "GET /v1/batches": self._counted(self.batch.show),
            "POST /v1/fine_tuning/jobs": self._create,
            "GET /v1/fine_tuning/jobs": self._jobs,
            "POST /v1/embeddings": self._embed,
        }
        self.server = ScriptedServer(self.answer, routes=routes)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.server.__exit__(*error)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def seen(self):
        return self.server.seen

    def kinds(self) -> list[str]:
        return [kind_of(body) for body in self.seen]

    def _counted(self, route):
        def counting(path, raw):
            self.n_requests += 1
            return route(path, raw)

        return counting

    def answer(self, body):
        self.n_requests += 1
        time.sleep(self.delay)
        try:
            spoiled = self.spoil(body)
            return self.right(body) if spoiled is None else spoiled
        except Exception as error:  # noqa: BLE001  a bug of the script shows at once
            return 404, {}, {"error": {"message": f"the script: {error!r}"}}

    def right(self, body) -> str:
        """What a model that does as it is told would reply."""
        return replies.right(body)

    def _embed(self, path, raw):
        self.n_requests += 1
        text = json.loads(raw)["input"]
        self.embedded.append(text)
        data = [{"object": "embedding", "index": 0, "embedding": vector(text)}]
        usage = {"prompt_tokens": 7, "total_tokens": 7}
        return 200, {}, {"object": "list", "data": data, "model": "m", "usage": usage}

    def _upload(self, path, raw):
        self.n_requests += 1
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = jobs.uploaded(raw)
        return 200, {}, jobs.file(file_id, len(raw))

    def _create(self, path, raw):
        self.n_requests += 1
        asked = json.loads(raw)
        time.sleep(self.delay)
        if self.job_refusal:
            return self.job_refusal, {}, {"error": {"message": "no job here"}}
        with self._lock:
            job_id = f"ftjob-{len(self.jobs) + 1}"
            kept = {} if self.keeps_metadata else {"metadata": {}}
            self.jobs[job_id] = jobs.job(job_id, asked) | {"polls": 0} | kept
        return 200, {}, jobs.shown(self.jobs[job_id])

    def _jobs(self, path, raw):
        self.n_requests += 1
        parts = urlsplit(path).path.removeprefix("/v1/fine_tuning/jobs").strip("/").split("/")
        time.sleep(self.delay)
        if parts == [""]:
            found = [jobs.shown(job) for job in reversed(self.jobs.values())]
            return 200, {}, {"object": "list", "data": found, "has_more": False}
        if self.job_silence or parts[0] not in self.jobs:
            return self.job_silence or 404, {}, {"error": {"message": "nothing to see"}}
        job = self.jobs[parts[0]]
        if parts[1:] == ["events"] and not self.has_events:
            return 404, {}, {"error": {"message": "no such route"}}
        if parts[1:] == ["events"]:
            return (
                200,
                {},
                {"object": "list", "data": jobs.events(job, self.loss), "has_more": False},
            )
        job["polls"] += 1
        if job["polls"] > 1:
            job |= self._ending(job["user_provided_suffix"])
        return 200, {}, jobs.shown(job)

    def _ending(self, suffix):
        if self.job_error is None:
            name = f"{self.tuned}-study" if suffix.endswith("-study") else self.tuned
            ended = {"trained_tokens": self.trained_tokens, "fine_tuned_model": name}
            return ended | {"status": "succeeded"}
        error = {"code": "failed", "message": self.job_error, "param": None}
        return {"status": "failed", "error": error}
