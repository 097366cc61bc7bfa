"""`shikomi cost`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.layout import Row, table, with_names, wrapped
from shikomi.stages import Context
from shikomi.stages.context import price_of
from shikomi.stages.earlier import is_earlier
from shikomi.store import calls

Table = dict[str, Any]
_EARLIER = "models tuned earlier"
_COUNTS = ("calls", "input_tokens", "output_tokens")


def cost_table(folder: Path) -> Table:
    with app.open_project(folder, Machine.here()) as ctx:
        lines = calls.costs(ctx.store)
        sources = {line.model: _price_source(ctx, line.model) for line in lines}
        was = is_earlier(ctx)
        earlier = {line.model for line in lines if was(line.model)}
    unpriced = sum(line.n_unpriced for line in lines)
    return {
        "rows": [
            {
                "stage": line.stage,
                "model": line.model,
                "host": line.host,
                "is_earlier": line.model in earlier,
                "status": line.status,
                "calls": line.calls,
                "input_tokens": line.input_tokens,
                "cached_tokens": line.cached_tokens,
                "output_tokens": line.output_tokens,
                "usd": None if line.n_unpriced else line.cost_nanousd / 1e9,
                "price_source": sources[line.model],
            }
            for line in lines
        ],
        "usd": None if unpriced else sum(line.cost_nanousd for line in lines) / 1e9,
        "known_usd": sum(line.cost_nanousd for line in lines) / 1e9,
        "unpriced_calls": unpriced,
    }


def _price_source(ctx: Context, model: str) -> str | None:
    """Where the model's price is from now; calls were booked at the price of their day."""
    price = price_of(ctx, model)
    return price.source if price else None


def cost_lines(found: Table, *, width: int) -> str:
    if not found["rows"]:
        return "no calls yet"
    merged = _merged(found["rows"])
    texts = ("stage", "model", *(["host"] if _has_hosts(merged) else []), "status")
    head = (*texts, "calls", "input", "output", "cost")
    rows = [head, *(_shown(row, texts) for row in merged)]
    rows = with_names(rows, head.index("model"), texts=len(texts), width=width)
    prices = [line for each in _prices(found["rows"]) for line in wrapped(each, width, indent=4)]
    lines = [*table(rows[0], rows[1:], texts=len(texts), width=width)]
    lines += wrapped(_total(found), width)
    return "\n".join([*lines, *(["prices now:"] if prices else []), *prices])


def _merged(rows: Iterable[Table]) -> list[Table]:
    """The rows, with those of all models that were tuned earlier as one of each stage and status:
    nobody asks these any more, and there is one more after each training."""
    found: dict[tuple[str | None, ...], Table] = {}
    for row in rows:
        model = _EARLIER if row["is_earlier"] else row["model"]
        key = (row["stage"], model, row["host"], row["status"])
        found[key] = _added(found[key], row) if key in found else {**row, "model": model}
    return list(found.values())


def _added(one: Table, other: Table) -> Table:
    usd = None if None in (one["usd"], other["usd"]) else one["usd"] + other["usd"]
    return {**one, **{key: one[key] + other[key] for key in _COUNTS}, "usd": usd}


def _has_hosts(rows: Iterable[Table]) -> bool:
    """Whether not always the same was asked."""
    return len({row["host"] for row in rows} - {None}) > 1


def _shown(row: Table, texts: Iterable[str]) -> Row:
    usd = "unknown" if row["usd"] is None else f"${row['usd']:.4f}"
    return (*(row[key] or "" for key in texts), *(f"{row[key]:,}" for key in _COUNTS), usd)


def _total(found: Table) -> str:
    total = f"${found['known_usd']:.4f}"
    if found["usd"] is None:
        least = f"at least {total}" if found["known_usd"] else "unknown"
        total = f"{least} (no price was known for {found['unpriced_calls']} calls)"
    return f"total: {total}"


def _prices(rows: Iterable[Table]) -> Iterator[str]:
    known = {
        row["model"]: row["price_source"]
        for row in rows
        if row["price_source"] and not row["is_earlier"]
    }
    yield from (f"  {model}: {source}" for model, source in known.items())
