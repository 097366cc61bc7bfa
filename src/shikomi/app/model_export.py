"""A tuned model in the forms that other programs read, in one folder with its card."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shikomi.app.endpoints import SERVER_FOLDER
from shikomi.app.model_card import CARD, CURVES, known_as, write_card
from shikomi.config import STUDY_SUFFIX
from shikomi.engine import merge
from shikomi.engine.conversion import served_gguf
from shikomi.engine.modelfile import modelfile
from shikomi.engine.weights import ensure
from shikomi.errors import UserError
from shikomi.server.exporting import Trained, find_trained
from shikomi.stages import report

_MARK = "adapter.gguf"  # there first and to the end: it tells an export's folder from others
_OURS = {CARD, CURVES, _MARK, "adapter", "base.gguf", "merged", "merged.gguf", "Modelfile"}
_CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What is wanted beside the adapter: merged weights, and these as GGUF by the checkout of
    llama.cpp."""

    merged: bool = False
    llama_cpp: Path | None = None


def export_model(
    folder: Path,
    name: str | None,
    out: Path | None,
    *,
    forms: Forms,
    cache: Path,
    say: Callable[[str], None],
) -> Path:
    """Write the forms of a tuned model of the project in `folder` (None: the newest) into `out`
    (None: a folder in its out/), and return that. What an earlier export left there goes.

    `cache` holds the models' weights; `say` hears what takes long.

    Raises:
        UserError: there is no such model, the folder holds other files, or the converter fails.
    """
    trained = find_trained(folder / SERVER_FOLDER, name, but=f":{STUDY_SUFFIX}:")
    converter = merge.converter(forms.llama_cpp) if forms.llama_cpp is not None else None
    target = out or folder / "out" / trained.name.replace(":", "-")
    base = _base_gguf(trained.base, cache)
    _clear(target)
    shutil.copyfile(trained.adapter_gguf, target / _MARK)
    _copy_adapter(trained, target / "adapter")
    if forms.merged or converter is not None:
        merge.merge(base, trained.peft_folder, target / "merged", say)
    if converter is not None:
        merge.convert_merged(converter, target / "merged", target / "merged.gguf")
        text = modelfile(base, model="merged.gguf", adapter=None)
    else:
        merge.link_or_copy(base, target / "base.gguf")
        text = modelfile(base, model="base.gguf", adapter=_MARK)
    (target / "Modelfile").write_text(text, encoding="utf-8")
    write_card(trained, folder / "out" / report.JSON, target)
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
    (target / CARD).unlink(missing_ok=True)
    config = json.loads((target / _CONFIG).read_text(encoding="utf-8"))
    if (known := known_as(trained.base)) is not None:
        config["base_model_name_or_path"] = known
    (target / _CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")
