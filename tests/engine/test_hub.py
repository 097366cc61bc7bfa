"""A model of the Hugging Face hub by its name, from a hub on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_hub import FakeHub

pytest.importorskip("gguf")
pytest.importorskip("huggingface_hub")

NAME = "someone/Tiny-0.5B-Instruct"
CONFIG = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4}
TOKENIZER = {
    "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
    "pre_tokenizer": {"type": "ByteLevel"},
}
FETCH = """
import json, sys
from pathlib import Path
from shikomi.engine.weights import ensure
from shikomi.errors import WeightsError
seen = []
try:
    found = ensure(sys.argv[1], cache=Path(sys.argv[2]), progress=seen.append)
except WeightsError as error:
    sys.exit(str(error))
told = [[each.done_bytes, each.total_bytes, each.source] for each in seen]
print(json.dumps({"path": str(found.path), "sha256": found.sha256, "told": told}))
"""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """What a publisher's repository holds: more than is wanted."""
    folder = tmp_path / "published"
    (folder / "onnx").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 1000)
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    (folder / "onnx" / "model.safetensors").write_bytes(b"another form")
    return folder


@pytest.fixture
def hub(published: Path) -> Iterator[FakeHub]:
    with FakeHub({NAME: published}) as hub:
        yield hub


def fetch(
    hub: FakeHub, tmp_path: Path, name: str = NAME, **environment: str
) -> subprocess.CompletedProcess[str]:
    """In a process of its own: huggingface_hub reads its settings when it is imported."""
    return subprocess.run(
        [sys.executable, "-c", FETCH, name, str(tmp_path / "cache")],
        env=os.environ | hub.environment(tmp_path / "home") | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def found(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_model_is_fetched_by_its_name_once_without_what_is_not_wanted(
    hub: FakeHub, published: Path, tmp_path: Path
) -> None:
    first = found(fetch(hub, tmp_path))
    folder = Path(first["path"])
    assert folder == tmp_path / "cache" / "hub" / NAME
    kept = {file.name for file in folder.iterdir() if file.is_file()}
    assert kept == {"config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"}
    weights = (published / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == weights
    assert first["told"][-1] == [len(weights), len(weights), "hub"]
    n_asked = len(hub.seen)
    assert found(fetch(hub, tmp_path, HF_HUB_OFFLINE="1"))["sha256"] == first["sha256"]
    assert len(hub.seen) == n_asked


def test_a_download_that_broke_off_goes_on_where_it_stopped(
    hub: FakeHub, published: Path, tmp_path: Path
) -> None:
    weights = bytes(range(256)) * 100_000  # it is written down every ten megabytes
    (published / "model.safetensors").write_bytes(weights)
    hub.break_off = "model.safetensors"
    done = fetch(hub, tmp_path)
    if done.returncode:  # how often it tries by itself is the library's affair
        assert "run again to go on" in done.stderr
        done = fetch(hub, tmp_path)
    assert (Path(found(done)["path"]) / "model.safetensors").read_bytes() == weights
    assert any(headers.get("range", "").startswith("bytes=") for _, _, headers in hub.seen)


def test_a_model_that_cannot_be_served_is_refused_before_its_weights_are_fetched(
    hub: FakeHub, published: Path, tmp_path: Path
) -> None:
    (published / "config.json").write_text(json.dumps(CONFIG | {"model_type": "gemma3"}))
    done = fetch(hub, tmp_path)
    assert "models of type gemma3 cannot be trained here" in done.stderr
    assert "model.safetensors" not in hub.fetched()


def test_the_users_token_is_sent(hub: FakeHub, tmp_path: Path) -> None:
    found(fetch(hub, tmp_path, HF_TOKEN="hf_secret"))
    keys = {headers["authorization"] for _, path, headers in hub.seen if NAME in path}
    assert keys == {"Bearer hf_secret"}


def test_a_model_that_there_is_not_is_one_plain_line(hub: FakeHub, tmp_path: Path) -> None:
    done = fetch(hub, tmp_path, "someone/else")
    assert done.stderr == (
        f"someone/else is neither a path here nor a model at {hub.url}: correct the name, or set"
        " HF_TOKEN if it is a private one\n"
    )


def test_a_gated_model_is_one_plain_line(hub: FakeHub, tmp_path: Path) -> None:
    hub.gated.add(NAME)
    assert fetch(hub, tmp_path).stderr == (
        f"{NAME} is for those who accepted its terms: accept them at {hub.url}/{NAME}, and set"
        " HF_TOKEN\n"
    )


def test_without_a_network_it_is_one_plain_line(hub: FakeHub, tmp_path: Path) -> None:
    offline = fetch(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert offline.stderr == (
        f"{NAME} is not in the cache and HF_HUB_OFFLINE is set: unset it, or give the path of the"
        " model's folder\n"
    )
    nobody = fetch(hub, tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert nobody.stderr.startswith(f"{NAME} cannot be had from http://127.0.0.1:9 (")
    assert nobody.stderr.count("\n") == 1
