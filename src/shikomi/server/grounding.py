"""`NAME+rag`: the model NAME, whose last question is looked up in a project's sections first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shikomi.answering.citing import Citation
from shikomi.answering.lookup import NOTHING_FOUND, Found, LookUp
from shikomi.server.chat_request import ChatMessage, ChatRequest
from shikomi.server.errors import invalid
from shikomi.types import Message

RAG = "+rag"
EXTRA = "shikomi"  # the key of an answer under which its sources stand


class Search(Protocol):
    """A project's search, which may be asked from any thread."""

    def ready(self) -> bool:
        """Whether there is anything to search."""
        ...

    def look_up(self, turns: Sequence[Message]) -> LookUp:
        """What search gives for the question that ends `turns`."""
        ...


class Citing:
    """Sets the marks of one answer, in the API's words. Each mark is an annotation."""

    def __init__(self, found: LookUp) -> None:
        self._found = found.found
        self._cited = found.cited()

    def whole(self, choice: dict[str, Any]) -> None:
        """Mark the choice of a whole completion."""
        message = choice["message"]
        text = self._cited.feed(message.get("content") or "") + self._cited.end()
        message |= {"content": text, "annotations": self._annotations()}

    def part(self, choice: dict[str, Any]) -> None:
        """Mark the choice of a stream's chunk; that which ends the choice has the annotations."""
        delta = choice["delta"]
        if content := delta.get("content"):
            delta["content"] = self._cited.feed(content)
        if choice.get("finish_reason") is not None:
            text = (delta.get("content") or "") + self._cited.end()
            delta |= {"content": text, "annotations": self._annotations()}

    def _annotations(self) -> list[dict[str, Any]]:
        return [
            {"type": "url_citation", "url_citation": self._citation(each)}
            for each in self._cited.citations
        ]

    def _citation(self, cited: Citation) -> dict[str, Any]:
        found = self._found[cited.number - 1]
        where = {"start_index": cited.start, "end_index": cited.end}
        return where | {"title": _title(found), "url": found.url or found.address}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """`chat` with the sections before its last question. `extra` goes beside the answer.
    `reply` is the answer itself where nothing was found and no model need be asked. `cites` makes
    what sets the marks of one answer, where marks may stand in it."""

    chat: ChatRequest
    extra: dict[str, Any]
    reply: str | None
    cites: Callable[[], Citing] | None


def grounded(chat: ChatRequest, search: Search, *, param: str = "messages") -> Grounded:
    """`param` is what holds the messages, in the caller's words.

    Raises: ApiError 400 where nobody asks anything."""
    asks = [n for n, message in enumerate(chat.messages) if message.role == "user"]
    if not asks:
        text = f"A model with search ('{RAG}') needs a user's message to search for."
        raise invalid(text, param=param, code="invalid_value")
    last = asks[-1]
    found = search.look_up(_turns(chat.messages[: last + 1]))
    return Grounded(
        chat=chat.model_copy(update={"messages": _placed(chat.messages, last, found.messages)}),
        extra={EXTRA: {"sources": [_source(n, each) for n, each in enumerate(found.found, 1)]}},
        reply=None if found.found or _binds_its_form(chat) else NOTHING_FOUND[found.lang],
        cites=None if _binds_its_form(chat) or not found.found else lambda: Citing(found),
    )


def _turns(messages: Sequence[ChatMessage]) -> list[Message]:
    return [
        Message(role=message.role, content=message.text)
        for message in messages
        if message.role == "user" or message.role == "assistant"
    ]


def _placed(
    messages: Sequence[ChatMessage], last: int, asked: Sequence[Message]
) -> list[ChatMessage]:
    """`asked` in the place of the message `last`; what it says as the system goes to the front,
    behind what the caller's own system message says."""
    system = [ChatMessage(role="system", content=m.content) for m in asked if m.role == "system"]
    others = [ChatMessage(role=m.role, content=m.content) for m in asked if m.role != "system"]
    before = list(messages[:last])
    if system and before and before[0].role in ("system", "developer"):
        first = before.pop(0)
        system = [ChatMessage(role="system", content=f"{first.text}\n\n{system[0].content}")]
    return [*system, *before, *others, *messages[last + 1 :]]


def _source(number: int, found: Found) -> dict[str, Any]:
    return {
        "number": number,
        "path": found.section.path,
        "title": _title(found),
        "breadcrumb": list(found.section.capsule.breadcrumb),
        "url": found.url or found.address,
        "score": round(found.score, 3),
    }


def _title(found: Found) -> str:
    return [*found.section.capsule.breadcrumb, *found.section.headings][-1]


def _binds_its_form(chat: ChatRequest) -> bool:
    """Whether plain words would be no answer, or marks in it be wrong: the caller wants JSON, a
    tool's call, or each token."""
    wanted = chat.response_format
    is_text = wanted is None or wanted.type == "text"
    return bool(chat.tools or chat.logprobs) or not is_text
