"""Names of models: which weights, which adapter, which identity."""

import re
import shutil
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.gguf_header import is_gguf
from shikomi.engine.hub import is_hub_name
from shikomi.engine.weights import ensure
from shikomi.errors import UserError
from shikomi.server.database import Database, Row, Statement
from shikomi.server.errors import invalid, not_found
from shikomi.server.grounding import RAG, Search
from shikomi.server.settings import ModelSettings

OWNER = "shikomi"
ADAPTERS_FOLDER = "adapters"  # in a server's data folder
_SCALED = re.compile(r"(ft:[^@]+)@(\d(?:\.\d+)?)")  # a tuned model with a share of its adapter
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a name stands for. `base` names the weights; `adapter` is None for the base itself,
    and takes part at `scale`. With `search` the question is looked up first."""

    name: str
    base: str
    adapter: Path | None
    scale: float = 1.0
    search: Search | None = None


class Models:
    """The names this server answers to. Every method may be called from any thread."""

    def __init__(
        self, database: Database, settings: ModelSettings, *, search: Search | None = None
    ) -> None:
        self._database = database
        self._search = search
        self._cache = settings.cache
        self._adapters = settings.adapters
        self._local = {str(path): _place(path, settings.cache) for path in settings.local_models}
        self._aliases = dict(settings.aliases)
        self.embeddings = settings.embeddings
        self._below_search = settings.adapter_below_search
        self._started_at = int(time.time())
        self._hashes: dict[str, str] = {}
        self._lock = threading.Lock()
        self._adapters.mkdir(parents=True, exist_ok=True)
        self._check()

    def _check(self) -> None:
        for path in self._local.values():
            _check_folder(path) if path.is_dir() else _check_file(path)
        if self.embeddings is not None:
            _check_file(self.embeddings)
        for alias, base in self._aliases.items():
            if base not in (names := [*self._bases(), *self._embedding_names()]):
                known = ", ".join(names)
                raise UserError(f"the alias {alias} names {base}; it can name {known}")

    def _bases(self) -> list[str]:
        return [*CATALOGUE, *self._local]

    def _embedding_names(self) -> list[str]:
        """The embedding model is called by its path, or by the file's name without .gguf."""
        return [] if self.embeddings is None else [str(self.embeddings), self.embeddings.stem]

    def embedding_weights(self, name: str) -> Path:
        """Raises: ApiError 404 where `name` is not the embedding model."""
        names = self._embedding_names()
        if self.embeddings is None or not self._embeds(name):
            raise not_found(
                f"The model '{name}' makes no embeddings here; use {' or '.join(names)}.",
                param="model",
                code="model_not_found",
            )
        return self.embeddings

    def base_of(self, name: str) -> str | None:
        """The base model behind a base's or an alias's name; None for any other name."""
        base = self._aliases.get(name, name)
        return base if base in self._bases() else None

    def resolve(self, name: str) -> Target:
        """Raises: ApiError 404 with the names that exist."""
        if name.endswith(RAG):
            search, target = self._searching(name), self.resolve(name.removesuffix(RAG))
            scale = self._below_search if target.scale == 1.0 else target.scale
            return replace(target, name=name, search=search, scale=scale)
        if (base := self.base_of(name)) is not None:
            return Target(name=name, base=base, adapter=None)
        if (scaled := _SCALED.fullmatch(name)) and 0 <= float(scaled[2]) <= 1:
            return replace(self.resolve(scaled[1]), name=name, scale=float(scaled[2]))
        row = self._tuned(name)
        return Target(name=name, base=row["base"], adapter=self.adapter_path(row["adapter"]))

    def _searching(self, name: str) -> Search:
        if self._search is None or not self._search.ready():
            raise not_found(
                f"The model '{name}' needs a project with sections: `shikomi serve --project"
                " FOLDER` serves one, and `shikomi section` makes them.",
                param="model",
                code="model_not_found",
            )
        return self._search

    def _tuned(self, name: str) -> Row:
        row = self._database.row("SELECT * FROM models WHERE id = ?", name)
        if row is None:
            known = ", ".join(model["id"] for model in self.listing()["data"])
            raise not_found(
                f"The model '{name}' does not exist. This server has: {known}.",
                param="model",
                code="model_not_found",
            )
        return row

    def adapter_path(self, stem: str) -> Path:
        """The adapter's GGUF file; `stem` is the job's id, with the step for a checkpoint."""
        return self._adapters / f"{stem}.gguf"

    def peft_folder(self, job_id: str) -> Path:
        """The adapter as PEFT writes it, for exports."""
        return self._adapters / f"{job_id}.peft"

    def newest_adapters(self, base: str, limit: int) -> list[Path]:
        """Those of jobs' results; a checkpoint is loaded when it is asked for."""
        rows = self._database.rows(
            "SELECT adapter FROM models WHERE base = ? AND is_final ORDER BY seq DESC LIMIT ?",
            base,
            limit,
        )
        return [self.adapter_path(row["adapter"]) for row in rows]

    def of_job(self, job_id: str) -> list[Row]:
        """The job's checkpoints and result, the latest first."""
        return self._database.rows(
            "SELECT * FROM models WHERE job_id = ? ORDER BY is_final DESC, step DESC", job_id
        )

    def sweep(self) -> None:
        """Remove adapters that no model uses: a killed server may leave them."""
        rows = self._database.rows("SELECT adapter, job_id FROM models")
        known = {f"{row['adapter']}.gguf" for row in rows}
        known |= {self.peft_folder(row["job_id"]).name for row in rows}
        for path in self._adapters.iterdir():
            if path.name not in known:
                remove(path)

    def weights(self, base: str) -> Path:
        """The weights' GGUF file; fetches or converts what is not in the cache.

        Raises: WeightsError.
        """
        local = self._local.get(base)
        if local is None:
            return ensure(base, cache=self._cache).path
        return self._converted(base, local) if local.is_dir() else local

    def _converted(self, base: str, folder: Path) -> Path:
        from shikomi.engine.conversion import served_gguf

        sha256 = self.sha256(base)
        with self._lock:
            return served_gguf(folder, sha256, cache=self._cache)

    def sha256(self, base: str) -> str:
        """The SHA-256 of a base's weights; a local file is read once."""
        if base in CATALOGUE:
            return CATALOGUE[base].sha256
        path = self.embeddings if base in self._embedding_names() else self._local[base]
        with self._lock:
            if base not in self._hashes:
                self._hashes[base] = ensure(str(path), cache=self._cache).sha256
            return self._hashes[base]

    def add_statement(self, job: Row, adapter_sha256: str, *, step: int | None = None) -> Statement:
        """The SQL that lists a job's result, or its checkpoint after `step`."""
        name = tuned_name(job["base"], job["suffix"], job["id"])
        stem = job["id"]
        if step is not None:
            name, stem = f"{name}:ckpt-step-{step}", checkpoint_stem(job["id"], step)
        return (
            "INSERT OR REPLACE INTO models (id, job_id, created_at, base, base_sha256,"
            " adapter_sha256, adapter, step, is_final) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                job["id"],
                int(time.time()),
                job["base"],
                self.sha256(job["base"]),
                adapter_sha256,
                stem,
                step,
                step is None,
            ),
        )

    def keep_newest_checkpoints(self, job_id: str, keep: int) -> None:
        """Forget the older ones, and their adapters."""
        checkpoints = [row for row in self.of_job(job_id) if not row["is_final"]]
        for row in checkpoints[keep:]:
            self._remove(row)

    def listing(self) -> dict[str, Any]:
        """All models as the API's list object; with search, each that chats once more."""
        names = (*self._bases(), *self._embedding_names()[1:], *self._aliases)
        data = [self._base_object(name) for name in names]
        rows = self._database.rows("SELECT * FROM models ORDER BY seq")
        data += [_tuned_object(row) for row in rows]
        if self._search is not None and self._search.ready():
            data += [_searched_object(each) for each in data if not self._embeds(each["id"])]
        return {"object": "list", "data": data}

    def get(self, name: str) -> dict[str, Any]:
        """The model object. Raises: ApiError 404."""
        if name.endswith(RAG):
            self.resolve(name)
            return _searched_object(self.get(name.removesuffix(RAG)))
        if self._stays(name):
            return self._base_object(name)
        return _tuned_object(self._tuned(name))

    def delete(self, name: str) -> dict[str, Any]:
        """Remove a tuned model and its adapter. Raises: ApiError."""
        if name.endswith(RAG):
            plain = name.removesuffix(RAG)
            raise invalid(f"'{name}' is '{plain}' with search; delete that.", param="model")
        if self._stays(name):
            raise invalid(f"'{name}' is not a fine-tuned model; it stays.", param="model")
        self._remove(self._tuned(name))
        return {"id": name, "object": "model", "deleted": True}

    def _remove(self, row: Row) -> None:
        with self._database.transaction() as db:
            db.execute("DELETE FROM models WHERE id = ?", (row["id"],))
        self.adapter_path(row["adapter"]).unlink(missing_ok=True)
        if row["is_final"]:
            shutil.rmtree(self.peft_folder(row["job_id"]), ignore_errors=True)

    def _stays(self, name: str) -> bool:
        """A model that this server was started with, not one that it made."""
        return self._embeds(name) or self.base_of(name) is not None

    def _embeds(self, name: str) -> bool:
        return self._aliases.get(name, name) in self._embedding_names()

    def _base_object(self, name: str) -> dict[str, Any]:
        base = self._aliases.get(name, name)
        return _model_object(name, base, self._started_at, self.sha256(base))


