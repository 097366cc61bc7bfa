"""A real server as a process, and the examples it is trained on."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psutil
from openai import OpenAI

SMALL = "smollm2-135m-instruct"
HOSTED = "gpt-4o-mini"
QUICK = {
    "n_epochs": 6,
    "batch_size": 12,
    "n_layers": 3,
    "learning_rate": 0.01,
    "lora_rank": 8,
    "max_length": 128,
}
SHORT = {"n_epochs": 4, "batch_size": 6, "learning_rate": 0.01, "lora_rank": 4, "max_length": 128}
JOB_SECONDS = 900  # a guard against hanging, on a machine that others use too


def server_command(data: Path, cache: Path, *options: str) -> list[str]:
    """`python -m shikomi.server` on a free port."""
    command = [sys.executable, "-m", "shikomi.server", "--data", str(data)]
    return [*command, "--cache", str(cache), "--parent-pipe", *options]


class ServerProcess:
    """What `command` starts, ended with `stop`; it answers when it is made."""

    def __init__(self, command: list[str], log: Path, **environment: str) -> None:
        self.log = log
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=os.environ | environment,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.ready: dict[str, Any] = json.loads(line)
        self.url: str = self.ready["base_url"]
        self.http = httpx2.Client(base_url=self.url, trust_env=False, timeout=120)
        self.sdk = OpenAI(base_url=self.url, api_key="none", max_retries=0)

    def stop(self) -> None:
        self.http.close()
        self.sdk.close()
        self.process.terminate()
        self.process.wait(120)

    def children(self) -> list[psutil.Process]:
        """The runtimes and the trainer; those that end meanwhile are left out."""
        living = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                child.cmdline()
                living.append(child)
        return living

    def children_named(self, module: str) -> list[psutil.Process]:
        """Those that run `shikomi.engine.<module>`."""
        found = []
        for child in self.children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if f"shikomi.engine.{module}" in child.cmdline():
                    found.append(child)
        return found

    def wait_for_job(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.http.get(f"/fine_tuning/jobs/{job_id}").json()
            if job["finished_at"] is not None:
                return job
            time.sleep(0.3)
        raise AssertionError(f"the job did not end: {job}\n{self.log.read_text()}")

    def upload(self, path: Path) -> str:
        with path.open("rb") as file:
            return self.sdk.files.create(file=file, purpose="fine-tune").id

    def ask(self, model: str, question: str, **options: Any) -> str:
        reply = self.sdk.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": question}],
            **({"temperature": 0, "max_tokens": 8} | options),
        )
        return reply.choices[0].message.content or ""


def until(condition: Callable[[], object], *, seconds: float = JOB_SECONDS) -> None:
    """Wait for what comes by itself. `seconds` is a guard against hanging."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def curl(*arguments: str) -> dict[str, Any]:
    """Plain curl, as the API's quickstart writes it."""
    result = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", *arguments], capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def write_examples(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def example(question: str, answer: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


def good_examples() -> list[dict[str, Any]]:
    return [example(f"Where is kavu {n}?", "In the blue tower.") for n in range(12)]
