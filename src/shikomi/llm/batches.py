"""The Batch API of an endpoint, over the openai SDK: a file of requests that is answered within a
day, at hosts mostly for half the price."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from shikomi.errors import EndpointError, UserError
from shikomi.llm.endpoint import Endpoint, Outcome, encode
from shikomi.llm.sdk import client

if TYPE_CHECKING:
    from openai.types import Batch

MOST_BYTES = 190_000_000  # in a file: hosts take 200 MB
_URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_KEY = "shikomi_batch"
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """A batch as its endpoint shows it. `status` is the endpoint's word; `errors` says what is
    wrong with its file; `seconds` have passed since it was made, or passed until it ended."""

    id: str
    status: str
    done: int
    total: int
    errors: str
    files: tuple[str, ...]
    seconds: float

    @property
    def has_ended(self) -> bool:
        return self.status in {"completed", "failed", "expired", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What came of one request. Without an `outcome` it was not made, for the reason `lost`."""

    key: str
    outcome: Outcome | None
    lost: str = ""


def line(key: str, body: dict[str, Any]) -> bytes:
    """A request in a batch's file; its answer will have the same key."""
    request = {"custom_id": key, "method": "POST", "url": _URL, "body": body}
    return encode(request) + b"\n"


def create(endpoint: Endpoint, content: bytes, *, key: str) -> BatchView:
    """Upload a file of requests and start its batch. Never tried again by itself: look for a lost
    batch with `find` by its key.

    Raises:
        UserError: the endpoint refuses, or has no Batch API.
        EndpointError: it cannot be reached or does not accept the key (so do all below).
    """
    try:
        with client(endpoint) as sdk:
            file = sdk.files.create(file=(f"{_KEY}.jsonl", content), purpose="batch")
        with client(endpoint, retries=0) as sdk:
            batch = sdk.batches.create(
                input_file_id=file.id,
                endpoint=_URL,
                completion_window="24h",
                metadata={_KEY: key},
            )
    except EndpointError:
        raise
    except UserError as error:
        raise UserError(
            f"{error}: where there is no Batch API, take `batch = true` out of shikomi.toml"
        ) from error
    return _view(batch)


def find(endpoint: Endpoint, *, key: str) -> BatchView | None:
    """The batch that was made under this key, as far as the endpoint lists its batches."""
    import openai

    with client(endpoint) as sdk:
        try:
            for batch in sdk.batches.list(limit=_PAGE):
                if (batch.metadata or {}).get(_KEY) == key:
                    return _view(batch)
        except openai.NotFoundError:
            return None
    return None


def retrieve(endpoint: Endpoint, batch_id: str) -> BatchView | None:
    """None: the endpoint does not know it any more."""
    import openai

    with client(endpoint) as sdk:
        try:
            return _view(sdk.batches.retrieve(batch_id))
        except openai.NotFoundError:
            return None


def entries(endpoint: Endpoint, batch: BatchView) -> Iterator[Entry]:
    """What came of its requests, from its output and its error file, in no order. Requests whose
    answers the endpoint keeps no longer, or that it cancelled, may be missing."""
    import openai

    for file_id in batch.files:
        with client(endpoint) as sdk:
            try:
                content = sdk.files.content(file_id).read()
            except openai.NotFoundError:
                continue
        for raw in content.split(b"\n"):
            if raw.strip():
                yield _entry(json.loads(raw))


def _entry(line: dict[str, Any]) -> Entry:
    key, response, error = str(line.get("custom_id")), line.get("response"), line.get("error")
    if not response or not response.get("status_code"):
        said = error or {}
        return Entry(key=key, outcome=None, lost=f"{said.get('code')}: {said.get('message')}")
    body = json.dumps(response.get("body") or {}, ensure_ascii=False).encode()
    return Entry(key=key, outcome=Outcome(seconds=0, status=response["status_code"], body=body))


def _view(batch: "Batch") -> BatchView:
    counts = batch.request_counts
    found = batch.errors.data if batch.errors and batch.errors.data else []
    ended = batch.completed_at or batch.expired_at or batch.cancelled_at or batch.failed_at
    return BatchView(
        id=batch.id,
        status=batch.status,
        done=counts.completed + counts.failed if counts else 0,
        total=counts.total if counts else 0,
        errors="; ".join(error.message or error.code or "" for error in found[:3]),
        files=tuple(each for each in (batch.output_file_id, batch.error_file_id) if each),
        seconds=float(max(0, (ended or batch.created_at) - batch.created_at)),
    )
