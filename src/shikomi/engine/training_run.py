"""What every training run shares: its device, its model, its events, its checkpoints."""

import importlib.util
import os
import shutil
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import psutil  # type: ignore[import-untyped]
import torch
import transformers
from datasets import disable_progress_bars
from peft import LoraConfig
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback

from shikomi.engine.dequantise import begins_with_bos, safetensors_folder
from shikomi.engine.gguf_adapter import write_adapter
from shikomi.engine.training import PAUSE_FILE, TrainingSpec
from shikomi.errors import EngineError

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_MODEL_TYPES = ("llama", "qwen2")  # those whose adapter the GGUF writer knows
_WEIGHTS_SHARE = 0.5  # of the GPU's free memory
_KEPT_EPOCHS = 2  # adapters of earlier epochs
_WARMUP_SHARE = 0.05


class EventSink(Protocol):
    def write(self, kind: str, **fields: Any) -> None: ...

    def say(self, message: str) -> None: ...


class Counting(Protocol):
    """The part of our trainers that a run reads: `trained_tokens`, and the Trainer itself."""

    trained_tokens: int
    state: Any
    model: Any

    def go_on_from(self, trained_tokens: int, seconds: float) -> None: ...

    def add_callback(self, callback: Any) -> None: ...

    def train(self, resume_from_checkpoint: str | None = None) -> Any: ...


class Run:
    """A trainer, followed: `train`, then `save`."""

    def __init__(
        self, trainer: Counting, spec: TrainingSpec, events: EventSink, checkpoints: Path
    ) -> None:
        self._trainer = trainer
        self._spec = spec
        self._checkpoints = checkpoints
        trainer.add_callback(_Reporter(events, spec, trainer))

    @property
    def trained_tokens(self) -> int:
        return self._trainer.trained_tokens

    @property
    def steps(self) -> int:
        return int(self._trainer.state.global_step)

    def train(self) -> bool:
        """From the last whole checkpoint where there is one. False: it was paused."""
        checkpoint = last_checkpoint(self._checkpoints)
        self._trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        return self.steps >= int(self._trainer.state.max_steps)

    def save(self) -> None:
        """Write `adapter/` and, for a GGUF base, `adapter.gguf`, each in one step."""
        target = self._spec.output / "adapter"
        scratch = target.with_name("adapter.tmp")
        shutil.rmtree(scratch, ignore_errors=True)
        self._trainer.model.save_pretrained(scratch)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
        if self._spec.base.is_file():
            write_adapter(target, self._spec.base, self._spec.output / "adapter.gguf")


def save_epoch(model: Any, spec: TrainingSpec, step: int) -> str:
    """Write the adapter as it is after `step` and keep the newest few. Returns the file's name."""
    scratch = spec.output / "epoch.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    model.save_pretrained(scratch)
    name = f"checkpoint-step-{step}.gguf"
    write_adapter(scratch, spec.base, spec.output / name)
    shutil.rmtree(scratch)
    older = sorted(
        spec.output.glob("checkpoint-step-*.gguf"),
        key=lambda path: int(path.stem.rpartition("-")[2]),
    )
    for path in older[:-_KEPT_EPOCHS]:
        path.unlink()
    return name


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: the trainer's state comes last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


class _Reporter(TrainerCallback):  # type: ignore[misc]
    """Turns the trainer's log into events, and asks for a checkpoint when it is time."""

    def __init__(self, events: EventSink, spec: TrainingSpec, trainer: Counting) -> None:
        self._events = events
        self._spec = spec
        self._trainer = trainer
        self._saved = monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        last = state.log_history[-1] if state.global_step else {"trained_tokens": 0, "seconds": 0.0}
        self._trainer.go_on_from(int(last["trained_tokens"]), float(last["seconds"]))
        self._saved = monotonic()
        if state.global_step:
            self._events.say(f"Going on from step {state.global_step}.")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        due = monotonic() - self._saved >= self._spec.checkpoint_seconds
        paused = (self._spec.output / PAUSE_FILE).exists()
        if (due or paused) and state.global_step < state.max_steps:
            control.should_save = True
            control.should_training_stop |= paused
            self._saved = monotonic()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """An adapter that can be used as a model; the last epoch's is the run's result."""
        goes_on = state.global_step < state.max_steps and not control.should_training_stop
        if goes_on and self._spec.base.is_file():
            file = save_epoch(self._trainer.model, self._spec, state.global_step)
            self._events.write("checkpoint", step=state.global_step, file=file)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        wanted = {
            "train_loss": logs.get("loss"),
            "train_mean_token_accuracy": logs.get("mean_token_accuracy"),
            "learning_rate": logs.get("learning_rate"),
            "train_reward_accuracy": logs.get("rewards/accuracies"),
            "valid_loss": logs.get("eval_loss"),
            "valid_mean_token_accuracy": logs.get("eval_mean_token_accuracy"),
        }
        found = {name: value for name, value in wanted.items() if value is not None}
        if "train_loss" in found or "valid_loss" in found:
            self._events.write(
                "metrics",
                step=state.global_step,
                total_steps=state.max_steps,
                epoch=round(state.epoch, 4),
                **found,
                trained_tokens=logs["trained_tokens"],
                seconds=logs["seconds"],
            )


