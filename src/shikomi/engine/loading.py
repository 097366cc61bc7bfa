"""What every training run begins with: its files, its device, its model, its arguments."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar, cast, get_args

import torch
import transformers
from datasets import disable_progress_bars
from peft import LoraConfig
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from shikomi.engine.attention import avoid_cudnn
from shikomi.engine.dequantise import begins_with_bos, safetensors_folder
from shikomi.engine.gguf_adapter import ARCHITECTURES
from shikomi.engine.int8 import Int8Matrix, hold_in_int8
from shikomi.engine.memory import in_four_bits, room_for_states, states_fit
from shikomi.engine.training import Precision, TrainingSpec
from shikomi.errors import EngineError
from shikomi.files import write_whole

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_WARMUP_SHARE = 0.05

ExampleT = TypeVar("ExampleT")


class EventSink(Protocol):
    def write(self, kind: str, **fields: Any) -> None: ...

    def say(self, message: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Generic[ExampleT]):
    """What both kinds of runs begin with. `files` are the examples of the training file and,
    where there is one, the validation file; `arguments` are those that both of TRL's trainers
    take, but for `activation_checkpointing`."""

    model: Any
    tokenizer: Any
    files: list[list[ExampleT]]
    device: str
    precision: Precision
    arguments: dict[str, Any]

    def settle(self, model: Any, *, keep: nn.Module | None = None) -> None:
        """Hold the frozen weights of `model`, LoRA put on, as `precision` says, and those that
        are trained in float32; `keep` stays a layer of floating numbers."""
        if self.precision == "int8":
            hold_in_int8(model, keep=keep)
        for weights in model.parameters():
            if weights.requires_grad:  # TRL rounds them where the others are held in 4 bits
                weights.data = weights.data.float()


def load(
    spec: TrainingSpec,
    events: EventSink,
    checkpoints: Path,
    read: Callable[..., list[ExampleT]],
    length: Callable[[ExampleT], int],
) -> Loaded[ExampleT]:
    """Read the files by `read`, load the model, and tell the size of the training file, an
    example's tokens counted by `length`.

    Raises: RefusedLine for a training file's lines, WeightsError or EngineError for the model.
    """
    _quiet(spec.n_trainers)
    avoid_cudnn()
    folder, tokenizer, bos = _sources(spec, events)
    files = _files(spec, partial(read, tokenizer=tokenizer, bos=bos))
    device = _device_of(spec.device)
    precision = spec.precision or kept_precision(device, checkpoints)
    # The files hold bfloat16, of which int8 is made.
    dtype = torch.float32 if precision == "float32" else torch.bfloat16
    model = _load_model(folder, dtype, device)
    where = _where(model, device, precision, spec.n_trainers)
    events.say(_tokens_told(list(map(length, files[0])), spec.n_epochs, where))
    arguments = _common_arguments(
        spec,
        checkpoints,
        n_rows=len(files[0]),
        validated=len(files) > 1,
        device=device,
        bf16=precision == "bfloat16",
    )
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        files=files,
        device=device,
        precision=precision,
        arguments=arguments,
    )


def _files(spec: TrainingSpec, read: Callable[..., list[ExampleT]]) -> list[list[ExampleT]]:
    """The examples of the training file and, where there is one, of the validation file."""
    paths = {"training_file": spec.train_file, "validation_file": spec.validation_file}
    return [
        read(path, max_length=spec.max_length, param=param)
        for param, path in paths.items()
        if path is not None
    ]


def first_trained(model: Any, spec: TrainingSpec) -> int:
    """The lowest layer that LoRA is put on."""
    n_layers: int = model.config.num_hidden_layers
    return n_layers - min(spec.n_layers or n_layers, n_layers)


def _quiet(n_processes: int) -> None:
    transformers.utils.logging.disable_progress_bar()
    disable_progress_bars()
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    torch.set_num_threads(max(1, n_cores // n_processes))


def _device_of(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineError('device "cuda" was asked for and PyTorch finds none')
    return wanted


def kept_precision(device: str, checkpoints: Path) -> Precision:
    """The quickest when this run started here: one that is gone on with does its steps as before,
    whatever the machine does now."""
    kept = checkpoints / f"precision.{device}"
    if kept.exists():
        return cast(Precision, kept.read_text())
    precision = quickest_precision(device)
    write_whole(kept, precision.encode())
    return precision


def quickest_precision(device: str) -> Precision:
    """How the frozen weights should be held; LoRA's own are float32 in any case.

    CPUs that list bfloat16 products among their features may do them at twice float32's speed or
    at half of it, and int8 products at four times (docs/log.md), so on a CPU one product of a
    layer's shape is timed in each.
    """
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return min(get_args(Precision), key=product_seconds)


def product_seconds(precision: Precision) -> float:
    """The best of a few: the machine may do other work."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    states, weights = torch.ones(256, 1024, dtype=dtype), torch.ones(4096, 1024, dtype=dtype)
    product: Callable[[torch.Tensor], torch.Tensor] = partial(nn.functional.linear, weight=weights)
    if precision == "int8":
        product = Int8Matrix.of(weights).forward
    times = []
    for _ in range(5):
        start = monotonic()
        product(states)
        times.append(monotonic() - start)
    return min(times)


def _sources(spec: TrainingSpec, events: EventSink) -> tuple[Path, Any, int | None]:
    """The folder of the weights, the tokenizer, and the token that the runtime puts before
    every text (None: it puts none)."""
    bos = None if spec.base.is_dir() else begins_with_bos(spec.base)
    folder = spec.base if spec.base.is_dir() else safetensors_folder(spec.base, events.say)
    return folder, AutoTokenizer.from_pretrained(folder), bos


def recomputes(model: Any, spec: TrainingSpec, device: str, n_tokens: int) -> bool:
    """Whether states are computed once more in the backward pass, because those of `n_tokens` at
    once would not fit into memory."""
    n_layers = model.config.num_hidden_layers - first_trained(model, spec)
    room = room_for_states(model, device)
    return not states_fit(model.config, n_layers=n_layers, n_tokens=n_tokens, room=room)


def lora_config(spec: TrainingSpec, model: Any) -> LoraConfig:
    """LoRA on every projection of the model's last `spec.n_layers` layers."""
    return LoraConfig(
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        target_modules=PROJECTIONS,
        layers_to_transform=list(range(first_trained(model, spec), model.config.num_hidden_layers)),
        task_type="CAUSAL_LM",
    )


def _common_arguments(
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


def _where(model: Any, device: str, precision: Precision, n_processes: int) -> str:
    told = [device, precision]
    told += ["weights in 4 bits"] if getattr(model, "is_loaded_in_4bit", False) else []
    told += [f"{n_processes} processes"] if n_processes > 1 else []
    return ", ".join(told)


def _tokens_told(lengths: list[int], n_epochs: int, where: str) -> str:
    """The size of the training file, for the events."""
    total = sum(lengths)
    return (
        f"{len(lengths)} examples, {total} tokens (longest {max(lengths)}),"
        f" {total * n_epochs} in {n_epochs} epochs, {where}"
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


def _load_model(folder: Path, dtype: torch.dtype, device: str) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, **_loading(folder, dtype, device))
    if model.config.model_type not in ARCHITECTURES or model.lm_head.bias is not None:
        raise EngineError(
            f"models of type {model.config.model_type} cannot be trained here, only"
            f" {' and '.join(ARCHITECTURES)}"
        )
    return model
