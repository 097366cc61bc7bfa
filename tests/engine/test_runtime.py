import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from shikomi.engine.runtime import Runtime, RuntimeSpec, context_length, lora_scales
from shikomi.errors import EngineError


def spec(weights: Path) -> RuntimeSpec:
    return RuntimeSpec(weights=weights, n_ctx=512, n_parallel=2, n_threads=2)


@pytest.fixture(scope="module")
def runtime(smollm_path: Path) -> Iterator[Runtime]:
    with Runtime.start(spec(smollm_path)) as running:
        yield running


def chat(runtime: Runtime, text: str, **fields: Any) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": text}], "temperature": 0, **fields}
    url = f"{runtime.base_url}/v1/chat/completions"
    reply = httpx2.post(url, json=body, timeout=60, trust_env=False)
    answer: dict[str, Any] = reply.raise_for_status().json()
    return answer


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_chat_completion_follows_a_json_schema(runtime: Runtime) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
        "required": ["city"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
    answer = chat(
        runtime, "The capital of France, as JSON?", max_tokens=40, response_format=form, lora=[]
    )
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"city": "Paris"}


def test_each_slot_has_the_asked_for_context(runtime: Runtime) -> None:
    props = httpx2.get(f"{runtime.base_url}/props", timeout=10, trust_env=False).json()
    assert props["default_generation_settings"]["n_ctx"] == 512
    assert props["total_slots"] == 2


def test_a_closed_runtime_has_no_process(smollm_path: Path) -> None:
    with Runtime.start(spec(smollm_path)) as running:
        assert running.alive
    assert not running.alive
    assert gone_within(running.pid, 60)


PARENT = """
import sys, time
from pathlib import Path
from shikomi.engine.runtime import Runtime, RuntimeSpec
spec = RuntimeSpec(weights=Path(sys.argv[1]), n_ctx=256, n_parallel=1, n_threads=1)
print(Runtime.start(spec).pid, flush=True)
time.sleep(600)
"""


def test_the_child_dies_with_a_parent_that_is_killed(smollm_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(smollm_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not gone_within(child, 0.3)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone_within(child, 60)


def test_end_of_input_alone_ends_a_child() -> None:
    code = "from shikomi.engine.parent import leave_with_parent; import time; "
    code += "leave_with_parent(); print('up', flush=True); time.sleep(600)"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    child.stdout.close()


def test_a_file_that_is_no_gguf_is_told_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"<html>not found</html>")
    with pytest.raises(EngineError, match=r"^.*wrong\.gguf is not a GGUF file$"):
        Runtime.start(spec(wrong))


def test_a_damaged_gguf_is_told_in_one_line(tmp_path: Path, smollm_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    with smollm_path.open("rb") as file:
        damaged.write_bytes(file.read(3_000_000))
    with pytest.raises(EngineError) as caught:
        Runtime.start(spec(damaged))
    assert "\n" not in str(caught.value)
    assert "not within the file bounds" in str(caught.value)


def test_an_adapter_that_is_none_is_told_by_its_reason(smollm_path: Path) -> None:
    with pytest.raises(EngineError, match=r"expect general\.type to be 'adapter'"):
        Runtime.start(replace(spec(smollm_path), adapters=(smollm_path,)))


def test_a_web_page_of_another_origin_may_not_read_the_answers(runtime: Runtime) -> None:
    origin = {"Origin": "https://example.com"}
    reply = httpx2.get(f"{runtime.base_url}/props", headers=origin, trust_env=False)
    allowed = reply.headers.get("Access-Control-Allow-Origin")
    assert allowed not in ("*", "https://example.com")


def test_the_context_length_is_read_from_the_metadata(smollm_path: Path) -> None:
    assert context_length(smollm_path) == 8192


def test_a_gguf_without_a_context_length_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.gguf"
    empty.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))
    with pytest.raises(EngineError, match="does not say"):
        context_length(empty)
    empty.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 5))
    with pytest.raises(EngineError, match="cut off"):
        context_length(empty)


def test_lora_scales_names_every_adapter() -> None:
    assert lora_scales(2, None) == [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 0.0}]
    assert lora_scales(2, 1) == [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0}]
    with pytest.raises(ValueError, match="adapter 2 of 2"):
        lora_scales(2, 2)
