"""The embeddings wire: a text's vector, asked for and booked like any other call. Pure.

An embedding is a request of one message that writes nothing (`max_tokens` 0). In the ledger its
vector is what OpenAI's own base64 form is: little-endian float32.
"""

import base64
import struct
from collections.abc import Sequence
from typing import Any

from shikomi.errors import ParseError, ProviderError
from shikomi.llm.wire import Answer, beginning, loads, read_usage
from shikomi.types import Message, Request

_FLOAT_BYTES = 4
_UNREADABLE = (
    ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error, ParseError
)  # fmt: skip


def request(text: str, *, endpoint: str, model: str) -> Request:
    """`endpoint` is the endpoint's identity."""
    message = Message(role="user", content=text)
    return Request(endpoint=endpoint, model=model, messages=(message,), max_tokens=0)


def body(request: Request) -> dict[str, Any]:
    """The JSON body of an `/embeddings` call."""
    return {"model": request.model, "input": request.messages[0].content}


def read(raw: bytes) -> Answer:
    """Read the body of a 200 reply, whichever of the two forms its vector has.

    Raises:
        ProviderError: it holds no vector.
    """
    try:
        reply = loads(raw)
        found = reply["data"][0]["embedding"]
        text = found if isinstance(found, str) else _encoded(found)
        usage = read_usage(reply.get("usage"))
        vector(text)
    except _UNREADABLE as error:
        raise ProviderError(f"the reply is no embedding: {beginning(raw)}") from error
    return Answer(text=text, stop_reason="stop", usage=usage)


def _encoded(values: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def vector(text: str) -> tuple[float, ...]:
    """The vector of a booked reply.

    Raises:
        ParseError: it is none, or has no numbers.
    """
    try:
        raw = base64.b64decode(text, validate=True)
        found = struct.unpack(f"<{len(raw) // _FLOAT_BYTES}f", raw)
    except (ValueError, struct.error):
        raise ParseError("the reply is no vector") from None
    if not found:
        raise ParseError("the reply is an empty vector")
    return found
