"""README.md of an exported model: its model card, with the curves of its training beside it."""

import json
from pathlib import Path
from typing import Any

from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.hub import is_hub_name
from shikomi.server.exporting import Trained, hyperparameters

CARD, CURVES = "README.md", "curves.svg"


def write_card(trained: Trained, report: Path, target: Path) -> None:
    """Into the folder `target`; `report` is the project's report.json, if it has one."""
    drawn = _draw_curves(trained, target / CURVES)
    evaluation = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    card = "\n".join(_lines(trained, evaluation, drawn=drawn)) + "\n"
    (target / CARD).write_text(card, encoding="utf-8")


def known_as(base: str) -> str | None:
    """The base's name on the Hugging Face hub; None for a file or folder of somebody's own."""
    if base in CATALOGUE:
        return CATALOGUE[base].base_repo
    return base if is_hub_name(base) else None


def _lines(trained: Trained, report: dict[str, Any] | None, *, drawn: bool) -> list[str]:
    job = trained.job
    lines = [*_front_matter(trained.base), "", f"# {trained.name}", ""]
    lines += ["| | |", "|---|---|"]
    lines += [f"| Base | {_named(trained.base)}, SHA-256 `{trained.base_sha256}` |"]
    lines += [f"| Method | {job['method']['type']}, LoRA |", f"| Job | {job['id']} |"]
    lines += [f"| Examples | {trained.n_examples}, tokens trained {job['trained_tokens']} |"]
    if trained.training_sha256 is not None:
        lines += [f"| Training file | SHA-256 `{trained.training_sha256}` |"]
    lines += [f"| Hyperparameters | {hyperparameters(job)} |", f"| Seed | {job['seed']} |", ""]
    lines += [
        "A quantised base was unpacked for the training: merged weights carry its rounding.",
        "",
    ]
    lines += _curve_lines(trained, drawn=drawn)
    return lines + (_evaluation_lines(report, trained.name) if report else [])


def _front_matter(base: str) -> list[str]:
    """The metadata that the hub reads."""
    known = known_as(base)
    named = [f"base_model: {json.dumps(known)}"] if known else []
    return ["---", "library_name: peft", *named, "tags: [lora, shikomi]", "---"]


def _named(base: str) -> str:
    """With its licence where it is known, and without the folders of this machine."""
    if base in CATALOGUE:
        return f"{base} ({CATALOGUE[base].licence})"
    return base if is_hub_name(base) else Path(base).name


def _curve_lines(trained: Trained, *, drawn: bool) -> list[str]:
    losses = [each for each in trained.metrics if each.get("train_loss") is not None]
    if not losses:
        return []
    lines = ["## Training", "", f"Loss {losses[0]['train_loss']:.4f} to "]
    lines[-1] += f"{losses[-1]['train_loss']:.4f} in {losses[-1]['step']} steps."
    valid = [each["valid_loss"] for each in trained.metrics if each.get("valid_loss") is not None]
    if valid:
        lines[-1] += f" Validation loss {valid[0]:.4f} to {valid[-1]:.4f}."
    return [*lines, "", *([f"![Loss by step]({CURVES})", ""] if drawn else [])]


def _evaluation_lines(report: dict[str, Any], name: str) -> list[str]:
    """The project's own report, where it is not about another model."""
    about = report.get("settings", {}).get("models", {}).get("tuned model", name)
    if about != name:
        return ["## Evaluation", "", f"None: the project's report is about {about}."]
    said = [str(report["sentence"]), str(report.get("statistics", ""))]
    lines = ["## Evaluation", "", " ".join(filter(None, said)), ""]
    return lines + [str(line) for line in report.get("lines", [])]


def _draw_curves(trained: Trained, path: Path) -> bool:
    """False where there is nothing to draw."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.add_subplot(xlabel="training step", ylabel="loss")
    for name, label in (("train_loss", "training"), ("valid_loss", "validation")):
        points = [(m["step"], m[name]) for m in trained.metrics if m.get(name) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), label=label)
    if not axes.lines:
        return False
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
    return True
