"""A preference run: DPO by TRL over token ids of our own making."""

from pathlib import Path
from time import monotonic
from typing import Any

import torch
from datasets import Dataset
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from shikomi.engine.collate import Pair, read_pairs
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


def preference_run(spec: TrainingSpec, events: EventSink, checkpoints: Path) -> Run:
    """Everything loaded and checked, nothing trained yet. The base model is the reference.

    Raises: RefusedLine for a training file's lines, WeightsError or EngineError for the model.
    """
    quiet()
    folder, tokenizer, bos = sources(spec, events)
    files = {"training_file": spec.train_file, "validation_file": spec.validation_file}
    pairs = [
        read_pairs(file, tokenizer, max_length=spec.max_length, bos=bos, param=param)
        for param, file in files.items()
        if file is not None
    ]
    device = device_of(spec.device)
    bf16 = bf16_pays(device)
    model = load_model(folder, torch.bfloat16 if bf16 else torch.float32, device)
    lengths = [_length(pair) for pair in pairs[0]]
    events.say(tokens_told(lengths, spec.n_epochs, device))
    n_layers = model.config.num_hidden_layers
    n_trained = min(spec.n_layers or n_layers, n_layers)
    arguments = common_arguments(
        spec,
        checkpoints,
        n_rows=len(pairs[0]),
        validated=len(pairs) > 1,
        device=device,
        bf16=bf16,
    )
    tokens = spec.batch_size * max(lengths)
    arguments["activation_checkpointing"] = not fits(model.config, n_trained, tokens)
    trainer = PreferenceTrainer(
        model=model,
        args=DPOConfig(beta=spec.beta, **arguments),
        train_dataset=_dataset(pairs[0]),
        eval_dataset=_dataset(pairs[1]) if len(pairs) > 1 else None,
        processing_class=tokenizer,
        data_collator=DataCollatorForPreference(pad_token_id=tokenizer.pad_token_id or 0),
        peft_config=lora_config(spec, n_layers),
    )
    return Run(trainer, spec, events, checkpoints)


class PreferenceTrainer(DPOTrainer):  # type: ignore[misc]
    """DPOTrainer over token ids, which counts its tokens as the supervised trainer does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._started = monotonic()
        self.trained_tokens = 0

    def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
        return dataset

    def go_on_from(self, trained_tokens: int, seconds: float) -> None:
        """Count on from these figures of an interrupted run; the clock starts now."""
        self.trained_tokens = trained_tokens
        self._started = monotonic() - seconds

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any) -> torch.Tensor:
        self.trained_tokens += int(inputs["attention_mask"].sum())
        loss: torch.Tensor = super().training_step(model, inputs, *rest)
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        logs |= {
            "trained_tokens": self.trained_tokens,
            "seconds": round(monotonic() - self._started, 3),
        }
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
