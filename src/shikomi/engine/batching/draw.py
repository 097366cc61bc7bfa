"""The next token of each answer of a batch, drawn from the model's logits."""

from collections.abc import Sequence
from typing import Any

import torch

from shikomi.engine.batching.request import Answer


class _Columns:
    """How the drawn ones among some answers are drawn, a row each, beside their logits."""

    def __init__(self, answers: Sequence[Answer], n_vocab: int, device: torch.device) -> None:
        rows = [n for n, answer in enumerate(answers) if answer.asked.sampling.temperature > 0]
        self.answers = [answers[row] for row in rows]
        options = [answer.asked.sampling for answer in self.answers]

        def column(numbers: Sequence[float]) -> torch.Tensor:
            return torch.tensor(numbers, device=device, dtype=torch.float32)[:, None]

        self.rows = torch.tensor(rows, device=device)
        self.temperature = column([option.temperature for option in options])
        self.top_k = column([option.top_k or n_vocab for option in options])
        self.top_p = column([option.top_p for option in options])
        self.min_p = column([option.min_p for option in options])


class Drawing:
    """Draws for one batch after the other; how its answers are drawn is put beside the logits
    only when others come or some have ended, not at every token."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._columns: _Columns | None = None

    def draw(self, logits: torch.Tensor, answers: Sequence[Answer]) -> list[int]:
        """A token for each row of `logits` (answers, vocabulary), already masked by grammars."""
        logits = logits.float()
        for row, answer in enumerate(answers):
            if answer.asked.sampling.shifts:
                _shift(logits[row], answer)
        likeliest = logits.argmax(-1)
        columns = self._columns_of(answers, logits)
        if columns.answers:
            chances = [answer.random.random() for answer in columns.answers]
            likeliest[columns.rows] = _drawn(logits[columns.rows], columns, chances)
        found: list[int] = likeliest.tolist()
        return found

    def _columns_of(self, answers: Sequence[Answer], logits: torch.Tensor) -> _Columns:
        if self._columns is None or self._answers != list(answers):
            self._answers = list(answers)
            self._columns = _Columns(answers, logits.shape[1], logits.device)
        return self._columns


def logprobs(
    logits: torch.Tensor, tokens: Sequence[int], answers: Sequence[Answer], tokenizer: Any
) -> list[dict[str, Any] | None]:
    """For the answers that asked: the token's log-probability by the model, and the likeliest."""
    found: list[dict[str, Any] | None] = []
    for row, (token, answer) in enumerate(zip(tokens, answers, strict=True)):
        n_top = answer.asked.n_top
        if n_top is None:
            found.append(None)
            continue
        told = torch.log_softmax(logits[row].float(), -1)
        values, ids = torch.topk(told, max(n_top, 1))
        top = [_named(tokenizer, i, p) for i, p in zip(ids.tolist(), values.tolist(), strict=True)]
        of_token = _named(tokenizer, token, float(told[token]))
        found.append(of_token | {"top_logprobs": top[:n_top]})
    return found


def _named(tokenizer: Any, token: int, logprob: float) -> dict[str, Any]:
    text = tokenizer.decode([token], skip_special_tokens=False)
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def _shift(row: torch.Tensor, answer: Answer) -> None:
    sampling = answer.asked.sampling
    shifts = {token: shift for token, shift in sampling.logit_bias.items() if token < len(row)}
    for token, n_times in answer.written.items():
        penalty = sampling.presence_penalty + sampling.frequency_penalty * n_times
        shifts[token] = shifts.get(token, 0.0) - penalty
    if shifts:
        ids = torch.tensor(list(shifts), device=row.device)
        row[ids] += torch.tensor(list(shifts.values()), device=row.device, dtype=row.dtype)


def _drawn(logits: torch.Tensor, columns: _Columns, chances: Sequence[float]) -> torch.Tensor:
    """By each row's temperature, then top_k, top_p and min_p, in llama.cpp's order but for the
    temperature, which the API applies first; one number by chance decides for a row."""
    scaled = logits / columns.temperature
    weights, order = torch.softmax(scaled, -1).sort(-1, descending=True)
    n_vocab = weights.shape[1]
    places = torch.arange(n_vocab, device=logits.device)[None]
    weights[places >= columns.top_k] = 0
    before = weights.cumsum(-1) - weights
    # The likeliest token always stays.
    out = before >= columns.top_p * weights.sum(-1, keepdim=True)
    out |= weights < columns.min_p * weights[:, :1]
    weights[out & (places > 0)] = 0
    cumulative = weights.cumsum(-1)
    chance = torch.tensor(chances, device=logits.device)[:, None] * cumulative[:, -1:]
    at = (cumulative <= chance).sum(-1).clamp(max=n_vocab - 1)
    return order.gather(1, at[:, None])[:, 0]
