"""`shikomi status`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli import reviewing
from shikomi.errors import UserError
from shikomi.stages import (
    STAGES,
    Context,
    Stage,
    failures,
    funnel,
    quality,
    report,
    review,
    rolling,
)
from shikomi.stages.coverage import coverage
from shikomi.store import batches, results
from shikomi.terms import TERMS
from shikomi.types import Interval

Table = dict[str, Any]
_MOST_LEFT, _LONGEST_STATEMENT, _LONGEST_STYLE = 10, 70, 40  # shown; --json has all


def status_table(folder: Path) -> Table:
    """Stages with what they still have to do, the funnel, and the reasons of what was dropped."""
    with app.open_project(folder, Machine.here()) as ctx:
        return {
            "stages": {stage.name: _n_pending(ctx, stage) for stage in STAGES},
            "ran": list(results.stage_seconds(ctx.store)),
            "failed": _failures(ctx),
            "strategy": rolling.label(ctx) if rolling.is_chosen(ctx) else "coverage",
            "short": _short(ctx),
            "funnel": {row.step: row.count for row in funnel.steps(ctx)},
            "quality": {check: asdict(share) for check, share in quality.figures(ctx).items()},
            "batches": [
                {"stage": stage, "id": remote_id, "requests": n}
                for stage, remote_id, n in batches.counts(ctx.store)
            ],
            "reviews": review.counts(ctx),
            "coverage": _coverage(ctx),
            "dropped": [
                {"step": row.step, "reason": row.reason, "count": row.count}
                for row in funnel.rejections(ctx)
            ],
            "report": str(ctx.out / report.HTML) if (ctx.out / report.HTML).exists() else None,
        }


def _n_pending(ctx: Context, stage: Stage) -> int | None:
    """None: it cannot be said before the stages before it are done."""
    try:
        return len(stage.pending(ctx))
    except UserError:
        return None


def _short(ctx: Context) -> list[str]:
    """The pages that a conversation found too few questions about."""
    if not rolling.is_chosen(ctx):
        return []
    wanted = ctx.config.rolling.questions
    return [rolling.shown(each, wanted) for each in rolling.shortfalls(ctx)]


def _coverage(ctx: Context) -> Table | None:
    """None: it cannot be said yet."""
    try:
        found = coverage(ctx)
    except UserError:
        return None
    return asdict(found) if found and found.facts else None


def _failures(ctx: Context) -> dict[str, list[str]]:
    try:
        return failures(ctx)
    except UserError:  # no documents yet: nothing can have failed
        return {}


def status_lines(table: Table) -> str:
    lines = []
    for name, n in table["stages"].items():
        state = "waits" if n is None else f"{n} to do" if n else "done"
        if n == 0 and name not in table["ran"]:
            state = "nothing to do"
        if n_failed := len(table["failed"].get(name, ())):
            state += f", {n_failed} failed"
        lines.append(f"{name:<12} {state}")
    lines += [
        f"\n{batch['stage']}: batch {batch['id'] or '(starting)'} with {batch['requests']}"
        " requests is under way; `shikomi run` collects it"
        for batch in table["batches"]
    ]
    if any(table["funnel"].values()):
        lines += _funnel(table["funnel"], table["strategy"])
    if table["reviews"]:
        lines.append(f"reviews: {reviewing.shown(table['reviews'])}")
    lines += ["dropped:"] if table["dropped"] else []
    lines += [f"  {row['count']:>4}  {_reason(row)}" for row in table["dropped"]]
    lines += [
        f"quality, {check}: {quality.shown(Interval(**share))}"
        for check, share in table["quality"].items()
    ]
    lines += _covered(table["coverage"]) if table["coverage"] else []
    lines += ["\nfewer questions than wanted:"] if table["short"] else []
    lines += [f"  {each}" for each in table["short"]]
    for stage, subjects in table["failed"].items():
        lines.append(f"\nfailed in {stage} (`shikomi {stage} --retry-failed` tries again):")
        lines += [f"  {reason}" for reason in subjects]
    if table["report"]:
        lines.append(f"\nreport: {table['report']}")
    return "\n".join(lines)


def _funnel(counts: Mapping[str, int], strategy: str) -> list[str]:
    """A line for the pairs and one for each kind of text beside them."""
    by_kind: dict[str, list[str]] = {}
    for name, count in counts.items():
        view, _, step = name.rpartition(" ")
        if name != "taught":
            by_kind.setdefault(view, []).append(f"{step} {count}")
    named = {view: TERMS["en"][view] if view else f"pairs by {strategy}" for view in by_kind}
    lines = [f"{named[view]}: {', '.join(steps)}" for view, steps in by_kind.items()]
    return [
        "",
        *lines,
        f"rows in the training file, with those made by program: {counts['taught']}",
    ]


def _reason(row: Table) -> str:
    """Of a text beside the pairs with what it was to be."""
    kind = TERMS["en"].get(row["step"])
    return f"{kind}: {row['reason']}" if kind else row["reason"]


def _covered(found: Table) -> list[str]:
    lines = [
        f"\nasked about: {found['facts_asked']} of {found['facts']} facts, among them"
        f" {found['examples_asked']} of {found['examples']} examples"
    ]
    for left in found["left"][:_MOST_LEFT]:
        statement = shorten(left["statement"], _LONGEST_STATEMENT, placeholder="…")
        lines.append(f"  not {left['place']}: {statement} ({left['why']})")
    more = len(found["left"]) - _MOST_LEFT
    lines += [f"  and {more} more: shikomi status --json"] if more > 0 else []
    return [*lines, *_spread(found["spread"])]


def _spread(found: Table) -> list[str]:
    """How the pairs are spread; nothing where all are alike."""
    return [
        f"pairs by {by}: "
        + ", ".join(f"{_shortened(name)} {count}" for name, count in counts.items())
        for by, counts in found.items()
        if len(counts) > 1
    ]


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_STYLE else f"{name[:_LONGEST_STYLE]}…"
