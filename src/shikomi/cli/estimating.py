"""`shikomi estimate`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.show import Show
from shikomi.stages import generate, section
from shikomi.stages.estimate import Estimate, Line, estimate
from shikomi.types import Price

Table = dict[str, Any]


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


def lines(table: Table) -> str:
    if not table["rows"]:
        return "nothing is pending that takes calls or training"
    head = (
        f"{'stage':<9} {'':<22} {'model':<28} {'calls':>6} {'input':>10} {'cached':>10}"
        f" {'output':>9} {'money':>9} {'minutes':>7}"
    )
    rows = [_shown(row) for row in table["rows"]]
    return "\n".join([head, *rows, "", _total(table), *_notes(table)])


def _shown(row: Table) -> str:
    money = "unknown" if row["usd"] is None else f"${row['usd']:.4f}"
    minutes = "" if row["minutes"] is None else f"{row['minutes']:.1f}"
    return (
        f"{row['stage']:<9} {row['part']:<22} {row['model'][:28]:<28} {row['calls']:>6,}"
        f" {row['input_tokens']:>10,} {row['cached_tokens']:>10,} {row['output_tokens']:>9,}"
        f" {money:>9} {minutes:>7}"
    ).rstrip()


def _total(table: Table) -> str:
    money = f"${table['usd']:.4f}"
    if table["unpriced"]:
        money = f"at least {money}" if table["usd"] else "unknown"
    budget = table["budget_usd"]
    of = "" if budget is None else f" of a budget of ${budget:.2f}"
    minutes = f", {table['minutes']:.0f} minutes of the embedded engine" if table["minutes"] else ""
    return f"total: {money}{of}{minutes}"


def _notes(table: Table) -> list[str]:
    """Where the figures are from."""
    notes = ["prices, dollars a million tokens (cached input counts in full):"]
    notes += [f"  {model}: {_said(price)}" for model, price in table["prices"].items() if price]
    notes += [
        f"  {name}: unknown, `price` in shikomi.toml may tell it" for name in table["unpriced"]
    ]
    own = {row["stage"]: row["own_calls"] for row in table["rows"] if row["own_calls"]}
    if own:
        counts = ", ".join(f"{stage} {n}" for stage, n in own.items())
        notes.append(f"output is that of this project's own calls: {counts}")
    if any(not row["own_calls"] and row["output_tokens"] for row in table["rows"]):
        rest = " elsewhere" if own else ""
        notes.append(f"output is assumed{rest}: --sample N makes N generate calls to know better")
    return notes


def _said(price: Table) -> str:
    if price["source"] == "embedded":
        return "nothing, it is embedded"
    training = price["training"]
    trained = "" if training is None else f", training {training:g}"
    return f"input {price['input']:g}, output {price['output']:g}{trained} ({price['source']})"
