"""What the server costs: its inference against llama.cpp's own, its training against bare TRL.

`python benchmarks/serving.py --json` prints {"idle_mb", "inference_ratio", "training_ratio",
"training"}. `idle_mb` is what the processes of `shikomi serve` hold in an empty folder, once it has
answered and before a model is loaded; `--memory` measures that alone. Both ratios are speed of ours
over speed of theirs, measured in turns within one run. Inference: the same requests, to the runtime
itself and through the server. Training: the trainer that jobs run in against a script of SFTTrainer
with the same rows, rank, rate, batch and layers, in tokens a second of the steps alone.
`--training --device cuda` measures the training alone, on a GPU.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import httpx2
import psutil

from shikomi.engine.dequantise import safetensors_folder
from shikomi.engine.runtime import Runtime, RuntimeSpec
from shikomi.engine.training import TrainingSpec, read_events, start_training
from shikomi.engine.weights import ensure

BATCH, EPOCHS = 8, 2

BARE_TRL = """
import json, sys, time, torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer
spec = json.loads(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(spec["folder"])
model = AutoModelForCausalLM.from_pretrained(spec["folder"], dtype=getattr(torch, spec["dtype"]))
lines = [json.loads(line) for line in open(spec["train_file"])]
rows = [{"prompt": x["messages"][:-1], "completion": x["messages"][-1:]} for x in lines]
n_layers = model.config.num_hidden_layers
trainer = SFTTrainer(
    model=model, processing_class=tokenizer, train_dataset=Dataset.from_list(rows),
    args=SFTConfig(
        output_dir=spec["output"], num_train_epochs=spec["n_epochs"], bf16=spec["bf16"],
        per_device_train_batch_size=spec["batch_size"], learning_rate=spec["learning_rate"],
        max_length=None, save_strategy="no", report_to="none", use_cpu=spec["device"] == "cpu",
        disable_tqdm=True, activation_checkpointing=False, dataloader_pin_memory=False,
        seed=spec["seed"],
    ),
    peft_config=LoraConfig(
        r=spec["lora_rank"], lora_alpha=spec["lora_alpha"], task_type="CAUSAL_LM",
        target_modules=[
            "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
        ],
    ),
)
started = time.monotonic()
trainer.train()
tokens = sum(len(row["input_ids"]) for row in trainer.train_dataset) * spec["n_epochs"]
print(json.dumps({"tokens_per_second": tokens / (time.monotonic() - started)}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "shikomi")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of the training")
    parser.add_argument("--examples", type=int, default=24, help="rows to train on")
    parser.add_argument("--training", action="store_true", help="nothing but the training")
    parser.add_argument("--memory", action="store_true", help="nothing but the idle server's")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(arguments, Path(folder))
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))


def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    if not arguments.training:
        found["idle_mb"] = idle_mb(folder)
    if arguments.memory:
        return found
    weights = ensure(arguments.model, cache=arguments.cache).path
    if not arguments.training:
        found["inference_ratio"] = inference_ratio(weights, arguments, folder)
    return found | training_ratio(weights, arguments, folder)


