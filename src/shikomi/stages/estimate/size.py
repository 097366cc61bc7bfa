"""How large requests are, from their texts alone. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from shikomi.corpus.units import units
from shikomi.hashing import canonical_json
from shikomi.types import Request

TOKENS_PER_MESSAGE = 4  # role names and separators of a chat template
_SHORTEST_HOSTED_PREFIX = 1024  # tokens; hosts keep no shorter one


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of some requests together; `cached_tokens` are those of the input that a request shares
    with the beginning of the one before it, and `max_tokens` is the most that may be written."""

    calls: float = 0
    input_tokens: float = 0
    cached_tokens: float = 0
    max_tokens: float = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            max_tokens=self.max_tokens + other.max_tokens,
        )

    def times(self, n: float) -> "Size":
        return Size(
            calls=self.calls * n,
            input_tokens=self.input_tokens * n,
            cached_tokens=self.cached_tokens * n,
            max_tokens=self.max_tokens * n,
        )


def measured(requests: Iterable[Request], *, is_hosted: bool) -> Size:
    """In the order in which they are sent. Hosts count a schema as input and keep long beginnings
    alone; the embedded engine never reads a schema and keeps any beginning."""
    size, before = Size(), ""
    for request in requests:
        text = "\n".join(message.content for message in request.messages)
        shared = units(text[: _shared(before, text)])
        reads_schema = is_hosted and request.schema
        schema = units(canonical_json(request.schema)) if reads_schema else 0.0
        size += Size(
            calls=1,
            input_tokens=units(text) + schema + TOKENS_PER_MESSAGE * len(request.messages),
            cached_tokens=0.0 if is_hosted and shared < _SHORTEST_HOSTED_PREFIX else shared,
            max_tokens=request.max_tokens,
        )
        before = text
    return size


def _shared(a: str, b: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