def _place(path: Path, cache: Path) -> Path:
    """Where a model is that was named by its path, or as OWNER/MODEL of a hub, whose files are
    fetched where they are missing. Raises: WeightsError."""
    return ensure(str(path), cache=cache).path if is_hub_name(str(path)) else path


def _check_folder(path: Path) -> None:
    """Raises: WeightsError where its model cannot be served."""
    from shikomi.engine.conversion import check_folder

    check_folder(path)


def _check_file(path: Path) -> None:
    """Raises: UserError."""
    if not path.is_file() or not is_gguf(path):
        raise UserError(f"{path} is no GGUF file: give the path of one")


def checkpoint_stem(job_id: str, step: int) -> str:
    return f"{job_id}-step-{step}"


def remove(path: Path) -> None:
    """A file or a folder, whichever it is."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def tuned_name(base: str, suffix: str | None, job_id: str) -> str:
    """`ft:<base>:<org>:<suffix>:<id>`; the suffix may be empty. No part holds a colon."""
    stem = _NOT_IN_A_NAME.sub("-", base.rpartition("/")[2].removesuffix(".gguf"))
    short = job_id.removeprefix("ftjob-")[:8]
    return f"ft:{stem}:{OWNER}:{suffix or ''}:{short}"


def _tuned_object(row: Row) -> dict[str, Any]:
    identity = f"{row['base_sha256']}+{row['adapter_sha256']}"
    return _model_object(row["id"], row["base"], row["created_at"], identity)


def _searched_object(plain: dict[str, Any]) -> dict[str, Any]:
    """`identity` is still that of the weights: what search finds is not in it."""
    return plain | {"id": plain["id"] + RAG, "root": plain["id"]}


def _model_object(name: str, root: str, created: int, identity: str) -> dict[str, Any]:
    """`identity` is the SHA-256 of the weights; a tuned model's is `weights+adapter`."""
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": OWNER,
        "root": root,
        "identity": identity,
    }