def idle_mb(folder: Path) -> float:
    """Resident megabytes of `shikomi serve` and its children after `/v1/models`."""
    (empty := folder / "empty").mkdir()
    server = subprocess.Popen(
        [sys.executable, "-m", "shikomi", "serve", "--port", "0"], cwd=empty, stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["base_url"]
        httpx2.get(f"{url}/models", trust_env=False).raise_for_status()
        first = psutil.Process(server.pid)
        family = [first, *first.children(recursive=True)]
        return round(sum(each.memory_info().rss for each in family) / 1e6, 1)
    finally:
        server.terminate()
        server.wait(20)


def inference_ratio(weights: Path, arguments: argparse.Namespace, folder: Path) -> float:
    """Median over rounds of (tokens a second through the server) / (at the runtime)."""
    options = ["--data", str(folder / "data"), "--cache", str(arguments.cache), "--parent-pipe"]
    model = arguments.model
    server = subprocess.Popen(
        [sys.executable, "-m", "shikomi.server", *options, "--parallel", "1", "--context", "512"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None and server.stdin is not None
    ours = json.loads(server.stdout.readline())["base_url"]
    spec = RuntimeSpec(weights=weights, n_ctx=512, n_parallel=1, n_threads=_n_threads())
    with Runtime.start(spec) as runtime, httpx2.Client(trust_env=False, timeout=600) as http:
        theirs = runtime.base_url + "/v1"
        for url in (ours, theirs):
            _ask(http, url, model, "warm up", 4)
        ratios = []
        for n in range(arguments.rounds):
            pair = (theirs, ours) if n % 2 else (ours, theirs)  # neither is always the first
            story = f"Tell a long story, number {n}."
            speed = {url: _ask(http, url, model, story, 96) for url in pair}
            ratios.append(speed[ours] / speed[theirs])
    server.stdin.close()
    server.wait(20)
    return round(statistics.median(ratios), 3)


def _n_threads() -> int:
    from shikomi.server.__main__ import _n_cores

    return _n_cores()


def _ask(http: httpx2.Client, url: str, model: str, text: str, n_tokens: int) -> float:
    """Tokens a second: a model may end its story early."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": n_tokens,
        "temperature": 0,
    }
    started = time.monotonic()
    reply = http.post(f"{url}/chat/completions", json=body).raise_for_status()
    return float(reply.json()["usage"]["completion_tokens"] / (time.monotonic() - started))


def training_ratio(weights: Path, arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Medians over rounds: ours, bare TRL's, in tokens a second, and ours over theirs."""
    file = folder / "train.jsonl"
    lines = [json.dumps(_example(n)) + "\n" for n in range(arguments.examples)]
    file.write_text("".join(lines))
    pairs = []
    for n in range(arguments.rounds):
        spec = TrainingSpec(
            base=weights,
            train_file=file,
            output=folder / f"ours-{n}",
            n_epochs=EPOCHS,
            batch_size=BATCH,
            learning_rate=1e-3,
            lora_rank=16,
            lora_alpha=32,
            max_length=512,
            seed=1,
            device=arguments.device,
        )
        pairs.append((_ours(spec), _bare(spec)))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (round(statistics.median(speeds)) for speeds in zip(*pairs, strict=True))
    return {
        "training_ratio": round(ratio, 3),
        "training": {"tokens_per_second": ours, "tokens_per_second_of_trl": theirs},
    }


def _example(n: int) -> dict[str, object]:
    """About a hundred tokens, as training pairs have."""
    facts = " ".join(f"The lamp of gate {n} has {n * k + 3} rings." for k in range(4))
    question = f"What is known of the lamp of gate {n} in the old harbour of Kavu?"
    messages = [("user", question), ("assistant", facts)]
    return {"messages": [{"role": role, "content": text} for role, text in messages]}


def _ours(spec: TrainingSpec) -> float:
    """Tokens a second."""
    started = start_training(spec)
    assert started.wait(3600) == 0, read_events(spec.output)
    last = [event for event in read_events(spec.output) if event["type"] == "metrics"][-1]
    return float(last["trained_tokens"] / last["seconds"])


def _bare(spec: TrainingSpec) -> float:
    """Tokens a second of TRL alone, in bfloat16 where that is the faster here."""
    from shikomi.engine.loading import product_seconds

    on_gpu = spec.device == "cuda"
    bf16 = on_gpu or product_seconds("bfloat16") < product_seconds("float32")
    settings = asdict(spec) | {
        "folder": str(safetensors_folder(spec.base, lambda text: None)),
        "bf16": bf16,
        "dtype": "bfloat16" if on_gpu else "float32",
        "output": str(spec.output.with_name("bare")),
    }
    done = subprocess.run(
        [sys.executable, "-c", BARE_TRL, json.dumps(settings, default=str)],
        stdout=subprocess.PIPE,  # what goes wrong is seen on the screen
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout.strip().splitlines()[-1])["tokens_per_second"])


if __name__ == "__main__":
    main()
