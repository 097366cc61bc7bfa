"""Runtime children: started when asked for, few in memory, started again when they die."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shikomi.engine.hardware import Backend
from shikomi.engine.runtime import Runtime, RuntimeSpec, context_length, lora_scales
from shikomi.server.errors import too_many
from shikomi.server.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What one request needs loaded: a base model and at most one adapter, which takes part at
    `scale`, or one that embeds."""

    base: str
    weights: Path
    adapter: Path | None
    scale: float = 1.0
    embeds: bool = False

    @property
    def key(self) -> tuple[Path, bool]:
        """Which runtime: one that embeds is loaded in another way."""
        return self.weights, self.embeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Where to send a request, and the headers and the adapters' scales it must carry."""

    base_url: str
    headers: dict[str, str]
    lora: list[dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    runtime: Runtime
    adapters: tuple[Path, ...]
    api_key: str = field(repr=False)

    def serves(self, arm: Arm) -> bool:
        return self.runtime.alive and (arm.adapter is None or arm.adapter in self.adapters)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    n_ctx: int
    n_parallel: int
    n_threads: int
    max_runtimes: int
    max_adapters: int
    max_pending: int
    idle_seconds: float
    backend: Backend


class RuntimePool:
    """At most `max_runtimes` children, the least recently used one leaving first.

    `newest_adapters(base, limit)` names the adapters that are worth loading with a base.
    Use it from one event loop.
    """

    def __init__(
        self, settings: PoolSettings, newest_adapters: Callable[[str, int], list[Path]]
    ) -> None:
        self._settings = settings
        self._newest_adapters = newest_adapters
        self._loaded: OrderedDict[tuple[Path, bool], _Loaded] = OrderedDict()
        self._pending = 0
        self._used = time.monotonic()
        # one thread that lives as long as the server: a child may be bound to the thread
        # that started it
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="runtimes")
        self._gate: Gate[Arm | None] = Gate(self._prepare, self._usable)

    @property
    def is_native(self) -> bool:
        """Whether llama.cpp answers, which alone shows its models tools, and goes on with texts."""
        return self._settings.backend == "llama.cpp"

    @asynccontextmanager
    async def lease(self, arm: Arm) -> AsyncIterator[Lease]:
        """Hold the arm loaded and alone for the block.

        Raises: EngineError where the runtime cannot start; ApiError 429 where too many wait.
        """
        if self._pending >= self._settings.max_pending:
            raise too_many(f"{self._pending} requests wait already; try again later.")
        self._pending += 1
        try:
            async with self._gate.passing(arm):
                loaded = self._loaded[arm.key]
                active = None if arm.adapter is None else loaded.adapters.index(arm.adapter)
                yield Lease(
                    base_url=loaded.runtime.base_url,
                    headers={"Authorization": f"Bearer {loaded.api_key}"},
                    lora=lora_scales(len(loaded.adapters), active, arm.scale),
                )
        finally:
            self._pending -= 1
            self._used = time.monotonic()

    async def unload_when_idle(self) -> None:
        """Free the memory whenever nothing was asked for `idle_seconds`; runs until cancelled."""
        idle_seconds = self._settings.idle_seconds
        while True:
            await asyncio.sleep(min(30.0, idle_seconds / 4))
            idle = time.monotonic() - self._used
            if self._loaded and self._pending == 0 and idle >= idle_seconds:
                await self.unload()

    async def unload(self) -> None:
        """Free the memory of all runtimes once the running requests have ended."""
        async with self._gate.passing(None):
            pass

    def close(self) -> None:
        """End all children now."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._unload_all()

    def _usable(self, arm: Arm | None) -> bool:
        loaded = self._loaded.get(arm.key) if arm is not None else None
        return loaded is not None and arm is not None and loaded.serves(arm)

    async def _prepare(self, arm: Arm | None) -> None:
        work = self._unload_all if arm is None else lambda: self._load(arm)
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self, arm: Arm) -> None:
        loaded = self._loaded.get(arm.key)
        if loaded is None or not loaded.serves(arm):
            self._end(arm.key)
            while len(self._loaded) >= self._settings.max_runtimes:
                self._end(next(iter(self._loaded)))
            self._loaded[arm.key] = self._start(arm)
        self._loaded.move_to_end(arm.key)

    def _start(self, arm: Arm) -> _Loaded:
        adapters = () if arm.embeds else self._adapters_for(arm)
        settings = self._settings
        spec = RuntimeSpec(
            weights=arm.weights,
            adapters=adapters,
            n_ctx=min(settings.n_ctx, context_length(arm.weights)),
            n_parallel=settings.n_parallel,
            n_threads=settings.n_threads,
            embeds=arm.embeds,
            backend="llama.cpp" if arm.embeds else settings.backend,
            api_key=(key := secrets.token_urlsafe(32)),
        )
        return _Loaded(runtime=Runtime.start(spec), adapters=adapters, api_key=key)

    def _adapters_for(self, arm: Arm) -> tuple[Path, ...]:
        newest = self._newest_adapters(arm.base, self._settings.max_adapters)
        wanted = [path for path in newest if path != arm.adapter and path.is_file()]
        if arm.adapter is None:
            return tuple(wanted)
        return (arm.adapter, *wanted[: self._settings.max_adapters - 1])

    def _unload_all(self) -> None:
        for key in list(self._loaded):
            self._end(key)

    def _end(self, key: tuple[Path, bool]) -> None:
        loaded = self._loaded.pop(key, None)
        if loaded is not None:
            loaded.runtime.close()
