"""A supervised run: rows, trainer, and the layers below the first trained one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from datasets import Dataset
from peft.tuners.lora import LoraLayer
from trl import SFTConfig

from shikomi.engine.collate import Row, read_rows
from shikomi.engine.loading import (
    EventSink,
    Loaded,
    first_trained,
    load,
    lora_config,
    recomputes,
)
from shikomi.engine.lora_trainer import LoraTrainer, collate, shared_beginning
from shikomi.engine.prefix_cache import FrozenPrefix
from shikomi.engine.training import TrainingSpec
from shikomi.engine.training_run import Run

_PART_TOKENS = {"cpu": 512, "cuda": 4096}
_CACHE_SHARE = 0.25  # of the memory that is free once the model is loaded


def supervised_run(spec: TrainingSpec, events: EventSink, checkpoints: Path) -> Run:
    """Everything loaded and checked, nothing trained yet. Raises: as `load`."""
    loaded = load(spec, events, checkpoints, read_rows, _length)
    found = replace(spec, precision=loaded.precision)
    return Run(_trainer(spec, loaded), found, events, checkpoints)


def _length(row: Row) -> int:
    return len(row.input_ids)


def _trainer(spec: TrainingSpec, loaded: Loaded[Row]) -> LoraTrainer:
    model, rows = loaded.model, loaded.files
    tokens = max(_PART_TOKENS[loaded.device], *map(_length, rows[0]))
    again = recomputes(model, spec, loaded.device, tokens)
    arguments = loaded.arguments | {"activation_checkpointing": again}
    trainer = LoraTrainer(
        model=model,
        args=SFTConfig(dataset_kwargs={"skip_prepare_dataset": True}, **arguments),
        train_dataset=_dataset(rows[0], first_row=0),
        eval_dataset=_dataset(rows[1], first_row=len(rows[0])) if len(rows) > 1 else None,
        processing_class=loaded.tokenizer,
        data_collator=collate,
        peft_config=lora_config(spec, model),
        prefix=_prefix(model, spec),
        part_tokens=_PART_TOKENS[loaded.device],
        shared=shared_beginning([row for file in rows for row in file]),
    )
    loaded.settle(trainer.model)
    for module in trainer.model.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False  # autocast would cast straight back
    return trainer


def _prefix(model: Any, spec: TrainingSpec) -> FrozenPrefix | None:
    first = first_trained(model, spec)
    if first == 0:
        return None
    free = psutil.virtual_memory().available * _CACHE_SHARE / spec.n_trainers
    limit_bytes = int(free) if spec.prefix_cache else 0
    return FrozenPrefix(model.model.layers[:first], limit_bytes=limit_bytes)


def _dataset(rows: list[Row], *, first_row: int) -> Dataset:
    return Dataset.from_list(
        [
            {"input_ids": row.input_ids, "labels": row.labels, "row": number}
            for number, row in enumerate(rows, start=first_row)
        ]
    )
