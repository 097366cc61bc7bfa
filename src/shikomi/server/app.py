"""The application: stores, runtimes, the job worker, and the routes over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shikomi.server import errors, routes, upstream
from shikomi.server.chat import Chat
from shikomi.server.database import Database
from shikomi.server.files import Files
from shikomi.server.guard import Guard
from shikomi.server.jobs import Jobs
from shikomi.server.models import Models
from shikomi.server.settings import ServerSettings
from shikomi.server.supervisor import PoolSettings, RuntimePool
from shikomi.server.worker import Stores, Worker

DATABASE_FILE = "server.db"


def create_app(
    settings: ServerSettings,
    database: Database,
    *,
    loopback: bool,
    key_hashes: Iterable[str] = (),
    on_ready: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The server for one data folder. `on_ready` is called when requests can be answered.

    Raises: UserError where an alias or a local model is wrong.
    """
    stores = _stores(settings, database)
    pool = RuntimePool(_pool_settings(settings), stores.models.newest_adapters)
    loops: list[asyncio.AbstractEventLoop] = []

    def unload() -> None:
        asyncio.run_coroutine_threadsafe(pool.unload(), loops[0]).result()

    worker, client = Worker(stores, settings, unload), upstream.client()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        worker.start()
        on_ready()
        yield
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(pool.close)
        await client.aclose()

    app = FastAPI(openapi_url=None, lifespan=lifespan)  # no schema: then there are no pages of it
    errors.install(app)
    app.add_middleware(Guard, loopback=loopback, key_hashes=tuple(key_hashes))
    for router in (
        routes.chat_routes(Chat(stores.models, pool, client)),
        routes.model_routes(stores),
        routes.file_routes(stores),
        routes.job_routes(stores, worker),
    ):
        app.include_router(router)
    return app


def _stores(settings: ServerSettings, database: Database) -> Stores:
    models = Models(
        database,
        cache=settings.cache,
        adapters=settings.data / "adapters",
        aliases=settings.aliases,
        local_models=settings.local_models,
    )
    files = Files(database, settings.data / "files")
    return Stores(files=files, jobs=Jobs(database), models=models)


def _pool_settings(settings: ServerSettings) -> PoolSettings:
    return PoolSettings(
        n_ctx=settings.n_ctx,
        n_parallel=settings.n_parallel,
        n_threads=settings.n_threads,
        max_runtimes=settings.max_runtimes,
        max_adapters=settings.max_adapters,
    )
