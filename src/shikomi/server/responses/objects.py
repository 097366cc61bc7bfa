"""The object that a response is, and the parts of it."""

import time
from typing import Any

from shikomi.server.ids import new_id
from shikomi.server.responses.request import ResponseRequest

_DEFAULTS: dict[str, Any] = {
    "background": False,
    "completed_at": None,
    "error": None,
    "incomplete_details": None,
    "output": [],
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "truncation": "disabled",
    "usage": None,
}


def begun(wanted: ResponseRequest) -> dict[str, Any]:
    """The response before anything is written, with what was asked for."""
    head = {
        "id": new_id("resp", joint="_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
    }
    return head | _DEFAULTS | _asked(wanted)


def _asked(wanted: ResponseRequest) -> dict[str, Any]:
    """What is left out means the API's defaults."""
    text = wanted.text.model_dump(exclude_none=True, by_alias=True) if wanted.text else {}
    choice: Any = wanted.tool_choice or "auto"
    return {
        "instructions": wanted.instructions,
        "max_output_tokens": wanted.max_output_tokens,
        "max_tool_calls": wanted.max_tool_calls,
        "metadata": wanted.metadata or {},
        "model": wanted.model,
        "parallel_tool_calls": wanted.parallel_tool_calls is not False,
        "previous_response_id": wanted.previous_response_id,
        "temperature": 1.0 if wanted.temperature is None else wanted.temperature,
        "text": {"format": {"type": "text"}} | text,
        "tool_choice": choice if isinstance(choice, str) else choice.model_dump(),
        "tools": [tool.model_dump() for tool in wanted.tools or ()],
        "top_logprobs": wanted.top_logprobs or 0,
        "top_p": 1.0 if wanted.top_p is None else wanted.top_p,
    }


def usage(told: dict[str, Any]) -> dict[str, Any]:
    """Tokens that were read and written, of those of a chat completion."""
    details = told.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or 0
    return {
        "input_tokens": told["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": told["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": told["total_tokens"],
    }


def output_text(text: str, annotations: list[Any], logprobs: list[Any]) -> dict[str, Any]:
    """A part of a message."""
    return {
        "type": "output_text",
        "text": text,
        "annotations": list(annotations),
        "logprobs": list(logprobs),
    }


def message(item_id: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    """What the model said."""
    return {
        "id": item_id,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }
