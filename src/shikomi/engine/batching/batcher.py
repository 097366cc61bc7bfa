"""One thread that answers whatever waits, as many as fit, a token of each at a time."""

import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from shikomi.engine.attention import avoid_cudnn
from shikomi.engine.batching.draw import Drawing, logprobs
from shikomi.engine.batching.grammar import Grammars
from shikomi.engine.batching.lora import Adapters
from shikomi.engine.batching.request import Answer
from shikomi.engine.batching.rows import Rows

_FREE_SHARE = 0.6  # of the GPU's memory that is free once the model is loaded
_CPU_TOKENS = 16384
_STEPS = 8  # tokens of each answer, before others may join
_END_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "</s>")


class Batcher:
    """Answers by a model of transformers; adapters by their numbers, as `Adapters` says.

    Each answer has adapters and scales of its own. New ones join those that are being written
    every few tokens: one that is long holds nobody up, and its beginning is not read alone
    between any two tokens of the others.
    """

    def __init__(self, folder: Path, adapters: Sequence[Path], *, n_parallel: int) -> None:
        avoid_cudnn()
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        self._model = model.to(self._device).eval()
        self._adapters = Adapters(self._model, adapters)
        self._grammars = Grammars(self.tokenizer, self._model.config.vocab_size)
        self._ends = _end_tokens(self.tokenizer, self._model)
        self._drawing = Drawing()
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
        rows: Rows | None = None
        while True:
            newcomers = self._newcomers(rows.answers if rows else [])
            writing = (rows.answers if rows else []) + newcomers
            try:
                with torch.inference_mode():
                    rows = self._write(rows, newcomers)
            except torch.OutOfMemoryError:
                rows = None
                self._smaller(writing)

    def _write(self, rows: Rows | None, newcomers: Sequence[Answer]) -> Rows | None:
        """A few tokens of each answer; None once all have ended."""
        if newcomers:
            others = Rows(newcomers, self.tokenizer.pad_token_id or 0, self._device)
            self._step(others)
            if rows is None:
                rows = others
            elif others.answers:
                rows.join(others)
        for _ in range(_STEPS):
            if rows is None or not rows.answers:
                return None
            self._step(rows)
        return rows

    def _step(self, rows: Rows) -> None:
        self._adapters.scale([answer.asked.scales for answer in rows.answers])
        rows.go_on(self._chosen(rows.logits(self._model), rows.answers))

    def _smaller(self, writing: Sequence[Answer]) -> None:
        """Begin again with half as many tokens; what was told already cannot be."""
        torch.cuda.empty_cache()
        self._most_tokens //= 2
        unended = [answer for answer in writing if not answer.ended]
        again = [answer for answer in unended if len(unended) > 1 and not answer.told]
        for answer in unended:
            if answer not in again:
                answer.fail("the GPU's memory is too small for this request")
        for answer in again:
            answer.begin_again()
        with self._asked:
            self._waiting.extendleft(reversed(again))

    def _newcomers(self, writing: Sequence[Answer]) -> list[Answer]:
        """Those that wait and fit beside the ones being written; waits where there are none."""
        with self._asked:
            if not writing:
                self._asked.wait_for(lambda: bool(self._waiting))
            found: list[Answer] = []
            longest = max((_longest(answer) for answer in writing), default=0)
            while self._waiting:
                answer = self._waiting[0]
                n_rows = len(writing) + len(found) + 1
                longest = max(longest, _longest(answer))
                fits = n_rows <= self._n_parallel and longest * n_rows <= self._most_tokens
                if n_rows > 1 and not fits:
                    break
                self._waiting.popleft()
                found += [] if answer.cancelled else [answer]
            return found

    def _chosen(self, logits: torch.Tensor, batch: Sequence[Answer]) -> list[int]:
        told = any(answer.asked.n_top is not None for answer in batch)
        raw = logits.clone() if told else logits
        tokens = self._drawing.draw(self._grammars.masked(logits, batch), batch)
        probabilities = logprobs(raw, tokens, batch, self.tokenizer)
        for token, answer, logprob in zip(tokens, batch, probabilities, strict=True):
            answer.take(
                token,
                ends=self._ends,
                tokenizer=self.tokenizer.backend_tokenizer,
                logprobs=logprob,
            )
        return tokens

    def _tokens_that_fit(self) -> int:
        """Tokens of a batch, its answers counted at their longest."""
        if self._device == "cpu":
            return _CPU_TOKENS
        config = self._model.config
        head = config.hidden_size // config.num_attention_heads
        kept = 4 * config.num_hidden_layers * config.num_key_value_heads * head
        at_work = 8 * config.intermediate_size + 16 * config.hidden_size
        return int(torch.cuda.mem_get_info()[0] * _FREE_SHARE / (kept + at_work))


def _longest(answer: Answer) -> int:
    return len(answer.asked.prompt_ids) + answer.asked.max_tokens


def _end_tokens(tokenizer: Any, model: Any) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    several = configured if isinstance(configured, list) else [configured]
    vocabulary = tokenizer.get_added_vocab()
    named = [vocabulary.get(token) for token in _END_TOKENS]
    return frozenset(
        token for token in (tokenizer.eos_token_id, *several, *named) if token is not None
    )
