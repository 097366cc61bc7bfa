"""`shikomi estimate`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.layout import Row, needed, table, with_names, wrapped
from shikomi.cli.show import Show, roughly
from shikomi.stages import generate, section
from shikomi.stages.estimate import Estimate, Line, estimate
from shikomi.types import Price

Table = dict[str, Any]
_HEAD = ("stage", "", "model", "calls", "input", "cached", "output", "money", "minutes")
_TEXTS = 3  # columns of words
_CACHED = _HEAD.index("cached")  # left out where there is no room


def estimated(folder: Path, *, sample: int, quiet: bool, study: bool = False) -> Table:
    """What is pending and what it will take, after what costs nothing: pages to sections."""
    with Show(quiet=quiet) as show:
        machine = replace(Machine.here(), downloading=show.downloading)
        with app.open_project(folder, machine, show.watch(), study=study) as ctx:
            app.run(ctx, show.watch(), only=section.STAGE)
            failures = app.sample(ctx, sample, show.watch()) if sample else []
            found = estimate(ctx, sampled=generate.STAGE if sample else None)
            return _table(found) | {"budget_usd": ctx.config.budget.usd, "failures": failures}


def _table(found: Estimate) -> Table:
    return {
        "rows": [_row(line) for line in found.lines],
        "usd": found.cost_nanousd / 1e9,
        "unpriced": list(found.unpriced),
        "minutes": round(found.seconds / 60, 1),
        "prices": {line.priced_as: _price(line.price) for line in found.lines},
    }


def _row(line: Line) -> Table:
    return {
        "stage": line.stage,
        "part": line.part,
        "role": line.role,
        "model": line.model,
        "calls": line.calls,
        "input_tokens": line.input_tokens,
        "cached_tokens": line.cached_tokens,
        "output_tokens": line.output_tokens,
        "usd": None if line.cost_nanousd is None else line.cost_nanousd / 1e9,
        "minutes": None if line.seconds is None else round(line.seconds / 60, 1),
        "own_calls": line.n_own_calls,
        "batched": line.is_batched,
    }


def _price(price: Price | None) -> Table | None:
    """Dollars a million tokens."""
    if price is None:
        return None
    training = price.training_nanousd
    return {
        "input": price.input_nanousd / 1000,
        "output": price.output_nanousd / 1000,
        "training": None if training is None else training / 1000,
        "source": price.source,
    }


def lines(found: Table, *, width: int) -> str:
    if not found["rows"]:
        return "nothing is pending that takes calls or training"
    rows = [_HEAD, *map(_shown, found["rows"])]
    if needed(rows[0], rows[1:], texts=_TEXTS) > width:
        rows = [(*row[:_CACHED], *row[_CACHED + 1 :]) for row in rows]
        rows = with_names(rows, _HEAD.index("model"), texts=_TEXTS, width=width)
    shown = table(rows[0], rows[1:], texts=_TEXTS, width=width)
    said = [_total(found), *_notes(found)]
    return "\n".join(
        [*shown, "", *(line for each in said for line in wrapped(each, width, indent=4))]
    )


def _shown(row: Table) -> Row:
    money = "unknown" if row["usd"] is None else f"${row['usd']:.4f}"
    minutes = "" if row["minutes"] is None else f"{row['minutes']:.1f}"
    counts = (
        f"{row[key]:,}" for key in ("calls", "input_tokens", "cached_tokens", "output_tokens")
    )
    return (row["stage"], row["part"], row["model"], *counts, money, minutes)


def _total(found: Table) -> str:
    money = f"${found['usd']:.4f}"
    if found["unpriced"]:
        money = f"at least {money}" if found["usd"] else "unknown"
    budget = found["budget_usd"]
    of = "" if budget is None else f" of a budget of ${budget:.2f}"
    time = f", {roughly(found['minutes'] * 60)} of the embedded engine" if found["minutes"] else ""
    return f"total: {money}{of}{time}"


def _notes(found: Table) -> list[str]:
    """Where the figures are from."""
    notes = ["prices, dollars a million tokens (cached input counts in full):"]
    notes += [f"  {model}: {_said(price)}" for model, price in found["prices"].items() if price]
    notes += [
        f"  {name}: unknown, `price` in shikomi.toml may tell it" for name in found["unpriced"]
    ]
    own = {row["stage"]: row["own_calls"] for row in found["rows"] if row["own_calls"]}
    if own:
        counts = ", ".join(f"{stage} {n}" for stage, n in own.items())
        notes.append(f"output is that of this project's own calls: {counts}")
    if any(not row["own_calls"] and row["output_tokens"] for row in found["rows"]):
        rest = " elsewhere" if own else ""
        notes.append(f"output is assumed{rest}: --sample N makes N generate calls to know better")
    return notes


def _said(price: Table) -> str:
    if price["source"] == "embedded":
        return "nothing, it is embedded"
    training = price["training"]
    trained = "" if training is None else f", training {training:g}"
    return f"input {price['input']:g}, output {price['output']:g}{trained} ({price['source']})"
