"""The Batch API of a scripted endpoint."""

import json
from urllib.parse import urlsplit

from shikomi.llm.scripted import chat_completion


class BatchHost:
    """Batches over `files`, each line answered by `answer`.

    A batch goes on until `ending` says how it ends; what `skip(body)` names it leaves out. `made`
    are all batches by id, `bodies` those of all their lines.
    """

    def __init__(self, files, answer) -> None:
        self._files = files
        self._answer = answer
        self.made: dict[str, dict] = {}
        self.bodies: list[dict] = []
        self.ending: str | None = "completed"
        self.skip = lambda body: False
        self.refusal: int | None = None  # the HTTP status that a new batch is answered with
        self.starts_all_the_same = False  # as where only the answer is lost on its way
        self.is_listed = True

    def create(self, path, raw):
        if self.refusal and not self.starts_all_the_same:
            return self.refusal, {}, {"error": {"message": "no batch here"}}
        batch = _batch(f"batch-{len(self.made) + 1}", json.loads(raw))
        self.made[batch["id"]] = batch
        self.bodies += [line["body"] for line in self._lines(batch)]
        if self.refusal:
            return self.refusal, {}, {"error": {"message": "the answer was lost"}}
        return 200, {}, batch

    def show(self, path, raw):
        batch_id = urlsplit(path).path.removeprefix("/v1/batches").strip("/")
        if not batch_id and self.is_listed:
            found = list(reversed(self.made.values()))
            return 200, {}, {"object": "list", "data": found, "has_more": False}
        if batch_id not in self.made:
            return 404, {}, {"error": {"message": f"no batch {batch_id}"}}
        batch = self.made[batch_id]
        if self.ending and batch["status"] == "in_progress":
            self._end(batch)
        return 200, {}, batch

    def content(self, path, raw):
        found = self._files.get(path.split("/")[3])
        return (404, {}, {"error": {"message": "gone"}}) if found is None else (200, {}, found)

    def _lines(self, batch):
        return [json.loads(line) for line in self._files[batch["input_file_id"]].splitlines()]

    def _end(self, batch):
        batch |= {"status": self.ending, f"{self.ending}_at": 60}
        if self.ending == "failed":
            error = {"code": "bad", "message": "line 1 is no JSON", "line": 1, "param": None}
            batch["errors"] = {"object": "list", "data": [error]}
            return
        entries = [entry for line in self._lines(batch) if (entry := self._entry(line))]
        good = [entry for entry in entries if _status(entry) == 200]
        bad = [entry for entry in entries if _status(entry) != 200]
        for name, found in (("output_file_id", good), ("error_file_id", bad)):
            if found:
                batch[name] = f"file-{len(self._files) + 1}"
                text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in found)
                self._files[batch[name]] = text.encode()

    def _entry(self, line):
        """None: there is none in either file."""
        entry = {"custom_id": line["custom_id"], "response": None, "error": None}
        if self.skip(line["body"]):
            error = {"code": "batch_expired", "message": "too late"}
            return entry | {"error": error} if self.ending == "expired" else None
        answer = self._answer(line["body"])
        status, _, body = (200, {}, chat_completion(answer)) if isinstance(answer, str) else answer
        return entry | {"response": {"status_code": status, "request_id": "r", "body": body}}


def _status(entry):
    return (entry["response"] or {}).get("status_code")


def _batch(batch_id, asked):
    return {"id": batch_id, "object": "batch", "created_at": 0, "status": "in_progress",
            "endpoint": asked["endpoint"], "completion_window": asked["completion_window"],
            "input_file_id": asked["input_file_id"], "metadata": asked.get("metadata"),
            "request_counts": {"total": 0, "completed": 0, "failed": 0}}  # fmt: skip
