"""The official SDK for JavaScript: files, jobs, chat in all its forms, batches."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from serving import ServerProcess, good_examples, write_examples

PACKAGES = ("openai@6.49.0", "zod@4.6.7")
SCRIPT = Path(__file__).with_name("node_sdk.mjs")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script beside the SDK, which is fetched; skipped where that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not installed")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path), *PACKAGES]
    done = subprocess.run(install, capture_output=True, text=True, cwd=tmp_path)
    if done.returncode:
        pytest.skip(f"npm cannot fetch the SDK: {done.stderr.strip().splitlines()[-1:]}")
    return Path(shutil.copy(SCRIPT, tmp_path))


@pytest.mark.slow
def test_a_program_in_javascript_trains_and_asks(
    script: Path, new_server: Callable[..., ServerProcess], tooled_model: Path, tmp_path: Path
) -> None:
    options = ("--model", str(tooled_model), "--embeddings", str(tooled_model))
    server = new_server(*options, "--alias", f"gpt-4o-mini={tooled_model}", "--context", "1024")
    examples = write_examples(tmp_path / "train.jsonl", good_examples())
    words = ["node", str(script), str(examples), "gpt-4o-mini", tooled_model.stem]
    surroundings = os.environ | {"OPENAI_BASE_URL": server.url, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(words, capture_output=True, text=True, env=surroundings, timeout=600)
    assert done.returncode == 0, done.stderr
    told = {each["step"]: each["value"] for each in map(json.loads, done.stdout.splitlines())}
    assert told == {
        "job": "succeeded",
        "events": True,
        "checkpoints": True,
        "stream": True,
        "parse": ["sky"],
        "runTools": ["assistant", "tool"],
        "responses": [True, True],
        "batch": "1",
        "embeddings": 2,
        "delete": True,
        "error": ["NotFoundError", "model_not_found"],
    }