def quiet() -> None:
    transformers.utils.logging.disable_progress_bar()
    disable_progress_bars()
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def device_of(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineError('device "cuda" was asked for and PyTorch finds none')
    return wanted


def bf16_pays(device: str) -> bool:
    """Whether the model should be held in bfloat16; LoRA's own weights are float32 in any case.

    CPUs that list bfloat16 products among their features may do them at twice float32's speed or
    at half of it (docs/log.md), so on a CPU one product of a layer's shape is timed in both.
    """
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _product_seconds(torch.bfloat16) < _product_seconds(torch.float32)


def _product_seconds(dtype: torch.dtype) -> float:
    """The best of a few: the machine may do other work."""
    states = torch.ones(256, 1024, dtype=dtype)
    weights = torch.ones(4096, 1024, dtype=dtype)
    times = []
    for _ in range(5):
        start = monotonic()
        nn.functional.linear(states, weights)
        times.append(monotonic() - start)
    return min(times)


def sources(spec: TrainingSpec, events: EventSink) -> tuple[Path, Any, int | None]:
    """The folder of the weights, the tokenizer, and the token that the runtime puts before
    every text (None: it puts none)."""
    bos = None if spec.base.is_dir() else begins_with_bos(spec.base)
    folder = spec.base if spec.base.is_dir() else safetensors_folder(spec.base, events.say)
    return folder, AutoTokenizer.from_pretrained(folder), bos


def fits(config: Any, n_trained: int, tokens: int) -> bool:
    """Whether the states that the backward pass needs fit into half of the free memory."""
    per_layer = 10 * config.intermediate_size + 40 * config.hidden_size  # bytes a token
    free = psutil.virtual_memory().available
    if torch.cuda.is_available():
        free = torch.cuda.mem_get_info()[0]
    return bool(tokens * n_trained * per_layer < free / 2)


def lora_config(spec: TrainingSpec, n_layers: int) -> LoraConfig:
    """LoRA on every projection of the last `spec.n_layers` of a model's `n_layers` layers."""
    first = n_layers - min(spec.n_layers or n_layers, n_layers)
    return LoraConfig(
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        target_modules=PROJECTIONS,
        layers_to_transform=list(range(first, n_layers)),
        task_type="CAUSAL_LM",
    )


def common_arguments(
    spec: TrainingSpec, checkpoints: Path, *, n_rows: int, validated: bool, device: str, bf16: bool
) -> dict[str, Any]:
    """The arguments that both of TRL's trainers take."""
    n_steps = -(-n_rows // spec.batch_size) * spec.n_epochs
    return {
        "output_dir": str(checkpoints),
        "num_train_epochs": spec.n_epochs,
        "per_device_train_batch_size": spec.batch_size,
        "per_device_eval_batch_size": spec.batch_size,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, round(_WARMUP_SHARE * n_steps)),
        "weight_decay": 0.0,
        "optim": "adamw_torch_fused",
        "seed": spec.seed,
        "max_length": None,
        "remove_unused_columns": False,
        "eval_strategy": "epoch" if validated else "no",
        "save_strategy": "no",  # the reporter asks for checkpoints, by the clock
        "save_total_limit": 1,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": device == "cpu",
        "bf16": bf16,
        "dataloader_pin_memory": device != "cpu",
        "activation_checkpointing": False,
    }


def tokens_told(lengths: list[int], n_epochs: int, device: str) -> str:
    """The size of the training file, for the events."""
    total = sum(lengths)
    return (
        f"{len(lengths)} examples, {total} tokens (longest {max(lengths)}),"
        f" {total * n_epochs} in {n_epochs} epochs, {device}"
    )


def in_four_bits(device: str, n_bytes: int, free_bytes: int) -> bool:
    """Whether the frozen weights are held in 4 bits (QLoRA): on a GPU that they, in 16 bits,
    would fill beyond a half, where bitsandbytes is installed."""
    return (
        device == "cuda"
        and n_bytes > free_bytes * _WEIGHTS_SHARE
        and importlib.util.find_spec("bitsandbytes") is not None
    )


def _loading(folder: Path, dtype: torch.dtype, device: str) -> dict[str, Any]:
    """Options of from_pretrained. The head stays in 16 bits: the loss is computed from it."""
    n_bytes = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    free_bytes = torch.cuda.mem_get_info()[0] if device == "cuda" else 0
    if not in_four_bits(device, n_bytes, free_bytes):
        return {"dtype": dtype}
    quantised = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return {"dtype": dtype, "quantization_config": quantised, "device_map": {"": 0}}


def load_model(folder: Path, dtype: torch.dtype, device: str) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, **_loading(folder, dtype, device))
    if model.config.model_type not in _MODEL_TYPES or model.lm_head.bias is not None:
        raise EngineError(
            f"models of type {model.config.model_type} cannot be trained here, only"
            f" {' and '.join(_MODEL_TYPES)}"
        )
    return model
