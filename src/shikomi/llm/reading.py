"""What an outcome means: how the call is booked, and what to do next. Pure."""

from dataclasses import dataclass
from typing import Literal

from shikomi import retry_after
from shikomi.errors import ProviderError
from shikomi.llm import embeddings, wire
from shikomi.llm.endpoint import Endpoint, Outcome, key_refused
from shikomi.llm.money import cost_nanousd
from shikomi.types import CallStatus, Price, Usage

Action = Literal["done", "failed", "retry", "unreachable", "stop"]

_RATE_LIMITED = {429, 529}
_RETRIED = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
_STATUS: dict[str, CallStatus] = {"stop": "ok", "length": "truncated", "refusal": "refused"}
_TOO_LONG = ("context_length", "context length", "context size", "context window",
             "maximum context", "too many tokens", "exceed_context")  # fmt: skip
TRUNCATED = "truncated: the reply reached max_tokens"
_OUT_OF_QUOTA = {"insufficient_quota", "billing_hard_limit_reached"}
_LONGEST_WAIT_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`error` is None only where `status` is "ok". `cost_nanousd` None: price unknown.

    Actions: "done" (the endpoint did its work), "failed" (this item), "retry" (not before
    `wait_seconds`, if given), "unreachable" (nothing arrived), "stop" (nothing would work).
    `systematic` is false for a failure that lies in the item itself; `refused_parameter` is one
    that the model does not take, so that the call may work without it; `rate_limited` is true
    where the endpoint takes fewer calls than it is sent, which is no fault of the item;
    `is_web_page` where no endpoint for programs seems to stand there.
    """

    action: Action
    status: CallStatus
    cost_nanousd: int | None
    error: str | None = None
    text: str | None = None
    usage: Usage | None = None
    wait_seconds: float | None = None
    systematic: bool = True
    refused_parameter: str = ""
    rate_limited: bool = False
    is_web_page: bool = False


def read_outcome(outcome: Outcome, endpoint: Endpoint, *, reserved: int | None) -> Reading:
    """`reserved` is charged where the endpoint may have worked but did not say how much."""
    if outcome.fault == "unreachable":
        return Reading(action="unreachable", status="error", cost_nanousd=0, error=outcome.detail)
    if outcome.fault:
        return Reading(
            action="retry",
            status="error",
            cost_nanousd=reserved,
            error=f"{outcome.fault}: {outcome.detail}",
        )
    status = _http_status(outcome)
    if status == 200:
        return _read_reply(outcome.body, endpoint, reserved)
    return _read_refusal(status, outcome, endpoint)


def read_answer(answer: wire.Answer, price: Price | None, reserved: int | None) -> Reading:
    """Of a whole answer; it costs what was `reserved` where its tokens or their price are
    unknown."""
    status = _STATUS[answer.stop_reason]
    error = None
    if status == "truncated":
        error = TRUNCATED
    elif status == "refused":
        error = f"refused: {answer.text}".removesuffix(": ")
    cost = reserved
    if price is not None and answer.usage is not None:
        cost = cost_nanousd(answer.usage, price)
    return Reading(
        action="done",
        status=status,
        cost_nanousd=cost,
        error=error,
        text=answer.text,
        usage=answer.usage,
    )


def _read_reply(body: bytes, endpoint: Endpoint, reserved: int | None) -> Reading:
    read = embeddings.read if endpoint.kind == "embeddings" else wire.read
    try:
        return read_answer(read(body), endpoint.price, reserved)
    except ProviderError as error:
        if wire.is_web_page(body):
            return _web_page(body, endpoint, reserved)
        action: Action = "retry" if wire.is_cut_off(body) else "failed"
        return Reading(action=action, status="error", cost_nanousd=reserved, error=str(error))


def _web_page(body: bytes, endpoint: Endpoint, reserved: int | None) -> Reading:
    """A login, or what else stands at the address for people."""
    said = (
        f"{endpoint.base_url} answers with a web page and not as a model: check base_url, which"
        f" often ends in /v1 (it said: {wire.beginning(body)})"
    )
    return Reading(
        action="failed", status="error", cost_nanousd=reserved, error=said, is_web_page=True
    )


def _http_status(outcome: Outcome) -> int:
    """The status, also where an error comes dressed as 200."""
    if outcome.status != 200 or not outcome.body.lstrip().startswith(b'{"error"'):
        return outcome.status
    try:
        code = wire.loads(outcome.body)["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return 502
    return code if isinstance(code, int) and 400 <= code < 600 else 502


def _read_refusal(status: int, outcome: Outcome, endpoint: Endpoint) -> Reading:
    message, code = wire.read_error(outcome.body)
    message = message.replace(endpoint.api_key or "\0", "***")
    wait = retry_after.seconds(outcome.headers.get("retry-after", ""))
    said = f"HTTP {status}: {message}"
    action: Action = "failed"
    if advice := _advice(status, code, endpoint, leads_to=outcome.headers.get("location", "")):
        action, said = "stop", advice + (f" (it said: {message})" if message else "")
    elif wait is not None and wait > _LONGEST_WAIT_SECONDS:
        action = "stop"
        said = f"{endpoint.base_url} asks to wait {wait / 60:.0f} minutes: run again after that"
    elif status in _RETRIED:
        action = "retry"
    return Reading(
        action=action,
        status="error",
        cost_nanousd=0,
        error=said,
        wait_seconds=wait,
        systematic=not _is_too_long(message, code),
        refused_parameter=wire.refused_parameter(outcome.body) if status == 400 else "",
        rate_limited=action == "retry" and status in _RATE_LIMITED,
    )


def _advice(status: int, code: str, endpoint: Endpoint, *, leads_to: str) -> str | None:
    where = endpoint.base_url
    if 300 <= status < 400:
        there = f" to {leads_to}" if leads_to else ""
        return f"{where} sends its calls elsewhere{there}: set base_url to where they are answered"
    if status == 401:
        return key_refused(where)
    if code in _OUT_OF_QUOTA or status == 402:
        return f"{where}: the account has no credit left: top it up and run again"
    if status == 403:
        return f"{where} forbids this key the model {endpoint.model}: check the account's rights"
    if status in {404, 405}:
        return f"{where} has no model {endpoint.model}: check model and base_url"
    return None


def _is_too_long(message: str, code: str) -> bool:
    said = f"{code} {message}".lower()
    return any(words in said for words in _TOO_LONG)
