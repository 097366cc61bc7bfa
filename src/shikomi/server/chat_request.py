"""The body of a chat completion: checked here, then said in llama.cpp's words."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shikomi.server.errors import ApiError, invalid

_NOT_FORWARDED = {"model", "messages", "max_completion_tokens"}
_IGNORED = frozenset(
    {
        "user",
        "store",
        "metadata",
        "service_tier",
        "parallel_tool_calls",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "verbosity",
    }
)


class _Edge(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _TextPart(_Edge):
    type: Literal["text"]
    text: str


class _ChatMessage(_Edge):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_TextPart] | None = None
    name: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    refusal: None = None


class _StreamOptions(_Edge):
    include_usage: bool = False
    include_obfuscation: bool = False


class _TextFormat(_Edge):
    type: Literal["text", "json_object"]


class _JsonSchema(_Edge):
    name: str
    schema_: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None


class _SchemaFormat(_Edge):
    type: Literal["json_schema"]
    json_schema: _JsonSchema


class ChatRequest(_Edge):
    """The parameters this server has. `top_k` and `min_p` go beyond the API."""

    model: str
    messages: list[_ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    seed: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    n: Literal[1] | None = None
    response_format: Annotated[_TextFormat | _SchemaFormat, Field(discriminator="type")] | None = (
        None
    )

    def upstream(self, lora: list[dict[str, float]]) -> dict[str, Any]:
        """The body for llama.cpp; `lora` names every adapter's scale.

        Sampling left out means the API's defaults, not llama.cpp's.
        """
        given = self.model_dump(exclude_none=True, exclude=_NOT_FORWARDED, by_alias=True)
        given.pop("n", None)
        given.setdefault("temperature", 1.0)
        given.setdefault("top_p", 1.0)
        if self.max_completion_tokens is not None:
            given["max_tokens"] = self.max_completion_tokens
        given["messages"] = [_plain(message) for message in self.messages]
        return given | {"lora": lora}


def _plain(message: _ChatMessage) -> dict[str, Any]:
    plain = message.model_dump(exclude_none=True)
    if plain["role"] == "developer":
        plain["role"] = "system"
    if isinstance(message.content, list):
        plain["content"] = "".join(part.text for part in message.content)
    return plain


def parse_chat(body: Any) -> ChatRequest:
    """Raises: ApiError 400 that names the parameter."""
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    known = {key: value for key, value in body.items() if key not in _IGNORED}
    try:
        return ChatRequest.model_validate(known)
    except ValidationError as error:
        raise first_problem(error, body) from None


def first_problem(error: ValidationError, body: Any) -> ApiError:
    """A pydantic error in the API's words; never repeats what the caller sent."""
    detail = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(_where(detail["loc"], body)) or None
    if detail["type"] == "extra_forbidden":
        return invalid(f"Unknown parameter: '{where}'.", param=where, code="unknown_parameter")
    if detail["type"] == "missing":
        return invalid(
            f"Missing required parameter: '{where}'.",
            param=where,
            code="missing_required_parameter",
        )
    return invalid(f"'{where}': {detail['msg']}.", param=where, code="invalid_value")


def _where(loc: tuple[int | str, ...], body: Any) -> list[str]:
    """The path in the caller's own words: pydantic's also names the branches of unions."""
    path: list[str] = []
    value = body
    for part in loc:
        inside = isinstance(value, dict) and part in value
        if inside or (isinstance(value, list) and isinstance(part, int)):
            path.append(str(part))
            value = value[part]
        elif isinstance(value, dict) and part == loc[-1]:
            path.append(str(part))
    return path
