"""One reply as it is written, for a chat: booked like any other call."""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from shikomi.errors import EndpointError, ProviderError
from shikomi.llm import wire
from shikomi.llm.booking import budget_left, intent, settlement, shortage
from shikomi.llm.endpoint import Outcome, calls_url, encode, unreachable
from shikomi.llm.gateway import Gateway
from shikomi.llm.http import client_settings, faulted
from shikomi.llm.money import worst_case_nanousd
from shikomi.llm.pace import Pace
from shikomi.llm.reading import Reading, read_answer, read_outcome
from shikomi.llm.waiting import why
from shikomi.store import calls
from shikomi.types import Request, Usage


@dataclass
class _Seen:
    """What of a reply has come so far."""

    pieces: list[str] = field(default_factory=list)
    half: str = ""  # the first half of a character that the endpoint has cut
    finish_reason: str | None = None
    usage: Usage | None = None


def stream(gateway: Gateway, request: Request) -> Generator[str, None, None]:
    """Yield the reply's text in pieces; an answer already paid for comes in one.

    Booked at the end, also when the caller stops early: then as `unknown`, at its worst
    case, unless the reply had ended. Faults before the first piece are tried again.

    Raises:
        BudgetExceeded: before a call that the budget does not cover.
        EndpointError: the endpoint cannot be reached, or would refuse every call.
        ProviderError: this reply failed, was refused, or broke off.
    """
    if call := calls.find_answer(gateway.store, request.key):
        yield call.response or ""
        return
    pace, patience = Pace(gateway.retries, gateway.backoff_seconds), gateway.patience()
    with httpx2.Client(**client_settings(gateway.endpoint)) as client:
        for faults in range(gateway.retries + 1):
            sent_at = time.monotonic()
            reading = yield from _attempt(gateway, request, client)
            if gateway.adapt(reading.refused_parameter):
                continue
            if reading.action in {"done", "failed", "stop"} or reading.text:
                break
            again_at = pace.again_at(
                faults=faults,
                sent_at=sent_at,
                wait_seconds=reading.wait_seconds,
                rate_limited=reading.rate_limited,
                n_in_flight=1,
            )
            if again_at is not None:
                patience.failed(why(reading), sent_at=sent_at, again_at=again_at)
                time.sleep(max(0.0, again_at - time.monotonic()))
    _raise_for(reading, gateway.endpoint.base_url)


def _raise_for(reading: Reading, where: str) -> None:
    if reading.action == "stop":
        raise EndpointError(reading.error or "")
    if reading.action == "unreachable":
        raise unreachable(where, reading.error)
    if reading.error:
        raise ProviderError(reading.error)


def _attempt(
    gateway: Gateway, request: Request, client: httpx2.Client
) -> Generator[str, None, Reading]:
    reserved = worst_case_nanousd(request, gateway.endpoint.price)
    with gateway.store.transaction():
        left = budget_left(gateway)
        if left is not None and (short := shortage(gateway, reserved, left)):
            raise short
        call_id = calls.reserve(
            gateway.store, intent(gateway, request, key=request.key, reserved=reserved)
        )
    start, seen, failure = time.monotonic(), _Seen(), None
    try:
        failure = yield from _exchange(gateway, request, client, seen)
    finally:
        reading = _read(gateway, seen, failure, reserved)
        booked = settlement(call_id, reading, seconds=time.monotonic() - start)
        calls.settle(gateway.store, booked)
    return reading


def _exchange(
    gateway: Gateway, request: Request, client: httpx2.Client, seen: _Seen
) -> Generator[str, None, Outcome | None]:
    """Yield the pieces. Returns the outcome where there was no whole reply."""
    endpoint, start = gateway.endpoint, time.monotonic()
    body = gateway.body(request)
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    try:
        with client.stream("POST", calls_url(endpoint), content=encode(body)) as reply:
            if reply.status_code != 200:
                return Outcome(
                    seconds=time.monotonic() - start,
                    status=reply.status_code,
                    body=reply.read(),
                    headers=dict(reply.headers),
                )
            for chunk in _events(reply.iter_lines()):
                yield from _absorb(chunk, seen)
            if seen.half:
                seen.pieces.append(wire.whole(seen.half))
                yield seen.pieces[-1]
    except httpx2.RequestError as error:
        return faulted(error, time.monotonic() - start)
    return None


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            yield json.loads(data)
        except ValueError as error:
            raise ProviderError(f"the endpoint's stream cannot be read: {data[:200]}") from error


def _absorb(chunk: dict[str, Any], seen: _Seen) -> Iterator[str]:
    seen.usage = wire.read_usage(chunk.get("usage")) or seen.usage
    for choice in chunk.get("choices") or []:
        seen.finish_reason = choice.get("finish_reason") or seen.finish_reason
        yield from _taken(seen, (choice.get("delta") or {}).get("content") or "")


def _taken(seen: _Seen, text: str) -> Iterator[str]:
    """What of the reply is in whole characters by now; what may be half of one waits."""
    text = seen.half + text
    seen.half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    if piece := wire.whole(text.removesuffix(seen.half)):
        seen.pieces.append(piece)
        yield piece


def _read(gateway: Gateway, seen: _Seen, failure: Outcome | None, reserved: int | None) -> Reading:
    text = "".join(seen.pieces)
    if seen.finish_reason:
        answer = wire.Answer(
            text=text, stop_reason=wire.stop_reason(seen.finish_reason), usage=seen.usage
        )
        return read_answer(answer, gateway.endpoint.price, reserved)
    if failure and not text:
        return read_outcome(failure, gateway.endpoint, reserved=reserved)
    return Reading(
        action="failed",
        status="unknown",
        cost_nanousd=reserved,
        text=text,
        error="the reply broke off",
    )
