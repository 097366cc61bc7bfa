"""llama.cpp's HTTP answers, put in the API's form."""

import json
import re
from typing import Any

import httpx2

from shikomi.server.errors import ApiError, invalid, unavailable

_INPUT_TOO_LONG = re.compile(r"input \((\d+) tokens\) is too large .*: (\d+)\)")
_NOT_IN_THE_API = ("timings", "__verbose", "prompt_progress")


def client() -> httpx2.AsyncClient:
    """For loopback only: no proxies, and no limit on how long a model may think."""
    return httpx2.AsyncClient(
        trust_env=False,
        timeout=httpx2.Timeout(None, connect=5.0),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    )


def renamed(answer: dict[str, Any], model: str) -> dict[str, Any]:
    """The answer (or the chunk of a stream) in the API's form, under the model's name that was
    asked for."""
    kept = {key: value for key, value in answer.items() if key not in _NOT_IN_THE_API}
    choices = [_choice(each) for each in answer.get("choices", ())]
    return kept | {"choices": choices, "model": model}


def _choice(choice: dict[str, Any]) -> dict[str, Any]:
    """With what the API always says, though it be null."""
    told = choice | {"logprobs": _logprobs(choice.get("logprobs"))}
    if "message" in choice:
        told["message"] = {"content": None, "refusal": None} | choice["message"]
    delta = choice.get("delta", {})
    if delta.get("content", "") is None and not delta.get("tool_calls"):
        told["delta"] = delta | {"content": ""}  # readers join the pieces
    return told


def _logprobs(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if not found:
        return None
    content = [
        _token(each) | {"top_logprobs": [_token(top) for top in each.get("top_logprobs", ())]}
        for each in found.get("content") or ()
    ]
    return {"content": content, "refusal": None}


def _token(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found.get(key) for key in ("token", "logprob", "bytes")}


def runtime_died() -> ApiError:
    return unavailable("The model's runtime ended while it was answering; try again.")


def refusal(status: int, content: bytes, *, param: str = "messages") -> ApiError:
    """llama.cpp's error, in the API's words; `param` is what may be too long."""
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        error = {}
    return in_band(error, status, param=param)


def in_band(error: Any, status: int, *, param: str = "messages") -> ApiError:
    """An error object of llama.cpp; in a stream it comes after the status line."""
    found = error if isinstance(error, dict) else {}
    message = str(found.get("message") or "the runtime refused the request")
    if found.get("type") == "exceed_context_size_error":
        return _too_long(found, param)
    if match := _INPUT_TOO_LONG.match(message):
        return _too_long({"n_prompt_tokens": match[1], "n_ctx": match[2]}, param)
    if status == 503:
        return unavailable(message)
    return invalid(message) if 400 <= status < 500 else ApiError(500, message)


def _too_long(error: dict[str, Any], param: str) -> ApiError:
    limit, given = error.get("n_ctx", "?"), error.get("n_prompt_tokens", "?")
    return invalid(
        f"This model's maximum context length is {limit} tokens."
        f" However, your {param} resulted in {given} tokens.",
        param=param,
        code="context_length_exceeded",
    )
