"""Whatever goes wrong, the log says where, and nothing of what was asked."""

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

import pytest

from serving import ServerProcess, example, good_examples, server_command, until, write_examples
from shikomi.engine.training import LOG_FILE, TrainingSpec, start_training
from shikomi.server import logs

SECRET = "xyzzy"
_BROKEN_SEARCH = """
import sys
from shikomi.server.__main__ import main

class Search:
    def ready(self):
        return True

    def look_up(self, turns):
        raise ValueError(f"nothing is like {turns[-1].content}")

main(sys.argv[1:], search=Search())
"""


@pytest.fixture(scope="module")
def broken(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory):
    """A server with a bug in its search, whose files lie in a folder of the secret's name."""
    folder = tmp_path_factory.mktemp("broken")
    options = ("--model", str(tiny_model), "--alias", f"tiny={tiny_model}")
    words = server_command(folder / SECRET, folder / "cache", *options)[3:]
    server = ServerProcess([sys.executable, "-c", _BROKEN_SEARCH, *words], folder / "log")
    yield server
    server.stop()


def logged(server: ServerProcess, *wanted: str) -> None:
    """The log says what is wanted, in a line of its own, and never the secret."""
    text = server.log.read_text()
    assert SECRET not in text
    assert any(all(word in line for word in wanted) for line in text.splitlines()), text


def test_a_bug_in_a_route(broken: ServerProcess) -> None:
    body = {"model": "tiny+rag", "messages": [{"role": "user", "content": f"Is it {SECRET}?"}]}
    for more in ({}, {"stream": True}):
        reply = broken.http.post("/chat/completions", json=body | more)
        assert reply.status_code == 500 and SECRET not in reply.text
        number = reply.headers["x-request-id"]
        until(lambda told=number: told in broken.log.read_text())  # once the reply is sent
        logged(broken, "ERROR", number, "ValueError at <string>:10", "server/chat.py:")


def test_a_bug_in_one_line_of_a_batch(broken: ServerProcess) -> None:
    """That line alone has no answer."""
    url = "/v1/chat/completions"
    asked = {"messages": [{"role": "user", "content": SECRET}], "max_tokens": 1}
    lines = [
        {"custom_id": model, "method": "POST", "url": url, "body": asked | {"model": model}}
        for model in ("tiny+rag", "tiny")
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file = broken.sdk.files.create(file=("b.jsonl", content), purpose="batch")
    batch = broken.sdk.batches.create(input_file_id=file.id, endpoint=url, completion_window="24h")
    while (batch := broken.sdk.batches.retrieve(batch.id)).status != "completed":
        assert batch.status != "failed"
        time.sleep(0.05)
    good, bad = (
        json.loads(broken.sdk.files.content(file_id or "").text)
        for file_id in (batch.output_file_id, batch.error_file_id)
    )
    assert good["custom_id"] == "tiny" and good["response"]["body"]["choices"]
    assert (bad["custom_id"], bad["response"]["status_code"]) == ("tiny+rag", 500)
    assert bad["response"]["body"]["error"]["type"] == "server_error"
    logged(broken, f"line 1 of batch {batch.id} failed", "ValueError at ")


def test_a_bug_in_a_job(broken: ServerProcess, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "t.jsonl", [*good_examples(), example(SECRET, SECRET)])
    file_id = broken.upload(path)
    (broken.log.parent / SECRET / "files" / file_id).unlink()
    created = broken.sdk.fine_tuning.jobs.create(model="tiny", training_file=file_id)
    job = broken.wait_for_job(created.id)
    assert job["error"]["message"] == "internal error (FileNotFoundError)"
    assert broken.http.get(f"/files/{file_id}/content").status_code == 404
    logged(broken, f"job {job['id']} failed", "FileNotFoundError at ", "server/validate.py:")


def test_a_bug_in_a_training(tmp_path: Path) -> None:
    missing = tmp_path / f"{SECRET}.jsonl"
    spec = TrainingSpec(
        base=missing, train_file=missing, output=tmp_path / "out", n_epochs=1, batch_size=1,
        learning_rate=1.0, lora_rank=1, lora_alpha=1.0, max_length=8, seed=1,
    )  # fmt: skip
    assert start_training(spec).wait() == 1
    text = (spec.output / LOG_FILE).read_text()
    assert "FileNotFoundError at " in text and "engine/train_child.py:" in text
    assert SECRET not in text


def test_an_error_that_nobody_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(logs.unhandled)
        task = asyncio.create_task(asyncio.to_thread(int, SECRET))
        await asyncio.wait({task})

    with caplog.at_level(logging.ERROR):
        asyncio.run(forget())
    assert "ValueError at " in caplog.text and SECRET not in caplog.text
