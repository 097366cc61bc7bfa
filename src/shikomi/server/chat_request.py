"""The body of a chat completion: checked here, then said in llama.cpp's words."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shikomi.engine.functions import turns_in_tools
from shikomi.server.calling import Calling, call_schema
from shikomi.server.edge import Edge, parsed
from shikomi.server.errors import unsupported_parameter
from shikomi.server.json_text import NotJson, read_json

_NOT_FORWARDED = {"model", "messages", "max_completion_tokens", "n", "modalities"}
_OLD = {"functions", "function_call"}  # said as tools
MOST_CHOICES = 128
MAX_INT = 2**31 - 1  # llama.cpp's numbers have 32 bits
_N_SEEDS = 2**32 - 1  # llama.cpp takes 32 bits, and its largest number for none at all
# Of the API's parameters: those that change nothing here, as the guide says, and those that would
# have to change something.
IGNORED = frozenset(
    {
        "user",
        "store",
        "metadata",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "verbosity",
    }
)
_NOT_HERE = ("audio", "moderation", "prediction", "web_search_options")
_LEFT_OUT = IGNORED.union(_NOT_HERE)


class _TextPart(Edge):
    type: Literal["text"]
    text: str
    prompt_cache_breakpoint: dict[str, Any] | None = None  # where a host may split its cache


class _Called(Edge):
    name: str
    arguments: str


class ToolCall(Edge):
    """A call that the model made; `arguments` are JSON in a string."""

    id: str
    type: Literal["function"] = "function"
    function: _Called


class ChatMessage(Edge):
    """One turn."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[_TextPart] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    refusal: None = None
    audio: None = None
    function_call: _Called | None = None
    annotations: list[Any] | None = None  # of an earlier answer that is sent back

    @model_validator(mode="after")
    def _says_something(self) -> "ChatMessage":
        calls = self.role == "assistant" and (self.tool_calls or self.function_call)
        if self.content is None and not calls:
            raise ValueError("a message needs content")
        if self.role == "tool" and self.tool_call_id is None:
            raise ValueError("a tool's message needs its tool_call_id")
        return self

    @property
    def text(self) -> str:
        """The content as one string."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class _Function(Edge):
    name: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Edge):
    """A function that the model may call."""

    type: Literal["function"]
    function: _Function


class _Named(Edge):
    name: str


class _Choice(Edge):
    type: Literal["function"]
    function: _Named


class StreamOptions(Edge):
    """What a stream is to hold beside its choices."""

    include_usage: bool = False
    include_obfuscation: bool = False


class _TextFormat(Edge):
    type: Literal["text", "json_object"]


class _JsonSchema(Edge):
    name: str
    schema_: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None


class _SchemaFormat(Edge):
    type: Literal["json_schema"]
    json_schema: _JsonSchema


class ChatRequest(Edge):
    """The parameters this server has. `top_k` and `min_p` go beyond the API."""

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=MAX_INT)
    min_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    max_tokens: int | None = Field(default=None, ge=1, le=MAX_INT)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=MAX_INT)
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    n: int | None = Field(default=None, ge=1, le=MOST_CHOICES)
    modalities: list[Literal["text"]] | None = None
    tools: list[Tool] | None = Field(default=None, min_length=1, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[_Function] | None = Field(default=None, min_length=1, max_length=128)
    function_call: Literal["none", "auto"] | _Named | None = None
    response_format: Annotated[_TextFormat | _SchemaFormat, Field(discriminator="type")] | None = (
        None
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "ChatRequest":
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("'top_logprobs' needs 'logprobs' to be true")
        if self.stream_options is not None and not self.stream:
            raise ValueError("'stream_options' needs 'stream' to be true")
        if self.tool_choice is not None and self.tools is None:
            raise ValueError("'tool_choice' needs 'tools'")
        names = {tool.function.name for tool in self.tools or ()}
        if isinstance(self.tool_choice, _Choice) and self.tool_choice.function.name not in names:
            raise ValueError("'tool_choice' names no tool of 'tools'")
        self._check_functions()
        return self

    def _check_functions(self) -> None:
        if self.functions is not None and self.tools is not None:
            raise ValueError("'functions' are the older name of 'tools': give one of them")
        if self.function_call is not None and self.functions is None:
            raise ValueError("'function_call' needs 'functions'")
        names = {each.name for each in self.functions or ()}
        if isinstance(self.function_call, _Named) and self.function_call.name not in names:
            raise ValueError("'function_call' names none of 'functions'")

    def in_tools(self) -> "ChatRequest":
        """The same, with its functions and their calls as tools and theirs."""
        messages = self.messages
        if any(each.function_call or each.role == "function" for each in messages):
            turns = [message.model_dump(exclude_none=True) for message in messages]
            messages = [ChatMessage.model_validate(turn) for turn in turns_in_tools(turns)]
        if self.functions is None:
            return self.model_copy(update={"messages": messages})
        choice: Any = self.function_call
        if isinstance(choice, _Named):
            choice = _Choice(type="function", function=choice)
        update = {
            "messages": messages,
            "tools": [Tool(type="function", function=each) for each in self.functions],
            "tool_choice": choice,
            "parallel_tool_calls": False,
        }
        return self.model_copy(update=update)

    def upstream(self, lora: list[dict[str, float]]) -> list[dict[str, Any]]:
        """The bodies for llama.cpp, one a choice; `lora` names every adapter's scale.

        Sampling left out means the API's defaults, not llama.cpp's.
        """
        body = self._body() | {"lora": lora}
        return [body | seed for seed in seeds(self.seed, self.n or 1)]

    @property
    def forced(self) -> list[Tool]:
        """The tools of which one must be called; none where the model may choose."""
        if isinstance(self.tool_choice, _Choice):
            name = self.tool_choice.function.name
            return [tool for tool in self.tools or () if tool.function.name == name][:1]
        return list(self.tools or ()) if self.tool_choice == "required" else []

    def calling(self) -> Calling:
        """What makes the call of a choice's text. Source: the API's `finish_reason`, which is
        "stop" where the function was named."""
        reason = "tool_calls" if self.tool_choice == "required" else "stop"
        return Calling(finish_reason=reason)

    def _body(self) -> dict[str, Any]:
        given = self.model_dump(exclude_none=True, exclude=_NOT_FORWARDED | _OLD, by_alias=True)
        if forced := self.forced:
            wanted = [(tool.function.name, tool.function.parameters) for tool in forced]
            json_schema = {"name": "call", "schema": call_schema(wanted)}
            given["response_format"] = {"type": "json_schema", "json_schema": json_schema}
            given["tool_choice"] = "none"  # the template shows the tools all the same
        if self.logprobs:
            given["top_logprobs"] = self.top_logprobs or 1  # 0 is none at all to llama.cpp
        given.setdefault("temperature", 1.0)
        given.setdefault("top_p", 1.0)
        if self.max_completion_tokens is not None:
            given["max_tokens"] = self.max_completion_tokens
        given["messages"] = [_plain(message) for message in self.messages]
        return given


def seeds(seed: int | None, n_choices: int) -> list[dict[str, int]]:
    """What bodies of llama.cpp say of their seeds: each choice has its own."""
    if seed is None:
        return [{}] * n_choices
    return [{"seed": (seed + n) % _N_SEEDS} for n in range(n_choices)]


def _plain(message: ChatMessage) -> dict[str, Any]:
    plain = message.model_dump(exclude_none=True, exclude={"annotations"})
    if plain["role"] == "developer":
        plain["role"] = "system"
    if isinstance(message.content, list):
        plain["content"] = message.text
    for call in plain.get("tool_calls", ()):
        call["function"]["arguments"] = _json(call["function"]["arguments"])
    return plain


def _json(arguments: str) -> str:
    """Arguments that llama.cpp can read: those of a call that was cut off are a text to it."""
    try:
        read_json(arguments.encode())
    except NotJson:
        return json.dumps(arguments) if arguments else "{}"
    return arguments


def parse_chat(body: Any) -> ChatRequest:
    """Raises: ApiError 400 that names the parameter."""
    if not isinstance(body, dict):
        return parsed(ChatRequest, body)
    for name in _NOT_HERE:
        if body.get(name) is not None:
            raise unsupported_parameter(name)
    taken = {key: value for key, value in body.items() if key not in _LEFT_OUT}
    return parsed(ChatRequest, taken).in_tools()
