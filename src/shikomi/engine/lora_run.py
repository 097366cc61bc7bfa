"""A supervised run: rows, trainer, and the layers below the first trained one."""

from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import torch
from datasets import Dataset
from peft.tuners.lora import LoraLayer
from trl import SFTConfig

from shikomi.engine.collate import Row, read_rows
from shikomi.engine.lora_trainer import LoraTrainer, collate, shared_beginning
from shikomi.engine.prefix_cache import FrozenPrefix
from shikomi.engine.training import TrainingSpec
from shikomi.engine.training_run import (
    EventSink,
    Run,
    bf16_pays,
    common_arguments,
    device_of,
    fits,
    load_model,
    lora_config,
    quiet,
    sources,
    tokens_told,
)

_PART_TOKENS = {"cpu": 512, "cuda": 4096}
_CACHE_SHARE = 0.25  # of the memory that is free once the model is loaded


def supervised_run(spec: TrainingSpec, events: EventSink, checkpoints: Path) -> Run:
    """Everything loaded and checked, nothing trained yet.

    Raises: RefusedLine for a training file's lines, WeightsError or EngineError for the model.
    """
    quiet()
    folder, tokenizer, bos = sources(spec, events)
    files = {"training_file": spec.train_file, "validation_file": spec.validation_file}
    rows = [
        read_rows(file, tokenizer, max_length=spec.max_length, bos=bos, param=param)
        for param, file in files.items()
        if file is not None
    ]
    device = device_of(spec.device)
    bf16 = bf16_pays(device)
    model = load_model(folder, torch.bfloat16 if bf16 else torch.float32, device)
    lengths = [len(row.input_ids) for row in rows[0]]
    events.say(tokens_told(lengths, spec.n_epochs, device))
    arguments = SFTConfig(
        dataset_kwargs={"skip_prepare_dataset": True},
        **common_arguments(
            spec,
            checkpoints,
            n_rows=len(rows[0]),
            validated=len(rows) > 1,
            device=device,
            bf16=bf16,
        ),
    )
    return Run(_trainer(spec, model, tokenizer, rows, arguments, device), spec, events, checkpoints)


def _trainer(
    spec: TrainingSpec,
    model: Any,
    tokenizer: Any,
    rows: list[list[Row]],
    arguments: SFTConfig,
    device: str,
) -> LoraTrainer:
    n_layers = model.config.num_hidden_layers
    first = n_layers - min(spec.n_layers or n_layers, n_layers)
    tokens = max(_PART_TOKENS["cpu"], *(len(row.input_ids) for row in rows[0]))
    arguments.activation_checkpointing = not fits(model.config, n_layers - first, tokens)
    trainer = LoraTrainer(
        model=model,
        args=arguments,
        train_dataset=_dataset(rows[0], first_row=0),
        eval_dataset=_dataset(rows[1], first_row=len(rows[0])) if len(rows) > 1 else None,
        processing_class=tokenizer,
        data_collator=collate,
        peft_config=lora_config(spec, n_layers),
        prefix=_prefix(model, first, spec.prefix_cache),
        part_tokens=_PART_TOKENS[device],
        shared=shared_beginning([row for file in rows for row in file]),
    )
    for module in trainer.model.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False  # autocast would cast straight back
    return trainer


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
