"""`shikomi export model`."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from shikomi.app.endpoints import SERVER_FOLDER, Machine
from shikomi.config import STUDY_SUFFIX
from shikomi.engine import merge
from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.conversion import served_gguf
from shikomi.engine.hub import is_hub_name
from shikomi.engine.modelfile import modelfile
from shikomi.engine.weights import ensure
from shikomi.server.exporting import Trained, find_trained, hyperparameters

_REPORT = Path("out") / "report.json"
_CARD = "README.md"
_CONFIG = "adapter_config.json"


def export_model(
    folder: Path, name: str | None, out: Path | None, *, merged: bool, llama_cpp: Path | None
) -> Path:
    """Write all forms of a tuned model into one folder, and return it.

    Raises: UserError where there is no such model, or the converter fails.
    """
    trained = find_trained(folder / SERVER_FOLDER, name, but=f":{STUDY_SUFFIX}:")
    target = out or folder / "out" / trained.name.replace(":", "-")
    target.mkdir(parents=True, exist_ok=True)
    base = _base_gguf(trained.base, Machine.here().cache)
    _copy_adapter(trained, target / "adapter")
    shutil.copyfile(trained.adapter_gguf, target / "adapter.gguf")
    model, adapter = "base.gguf", "adapter.gguf"
    if merged or llama_cpp is not None:
        merge.merge(base, trained.peft_folder, target / "merged", _say)
    if llama_cpp is not None:
        merge.convert_merged(llama_cpp, target / "merged", target / "merged.gguf")
        model, adapter = "merged.gguf", ""
    else:
        merge.link_or_copy(base, target / model)
    text = modelfile(base, model=model, adapter=adapter or None)
    (target / "Modelfile").write_text(text, encoding="utf-8")
    _write_card(trained, folder, target)
    return target


def _base_gguf(name: str, cache: Path) -> Path:
    weights = ensure(name, cache=cache)
    if weights.path.is_file():
        return weights.path
    return served_gguf(weights.path, weights.sha256, cache=cache)


def _copy_adapter(trained: Trained, target: Path) -> None:
    """Without PEFT's own card, which says nothing, and with a base's name that others know."""
    shutil.copytree(trained.peft_folder, target, dirs_exist_ok=True)
    (target / _CARD).unlink(missing_ok=True)
    config = json.loads((target / _CONFIG).read_text(encoding="utf-8"))
    if trained.base in CATALOGUE or is_hub_name(trained.base):
        known = CATALOGUE.get(trained.base)
        config["base_model_name_or_path"] = known.hub_repo if known else trained.base
    (target / _CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")


def _write_card(trained: Trained, folder: Path, target: Path) -> None:
    """README.md, with the curves beside it."""
    drawn = _draw_curves(trained, target / "curves.svg")
    report = folder / _REPORT
    evaluation = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    card = "\n".join(_card_lines(trained, evaluation, drawn=drawn)) + "\n"
    (target / _CARD).write_text(card, encoding="utf-8")


def _card_lines(trained: Trained, report: dict[str, Any] | None, *, drawn: bool) -> list[str]:
    job = trained.job
    lines = ["---", "library_name: peft", f"base_model: {json.dumps(trained.base)}"]
    lines += ["tags: [lora, shikomi]", "---", "", f"# {trained.name}", ""]
    lines += ["| | |", "|---|---|", f"| Base | {trained.base}, SHA-256 `{trained.base_sha256}` |"]
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
    return lines + (_evaluation_lines(report) if report else [])


def _curve_lines(trained: Trained, *, drawn: bool) -> list[str]:
    losses = [each for each in trained.metrics if each.get("train_loss") is not None]
    if not losses:
        return []
    lines = ["## Training", "", f"Loss {losses[0]['train_loss']:.4f} to "]
    lines[-1] += f"{losses[-1]['train_loss']:.4f} in {losses[-1]['step']} steps."
    valid = [each["valid_loss"] for each in trained.metrics if each.get("valid_loss") is not None]
    if valid:
        lines[-1] += f" Validation loss {valid[0]:.4f} to {valid[-1]:.4f}."
    return [*lines, "", *(["![Loss by step](curves.svg)", ""] if drawn else [])]


def _evaluation_lines(report: dict[str, Any]) -> list[str]:
    """The project's own report, whose tuned model this may be: it says which."""
    lines = ["## Evaluation", "", str(report["sentence"]), ""]
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
