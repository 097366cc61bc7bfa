"""TRL's SFTTrainer for token rows: loss on answers only, rows packed, and a frozen prefix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from trl import SFTTrainer

from shikomi.engine.collate import IGNORED, Row
from shikomi.engine.group import ALONE, Group
from shikomi.engine.int8 import Int8Linear
from shikomi.engine.prefix_cache import SHARED, FrozenPrefix
from shikomi.engine.training_run import Progress

_CHUNK = 256  # positions whose logits are held at once


class FrozenMatrix(Protocol):
    """Weights (out, in) that are not trained."""

    def forward(self, states: Tensor) -> Tensor: ...

    def backward(self, gradient: Tensor) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class DenseMatrix:
    """A FrozenMatrix of plain floating numbers."""

    weight: Tensor

    def forward(self, states: Tensor) -> Tensor:
        return (states.to(self.weight.dtype) @ self.weight.T).float()

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient.to(self.weight.dtype) @ self.weight


class AnswerLoss(torch.autograd.Function):  # type: ignore[misc]
    """Summed cross-entropy of `hidden` (n, d) through a frozen head (vocabulary, d).

    Returns the sum and the number of labels (n,) that are the most likely token. The gradient
    is made in the forward pass, chunk by chunk, so that (n, vocabulary) never exists whole.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: FrozenMatrix, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        wants_gradient = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wants_gradient else hidden.new_empty(0)
        total = hidden.new_zeros((), dtype=torch.float32)
        correct = torch.zeros((), dtype=torch.long, device=hidden.device)
        for start in range(0, len(hidden), _CHUNK):
            part = slice(start, start + _CHUNK)
            target = labels[part, None]
            logits = head.forward(hidden[part])
            correct += (logits.argmax(-1, keepdim=True) == target).sum()
            logits -= logits.logsumexp(-1, keepdim=True)
            total -= logits.gather(1, target).sum()
            if wants_gradient:
                logits.exp_().scatter_add_(
                    1, target, torch.full_like(target, -1, dtype=torch.float32)
                )
                gradient[part] = head.backward(logits)
        ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(correct)
        return total, correct

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0].to(gradient.dtype), None, None


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows one after the other in one sequence, what they all begin with only once.

    `input_ids` and `positions` are (1, length), `labels` (length,), `mask` (1, 1, length,
    length) says which token sees which: each sees the shared beginning and its own row, as if
    the row stood alone. `segments` are (row, tokens) in order; SHARED is the beginning.
    """

    input_ids: Tensor
    labels: Tensor
    positions: Tensor
    mask: Tensor
    segments: list[tuple[int, int]]


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


def shared_beginning(rows: Sequence[Row]) -> int:
    """How many tokens all rows begin with; the token that predicts a row's first learnt one is
    always the row's own."""
    first, last = min(row.input_ids for row in rows), max(row.input_ids for row in rows)
    n = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    learnt = min(next(i for i, x in enumerate(row.labels) if x != IGNORED) for row in rows)
    return max(0, min(n, learnt - 1))


def parts(
    batch: dict[str, Tensor],
    own: Sequence[int],
    *,
    max_tokens: int,
    shared: int,
    prefix: FrozenPrefix | None,
) -> Iterator[Part]:
    """Cut the rows of a batch at the places `own` into parts of at most `max_tokens`; a longer
    row stands alone.

    Rows whose prefix is known and rows where it is not do not mix.
    """
    rows, lengths = batch["rows"].tolist(), batch["lengths"].tolist()
    known = [prefix is not None and row in prefix for row in rows]
    group: list[int] = []
    n_tokens = shared
    for i in sorted(own, key=lambda i: known[i]):
        body = lengths[i] - shared
        if group and (n_tokens + body > max_tokens or known[group[-1]] != known[i]):
            yield _part(batch, group, shared)
            group, n_tokens = [], shared
        group.append(i)
        n_tokens += body
    if group:
        yield _part(batch, group, shared)


