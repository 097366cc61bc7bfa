"""The application: stores, runtimes, the job worker, and the routes over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shikomi import __version__
from shikomi.engine import hardware
from shikomi.server import errors, routes, upstream
from shikomi.server.batch_runner import Answer, BatchRunner
from shikomi.server.batches import Batches
from shikomi.server.bodies import BodyLimit
from shikomi.server.chat import Chat
from shikomi.server.database import Database
from shikomi.server.embeddings import Embeddings
from shikomi.server.files import FILES_FOLDER, Files
from shikomi.server.grounding import Search
from shikomi.server.guard import Guard
from shikomi.server.job_routes import job_routes
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
    search: Search | None = None,
) -> FastAPI:
    """The server for one data folder. `on_ready` is called when requests can be answered; with
    `search` each chat model is also there as `NAME+rag`.

    Raises: UserError where an alias or a local model is wrong.
    """
    stores = _stores(settings, database, search)
    pool = RuntimePool(_pool_settings(settings), stores.models.newest_adapters)
    loops: list[asyncio.AbstractEventLoop] = []

    def unload() -> None:
        asyncio.run_coroutine_threadsafe(pool.unload(), loops[0]).result()

    worker, client = Worker(stores, settings, unload), upstream.client()
    chat, embeddings = (
        Chat(stores.models, pool, client),
        Embeddings(stores.models, pool, client),
    )
    batches = Batches(database)
    answers: dict[str, Answer] = {
        "/v1/chat/completions": chat.answer,
        "/v1/embeddings": embeddings.answer,
    }
    runner = BatchRunner(batches, stores.files, answers, n_parallel=settings.slots)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        worker.start()
        tasks = [asyncio.create_task(runner.run()), asyncio.create_task(pool.unload_when_idle())]
        on_ready()
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(pool.close)
        await client.aclose()

    app = FastAPI(
        title="Shikomi",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, loopback=loopback, key_hashes=tuple(key_hashes))
    for router in (
        routes.chat_routes(chat, embeddings),
        routes.model_routes(stores),
        routes.file_routes(stores),
        job_routes(stores, worker),
        routes.batch_routes(batches, stores.files, runner),
    ):
        app.include_router(router)
    return app


def _stores(settings: ServerSettings, database: Database, search: Search | None) -> Stores:
    models = Models(
        database,
        cache=settings.cache,
        adapters=settings.data / "adapters",
        aliases=settings.aliases,
        local_models=settings.local_models,
        embeddings=settings.embeddings,
        search=search,
    )
    files = Files(database, settings.data / FILES_FOLDER)
    return Stores(files=files, jobs=Jobs(database), models=models)


def _pool_settings(settings: ServerSettings) -> PoolSettings:
    return PoolSettings(
        n_ctx=settings.n_ctx,
        n_parallel=settings.slots,
        n_threads=settings.n_threads,
        max_runtimes=settings.max_runtimes,
        max_adapters=settings.max_adapters,
        max_pending=settings.max_pending,
        idle_seconds=settings.idle_seconds,
        backend=hardware.backend(settings.runtime),
    )
