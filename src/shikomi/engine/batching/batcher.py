"""One thread that answers whatever waits, as many as fit, a token of each at a time."""

import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from shikomi.engine.batching import draw
from shikomi.engine.batching.grammar import Grammars
from shikomi.engine.batching.lora import Adapters
from shikomi.engine.batching.request import Answer

_FREE_SHARE = 0.6  # of the GPU's memory that is free once the model is loaded
_CPU_TOKENS = 16384
_END_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "</s>")


class Batcher:
    """Answers by a model of transformers; adapters by their numbers, as `Adapters` says.

    Answers of one batch have the same adapters at the same scales. A batch takes new answers
    only when it has ended: what is asked at once ends at about the same time.
    """

    def __init__(self, folder: Path, adapters: Sequence[Path], *, n_parallel: int) -> None:
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        self._model = model.to(self._device).eval()
        self._adapters = Adapters(self._model, adapters)
        self._grammars = Grammars(self.tokenizer, self._model.config.vocab_size)
        self._ends = _end_tokens(self.tokenizer, self._model)
        self._n_parallel = n_parallel
        self._most_tokens = self._tokens_that_fit()
        self._waiting: deque[Answer] = deque()
        self._asked = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._run_or_leave, daemon=True, name="batches").start()

    def ask(self, answer: Answer) -> None:
        """Queue it. Raises: ValueError for a schema that cannot be followed."""
        if answer.asked.schema is not None:
            answer.matcher = self._grammars.matcher(answer.asked.schema)
        with self._asked:
            self._waiting.append(answer)
            self._asked.notify()

    def _run_or_leave(self) -> None:
        """Where a batch fails, a GPU may be of no use any more: the process ends, and the server
        starts another one at the next request."""
        try:
            self._run()
        finally:
            os._exit(1)

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            try:
                with torch.inference_mode():
                    self._answer(batch)
            except torch.OutOfMemoryError:
                self._smaller(batch)

    def _smaller(self, batch: list[Answer]) -> None:
        """Try again with half as many tokens, as long as nothing was written."""
        torch.cuda.empty_cache()
        self._most_tokens //= 2
        for answer in batch:
            if len(batch) == 1 or answer.n_written:
                answer.fail("the GPU's memory is too small for this request")
        with self._asked:
            self._waiting.extendleft(
                answer for answer in reversed(batch) if len(batch) > 1 and not answer.n_written
            )

    def _next_batch(self) -> list[Answer]:
        """The first that waits, and the others that can be answered beside it."""
        with self._asked:
            self._asked.wait_for(lambda: bool(self._waiting))
            batch: list[Answer] = []
            longest, left = 0, deque[Answer]()
            for answer in self._waiting:
                longest_now = max(longest, len(answer.asked.prompt_ids) + answer.asked.max_tokens)
                fits = longest_now * (len(batch) + 1) <= self._most_tokens
                same = not batch or batch[0].asked.scales == answer.asked.scales
                if answer.cancelled:
                    continue
                if same and len(batch) < self._n_parallel and (fits or not batch):
                    batch.append(answer)
                    longest = longest_now
                else:
                    left.append(answer)
            self._waiting = left
            return batch

    def _answer(self, batch: list[Answer]) -> None:
        if not batch:
            return
        self._adapters.scale(dict(batch[0].asked.scales))
        ids, mask = self._padded(batch)
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config)
        while batch:
            logits = self._logits(ids, mask, places, cache)
            chosen = self._chosen(logits, batch)
            ids = torch.tensor(chosen, device=self._device)[:, None]
            going = [row for row, answer in enumerate(batch) if not answer.ended]
            if len(going) < len(batch):
                rows = torch.tensor(going, device=self._device, dtype=torch.long)
                batch = [batch[row] for row in going]
                ids, mask, places = ids[rows], mask[rows], places[rows]
                if batch:
                    cache.batch_select_indices(rows)
            mask = torch.cat([mask, mask.new_ones(len(batch), 1)], dim=1)
            places = places[:, -1:] + 1

    def _logits(
        self, ids: torch.Tensor, mask: torch.Tensor, places: torch.Tensor, cache: Any
    ) -> torch.Tensor:
        """Of the token that follows, for each row."""
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _chosen(self, logits: torch.Tensor, batch: Sequence[Answer]) -> list[int]:
        told = any(answer.asked.n_top is not None for answer in batch)
        raw = logits.clone() if told else logits
        tokens = draw.draw(self._grammars.masked(logits, batch), batch)
        probabilities = draw.logprobs(raw, tokens, batch, self.tokenizer)
        for token, answer, logprob in zip(tokens, batch, probabilities, strict=True):
            answer.take(
                token,
                ends=self._ends,
                tokenizer=self.tokenizer.backend_tokenizer,
                logprobs=logprob,
            )
        return tokens

    def _padded(self, batch: Sequence[Answer]) -> tuple[torch.Tensor, torch.Tensor]:
        """Prompts side by side, padded at their beginnings, and which tokens are real."""
        longest = max(len(answer.asked.prompt_ids) for answer in batch)
        pad = self.tokenizer.pad_token_id or 0
        ids, mask = [], []
        for answer in batch:
            prompt = list(answer.asked.prompt_ids)
            gap = longest - len(prompt)
            ids.append([pad] * gap + prompt)
            mask.append([0] * gap + [1] * len(prompt))
        return torch.tensor(ids, device=self._device), torch.tensor(mask, device=self._device)

    def _tokens_that_fit(self) -> int:
        """Tokens of a batch, its answers counted at their longest."""
        if self._device == "cpu":
            return _CPU_TOKENS
        config = self._model.config
        head = config.hidden_size // config.num_attention_heads
        kept = 4 * config.num_hidden_layers * config.num_key_value_heads * head
        at_work = 8 * config.intermediate_size + 16 * config.hidden_size
        return int(torch.cuda.mem_get_info()[0] * _FREE_SHARE / (kept + at_work))


def _end_tokens(tokenizer: Any, model: Any) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    several = configured if isinstance(configured, list) else [configured]
    vocabulary = tokenizer.get_added_vocab()
    named = [vocabulary.get(token) for token in _END_TOKENS]
    return frozenset(
        token for token in (tokenizer.eos_token_id, *several, *named) if token is not None
    )
