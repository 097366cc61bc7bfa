"""The application: stores, runtimes, the job worker, and the routes over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx2
from fastapi import APIRouter, Depends, FastAPI

from shikomi import __version__
from shikomi.engine import hardware
from shikomi.server import errors, logs, routes, upstream
from shikomi.server.azure import AzurePaths
from shikomi.server.batch_runner import Answer, BatchRunner
from shikomi.server.batches import Batches
from shikomi.server.bodies import BodyLimit
from shikomi.server.chat import Chat
from shikomi.server.completions import PATH as COMPLETIONS
from shikomi.server.completions import Completions
from shikomi.server.database import Database
from shikomi.server.embeddings import Embeddings
from shikomi.server.files import FILES_FOLDER, Files
from shikomi.server.grounding import Search
from shikomi.server.guard import Guard
from shikomi.server.job_routes import job_routes
from shikomi.server.jobs import Jobs
from shikomi.server.models import ADAPTERS_FOLDER, Models
from shikomi.server.packed import Unpacked
from shikomi.server.queries import only_known
from shikomi.server.request_ids import RequestIds
from shikomi.server.responses.answering import PARAM as RESPONSES_PARAM
from shikomi.server.responses.answering import PATH as RESPONSES
from shikomi.server.responses.answering import Responses
from shikomi.server.responses.routes import response_routes
from shikomi.server.responses.store import ResponseStore
from shikomi.server.settings import ModelSettings, ServerSettings
from shikomi.server.supervisor import PoolSettings, RuntimePool
from shikomi.server.worker import Stores, Worker


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
    parts = _parts(settings, database, search)
    app = FastAPI(
        title="Shikomi",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, parts, on_ready),
        dependencies=[Depends(only_known)],
    )
    errors.install(app)
    app.add_middleware(BodyLimit)  # of what is unpacked
    app.add_middleware(Unpacked)
    app.add_middleware(BodyLimit)  # of what comes
    app.add_middleware(Guard, loopback=loopback, key_hashes=tuple(key_hashes))
    app.add_middleware(AzurePaths)
    app.add_middleware(RequestIds)  # the last one added is the first one asked
    for router in _routers(parts):
        app.include_router(router)
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the routes stand on, and what runs beside them."""

    stores: Stores
    worker: Worker
    pool: RuntimePool
    client: httpx2.AsyncClient
    chat: Chat
    completions: Completions
    responses: Responses
    kept: ResponseStore
    embeddings: Embeddings
    batches: Batches
    runner: BatchRunner


def _parts(settings: ServerSettings, database: Database, search: Search | None) -> _Parts:
    stores = _stores(settings, database, search)
    pool = RuntimePool(_pool_settings(settings), stores.models.newest_adapters)
    client = upstream.client()
    chat = Chat(stores.models, pool, client)
    completions = Completions(stores.models, pool, client)
    by_chat = Chat(stores.models, pool, client, param=RESPONSES_PARAM)
    kept = ResponseStore(database)
    responses = Responses(by_chat, kept)
    embeddings = Embeddings(stores.models, pool, client)
    batches = Batches(database)
    answers: dict[str, Answer] = {
        "/v1/chat/completions": chat.answer,
        COMPLETIONS: completions.answer,
        RESPONSES: responses.answer,
        "/v1/embeddings": embeddings.answer,
    }
    return _Parts(
        stores=stores,
        worker=Worker(stores, settings),
        pool=pool,
        client=client,
        chat=chat,
        completions=completions,
        responses=responses,
        kept=kept,
        embeddings=embeddings,
        batches=batches,
        runner=BatchRunner(batches, stores.files, answers, n_parallel=settings.slots),
    )


@asynccontextmanager
async def _lifespan(parts: _Parts, on_ready: Callable[[], None], _: FastAPI) -> AsyncIterator[None]:
    loop, pool = asyncio.get_running_loop(), parts.pool
    loop.set_exception_handler(logs.unhandled)
    parts.worker.start(lambda: asyncio.run_coroutine_threadsafe(pool.unload(), loop).result())
    tasks = [asyncio.create_task(parts.runner.run()), asyncio.create_task(pool.unload_when_idle())]
    on_ready()
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(parts.worker.stop)
    await asyncio.to_thread(pool.close)
    await parts.client.aclose()


def _routers(parts: _Parts) -> tuple[APIRouter, ...]:
    return (
        routes.chat_routes(parts.chat, parts.completions, parts.embeddings),
        response_routes(parts.responses, parts.kept),
        routes.model_routes(parts.stores),
        routes.file_routes(parts.stores),
        job_routes(parts.stores, parts.worker),
        routes.batch_routes(parts.batches, parts.stores.files, parts.runner),
    )


def _stores(settings: ServerSettings, database: Database, search: Search | None) -> Stores:
    known = ModelSettings(
        cache=settings.cache,
        adapters=settings.data / ADAPTERS_FOLDER,
        aliases=settings.aliases,
        local_models=settings.local_models,
        embeddings=settings.embeddings,
        adapter_below_search=settings.adapter_below_search,
    )
    models = Models(database, known, search=search)
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
