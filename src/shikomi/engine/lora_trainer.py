"""TRL's SFTTrainer for token rows: loss on answers only, small parts, and a frozen prefix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import torch
from torch import Tensor, nn
from trl import SFTTrainer

from shikomi.engine.collate import IGNORED
from shikomi.engine.prefix_cache import FrozenPrefix

_CHUNK = 256  # positions whose logits are held at once


class AnswerLoss(torch.autograd.Function):  # type: ignore[misc]
    """Summed cross-entropy of `hidden` (n, d) through a frozen head (vocabulary, d).

    Returns the sum and the number of labels (n,) that are the most likely token. The gradient
    is made in the forward pass, chunk by chunk, so that (n, vocabulary) never exists whole.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        wants_gradient = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wants_gradient else hidden.new_empty(0)
        total = hidden.new_zeros((), dtype=torch.float32)
        correct = torch.zeros((), dtype=torch.long, device=hidden.device)
        for start in range(0, len(hidden), _CHUNK):
            part = slice(start, start + _CHUNK)
            target = labels[part, None]
            logits = (hidden[part].to(head.dtype) @ head.T).float()
            correct += (logits.argmax(-1, keepdim=True) == target).sum()
            logits -= logits.logsumexp(-1, keepdim=True)
            total -= logits.gather(1, target).sum()
            if wants_gradient:
                logits.exp_().scatter_add_(
                    1, target, torch.full_like(target, -1, dtype=torch.float32)
                )
                gradient[part] = logits.to(head.dtype) @ head
        ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(correct)
        return total, correct

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0].to(gradient.dtype), None, None


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a batch, padded on the right to the longest of them: tensors (n, length)."""

    input_ids: Tensor
    labels: Tensor
    rows: list[int]
    lengths: list[int]


def collate(examples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Examples of `input_ids`, `labels` and `row` to tensors padded on the right."""

    def padded(name: str, filler: int) -> Tensor:
        return nn.utils.rnn.pad_sequence(
            [torch.tensor(example[name]) for example in examples],
            batch_first=True,
            padding_value=filler,
        )

    return {
        "input_ids": padded("input_ids", 0),
        "labels": padded("labels", IGNORED),
        "rows": torch.tensor([example["row"] for example in examples]),
        "lengths": torch.tensor([len(example["input_ids"]) for example in examples]),
    }


def parts(
    batch: dict[str, Tensor], *, max_tokens: int, prefix: FrozenPrefix | None
) -> Iterator[Part]:
    """Cut a batch into parts of rows of like length, padding included at most `max_tokens`.

    A longer row stands alone. Rows whose prefix is known and rows where it is not do not mix.
    """
    rows, lengths = batch["rows"].tolist(), batch["lengths"].tolist()
    order = sorted(
        range(len(rows)), key=lambda i: (prefix is not None and rows[i] in prefix, lengths[i])
    )
    group: list[int] = []
    for i in order:
        known = [prefix is not None and rows[j] in prefix for j in (*group[-1:], i)]
        if group and ((len(group) + 1) * lengths[i] > max_tokens or known[0] != known[-1]):
            yield _part(batch, group, rows, lengths)
            group = []
        group.append(i)
    if group:
        yield _part(batch, group, rows, lengths)


def _part(batch: dict[str, Tensor], group: list[int], rows: list[int], lengths: list[int]) -> Part:
    longest = max(lengths[i] for i in group)
    return Part(
        batch["input_ids"][group, :longest],
        batch["labels"][group, :longest],
        [rows[i] for i in group],
        [lengths[i] for i in group],
    )


class LoraTrainer(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer over rows made by `collate`, one optimiser step a batch.

    The loss is the mean over the batch's learnt tokens, whatever parts it is computed in.
    `part_tokens` bounds memory.
    """

    def __init__(self, *, prefix: FrozenPrefix | None, part_tokens: int, **options: Any) -> None:
        super().__init__(**options)
        self._prefix = prefix
        self._part_tokens = part_tokens
        self._started = monotonic()
        self.trained_tokens = 0
        self._seen = [0, 0]  # learnt tokens since the last log: right, all

    def go_on_from(self, trained_tokens: int, seconds: float) -> None:
        """Count on from these figures of an interrupted run; the clock starts now."""
        self.trained_tokens = trained_tokens
        self._started = monotonic() - seconds

    def training_step(
        self, model: nn.Module, inputs: dict[str, Tensor], num_items_in_batch: Any = None
    ) -> Tensor:
        model.train()
        batch = self._prepare_inputs(inputs)
        n_learnt = int((batch["labels"][:, 1:] != IGNORED).sum())
        loss = torch.zeros((), device=batch["labels"].device)
        for part in parts(batch, max_tokens=self._part_tokens, prefix=self._prefix):
            summed, correct = self._answer_loss(model, part)
            self.accelerator.backward(summed / n_learnt)
            loss += summed.detach() / n_learnt
            self._seen[0] += int(correct)
        self._seen[1] += n_learnt
        self.trained_tokens += int(batch["lengths"].sum())
        return loss

    def _answer_loss(self, model: nn.Module, part: Part) -> tuple[Tensor, Tensor]:
        """No attention mask: padding stands on the right, where no real token looks."""
        causal = self.accelerator.unwrap_model(model).get_base_model()
        if self._prefix is not None:
            self._prefix.about_to_run(part.rows, part.lengths)
        with self.accelerator.autocast():
            states = causal.model(input_ids=part.input_ids, use_cache=False).last_hidden_state
            labels = part.labels[:, 1:]
            learnt = labels != IGNORED
            loss, correct = AnswerLoss.apply(
                states[:, :-1][learnt], causal.lm_head.weight, labels[learnt]
            )
        return loss, correct

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss over all learnt tokens of the validation rows."""
        self.model.eval()
        loss, n_learnt = 0.0, 0
        for inputs in self.get_eval_dataloader():
            batch = self._prepare_inputs(inputs)
            n_learnt += int((batch["labels"][:, 1:] != IGNORED).sum())
            for part in parts(batch, max_tokens=self._part_tokens, prefix=self._prefix):
                loss += float(self._answer_loss(self.model, part)[0])
        metrics = {"eval_loss": loss / max(n_learnt, 1)}
        self.log(dict(metrics))
        return metrics

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if self._seen[1]:
            logs["mean_token_accuracy"] = self._seen[0] / self._seen[1]
            self._seen = [0, 0]
        logs |= {
            "trained_tokens": self.trained_tokens,
            "seconds": round(monotonic() - self._started, 3),
        }
        super().log(logs, start_time)
