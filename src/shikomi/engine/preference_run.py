"""A preference run: DPO by TRL over token ids of our own making."""

from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from shikomi.engine.collate import Pair, read_pairs
from shikomi.engine.group import ALONE
from shikomi.engine.loading import EventSink, load, lora_config, recomputes
from shikomi.engine.training import TrainingSpec
from shikomi.engine.training_run import Progress, Run


def preference_run(spec: TrainingSpec, events: EventSink, checkpoints: Path) -> Run:
    """Everything loaded and checked, nothing trained yet. The base model is the reference.

    Raises: as `load`.
    """
    loaded = load(spec, events, checkpoints, read_pairs, _length)
    model, pairs = loaded.model, loaded.files
    tokens = spec.batch_size * max(map(_length, pairs[0]))
    again = recomputes(model, spec, loaded.device, tokens)
    arguments = loaded.arguments | {"activation_checkpointing": again}
    trainer = PreferenceTrainer(
        model=model,
        args=DPOConfig(beta=spec.beta, **arguments),
        train_dataset=_dataset(pairs[0]),
        eval_dataset=_dataset(pairs[1]) if len(pairs) > 1 else None,
        processing_class=loaded.tokenizer,
        data_collator=DataCollatorForPreference(pad_token_id=loaded.tokenizer.pad_token_id or 0),
        peft_config=lora_config(spec, model),
    )
    loaded.settle(trainer.model, keep=model.lm_head)  # TRL multiplies by its weights itself
    return Run(trainer, spec, events, checkpoints)


class PreferenceTrainer(DPOTrainer):  # type: ignore[misc]
    """DPOTrainer over token ids, which counts its tokens as the supervised trainer does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.progress = Progress()
        self.group = ALONE

    def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
        return dataset

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any) -> torch.Tensor:
        self.progress.trained_tokens += int(inputs["attention_mask"].sum())
        loss: torch.Tensor = super().training_step(model, inputs, *rest)
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        logs |= self.progress.figures()
        super().log(logs, start_time)


def _length(pair: Pair) -> int:
    return 2 * len(pair.prompt_ids) + len(pair.chosen_ids) + len(pair.rejected_ids)


def _dataset(pairs: list[Pair]) -> Dataset:
    return Dataset.from_list(
        [
            {
                "prompt_ids": pair.prompt_ids,
                "chosen_ids": pair.chosen_ids,
                "rejected_ids": pair.rejected_ids,
            }
            for pair in pairs
        ]
    )
