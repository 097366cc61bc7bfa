"""One LoRA run from spec to adapter: model, rows, trainer, checkpoints."""

import os
import shutil
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import psutil  # type: ignore[import-untyped]
import torch
import transformers
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig

from shikomi.engine.collate import Row, read_rows
from shikomi.engine.dequantise import begins_with_bos, safetensors_folder
from shikomi.engine.gguf_adapter import write_adapter
from shikomi.engine.lora_trainer import LoraTrainer, collate, shared_beginning
from shikomi.engine.prefix_cache import FrozenPrefix
from shikomi.engine.training import TrainingSpec
from shikomi.errors import EngineError

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_MODEL_TYPES = ("llama", "qwen2")  # those whose adapter the GGUF writer knows
_PART_TOKENS = {"cpu": 512, "cuda": 4096}
_CACHE_SHARE = 0.25  # of the memory that is free once the model is loaded
_WARMUP_SHARE = 0.05


class EventSink(Protocol):
    def write(self, kind: str, **fields: Any) -> None: ...

    def say(self, message: str) -> None: ...


class LoraRun:
    """Everything is loaded on construction; `train`, then `save`.

    Raises: RefusedLine for a training file's line, WeightsError or EngineError for the model.
    """

    def __init__(self, spec: TrainingSpec, events: EventSink, checkpoints: Path) -> None:
        _quiet()
        self._spec = spec
        self._checkpoints = checkpoints
        self._device = _device(spec.device)
        bos = None if spec.base.is_dir() else begins_with_bos(spec.base)
        folder = spec.base if spec.base.is_dir() else safetensors_folder(spec.base, events.say)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        files = [file for file in (spec.train_file, spec.validation_file) if file is not None]
        rows = [read_rows(file, tokenizer, max_length=spec.max_length, bos=bos) for file in files]
        self._bf16 = _bf16_pays(self._device)
        model = _model(folder, torch.bfloat16 if self._bf16 else torch.float32)
        self._trainer = self._new_trainer(model, tokenizer, rows)
        self._trainer.add_callback(_Reporter(events, spec.checkpoint_seconds, self._trainer))
        events.say(f"{sum(map(len, rows))} examples, {self._device}")

    def _new_trainer(self, model: Any, tokenizer: Any, rows: list[list[Row]]) -> LoraTrainer:
        spec, n_layers = self._spec, model.config.num_hidden_layers
        first = n_layers - min(spec.n_layers or n_layers, n_layers)
        arguments = self._arguments(rows)
        arguments.activation_checkpointing = not _fits(model.config, n_layers - first, rows)
        trainer = LoraTrainer(
            model=model,
            args=arguments,
            train_dataset=_dataset(rows[0], first_row=0),
            eval_dataset=_dataset(rows[1], first_row=len(rows[0])) if len(rows) > 1 else None,
            processing_class=tokenizer,
            data_collator=collate,
            peft_config=LoraConfig(
                r=spec.lora_rank,
                lora_alpha=spec.lora_alpha,
                target_modules=PROJECTIONS,
                layers_to_transform=list(range(first, n_layers)),
                task_type="CAUSAL_LM",
            ),
            prefix=_prefix(model, first, spec.prefix_cache),
            part_tokens=_PART_TOKENS[self._device],
            shared=shared_beginning([row for file in rows for row in file]),
        )
        for module in trainer.model.modules():
            if isinstance(module, LoraLayer):
                module.cast_input_dtype_enabled = False  # autocast would cast straight back
        return trainer

    def _arguments(self, rows: list[list[Row]]) -> SFTConfig:
        spec = self._spec
        n_steps = -(-len(rows[0]) // spec.batch_size) * spec.n_epochs
        return SFTConfig(
            output_dir=str(self._checkpoints),
            num_train_epochs=spec.n_epochs,
            per_device_train_batch_size=spec.batch_size,
            per_device_eval_batch_size=spec.batch_size,
            learning_rate=spec.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=max(1, round(_WARMUP_SHARE * n_steps)),
            weight_decay=0.0,
            optim="adamw_torch_fused",
            seed=spec.seed,
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
            remove_unused_columns=False,
            eval_strategy="epoch" if len(rows) > 1 else "no",
            save_strategy="no",  # the reporter asks for checkpoints, by the clock
            save_total_limit=1,
            logging_steps=1,
            logging_nan_inf_filter=False,
            report_to="none",
            disable_tqdm=True,
            use_cpu=self._device == "cpu",
            bf16=self._bf16,
            dataloader_pin_memory=self._device != "cpu",
            activation_checkpointing=False,
        )

    @property
    def trained_tokens(self) -> int:
        return self._trainer.trained_tokens

    @property
    def steps(self) -> int:
        return int(self._trainer.state.global_step)

    def train(self) -> None:
        """From the last whole checkpoint where there is one."""
        checkpoint = last_checkpoint(self._checkpoints)
        self._trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))

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


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: the trainer's state comes last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


class _Reporter(TrainerCallback):  # type: ignore[misc]
    """Turns the trainer's log into events, and asks for a checkpoint when it is time."""

    def __init__(self, events: EventSink, every_seconds: float, trainer: LoraTrainer) -> None:
        self._events = events
        self._every_seconds = every_seconds
        self._trainer = trainer
        self._saved = monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        last = state.log_history[-1] if state.global_step else {"trained_tokens": 0, "seconds": 0.0}
        self._trainer.go_on_from(int(last["trained_tokens"]), float(last["seconds"]))
        self._saved = monotonic()
        if state.global_step:
            self._events.say(f"Going on from step {state.global_step}.")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if monotonic() - self._saved >= self._every_seconds and state.global_step < state.max_steps:
            control.should_save = True
            self._saved = monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        wanted = {
            "train_loss": logs.get("loss"),
            "train_mean_token_accuracy": logs.get("mean_token_accuracy"),
            "learning_rate": logs.get("learning_rate"),
            "valid_loss": logs.get("eval_loss"),
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


def _quiet() -> None:
    transformers.utils.logging.disable_progress_bar()
    disable_progress_bars()
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def _device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineError('device "cuda" was asked for and PyTorch finds none')
    return wanted


def _bf16_pays(device: str) -> bool:
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


def _fits(config: Any, n_trained: int, rows: list[list[Row]]) -> bool:
    """Whether the states that the backward pass needs fit into half of the free memory."""
    longest = max(len(row.input_ids) for row in rows[0])
    tokens = max(longest, _PART_TOKENS["cpu"])
    per_layer = 10 * config.intermediate_size + 40 * config.hidden_size  # bytes a token
    free = psutil.virtual_memory().available
    if torch.cuda.is_available():
        free = torch.cuda.mem_get_info()[0]
    return bool(tokens * n_trained * per_layer < free / 2)


def _model(folder: Path, dtype: torch.dtype) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    if model.config.model_type not in _MODEL_TYPES or model.lm_head.bias is not None:
        raise EngineError(
            f"models of type {model.config.model_type} cannot be trained here, only"
            f" {' and '.join(_MODEL_TYPES)}"
        )
    return model


def _prefix(model: Any, first: int, cached: bool) -> FrozenPrefix | None:
    if first == 0:
        return None
    free = int(psutil.virtual_memory().available * _CACHE_SHARE) if cached else 0
    return FrozenPrefix(model.model.layers[:first], limit_bytes=free)


def _dataset(rows: list[Row], *, first_row: int) -> Dataset:
    return Dataset.from_list(
        [
            {"input_ids": row.input_ids, "labels": row.labels, "row": number}
            for number, row in enumerate(rows, start=first_row)
        ]
    )
