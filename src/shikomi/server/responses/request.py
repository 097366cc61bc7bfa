"""The body of a response's request, and how it is said as a chat completion's.

Source: the types of the official SDK (`openai.types.responses.ResponseCreateParams`).
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from shikomi.server.chat_request import MAX_INT
from shikomi.server.edge import Edge, Metadata, parsed
from shikomi.server.errors import invalid
from shikomi.server.responses.items import Input

# Parameters of the API that change nothing here, as the guide says, and those that would have to.
_IGNORED = frozenset(
    {
        "user",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
    }
)
_NOT_HERE = (
    "access_programs",
    "background",
    "background_options",
    "context_management",
    "conversation",
    "image",
    "moderation",
    "prompt",
)
_LEFT_OUT = _IGNORED.union(_NOT_HERE)
_Name = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
_Included = Literal[
    "message.output_text.logprobs",  # the others are of tools and thoughts that are not here
    "reasoning.encrypted_content",
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
]


class _Function(Edge):
    type: Literal["function"]
    name: _Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None

    def in_chat(self) -> dict[str, Any]:
        """As a chat completion has it."""
        function = self.model_dump(exclude_none=True, exclude={"type"})
        return {"type": "function", "function": function}


class _Named(Edge):
    type: Literal["function"]
    name: str


class _Allowed(Edge):
    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: list[_Named] = Field(min_length=1)


def _kind_of_choice(choice: Any) -> str | None:
    if isinstance(choice, str):
        return "(option)"
    kind = choice.get("type") if isinstance(choice, dict) else getattr(choice, "type", None)
    return f"({kind})" if kind in ("function", "allowed_tools") else None


_Choice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("(option)")]
    | Annotated[_Named, Tag("(function)")]
    | Annotated[_Allowed, Tag("(allowed_tools)")],
    Discriminator(
        _kind_of_choice,
        custom_error_type="unsupported_choice",
        custom_error_message="This server takes none, auto, required, a function or allowed_tools",
    ),
]


class _Plain(Edge):
    type: Literal["text", "json_object"]


class _Schema(Edge):
    type: Literal["json_schema"]
    name: str
    schema_: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None


class _TextConfig(Edge):
    format: Annotated[_Plain | _Schema, Field(discriminator="type")] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class _StreamOptions(Edge):
    include_obfuscation: bool = False


class ResponseRequest(Edge):
    """The parameters this server has. `top_k`, `min_p` and `seed` go beyond the API."""

    model: str
    input: Input
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=MAX_INT)
    min_p: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    max_output_tokens: int | None = Field(default=None, ge=1, le=MAX_INT)
    max_tool_calls: int | None = Field(default=None, ge=1, le=MAX_INT)
    text: _TextConfig | None = None
    tools: list[_Function] | None = Field(default=None, max_length=128)
    tool_choice: _Choice | None = None
    parallel_tool_calls: bool | None = None
    include: list[_Included] | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    metadata: Metadata | None = None
    truncation: Literal["disabled"] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "ResponseRequest":
        if self.stream_options is not None and not self.stream:
            raise ValueError("'stream_options' needs 'stream' to be true")
        names = {tool.name for tool in self.tools or ()}
        wanted = {each.name for each in self.chosen}
        if not wanted <= names or (self.tool_choice == "required" and not names):
            raise ValueError("'tool_choice' needs the tools that it names in 'tools'")
        return self

    @property
    def chosen(self) -> list[_Named]:
        """The tools that `tool_choice` names."""
        if isinstance(self.tool_choice, _Allowed):
            return self.tool_choice.tools
        return [self.tool_choice] if isinstance(self.tool_choice, _Named) else []

    @property
    def with_logprobs(self) -> bool:
        return bool(self.top_logprobs) or "message.output_text.logprobs" in (self.include or ())

    def in_chat(self) -> dict[str, Any]:
        """The body of a chat completion that asks the same, but for its messages."""
        plain = {"model", "temperature", "top_p", "top_k", "min_p", "seed"}
        body = self.model_dump(include=plain, exclude_none=True)
        if self.max_output_tokens is not None:
            body["max_completion_tokens"] = self.max_output_tokens
        if self.with_logprobs:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs or 0}
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body | self._tools() | self._format()

    def _tools(self) -> dict[str, Any]:
        choice = self.tool_choice
        shown = self.tools or []
        if isinstance(choice, _Allowed):
            allowed = {each.name for each in choice.tools}
            shown, choice = [tool for tool in shown if tool.name in allowed], choice.mode
        if not shown:
            return {}
        body: dict[str, Any] = {"tools": [tool.in_chat() for tool in shown]}
        if self.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = self.parallel_tool_calls
        if isinstance(choice, _Named):
            return body | {"tool_choice": {"type": "function", "function": {"name": choice.name}}}
        return body | ({"tool_choice": choice} if choice else {})

    def _format(self) -> dict[str, Any]:
        wanted = self.text.format if self.text else None
        if isinstance(wanted, _Schema):
            told = wanted.model_dump(exclude={"type"}, exclude_none=True, by_alias=True)
            return {"response_format": {"type": "json_schema", "json_schema": told}}
        return {"response_format": wanted.model_dump()} if wanted else {}


def parse_response(body: Any) -> ResponseRequest:
    """Raises: ApiError 400 that names the parameter."""
    if not isinstance(body, dict):
        return parsed(ResponseRequest, body)
    for name in _NOT_HERE:
        if body.get(name) not in (None, False):
            text = f"Unsupported parameter: '{name}' is not supported by this server."
            raise invalid(text, param=name, code="unsupported_parameter")
    if body.get("truncation") == "auto":
        text = "'truncation' can only be 'disabled': leave out what is too long for the model."
        raise invalid(text, param="truncation", code="unsupported_parameter")
    return parsed(ResponseRequest, {k: v for k, v in body.items() if k not in _LEFT_OUT})
