"""A response while it is written, out of the chunks of a chat completion.

Source of the events and their order: `openai.types.responses.ResponseStreamEvent` and the API's
guide to streaming.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from shikomi.server.errors import ApiError
from shikomi.server.grounding import EXTRA
from shikomi.server.ids import new_id
from shikomi.server.responses.objects import message, output_text, usage

Tell = Callable[..., None]  # the event's type, and its fields by name


class _Item(Protocol):
    def end(self, status: str) -> dict[str, Any]:
        """Tell that it is written, and give it."""
        ...


class Writing:
    """Makes `response` whole, chunk by chunk, and tells each event. A completion that came as a
    whole is one chunk."""

    def __init__(self, response: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
        self.response = response | {"output": []}
        self._put = tell
        self._n_events = 0
        self._item: _Item | None = None
        self._call: tuple[int, _Call] | None = None  # the one that is open, with its index
        self._is_cut = False

    @property
    def has_begun(self) -> bool:
        return self._n_events > 0

    def chunk(self, chunk: dict[str, Any]) -> None:
        """What the model wrote next."""
        if not self.has_begun:
            self._tell_whole("created")
            self._tell_whole("in_progress")
        for choice in chunk["choices"]:
            self._part(choice)
        if found := chunk.get("usage"):
            self.response["usage"] = usage(found)
        if EXTRA in chunk:
            self.response[EXTRA] = chunk[EXTRA]

    def finish(self) -> None:
        """All of it came: `response` is whole."""
        if not self.response["output"] and self._item is None:
            self._message()
        self._end_item("incomplete" if self._is_cut else "completed")
        now = {"status": "completed", "completed_at": int(time.time())}
        cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        self.response |= cut if self._is_cut else now

    def end(self) -> None:
        """Tell that it is whole."""
        self._tell_whole(self.response["status"])

    def fail(self, error: ApiError) -> None:
        """Tell that it will not be whole."""
        code = "rate_limit_exceeded" if error.status == 429 else "server_error"
        told = {"status": "failed", "error": {"code": code, "message": error.message}}
        self.response |= told
        self._tell_whole("failed")

    def _part(self, choice: dict[str, Any]) -> None:
        said = choice["delta"] if "delta" in choice else choice["message"]
        logprobs = (choice.get("logprobs") or {}).get("content") or []
        text = said.get("content") or ""
        if text or (logprobs and isinstance(self._item, _Message)):
            self._message().add(text, logprobs)
        for annotation in said.get("annotations") or ():
            self._message().annotate(annotation)
        for number, call in enumerate(said.get("tool_calls") or ()):
            self._called(call.get("index", number), call)
        self._is_cut = self._is_cut or choice.get("finish_reason") == "length"

    def _message(self) -> "_Message":
        if isinstance(self._item, _Message):
            return self._item
        self._end_item("completed")
        opened = _Message(self._tell, len(self.response["output"]))
        self._item = opened
        return opened

    def _called(self, index: int, part: dict[str, Any]) -> None:
        if self._call is None or self._call[0] != index:
            self._end_item("completed")
            self._item = opened = _Call(self._tell, len(self.response["output"]), part)
            self._call = (index, opened)
        self._call[1].add(part["function"].get("arguments") or "")

    def _end_item(self, status: str) -> None:
        if self._item is not None:
            self.response["output"].append(self._item.end(status))
        self._item = self._call = None

    def _tell_whole(self, kind: str) -> None:
        self._tell(f"response.{kind}", response=self.response)

    def _tell(self, kind: str, **fields: Any) -> None:
        self._put({"type": kind, "sequence_number": self._n_events} | fields)
        self._n_events += 1


class _Message:
    """What the model says, as one part of text."""

    def __init__(self, tell: Tell, output_index: int) -> None:
        self._id = new_id("msg", joint="_")
        self._tell = tell
        self._item = {"output_index": output_index}
        self._part = {"item_id": self._id, "content_index": 0} | self._item
        self._text = ""
        self._logprobs: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        opened = message(self._id, "in_progress", [])
        tell("response.output_item.added", item=opened, **self._item)
        tell("response.content_part.added", part=self._content(), **self._part)

    def add(self, text: str, logprobs: list[dict[str, Any]]) -> None:
        self._text += text
        self._logprobs += logprobs
        told = list(map(_short, logprobs))
        self._tell("response.output_text.delta", delta=text, logprobs=told, **self._part)

    def annotate(self, found: dict[str, Any]) -> None:
        """`found` is as a chat completion has it."""
        annotation = {"type": found["type"]} | found[found["type"]]
        self._tell(
            "response.output_text.annotation.added",
            annotation=annotation,
            annotation_index=len(self._annotations),
            **self._part,
        )
        self._annotations.append(annotation)

    def end(self, status: str) -> dict[str, Any]:
        told = list(map(_short, self._logprobs))
        content = self._content()
        self._tell("response.output_text.done", text=self._text, logprobs=told, **self._part)
        self._tell("response.content_part.done", part=content, **self._part)
        whole = message(self._id, status, [content])
        self._tell("response.output_item.done", item=whole, **self._item)
        return whole

    def _content(self) -> dict[str, Any]:
        return output_text(self._text, self._annotations, self._logprobs)


def _short(token: dict[str, Any]) -> dict[str, Any]:
    """A token's probability as events have it, which do not tell its bytes."""
    top = [{"token": each["token"], "logprob": each["logprob"]} for each in token["top_logprobs"]]
    return {"token": token["token"], "logprob": token["logprob"], "top_logprobs": top}


class _Call:
    """A function's call."""

    def __init__(self, tell: Tell, output_index: int, part: dict[str, Any]) -> None:
        self._id = new_id("fc", joint="_")
        self._tell = tell
        self._where = {"output_index": output_index}
        self._call_id, self._name = part.get("id"), part["function"].get("name")
        self._arguments = ""
        opened = self._item("in_progress")
        tell("response.output_item.added", item=opened, **self._where)

    def add(self, arguments: str) -> None:
        if not arguments:
            return
        self._arguments += arguments
        kind = "response.function_call_arguments.delta"
        self._tell(kind, delta=arguments, item_id=self._id, **self._where)

    def end(self, status: str) -> dict[str, Any]:
        kind = "response.function_call_arguments.done"
        self._tell(kind, arguments=self._arguments, item_id=self._id, **self._where)
        whole = self._item(status)
        self._tell("response.output_item.done", item=whole, **self._where)
        return whole

    def _item(self, status: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "function_call",
            "status": status,
            "call_id": self._call_id,
            "name": self._name,
            "arguments": self._arguments,
        }
