"""A made-up system with its documents, and a scripted endpoint that plays every model.

The generator follows the schema of its request to the letter; the tuned student knows the
held-out answers, the base student only what stands in the excerpts it is given.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

from batch_host import BatchHost
from rolling_script import asked, replied, vector
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.llm.scripted import ScriptedServer
from views_script import across, is_rewrite, looked_up, rewritten

SYSTEM = "Lumenbox"
TUNED = "ft:scripted-student:lumenbox"
CHAT_TEMPERATURE = 0.7

PAGES = {
    "index.md": """# Lumenbox

Lumenbox is a lamp controller for greenhouses, made by the Halden workshop.

- [Dimmer](dimmer.md)
- [Timer](timer.md)
- [Alarms](alarms.md)
""",
    "dimmer.md": """# Dimmer

The dimmer fades a lamp within 40 seconds. A dimmer card carries 6 lamps at most.

| Code | Meaning |
|---|---|
| LB-17 | the fuse of the dimmer is blown |
| LB-23 | the dimmer waits for the mains |
""",
    "timer.md": """# Timer

The timer starts the lamps at 05:30 every morning. It repeats a failed start after 9 minutes.

To set the timer:

- Hold the green key for 4 seconds.
- Turn the wheel to the mark `T7`.
""",
    "alarms.md": """# Alarms

A heat alarm sounds when the housing is warmer than 71 degrees.
The alarm log keeps 250 entries and drops the oldest one.
""",
    "network.md": """# Network

The controller listens on port 4711. A station may send 12 telegrams in a second.

```
lumen connect --station 3 --port 4711
```
""",
    "care.html": """<html><head><title>Care</title></head><body><nav>Home</nav><main><h1>Care</h1>
<p>The air filter is changed after 900 hours. The filter of the pump lasts 3 seasons.</p>
</main></body></html>""",
}
CP932_PAGE = """# 清掃の手順

ランプの清掃は14日ごとに行います。清掃の前に電源を切り、15分待ちます。
汚れた反射板には洗剤「ヒカリ3号」を使います。
"""
QUESTIONS = [
    ("q01", "How long does Lumenbox take to fade?", "40 seconds", "dimmer.md"),
    ("q02", "Which Lumenbox code reports a blown fuse?", "LB-17", "dimmer.md"),
    ("q03", "How many lamps go on one Lumenbox card?", "6", "dimmer.md"),
    ("q04", "When do lamps of a Lumenbox come on?", "05:30", "timer.md"),
    ("q05", "Where must the wheel of a Lumenbox point?", "T7", "timer.md"),
    ("q06", "What heat is too much for a Lumenbox?", "71 degrees", "alarms.md"),
    ("q07", "How long is the history of a Lumenbox?", "250", "alarms.md"),
    ("q08", "Where can I reach a Lumenbox by TCP?", "4711", "network.md"),
    ("q09", "What rate of telegrams does Lumenbox bear?", "12", "network.md"),
    ("q10", "When is a new air filter due in Lumenbox?", "900 hours", "care.md"),
    ("q11", "Lumenboxの掃除は何日おきですか？", "14日", "cleaning.md"),
    ("q12", "Lumenboxの反射板には何が要りますか？", "ヒカリ3号", "cleaning.md"),
]


def write_documents(source: Path, pages=None) -> None:
    source.mkdir(parents=True, exist_ok=True)
    for name, text in (PAGES if pages is None else pages).items():
        (source / name).write_text(text, encoding="utf-8")
    if pages is None:
        (source / "cleaning.txt").write_bytes(CP932_PAGE.encode("cp932"))


GENERATE = "[generate]\ngoals_per_row = 3\nwordings = 2\n"
# Views that hosted students get by default; the tests of each have their own.
WITHOUT = {"structure": 0, "negatives": 0, "replay": 0}


def question_lines(questions=QUESTIONS) -> str:
    return "".join(
        json.dumps(
            {"id": i, "question": q, "answer": a, "accept": [[a]], "section": page},
            ensure_ascii=False,
        )
        + "\n"
        for i, q, a, page in questions
    )


def write_project(folder: Path, base_url: str, *, pages=None, questions=QUESTIONS, extra="",
                  role="") -> Path:  # fmt: skip
    """A project whose models are all at `base_url`; `role` is added to each of them. Nothing but
    pairs is written unless `extra` names a tier."""
    write_documents(folder / "source", pages)
    settings = extra if "[generate]" in extra else GENERATE + extra
    if "tier =" not in settings:
        settings = settings.replace("[generate]\n", "[generate]\ntexts_per_section = 0\n")
    roles = "".join(
        f'[models.{name}]\nmodel = "scripted-{name}"\nbase_url = "{base_url}"\n{role}\n'
        for name in ("generator", "judge", "student")
    )
    (folder / "shikomi.toml").write_text(
        f'[project]\nroot = "{SYSTEM}"\n{roles}[finetune]\npoll_seconds = 0.02\n'
        f"{_without(settings)}",
        encoding="utf-8",
    )
    if questions:
        (folder / "questions.jsonl").write_text(question_lines(questions), encoding="utf-8")
    return folder


def _without(settings: str) -> str:
    """The settings, further views off that they do not speak of."""
    off = [f"{view} = {n}\n" for view, n in WITHOUT.items() if f"\n{view} = " not in settings]
    return settings.replace("[generate]\n", "[generate]\n" + "".join(off), 1)


def run(folder: Path, only=None, *, retry_failed=False, environment=None) -> list[str]:
    """A run in this process. Returns the reasons of what failed."""
    machine = Machine(cache=folder / "no-cache", environment=environment or {})
    with app.open_project(folder, machine) as ctx:
        if retry_failed:
            app.reopen_failed(ctx)
        return app.run(ctx, only=only)


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "shikomi", *words, "--project", str(folder)]


def shikomi(folder: Path, *words: str, env=None) -> subprocess.CompletedProcess:
    """`shikomi WORDS --project FOLDER`, to its end."""
    return subprocess.run(
        command(folder, *words),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=os.environ | {"NO_COLOR": "1"} | (env or {}),
        check=False,
    )


def kind_of(body) -> str:
    """What a chat call asks for: "generate", "exam", "verdict", "pair", or of written views
    "cross"; in rolling conversations "question"; without JSON, see `_text_kind`."""
    schema = _schema(body)
    if schema is None:
        return _text_kind(body)
    keys = schema["properties"]
    if keys.keys() == {"question"}:
        return "question"
    for key, kind in (("verdict", "verdict"), ("supported", "pair"), ("evidence_a", "cross")):
        if key in keys:
            return kind
    return "generate" if "reworded" in keys["1"]["properties"] else "exam"


def _text_kind(body) -> str:
    """A "rewrite" (focal ones, too), a "check" of a question across pages, "chat", the "reply" of
    a rolling conversation, or an "answer"."""
    if is_rewrite(body):
        return "rewrite"
    if body["model"] == "scripted-generator" and _has_context(body):
        return "check"
    if body.get("temperature") == CHAT_TEMPERATURE:
        return "chat"
    return "reply" if body["messages"][-1]["content"].startswith("<document>") else "answer"


def _has_context(body):
    return body["messages"][-1]["content"].startswith("<context>")


def _schema(body):
    wanted = body.get("response_format")
    return wanted["json_schema"]["schema"] if wanted else None


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
        return _RIGHT.get(kind_of(body), _written)(body)

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
        self.files[file_id] = _uploaded(raw)
        return 200, {}, _file(file_id, len(raw))

    def _create(self, path, raw):
        self.n_requests += 1
        asked = json.loads(raw)
        time.sleep(self.delay)
        if self.job_refusal:
            return self.job_refusal, {}, {"error": {"message": "no job here"}}
        with self._lock:
            job_id = f"ftjob-{len(self.jobs) + 1}"
            kept = {} if self.keeps_metadata else {"metadata": {}}
            self.jobs[job_id] = _job(job_id, asked) | {"polls": 0} | kept
        return 200, {}, _shown(self.jobs[job_id])

    def _jobs(self, path, raw):
        self.n_requests += 1
        parts = urlsplit(path).path.removeprefix("/v1/fine_tuning/jobs").strip("/").split("/")
        time.sleep(self.delay)
        if parts == [""]:
            found = [_shown(job) for job in reversed(self.jobs.values())]
            return 200, {}, {"object": "list", "data": found, "has_more": False}
        if self.job_silence or parts[0] not in self.jobs:
            return self.job_silence or 404, {}, {"error": {"message": "nothing to see"}}
        job = self.jobs[parts[0]]
        if parts[1:] == ["events"] and not self.has_events:
            return 404, {}, {"error": {"message": "no such route"}}
        if parts[1:] == ["events"]:
            return 200, {}, {"object": "list", "data": _events(job), "has_more": False}
        job["polls"] += 1
        if job["polls"] > 1:
            job |= self._ending()
        return 200, {}, _shown(job)

    def _ending(self):
        if self.job_error is None:
            ended = {"trained_tokens": self.trained_tokens, "fine_tuned_model": self.tuned}
            return ended | {"status": "succeeded"}
        error = {"code": "failed", "message": self.job_error, "param": None}
        return {"status": "failed", "error": error}


def _student(body):
    model, prompt = body["model"], body["messages"][-1]["content"]
    context = prompt.partition("<context>")[2].partition("</context>")[0]
    known = next(((q, a) for _, q, a, _ in QUESTIONS if q in prompt), None)
    if known and (model == TUNED or known[1] in context):
        return f"It is {known[1]}."
    return "I do not know."


def _chatted(body):
    return f"Gladly, number {body['seed']}: {body['messages'][-1]['content'][::-1]}"


def _written(body):
    return json.dumps(_entries(body), ensure_ascii=False)


_RIGHT = {
    "verdict": lambda body: json.dumps({"verdict": "CORRECT"}),
    "pair": lambda body: json.dumps({"reason": "it says so", "supported": True}),
    "answer": _student,
    "chat": _chatted,
    "question": lambda body: json.dumps({"question": asked(body, SYSTEM)}, ensure_ascii=False),
    "reply": replied,
    "rewrite": lambda body: rewritten(body, SYSTEM),
    "cross": lambda body: across(body, SYSTEM),
    "check": looked_up,
}


def statements(body) -> dict[str, tuple[str, str]]:
    """By number: the statement, and the words that its question is to ask for ("": any)."""
    prompt = next(each["content"] for each in body["messages"] if each["role"] == "user")
    lines = re.findall(r"^(\d+)\. (.+)$", prompt[prompt.rindex("\n\n") :], re.MULTILINE)
    found = {number: re.fullmatch(r"(.*?)(?: \[([^\]]*)\])?", line) for number, line in lines}
    return {number: (match[1], match[2] or "") for number, match in found.items()}


def target(body) -> str:
    """What the first question of a generating call is to ask for."""
    return statements(body)["1"][1]


def _entries(body):
    """An entry for each numbered statement, its question in the form that the schema asks for."""
    stated = statements(body)
    schema = _schema(body)["properties"]
    return {
        number: _entry(entry["properties"], *stated[number]) for number, entry in schema.items()
    }


def _entry(properties, statement, target):
    pattern = properties["question"]["pattern"]
    exam = "reworded" not in properties
    if not target:
        target = statement.strip(".。").split()[-1]
    rest = statement.replace(target, " ", 1)
    rest = re.sub(r'[?？؟。():：\n\t"\\]', " ", rest).strip(" .")
    if "。" in pattern:
        ask = f"{SYSTEM}で{rest}のところは何ですか？"
        again = f"{SYSTEM}の話です、{rest[::-1]}とは？"
    else:
        ask = f"In {SYSTEM}, what completes this: {rest}?"
        turned = " ".join(reversed(rest.split()))
        again = f"Tell me what is missing about {SYSTEM} here: {turned}?"
    for question in (ask, again):
        assert re.search(pattern, question), (pattern, question)
    known = {
        "asks_for": properties.get("asks_for", {}).get("const"),
        "question": ask,
        "answer": target if exam else statement,
        "reworded": again,
    }
    return {
        key: known[key] if key in known else f"{again[:-1]}{key[-1]}{again[-1]}"
        for key in properties
    }


def _uploaded(raw: bytes) -> bytes:
    boundary = raw.split(b"\r\n", 1)[0][2:]
    head = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    parts = message_from_bytes(head + raw).get_payload()
    named = {part.get_param("name", header="content-disposition"): part for part in parts}
    return named["file"].get_payload(decode=True)


def _file(file_id, size):
    return {"id": file_id, "object": "file", "bytes": size, "created_at": 0,
            "filename": "dataset.jsonl", "purpose": "fine-tune", "status": "processed"}  # fmt: skip


def _job(job_id, asked):
    return {"id": job_id, "object": "fine_tuning.job", "created_at": 0, "model": asked["model"],
            "organization_id": "org", "result_files": [], "seed": asked["seed"],
            "status": "running", "training_file": asked["training_file"],
            "fine_tuned_model": None, "metadata": asked["metadata"],
            "method": {"type": "supervised",
                       "supervised": {"hyperparameters": {"n_epochs": 4}}},
            "hyperparameters": {"n_epochs": 4}}  # fmt: skip


def _shown(job):
    return {key: value for key, value in job.items() if key != "polls"}


def _events(job):
    if job["status"] != "succeeded":
        return []
    return [
        {"id": f"ev-{step}", "object": "fine_tuning.job.event", "created_at": step,
         "level": "info", "message": f"step {step}", "type": "metrics",
         "data": {"step": step, "total_steps": 3, "train_loss": 3.0 / step}}
        for step in (3, 2, 1)
    ]  # fmt: skip
