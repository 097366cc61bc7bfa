"""A model of the Hugging Face hub by its name: fetched once, kept as a folder of its files.

The transport is huggingface_hub, which goes on where an earlier run stopped, and reads HF_ENDPOINT,
HF_TOKEN and HF_HUB_OFFLINE itself.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shikomi.errors import WeightsError

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*/[A-Za-z0-9_][\w.-]*", re.ASCII)
_DESCRIPTION = ["*.json", "*.jinja"]  # configuration, tokenizer, chat template
_WEIGHTS = ["*.safetensors"]
_NOT_WANTED = ["*/*", "consolidated*"]  # other formats, and the weights once more
_ROOM = 1.6  # the weights, and what is made of them in 8 bits (conversion.py)
_BYTES_BAR = "huggingface_hub.snapshot_download"  # the bar that counts what lies on the disk

Report = Callable[[int, int], None]


def is_hub_name(model: str) -> bool:
    """Whether it reads like OWNER/MODEL and is not the path of something that is there."""
    named = _NAME.fullmatch(model) is not None and not model.endswith(".gguf")
    return named and not Path(model).exists()


def folder_of(name: str, cache: Path) -> Path:
    """Where the files of a hub's model lie, or will lie."""
    return cache / "hub" / name


def is_fetched(folder: Path) -> bool:
    """Whether all of a model is there; it is then never asked for again."""
    return _marker(folder).exists() and _has_weights(folder)


def fetch(name: str, folder: Path, report: Report, free_bytes: Callable[[Path], int]) -> None:
    """Fill `folder` with the model's files; `report` hears the bytes done and in all.

    What cannot be served is refused by its description, before its weights are fetched.
    Raises: WeightsError.
    """
    from shikomi.engine.conversion import check_folder

    commit = _commit(name)
    _download(name, folder, commit, _DESCRIPTION)
    check_folder(folder)
    n_bytes = _missing_bytes(name, folder, commit)
    _check_space(name, folder, int(n_bytes * _ROOM) - free_bytes(folder))
    _download(name, folder, commit, _WEIGHTS, tqdm_class=_bar(lambda done: report(done, n_bytes)))
    if not _has_weights(folder):
        raise WeightsError(f"{name} holds no .safetensors file: name the model that has them")
    _marker(folder).write_text(commit)


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors"))


def _marker(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.complete")


def _commit(name: str) -> str:
    """What the model is at now, for all of its files to be of one state."""
    with _told_plainly(name):
        from huggingface_hub import HfApi

        return str(HfApi().repo_info(name).sha)


def _download(name: str, folder: Path, commit: str, wanted: list[str], **options: Any) -> Any:
    from huggingface_hub import snapshot_download

    with _told_plainly(name):
        return snapshot_download(
            name,
            revision=commit,
            local_dir=folder,
            allow_patterns=wanted,
            ignore_patterns=_NOT_WANTED,
            **{"tqdm_class": _bar(lambda _: None)} | options,
        )


def _missing_bytes(name: str, folder: Path, commit: str) -> int:
    files = _download(name, folder, commit, _WEIGHTS, dry_run=True)
    return sum(file.file_size or 0 for file in files if file.will_download)


def _check_space(name: str, folder: Path, lacking: int) -> None:
    if lacking > 0:
        raise WeightsError(
            f"{name} does not fit on the disk of {folder}: free {lacking / 1e9:.2f} GB more,"
            " or set SHIKOMI_CACHE to another disk"
        )


def _bar(report: Callable[[int], None]) -> type:
    """A progress bar that is not drawn, and reports what it would show; from any thread."""
    from huggingface_hub.utils import tqdm

    lock = threading.Lock()

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *words: Any, **options: Any) -> None:
            self._counts = options.get("name") == _BYTES_BAR
            self._done = 0
            super().__init__(*words, **options | {"disable": True})

        def update(self, n: float | None = 1) -> None:
            if self._counts:
                with lock:
                    self._done += int(n or 0)
                    report(self._done)

    return Bar


@contextmanager
def _told_plainly(name: str) -> Iterator[None]:
    """Raises: WeightsError, one line, for whatever huggingface_hub raises."""
    try:
        from huggingface_hub import constants, errors
    except ImportError as error:
        raise WeightsError(
            f"{name} is fetched by huggingface_hub: pip install 'shikomi[local]'"
        ) from error
    where = constants.ENDPOINT
    try:
        yield
    except errors.GatedRepoError as error:
        raise WeightsError(
            f"{name} is for those who accepted its terms: accept them at {where}/{name}, and set"
            " HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise WeightsError(
            f"{name} is neither a path here nor a model at {where}: correct the name, or set"
            " HF_TOKEN if it is a private one"
        ) from error
    except errors.OfflineModeIsEnabled as error:
        raise WeightsError(
            f"{name} is not in the cache and HF_HUB_OFFLINE is set: unset it, or give the path of"
            " the model's folder"
        ) from error
    except (errors.HTTPError, OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(
            f"{name} cannot be had from {where} ({reason}): run again to go on, or give the path"
            " of the model's folder"
        ) from error
