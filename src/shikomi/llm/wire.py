"""The OpenAI chat wire: the request body, and the one reading of a reply. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from shikomi.errors import ProviderError
from shikomi.types import Request, StopReason, Usage

_STOPS: dict[str, StopReason] = {"length": "length", "content_filter": "refusal"}
_MESSAGE_CHARS = 300
_REFUSED = re.compile(r"[Uu]nsupported (?:parameter|value): '(\w+)'")
_WEB_PAGE = re.compile(rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b")
_MOST_TOKENS = 10**9  # what is more, or less than nothing, is no count


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply as the endpoint gave it; `usage` is None where it counted nothing."""

    text: str
    stop_reason: StopReason
    usage: Usage | None


def body(
    request: Request, *, max_tokens_field: str = "max_tokens", has_temperature: bool = True
) -> dict[str, Any]:
    """The JSON body of a `/chat/completions` call.

    Deliberate repeats of one question (`sample`) get seeds of their own.
    """
    out: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        max_tokens_field: request.max_tokens,
    }
    if has_temperature:
        out["temperature"] = request.temperature
    if request.top_p is not None:
        out["top_p"] = request.top_p
    if request.seed is not None:
        out["seed"] = request.seed + request.sample
    if request.schema is not None:
        out["response_format"] = _response_format(request.schema)
    return out


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", str(schema.get("title", "")))[:64].strip("_")
    return {
        "type": "json_schema",
        "json_schema": {"name": name or "reply", "strict": True, "schema": schema},
    }


def read(raw: bytes) -> Answer:
    """Read the body of a 200 reply.

    Raises:
        ProviderError: it is no chat completion.
    """
    try:
        reply = loads(raw)
        choice = reply["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
        usage = read_usage(reply.get("usage"))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ProviderError(f"the reply is no chat completion: {beginning(raw)}") from error
    if not isinstance(text, str | None):
        raise ProviderError(f"the reply's content is no text: {beginning(raw)}")
    stop = "refusal" if refusal else stop_reason(choice.get("finish_reason"))
    return Answer(text=whole(text or str(refusal or "")), stop_reason=stop, usage=usage)


def loads(raw: bytes) -> Any:
    """The JSON of a body.

    Raises:
        ValueError: it is none, or is nested too deeply to be read.
    """
    try:
        return json.loads(raw)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def whole(text: str) -> str:
    """With U+FFFD for halves of characters, which nothing can store or send."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_cut_off(raw: bytes) -> bool:
    """Whether a body ends before its JSON does, or has not begun: what comes of a line or a
    program that broke off, and may come whole the next time."""
    try:
        loads(raw)
    except ValueError:
        return not raw.strip() or raw.lstrip().startswith(b"{")
    return False


def is_web_page(raw: bytes) -> bool:
    return bool(_WEB_PAGE.match(raw))


def stop_reason(finish_reason: object) -> StopReason:
    return _STOPS.get(str(finish_reason), "stop")


def read_usage(usage: Any) -> Usage | None:
    """None where the endpoint counted nothing, or says what can be no count of tokens."""
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached: Any = details.get("cached_tokens") if isinstance(details, dict) else 0
    counts: list[Any] = [
        usage.get("prompt_tokens"),
        usage.get("completion_tokens") or 0,
        cached or 0,
    ]
    if not all(_is_count(count) for count in counts):
        return None
    n_input, n_output, n_cached = (int(count) for count in counts)
    return Usage(input_tokens=n_input, output_tokens=n_output, cached_tokens=n_cached)


def _is_count(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= _MOST_TOKENS


def read_error(raw: bytes) -> tuple[str, str]:
    """(message, code) of an error body, in whatever shape the endpoint has."""
    try:
        reply = loads(raw)
    except ValueError:
        return beginning(raw), ""
    error = reply.get("error", reply) if isinstance(reply, dict) else reply
    if not isinstance(error, dict):
        return str(error)[:_MESSAGE_CHARS], ""
    message = error.get("message") or error.get("detail") or beginning(raw)
    return _one_line(str(message)), str(error.get("code") or error.get("type") or "")


def refused_parameter(raw: bytes) -> str:
    """The parameter that an error body says the model does not take; "" where it says no such
    thing."""
    try:
        error = loads(raw)["error"]
        code, param = error.get("code"), error.get("param")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if code in {"unsupported_parameter", "unsupported_value"} and isinstance(param, str):
        return param
    named = _REFUSED.search(str(error.get("message")))
    return named[1] if named else ""


def beginning(raw: bytes) -> str:
    """Of a body, on one line, for a message."""
    return _one_line(raw.decode("utf-8", "replace"))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_MESSAGE_CHARS]
