"""The roles' endpoints: a configured URL, or the embedded engine behind its own server."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from shikomi.app.local_server import LocalServer, local_models, server_command
from shikomi.config import FILE_NAME, PLACEBO, ChatRole, Config, ModelRole, PriceTable
from shikomi.engine import hardware, weights
from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.weights import DownloadProgress
from shikomi.errors import ConfigError
from shikomi.llm import prices
from shikomi.llm.endpoint import Endpoint
from shikomi.llm.prices import nanousd
from shikomi.server import tuned
from shikomi.stages.context import RoleName
from shikomi.types import Price

SERVER_FOLDER = "server"
_FREE = Price(input_nanousd=0, output_nanousd=0, training_nanousd=0, source="embedded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the process knows of its surroundings: read once, at the door."""

    cache: Path
    environment: dict[str, str]
    downloading: Callable[[DownloadProgress], None] | None = None  # None: nobody watches

    @classmethod
    def here(cls) -> "Machine":
        """From the environment: SHIKOMI_CACHE, else ~/.cache/shikomi."""
        default = Path.home() / ".cache" / "shikomi"
        cache = Path(os.environ.get("SHIKOMI_CACHE") or default)
        return cls(cache=cache, environment=dict(os.environ))


class EmbeddedEndpoints:
    """Starts the local server at the first embedded role that is opened, and ends it.

    There is one at a time, for a model takes much of a machine: the placebo's, which has another
    project's models, takes the place of the project's own, and the other way round.
    """

    def __init__(self, folder: Path, config: Config, machine: Machine) -> None:
        self._folder = folder
        self._config = config
        self._machine = machine
        self._server: LocalServer | None = None
        self._serves = folder
        self._known: dict[str, tuned.Tuned] = {}

    def identity(self, role: RoleName) -> str:
        model = self._config.role(role)
        if model.base_url is not None:
            return f"{model.base_url}#{model.model}"
        if role != "embeddings" and tuned.is_tuned(model.model):
            return f"sha256:{self._tuned(role, model.model).identity}"
        if model.model in CATALOGUE:
            return f"sha256:{CATALOGUE[model.model].sha256}"
        name = self._file(role)
        if self._machine.downloading is None and not weights.is_here(name, self._machine.cache):
            return f"hub:{name}"  # nothing was made with it yet, and looking fetches no gigabytes
        return f"sha256:{self._weights(name).sha256}"

    def check_key(self, role: RoleName) -> None:
        """Raises UserError: the role asks for a key that is not there. Opens nothing."""
        self._key(self._config.role(role))

    def open(
        self,
        role: RoleName,
        *,
        model: str | None = None,
        identity: str = "",
        can_wait: bool = False,
    ) -> Endpoint:
        """Raises UserError: weights, key or server cannot be had."""
        settings = self._config.role(role)
        endpoint = self._remote(settings) if settings.base_url else self._embedded(role)
        return replace(
            endpoint,
            kind="embeddings" if role == "embeddings" else "chat",
            model=model or endpoint.model,
            identity=identity or self.identity(role),
            price=self.price(role, model=model, can_wait=can_wait),
            is_batched=can_wait and settings.is_batched,
        )

    def price(
        self, role: RoleName, *, model: str | None = None, can_wait: bool = False
    ) -> Price | None:
        settings = self._config.role(role)
        if settings.base_url is None:
            return _FREE
        name, is_batched = model or settings.model, can_wait and settings.is_batched
        if settings.price is None:
            return prices.of_host(settings.base_url, name, is_batched=is_batched)
        if is_batched:
            return _own_batched(settings.price, source=self._dated())
        return _own(settings.price, is_tuned=name != settings.model, source=self._dated())

    def _dated(self) -> str:
        file = self._folder / FILE_NAME
        if not file.exists():
            return FILE_NAME
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
        return f"{FILE_NAME}, changed {changed.isoformat()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _file(self, role: RoleName) -> str:
        """What an embedded role's weights are called: a name of the catalogue, or their path."""
        if role != "embeddings":
            name = self._config.role(role).model
            return self._tuned(role, name).base if tuned.is_tuned(name) else name
        if self._config.server.embeddings is None:
            raise ConfigError(
                "[models.embeddings] has no base_url: give it one, or name an embedding model's"
                " GGUF file as `embeddings` in [server] of shikomi.toml"
            )
        return self._config.server.embeddings

    def _tuned(self, role: RoleName, name: str) -> tuned.Tuned:
        """A tuned model of this project, that an embedded role names."""
        if name not in self._known:
            found = tuned.find(self._folder / SERVER_FOLDER, name)
            if found is None:
                raise ConfigError(
                    f"[models.{role}] names {name}, and this project has no such tuned model:"
                    " `shikomi serve` lists those that it has, at /v1/models"
                )
            self._known[name] = found
        return self._known[name]

    def _remote(self, role: ModelRole) -> Endpoint:
        endpoint = Endpoint(
            identity="",
            base_url=(role.base_url or "").rstrip("/"),
            model=role.model,
            api_key=self._key(role),
            price=None,
            concurrency=role.concurrency,
            timeout_seconds=role.timeout_seconds,
        )
        if not isinstance(role, ChatRole):
            return endpoint
        return replace(
            endpoint,
            max_tokens_field=role.max_tokens_field,
            has_temperature=role.temperature,
        )

    def _key(self, role: ModelRole) -> str | None:
        if role.api_key_env is None:
            return None
        key = self._machine.environment.get(role.api_key_env)
        if not key:
            raise ConfigError(
                f"the environment variable {role.api_key_env} holds no API key for"
                f" {role.base_url}: set it, or change api_key_env in shikomi.toml"
            )
        return key

    def _embedded(self, role: RoleName) -> Endpoint:
        settings, server = self._config.role(role), self._config.server
        self._weights(self._file(role))
        folder = self._home(role)
        if self._server is None or not self._server.alive or self._serves != folder:
            self._close()
            self._server, self._serves = self._start(folder), folder
        return Endpoint(
            identity="",
            base_url=self._server.base_url,
            model=settings.model,
            api_key=None,
            price=_FREE,
            concurrency=hardware.slots(server.parallel, server.runtime),
            timeout_seconds=settings.timeout_seconds,
            is_embedded=True,
        )

    def _weights(self, name: str) -> weights.Weights:
        return weights.ensure(name, cache=self._machine.cache, progress=self._machine.downloading)

    def _home(self, role: RoleName) -> Path:
        """The folder of the project whose server has the role's model."""
        other = self._config.evaluate.placebo
        return (self._folder / other).resolve() if role == PLACEBO and other else self._folder

    def _start(self, folder: Path) -> LocalServer:
        data = folder / SERVER_FOLDER
        fetch_hub_models(self._config, self._machine)
        command = server_command(self._config, data=data, cache=self._machine.cache)
        return LocalServer.start(command, data)


def fetch_hub_models(config: Config, machine: Machine) -> None:
    """Fetch what a server would have to fetch before it answers. Raises: WeightsError."""
    for name in local_models(config):
        if not weights.is_here(name, machine.cache):
            weights.ensure(name, cache=machine.cache, progress=machine.downloading)


def _own_batched(table: PriceTable, *, source: str) -> Price | None:
    """What is free stays free in batches; else the table has to say what they cost."""
    if not table.input and not table.output:
        return Price(input_nanousd=0, output_nanousd=0, source=source)
    if table.batch_input is None or table.batch_output is None:
        return None
    return Price(
        input_nanousd=nanousd(table.batch_input),
        output_nanousd=nanousd(table.batch_output),
        source=source,
    )


def _own(table: PriceTable, *, is_tuned: bool, source: str) -> Price:
    """The project's own prices; a tuned model's are its base's where they are not given."""
    tuned = (table.tuned_input, table.tuned_output) if is_tuned else (None, None)
    return Price(
        input_nanousd=nanousd(table.input if tuned[0] is None else tuned[0]),
        output_nanousd=nanousd(table.output if tuned[1] is None else tuned[1]),
        training_nanousd=None if table.training is None else nanousd(table.training),
        source=source,
    )
