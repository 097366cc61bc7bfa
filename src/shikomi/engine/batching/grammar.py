"""Answers that must follow a JSON schema: which tokens may come next."""

from collections.abc import Sequence
from typing import Any

import torch
from llguidance import LLExecutor, LLMatcher
from llguidance.hf import from_tokenizer
from llguidance.torch import fill_next_token_bitmask_par

from shikomi.engine.batching.request import Answer

# As models write JSON on one line; free whitespace lets small ones write nothing else.
_SPACES = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_BITS = 32  # of a word of the masks


class Grammars:
    """Matchers of one tokenizer. `n_vocab` is the width of the model's logits."""

    def __init__(self, tokenizer: Any, n_vocab: int) -> None:
        self._n_vocab = n_vocab
        self._threads = LLExecutor()
        self._tokenizer = from_tokenizer(tokenizer, n_vocab)

    def matcher(self, schema: str) -> LLMatcher:
        """Raises: ValueError for a schema that is none or cannot be followed."""
        grammar = LLMatcher.grammar_from_json_schema(schema, overrides=_SPACES)
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            reason = matcher.get_error().splitlines()[0]
            raise ValueError(f"the JSON schema cannot be followed: {reason}")
        return matcher

    def masked(self, logits: torch.Tensor, answers: Sequence[Answer]) -> torch.Tensor:
        """The logits, minus infinity for tokens that a row's schema does not allow."""
        rows = [row for row, answer in enumerate(answers) if answer.matcher is not None]
        if not rows:
            return logits
        words = torch.empty(len(rows), -(-self._n_vocab // _BITS), dtype=torch.int32)
        # One after the other, the masks of a large batch take longer than the model does.
        matchers = [(answers[row].matcher, place) for place, row in enumerate(rows)]
        fill_next_token_bitmask_par(self._threads, matchers, words)
        at = torch.tensor(rows, device=logits.device)
        bits = torch.arange(_BITS, device=logits.device, dtype=torch.int32)
        allowed = (words.to(logits.device)[:, :, None] >> bits) & 1
        allowed = allowed.view(len(rows), -1)[:, : self._n_vocab].bool()
        logits[at] = logits[at].masked_fill(~allowed, float("-inf"))
        return logits
