"""The process: its start, its end, its neighbours, and who may speak to it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import openai
import psutil
import pytest
from openai import OpenAI

from serving import QUICK, SMALL, ServerProcess, until

_PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
time.sleep(600)
"""


def _command(data: Path, cache: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "shikomi.server", "--data", str(data), "--cache", str(cache)]
    return [*command, *options]


def test_kill_9_of_the_parent_ends_server_runtime_and_trainer(
    cache: Path, tmp_path: Path, examples_file: Path
) -> None:
    command = _command(tmp_path / "data", cache, "--parent-pipe", "--context", "256")
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, *command], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    ready = json.loads(parent.stdout.readline())
    server = psutil.Process(ready["pid"])
    with (
        OpenAI(base_url=ready["base_url"], api_key="none") as sdk,
        examples_file.open("rb") as file,
    ):
        uploaded = sdk.files.create(file=file, purpose="fine-tune")
        sdk.fine_tuning.jobs.create(
            model=SMALL,
            training_file=uploaded.id,
            hyperparameters=QUICK | {"n_epochs": 50, "batch_size": 1},
        )
        until(lambda: len(server.children()) == 1)
        messages = [{"role": "user", "content": "Hi"}]
        sdk.chat.completions.create(model=SMALL, messages=messages, max_tokens=1)
    family = [server, *server.children()]
    assert len(family) == 3
    parent.kill()
    parent.wait()
    until(lambda: not any(map(_lives, family)), seconds=60)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_port_in_use_is_one_plain_line(
    server: ServerProcess, cache: Path, tmp_path: Path
) -> None:
    port = str(httpx2.URL(server.url).port)
    result = subprocess.run(
        _command(tmp_path / "data", cache, "--port", port), capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stdout == ""
    said = "Address already in use; name another --port"
    assert result.stderr == f"cannot listen on 127.0.0.1 port {port}: {said}\n"


def test_a_data_folder_serves_one_server(server: ServerProcess, cache: Path) -> None:
    data = server.log.parent / "data"
    result = subprocess.run(_command(data, cache), capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == f"another server is using {data}: stop it first\n"


def test_an_alias_to_nothing_is_one_plain_line(cache: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        _command(tmp_path / "data", cache, "--alias", "gpt-4o=nothing"),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("the alias gpt-4o names nothing; it can name ")


def test_another_address_needs_the_key_that_is_shown_once(
    new_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    first = new_server("--host", "0.0.0.0", data=data)
    key = first.log.read_text().split()[-1]
    port = httpx2.URL(first.url).port
    url = f"http://127.0.0.1:{port}/v1/models"
    with httpx2.Client(trust_env=False) as http:
        assert http.get(url).status_code == 401
        assert http.get(url, headers={"Authorization": f"Bearer {key}x"}).status_code == 401
        assert http.get(url, headers={"Authorization": f"Bearer {key}"}).status_code == 200
        assert http.get(url, headers={"api-key": f"{key}x"}).status_code == 401
        assert http.get(url, headers={"api-key": key}).status_code == 200
    first.stop()
    kept = b"".join(path.read_bytes() for path in data.glob("server.db*"))
    assert key.encode() not in kept
    new_server("--host", "0.0.0.0", data=data)
    assert first.log.read_text().count("API key") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("Host", "evil.example"), ("Origin", "https://evil.example")]
)
def test_a_web_page_elsewhere_cannot_use_the_loopback_server(
    server: ServerProcess, name: str, value: str
) -> None:
    answer = server.http.get("/models", headers={name: value})
    assert answer.status_code == 403
    assert "loopback" in answer.json()["error"]["message"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:5173"])
def test_no_web_page_is_allowed_to_read_an_answer(server: ServerProcess, origin: str) -> None:
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = server.http.options("/chat/completions", headers=asks)
    listed = server.http.get("/models", headers={"Origin": origin})
    assert preflight.status_code in (403, 405)
    for answer in (preflight, listed):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_model_that_was_not_tuned_here_is_not_deleted(server: ServerProcess) -> None:
    with pytest.raises(openai.BadRequestError, match="not a fine-tuned model"):
        server.sdk.models.delete(SMALL)


def test_an_unknown_route_is_a_404_in_the_apis_form(server: ServerProcess) -> None:
    answer = server.http.post("/moderations", json={})
    assert answer.status_code == 404
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert "POST /v1/moderations" in answer.json()["error"]["message"]


def test_no_log_holds_what_was_asked(server: ServerProcess) -> None:
    server.ask(SMALL, "The secret word is xyzzy.")
    server.http.post("/chat/completions", content=b'{"xyzzy": ')
    server.http.post("/chat/completions", json={"model": SMALL, "messages": "xyzzy"})
    assert "xyzzy" not in server.log.read_text()
