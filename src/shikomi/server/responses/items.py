"""The items of a conversation: what a request's `input` is made of, and what an answer has."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter

from shikomi.server.edge import Edge

Status = Literal["in_progress", "completed", "incomplete"]
_ITEMS = "message, function_call, function_call_output, reasoning and item_reference"


class Text(Edge):
    """What somebody wrote; of an answer that is sent back, with all of its fields."""

    type: Literal["input_text", "output_text"]
    text: str
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None
    parsed: Any = None
    prompt_cache_breakpoint: dict[str, Any] | None = None  # where a host may split its cache


class Refusal(Edge):
    """What a model of another host answered in place of a text."""

    type: Literal["refusal"]
    refusal: str


def _kind_of_part(part: Any) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else getattr(part, "type", None)
    known = {"input_text": "(text)", "output_text": "(text)", "refusal": "(refusal)"}
    return known.get(kind) if isinstance(kind, str) else None


def _shape(value: Any) -> str:
    return "(list)" if isinstance(value, list) else "(text)"


_Part = Annotated[
    Annotated[Text, Tag("(text)")] | Annotated[Refusal, Tag("(refusal)")],
    Discriminator(
        _kind_of_part,
        custom_error_type="unsupported_part",
        custom_error_message="This server reads text alone (input_text, output_text, refusal)",
    ),
]
Content = Annotated[
    Annotated[str, Tag("(text)")] | Annotated[list[_Part], Tag("(list)")], Discriminator(_shape)
]


class Turn(Edge):
    """What somebody said."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    id: str | None = None
    status: Status | None = None
    phase: str | None = None


class Call(Edge):
    """A call that the model made; `arguments` are JSON in a string."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str
    id: str | None = None
    status: Status | None = None
    namespace: str | None = None
    caller: dict[str, Any] | None = None
    async_: bool | None = Field(default=None, alias="async")
    parsed_arguments: Any = None


class CallOutput(Edge):
    """What the called function gave."""

    type: Literal["function_call_output"]
    call_id: str
    output: Content
    id: str | None = None
    status: Status | None = None
    name: str | None = None
    namespace: str | None = None
    caller: dict[str, Any] | None = None


class Reasoning(Edge):
    """What a model of another host thought: no model here is shown it."""

    type: Literal["reasoning"]
    id: str | None = None
    summary: list[Any] | None = None
    content: list[Any] | None = None
    encrypted_content: str | None = None
    status: Status | None = None


class Reference(Edge):
    """An item of an answer that this server keeps."""

    type: Literal["item_reference"] | None = None
    id: str


_KINDS = ("message", "function_call", "function_call_output", "reasoning", "item_reference")


def _kind_of_item(item: Any) -> str | None:
    """An item without a type is a message, or a reference."""
    if isinstance(item, Reference):
        return "(item_reference)"
    if not isinstance(item, dict):
        return f"({item.type})" if isinstance(item, Turn | Call | CallOutput | Reasoning) else None
    kind = item.get("type")
    if kind is None:
        kind = "item_reference" if "id" in item and "role" not in item else "message"
    return f"({kind})" if kind in _KINDS else None


Kept = Turn | Call | CallOutput | Reasoning
Item = Annotated[
    Annotated[Turn, Tag("(message)")]
    | Annotated[Call, Tag("(function_call)")]
    | Annotated[CallOutput, Tag("(function_call_output)")]
    | Annotated[Reasoning, Tag("(reasoning)")]
    | Annotated[Reference, Tag("(item_reference)")],
    Discriminator(
        _kind_of_item,
        custom_error_type="unsupported_item",
        custom_error_message=f"This server knows {_ITEMS}, and no other kind of item",
    ),
]
Input = Annotated[
    Annotated[str, Tag("(text)")] | Annotated[list[Item], Field(min_length=1), Tag("(list)")],
    Discriminator(_shape),
]
_ALL: TypeAdapter[list[Any]] = TypeAdapter(list[Item])


def as_json(items: list[Kept]) -> str:
    """As they are kept."""
    return _ALL.dump_json(items, exclude_none=True, by_alias=True).decode()


def from_json(text: str | bytes) -> list[Kept]:
    """The items that were kept, or the output of an answer."""
    items: list[Kept] = _ALL.validate_json(text)
    return items


def text_of(content: Content) -> str:
    """The content as one string."""
    if isinstance(content, str):
        return content
    return "".join(part.text if isinstance(part, Text) else part.refusal for part in content)