def _part(batch: dict[str, Tensor], group: list[int], shared: int) -> Part:
    ids, labels = batch["input_ids"], batch["labels"]
    rows, lengths = batch["rows"].tolist(), batch["lengths"].tolist()
    bodies = [(i, slice(shared, lengths[i])) for i in group]
    segments = [(SHARED, shared)] if shared else []
    segments += [(rows[i], lengths[i] - shared) for i in group]
    device = ids.device
    owner = torch.cat(
        [torch.full((n,), place, device=device) for place, (_, n) in enumerate(segments)]
    )
    sees = owner[:, None] == owner[None, :]
    if shared:
        sees |= (owner == 0)[None, :]
    return Part(
        torch.cat([ids[group[0], :shared], *(ids[i, body] for i, body in bodies)])[None],
        torch.cat([labels[group[0], :shared], *(labels[i, body] for i, body in bodies)]),
        torch.cat(
            [
                torch.arange(shared, device=device),
                *(torch.arange(shared, lengths[i], device=device) for i in group),
            ]
        )[None],
        sees.tril()[None, None],
        segments,
    )


class LoraTrainer(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer over rows made by `collate`, one optimiser step a batch.

    The loss is the mean over the batch's learnt tokens, whatever parts it is computed in, and
    however many processes compute it: each has the whole batch and takes its share of the rows.
    `part_tokens` bounds memory; `shared` is how many tokens all rows begin with.
    """

    def __init__(
        self, *, prefix: FrozenPrefix | None, part_tokens: int, shared: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self._prefix = prefix
        self._part_tokens = part_tokens
        self._shared = shared
        self.progress = Progress()
        self.group: Group = ALONE
        self._seen = [0, 0]  # learnt tokens since the last log: right, all

    def training_step(
        self, model: nn.Module, inputs: dict[str, Tensor], num_items_in_batch: Any = None
    ) -> Tensor:
        model.train()
        batch = self._prepare_inputs(inputs)
        n_learnt = int((batch["labels"][:, 1:] != IGNORED).sum())
        loss, n_right = torch.zeros(2, device=batch["labels"].device)
        for part in self._parts(batch):
            summed, correct = self._answer_loss(model, part)
            self.accelerator.backward(summed / n_learnt)
            loss += summed.detach() / n_learnt
            n_right += correct
        self._add_up(model, loss, n_right)
        self._seen[0] += int(n_right)
        self._seen[1] += n_learnt
        self.progress.trained_tokens += int(batch["lengths"].sum())
        return loss

    def _add_up(self, model: nn.Module, *sums: Tensor) -> None:
        """Gradients and sums over all processes; one whose share is empty adds zeros."""
        if self.group.size == 1:
            return
        trained = [weights for weights in model.parameters() if weights.requires_grad]
        for weights in trained:
            if weights.grad is None:
                weights.grad = torch.zeros_like(weights)
        self.group.add_up([*(weights.grad for weights in trained), *sums])

    def _parts(self, batch: dict[str, Tensor]) -> Iterator[Part]:
        return parts(
            batch,
            self.group.share(batch["lengths"].tolist()),
            max_tokens=self._part_tokens,
            shared=self._shared,
            prefix=self._prefix,
        )

    def _answer_loss(self, model: nn.Module, part: Part) -> tuple[Tensor, Tensor]:
        causal = self.accelerator.unwrap_model(model).get_base_model()
        if self._prefix is not None:
            self._prefix.about_to_run(part.segments)
        with self.accelerator.autocast():
            states = causal.model(
                input_ids=part.input_ids,
                attention_mask=part.mask,
                position_ids=part.positions,
                use_cache=False,
            ).last_hidden_state[0]
            labels = part.labels[1:]
            learnt = labels != IGNORED
            head = causal.lm_head
            matrix = head.matrix if isinstance(head, Int8Linear) else DenseMatrix(head.weight)
            loss, correct = AnswerLoss.apply(states[:-1][learnt], matrix, labels[learnt])
        return loss, correct

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss and accuracy over all learnt tokens of the validation rows."""
        self.model.eval()
        sums, n_learnt = torch.zeros(2, dtype=torch.float64, device=self.args.device), 0
        for inputs in self.get_eval_dataloader():
            batch = self._prepare_inputs(inputs)
            n_learnt += int((batch["labels"][:, 1:] != IGNORED).sum())
            for part in self._parts(batch):
                sums += torch.stack(self._answer_loss(self.model, part))
        self.group.add_up([sums])
        loss, accuracy = (sums / max(n_learnt, 1)).tolist()
        metrics = {"eval_loss": loss, "eval_mean_token_accuracy": accuracy}
        self.log(dict(metrics))
        return metrics

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if self._seen[1]:
            logs["mean_token_accuracy"] = self._seen[0] / self._seen[1]
            self._seen = [0, 0]
        logs |= self.progress.figures()
        super().log(logs, start_time)
