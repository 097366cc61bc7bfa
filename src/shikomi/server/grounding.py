"""`NAME+rag`: the model NAME, whose last question is looked up in a project's sections first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """`chat` with the sections before its last question. `extra` goes beside the answer.
    `reply` is the answer itself where nothing was found and no model need be asked."""

    chat: ChatRequest
    extra: dict[str, Any]
    reply: str | None


def grounded(chat: ChatRequest, search: Search) -> Grounded:
    """Raises: ApiError 400 where nobody asks anything."""
    asks = [n for n, message in enumerate(chat.messages) if message.role == "user"]
    if not asks:
        text = f"A model with search ('{RAG}') needs a user's message to search for."
        raise invalid(text, param="messages", code="invalid_value")
    last = asks[-1]
    found = search.look_up(_turns(chat.messages[: last + 1]))
    return Grounded(
        chat=chat.model_copy(update={"messages": _placed(chat.messages, last, found.messages)}),
        extra={EXTRA: {"sources": [_source(each) for each in found.found]}},
        reply=None if found.found or _binds_its_form(chat) else NOTHING_FOUND[found.lang],
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


def _source(found: Found) -> dict[str, Any]:
    section = found.section
    breadcrumb = list(section.capsule.breadcrumb)
    return {
        "path": section.path,
        "title": [*breadcrumb, *section.headings][-1],
        "breadcrumb": breadcrumb,
        "score": round(found.score, 3),
    }


def _binds_its_form(chat: ChatRequest) -> bool:
    """Whether plain words would be no answer: the caller wants JSON, or a tool's call."""
    wanted = chat.response_format
    return bool(chat.tools) or (wanted is not None and wanted.type != "text")
