"""One request for an answer, and the answer as it comes."""

import json
import queue
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tokenizers.decoders import DecodeStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are drawn. `temperature` 0 takes the likeliest one; the others narrow the choice
    as in llama.cpp, and their defaults do not."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)

    @property
    def shifts(self) -> bool:
        """Whether logits are changed before anything is drawn."""
        return bool(self.logit_bias or self.presence_penalty or self.frequency_penalty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be answered: token ids, and how. `schema` is a JSON schema that the answer must
    follow, `scales` the adapters that take part, `n_top` the alternatives whose log-probabilities
    are told (None: no log-probabilities at all). An answer that does not stream comes as one
    piece."""

    prompt_ids: Sequence[int]
    max_tokens: int
    sampling: Sampling = Sampling()
    scales: tuple[tuple[int, float], ...] = ()
    schema: str | None = None
    stops: tuple[str, ...] = ()
    seed: int | None = None
    n_top: int | None = None
    streams: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of an answer. The last one has a `finish`: "stop", "length", or "error"."""

    text: str = ""
    logprobs: tuple[dict[str, Any], ...] = ()
    finish: str | None = None


class Matcher(Protocol):
    """What an answer that must follow a grammar is checked with."""

    def consume_token(self, token: int) -> bool: ...

    def is_stopped(self) -> bool: ...

    def reset(self) -> None: ...


class Answer:
    """An answer that is being written; its pieces come out of `pieces`.

    Whoever waits may set `cancelled`: nothing more is written then. `told` says that a piece has
    come, `ended` that no more will.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        self.cancelled = False
        self.ended = False
        self.told = False
        self.matcher: Matcher | None = None
        self._hold = max((len(stop) - 1 for stop in asked.stops), default=0)
        self.begin_again()

    def begin_again(self) -> None:
        """As if nothing had been written. Not once something was told."""
        self.n_written = 0
        self.written: Counter[int] = Counter()  # for the penalties
        self.random = random.Random(self.asked.seed)
        self._text = DecodeStream(skip_special_tokens=True)
        self._held = ""  # what may be the beginning of a stop, or all of what does not stream
        self._logprobs: tuple[dict[str, Any], ...] = ()
        if self.matcher is not None:
            self.matcher.reset()

    def take(
        self, token: int, *, ends: frozenset[int], tokenizer: Any, logprobs: dict[str, Any] | None
    ) -> None:
        """Add a token, and tell what is certain by now."""
        self.n_written += 1
        if self.cancelled or token in ends:
            self._finish("stop")
            return
        self.written[token] += 1
        self._held += self._text.step(tokenizer, token) or ""
        self._logprobs += (logprobs,) if logprobs else ()
        if self._stops() or (self.matcher is not None and not _follows(self.matcher, token)):
            self._finish("stop")
        elif self.n_written >= self.asked.max_tokens:
            self._finish("length")
        elif self.asked.streams:
            self._tell()

    def fail(self, message: str) -> None:
        """End the answer with an error."""
        self._held = message
        self._finish("error")

    def _stops(self) -> bool:
        """Whether a stop was written; it and what follows are taken away."""
        places = [self._held.find(stop) for stop in self.asked.stops]
        cut = min((place for place in places if place >= 0), default=None)
        self._held = self._held[:cut]
        return cut is not None

    def _tell(self) -> None:
        at = max(len(self._held) - self._hold, 0)
        ready, self._held = self._held[:at], self._held[at:]
        if ready or self._logprobs:
            self.told = True
            self.pieces.put(Piece(text=ready, logprobs=self._logprobs))
            self._logprobs = ()

    def _finish(self, reason: str) -> None:
        self.ended = True
        self.pieces.put(Piece(text=self._held, logprobs=self._logprobs, finish=reason))


def _follows(matcher: Matcher, token: int) -> bool:
    """False: the grammar is complete."""
    return matcher.consume_token(token) and not matcher.is_stopped()


def read(body: Mapping[str, Any], prompt: Callable[[Any], Sequence[int]], n_ctx: int) -> Asked:
    """A request as this project's server sends it to a runtime.

    Raises: ValueError for what this runtime cannot do; TooLong for a prompt of `n_ctx` and more.
    """
    if body.get("tools") and body.get("tool_choice") != "none":
        raise ValueError("this runtime takes no tools: set server.runtime to llama.cpp")
    ids = prompt(body["messages"])
    if len(ids) >= n_ctx:
        raise TooLong(len(ids), n_ctx)
    return Asked(
        prompt_ids=ids,
        max_tokens=min(body.get("max_tokens") or n_ctx, n_ctx - len(ids)),
        sampling=_sampling(body),
        scales=tuple((each["id"], each["scale"]) for each in body.get("lora", ())),
        schema=_schema(body.get("response_format") or {}),
        stops=_stops(body.get("stop")),
        seed=body.get("seed"),
        n_top=body.get("top_logprobs", 0) if body.get("logprobs") else None,
        streams=bool(body.get("stream")),
    )


class TooLong(ValueError):
    """A prompt of `n_prompt` tokens in a context of `n_ctx`."""

    def __init__(self, n_prompt: int, n_ctx: int) -> None:
        super().__init__(f"the request of {n_prompt} tokens exceeds the context of {n_ctx}")
        self.n_prompt = n_prompt
        self.n_ctx = n_ctx


def _sampling(body: Mapping[str, Any]) -> Sampling:
    names = ("temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty")
    given = {name: body[name] for name in names if name in body}
    bias = {int(token): float(shift) for token, shift in (body.get("logit_bias") or {}).items()}
    if any(token < 0 for token in bias):
        raise ValueError("'logit_bias' names tokens by their numbers")
    return Sampling(**given, logit_bias=bias)


def _schema(form: Mapping[str, Any]) -> str | None:
    if form.get("type") == "json_schema":
        return json.dumps(form["json_schema"]["schema"])
    return '{"type": "object"}' if form.get("type") == "json_object" else None


def _stops(given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
