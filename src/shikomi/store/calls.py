"""The ledger of calls: replay cache, costs and provenance.

A row is written twice: `reserve` before its request leaves, `settle` before the reply is
read. Money is integer nano-dollars; NULL means that the price is unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shikomi.store import Store
from shikomi.types import CallStatus, Price, Request, Usage

_NEWEST = 1000  # calls that say what the next ones will take


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One attempt, as booked. `request` is the canonical JSON of what was asked, `host` who was
    asked (None: not known)."""

    id: int
    request_key: str
    stage: str
    status: CallStatus
    model: str
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reserved_nanousd: int | None
    cost_nanousd: int | None
    seconds: float | None
    request: str
    response: str | None
    error: str | None
    created_at: str
    host: str | None

    @property
    def usage(self) -> Usage | None:
        """The tokens as the endpoint counted them; None where it did not say."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return Usage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached_tokens=self.cached_tokens or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call about to be made. `reserved_nanousd`: its worst case, None if unpriced."""

    request_key: str
    stage: str
    model: str
    host: str
    request: str
    reserved_nanousd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What came of one call."""

    call_id: int
    status: CallStatus
    cost_nanousd: int | None
    seconds: float
    usage: Usage | None = None
    response: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """The calls of one stage to one model at one host that ended alike.

    `cost_nanousd` sums what is known; `n_unpriced` calls have no known cost.
    """

    stage: str
    model: str
    host: str | None
    status: CallStatus
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_nanousd: int
    n_unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the newest answered calls of one kind took, in sum."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    max_tokens: int


def reserve(store: Store, intent: Intent) -> int:
    """Write down a call before it is made. Returns its id."""
    with store.transaction():
        cursor = store.db.execute(
            "INSERT INTO calls (request_key, stage, status, model, host, request, reserved_nanousd)"
            " VALUES (?, ?, 'pending', ?, ?, ?, ?)",
            (
                intent.request_key,
                intent.stage,
                intent.model,
                intent.host,
                intent.request,
                intent.reserved_nanousd,
            ),
        )
    return int(cursor.lastrowid or 0)


def note(store: Store, call_id: int, response: str) -> None:
    """What is known of a call that has not ended yet, such as the id of the job that it started."""
    with store.transaction():
        store.db.execute("UPDATE calls SET response = ? WHERE id = ?", (response, call_id))


def settle(store: Store, result: Settlement) -> None:
    """Write down what came of a call; also of one that was given up as `unknown`."""
    usage = result.usage
    with store.transaction():
        store.db.execute(
            "UPDATE calls SET status = ?, cost_nanousd = ?, seconds = ?, response = ?, error = ?,"
            " input_tokens = ?, cached_tokens = ?, output_tokens = ? WHERE id = ?",
            (
                result.status,
                result.cost_nanousd,
                result.seconds,
                result.response,
                result.error,
                usage.input_tokens if usage else None,
                usage.cached_tokens if usage else None,
                usage.output_tokens if usage else None,
                result.call_id,
            ),
        )


def mark_unparsed(store: Store, call_id: int, error: str) -> None:
    """A paid reply that is not in the asked-for form: kept, never replayed."""
    with store.transaction():
        store.db.execute(
            "UPDATE calls SET status = 'unparsed', error = ? WHERE id = ?", (error, call_id)
        )


def settle_lost(store: Store) -> int:
    """Give up what a dead run left `pending`: `unknown`, counted as spent in full. Calls of a
    batch that is under way go on without a run.

    Call it when the project's run lock is held, before anything is asked. Returns how many.
    """
    with store.transaction():
        done = store.db.execute(
            "UPDATE calls SET status = 'unknown', cost_nanousd = reserved_nanousd,"
            " error = 'the run ended before the reply was booked' WHERE status = 'pending'"
            " AND id NOT IN (SELECT c.call_id FROM batches b JOIN batch_calls c"
            " ON c.batch_id = b.id WHERE b.ended_at IS NULL)"
        )
    return done.rowcount


def unpriced_models(store: Store) -> list[tuple[str, bool]]:
    """The models of answered chat calls whose cost is unknown, each with whether the calls were
    made in batches."""
    rows = store.db.execute(
        "SELECT DISTINCT model, id IN (SELECT call_id FROM batch_calls) AS is_batched FROM calls"
        " WHERE stage != 'finetune' AND input_tokens IS NOT NULL"
        " AND cost_nanousd IS NULL AND reserved_nanousd IS NULL"
    )
    return [(row["model"], bool(row["is_batched"])) for row in rows]


def price(store: Store, model: str, price: Price, *, is_batched: bool = False) -> None:
    """Give those calls of a model the cost that their tokens have at `price`."""
    with store.transaction():
        store.db.execute(
            "UPDATE calls SET cost_nanousd = input_tokens * ? + output_tokens * ?"
            " WHERE model = ? AND stage != 'finetune' AND input_tokens IS NOT NULL"
            " AND cost_nanousd IS NULL AND reserved_nanousd IS NULL"
            " AND (id IN (SELECT call_id FROM batch_calls)) = ?",
            (price.input_nanousd, price.output_nanousd, model, is_batched),
        )


_ANSWERED = "status = 'ok' OR ? AND status = 'truncated' AND response != ''"


def find_answer(store: Store, request_key: str, *, cut_off: bool = False) -> Call | None:
    """The completion already paid for, if there is one. With `cut_off` one that reached
    max_tokens will do: the same request would be cut off again."""
    row = store.db.execute(
        f"SELECT * FROM calls WHERE request_key = ? AND ({_ANSWERED})"
        " ORDER BY status != 'ok', id LIMIT 1",
        (request_key, cut_off),
    ).fetchone()
    return Call(**dict(row)) if row else None


def takes_cut_off(request: Request) -> bool:
    """Whether a reply that reached max_tokens is one all the same: it breaks no schema."""
    return request.schema is None


def unpaid(store: Store, requests: Iterable[Request]) -> Iterator[Request]:
    """Those that have no answer here, and none on its way in a batch."""
    sql = f"SELECT 1 FROM calls WHERE request_key = ? AND (status = 'pending' OR {_ANSWERED})"
    for each in requests:
        if store.db.execute(sql, (each.key, takes_cut_off(each))).fetchone() is None:
            yield each


def newest(store: Store, request_key: str) -> Call | None:
    row = store.db.execute(
        "SELECT * FROM calls WHERE request_key = ? ORDER BY id DESC LIMIT 1", (request_key,)
    ).fetchone()
    return Call(**dict(row)) if row else None


def is_unparsed(store: Store, request_key: str) -> bool:
    """Whether this request was answered in a form that could not be read."""
    row = store.db.execute(
        "SELECT 1 FROM calls WHERE request_key = ? AND status = 'unparsed'", (request_key,)
    ).fetchone()
    return row is not None


def n_failed(store: Store, request_keys: Sequence[str]) -> int:
    """How many calls under these keys gave no reply that could be used."""
    return sum(
        int(
            store.db.execute(
                "SELECT count(*) FROM calls WHERE request_key = ?"
                " AND status IN ('unparsed', 'error', 'unknown')",
                (key,),
            ).fetchone()[0]
        )
        for key in request_keys
    )


def read_call(store: Store, call_id: int) -> Call | None:
    row = store.db.execute("SELECT * FROM calls WHERE id = ?", (call_id,)).fetchone()
    return Call(**dict(row)) if row else None


def spent_nanousd(store: Store) -> int:
    """What was spent, plus the worst case of every call in flight; unpriced calls add 0."""
    return int(store.db.execute("SELECT nanousd FROM spent").fetchone()[0])


def costs(store: Store) -> list[CostLine]:
    """The ledger by stage, in the order of their first calls, model, host and status; calls in
    flight count at their worst case."""
    rows = store.db.execute(
        "SELECT stage, model, host, status, count(*) AS calls,"
        " coalesce(sum(input_tokens), 0) AS input_tokens,"
        " coalesce(sum(cached_tokens), 0) AS cached_tokens,"
        " coalesce(sum(output_tokens), 0) AS output_tokens,"
        " coalesce(sum(coalesce(cost_nanousd, reserved_nanousd)), 0) AS cost_nanousd,"
        " sum(coalesce(cost_nanousd, reserved_nanousd) IS NULL) AS n_unpriced"
        " FROM calls GROUP BY stage, model, host, status"
        " ORDER BY min(min(id)) OVER (PARTITION BY stage), model, host, status"
    )
    return [CostLine(**dict(row)) for row in rows]


def taken(store: Store, stage: str, model: str, *, has_schema: bool) -> Taken:
    """Over the newest calls of a stage to a model that the endpoint counted, whatever came of
    their replies; a stage that asks for JSON and for plain text has two kinds."""
    row = store.db.execute(
        "SELECT count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,"
        " coalesce(sum(cached_tokens), 0) AS cached_tokens,"
        " coalesce(sum(output_tokens), 0) AS output_tokens,"
        " coalesce(sum(json_extract(request, '$.max_tokens')), 0) AS max_tokens"
        " FROM (SELECT * FROM calls WHERE stage = ? AND model = ? AND output_tokens IS NOT NULL"
        " AND (json_extract(request, '$.schema') IS NOT NULL) = ? ORDER BY id DESC LIMIT ?)",
        (stage, model, has_schema, _NEWEST),
    ).fetchone()
    return Taken(**dict(row))
