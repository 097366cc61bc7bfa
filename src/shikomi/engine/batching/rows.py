"""Answers that are being written side by side: a row each of what the model is given."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

from shikomi.engine.batching.request import Answer


class Rows:
    """The tokens that the model has not read yet, and what it keeps of those that it has.

    Rows end at the same column; shorter ones are padded at their beginnings. Each has places of
    its own, so that a row does not depend on those beside it.
    """

    def __init__(self, answers: Sequence[Answer], padding: int, device: str) -> None:
        self.answers = list(answers)
        longest = max(len(answer.asked.prompt_ids) for answer in answers)
        ids, real = [], []
        for answer in answers:
            prompt = list(answer.asked.prompt_ids)
            gap = longest - len(prompt)
            ids.append([padding] * gap + prompt)
            real.append([0] * gap + [1] * len(prompt))
        self._ids = torch.tensor(ids, device=device)
        self._real = torch.tensor(real, device=device)
        self._places = (self._real.cumsum(-1) - 1).clamp(min=0)
        self._cache: Any = DynamicCache()

    def logits(self, model: Any) -> torch.Tensor:
        """Of the token that follows, for each row: (rows, vocabulary)."""
        output = model(
            input_ids=self._ids,
            attention_mask=self._real,
            position_ids=self._places,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def go_on(self, tokens: Sequence[int]) -> None:
        """Read these next, a token for each row; rows whose answers have ended are dropped."""
        self._ids = torch.tensor(tokens, device=self._real.device)[:, None]
        self._real = pad(self._real, (0, 1), value=1)
        self._places = self._places[:, -1:] + 1
        going = [row for row, answer in enumerate(self.answers) if not answer.ended]
        if len(going) < len(self.answers):
            self._keep(going)

    def join(self, others: "Rows") -> None:
        """Take rows in that are as far as these: prompts read, a token of each to be read."""
        width = max(self._real.shape[1], others._real.shape[1])
        for rows in (self, others):
            rows._widen(width - rows._real.shape[1])
        self.answers += others.answers
        self._ids = torch.cat([self._ids, others._ids])
        self._real = torch.cat([self._real, others._real])
        self._places = torch.cat([self._places, others._places])
        for layer, other in zip(self._cache.layers, others._cache.layers, strict=True):
            layer.keys = torch.cat([layer.keys, other.keys])
            layer.values = torch.cat([layer.values, other.values])

    def _keep(self, going: Sequence[int]) -> None:
        self.answers = [self.answers[row] for row in going]
        if not going:
            return
        at = torch.tensor(going, device=self._real.device)
        self._ids, self._real, self._places = self._ids[at], self._real[at], self._places[at]
        self._cache.batch_select_indices(at)
        longest = max(len(each.asked.prompt_ids) + each.n_written for each in self.answers)
        self._widen(longest - self._real.shape[1])

    def _widen(self, n_columns: int) -> None:
        """More padding at the beginnings, or, below 0, less."""
        if not n_columns:
            return
        self._real = pad(self._real, (n_columns, 0))
        for layer in self._cache.layers:
            layer.keys = pad(layer.keys, (0, 0, n_columns, 0))
            layer.values = pad(layer.values, (0, 0, n_columns, 0))
