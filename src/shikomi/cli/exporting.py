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
from shikomi.errors import UserError
from shikomi.server.exporting import Trained, find_trained, hyperparameters

_REPORT = Path("out") / "report.json"
_CARD = "README.md"
_MARK = "adapter.gguf"  # there first and to the end: it tells an export's folder from others
_OURS = {_CARD, _MARK, "adapter", "base.gguf", "merged", "merged.gguf", "Modelfile", "curves.svg"}
_CONFIG = "adapter_config.json"


def export_model(
    folder: Path, name: str | None, out: Path | None, *, merged: bool, llama_cpp: Path | None
) -> Path:
    """Write all forms of a tuned model into one folder, and return it.

    What an earlier export left there goes.

    Raises: UserError where there is no such model, the folder holds other files, or the
        converter fails.
    """
    trained = find_trained(folder / SERVER_FOLDER, name, but=f":{STUDY_SUFFIX}:")
    converter = merge.converter(llama_cpp) if llama_cpp is not None else None
    target = out or folder / "out" / trained.name.replace(":", "-")
    base = _base_gguf(trained.base, Machine.here().cache)
    _clear(target)
    shutil.copyfile(trained.adapter_gguf, target / _MARK)
    _copy_adapter(trained, target / "adapter")
    if merged or converter is not None:
        merge.merge(base, trained.peft_folder, target / "merged", _say)
    if converter is not None:
        merge.convert_merged(converter, target / "merged", target / "merged.gguf")
        text = modelfile(base, model="merged.gguf", adapter=None)
    else:
        merge.link_or_copy(base, target / "base.gguf")
        text = modelfile(base, model="base.gguf", adapter=_MARK)
    (target / "Modelfile").write_text(text, encoding="utf-8")
    _write_card(trained, folder, target)
    return target


def _clear(target: Path) -> None:
    """A folder for an export. Raises: UserError where it is somebody's."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        there = {path.name for path in target.iterdir() if not path.name.startswith(".")}
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"cannot write {target}: {reason}; name a folder with --out") from None
    foreign = sorted(there - _OURS) or (sorted(there) if _MARK not in there else [])
    if foreign:
        text = f"{target} holds other files ({foreign[0]}): name an empty folder with --out"
        raise UserError(text)
    for name in there - {_MARK}:
        path = target / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


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
    if (known := _known_as(trained.base)) is not None:
        config["base_model_name_or_path"] = known
    (target / _CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")


def _known_as(base: str) -> str | None:
    """The base's name on the Hugging Face hub; None for a file or folder of somebody's own."""
    if base in CATALOGUE:
        return CATALOGUE[base].base_repo
    return base if is_hub_name(base) else None


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
    known = _known_as(base)
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
    return [*lines, "", *(["![Loss by step](curves.svg)", ""] if drawn else [])]


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
