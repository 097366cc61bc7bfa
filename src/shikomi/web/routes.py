"""The page and what it asks for, over HTTP: one HTML page, and JSON below /api."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shikomi.errors import UserError
from shikomi.server.edge import Edge, parsed
from shikomi.server.errors import ApiError, error_response, invalid
from shikomi.server.guard import Guard, hashed
from shikomi.server.json_text import NotJson, read_json
from shikomi.web import cards, choosing, refusals, repairing
from shikomi.web.choosing import Filters, Found
from shikomi.web.deciding import Decide, decide
from shikomi.web.desk import Desk, Table
from shikomi.web.refusals import Refused
from shikomi.web.repairing import Change, Plan, Repair
from shikomi.web.wording import KEYS, WORDS

_STATIC = Path(__file__).parent / "static"
_CHANGES = 100
_TURNS = ("after", "before", "at")
# Nothing is loaded from elsewhere, and no script or style stands in the page: text of a document
# could do nothing even where it were taken for HTML.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Show(Edge):
    """The pairs that the page shows, to be told of anew."""

    shown: tuple[str, ...] = ()


class Save(Show):
    asked: Decide


class Preview(Edge):
    asked: Repair


class Apply(Show):
    plan: str


EdgeT = TypeVar("EdgeT", bound=Edge)


def create_app(desk: Desk, *, key: str, loopback: bool) -> ASGIApp:
    """All of it, guarded: data only with the key, and on loopback only by a loopback's name."""
    api = _Api(desk)
    below = Starlette(
        routes=[
            Route("/pairs", api.pairs),
            Route("/pairs/{id}/section", api.section),
            Route("/changes/{plan}", api.changes),
            Route("/status", _post(Show, api.status), methods=["POST"]),
            Route("/decisions", _post(Save, api.save), methods=["POST"]),
            Route("/undo", _post(Show, api.undo), methods=["POST"]),
            Route("/repair", _post(Preview, api.preview), methods=["POST"]),
            Route("/apply", _post(Apply, api.apply), methods=["POST"]),
        ],
        exception_handlers={ApiError: _api_error, UserError: partial(_user_error, desk)},
    )
    guarded = Guard(below, loopback=loopback, key_hashes=[hashed(key)])
    return Starlette(
        routes=[
            Route("/", partial(_page, desk)),
            Mount("/static", StaticFiles(directory=_STATIC)),
            Mount("/api", guarded),
        ],
        middleware=[
            Middleware(_Headers),
            Middleware(Guard, loopback=loopback, key_hashes=()),
        ],
    )


class _Headers:
    """ASGI middleware: what every answer says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, sending)


def _page(desk: Desk, request: Request) -> Response:
    lang = desk.table.book.lang
    values = {"lang": lang, "t": WORDS[lang], "keys": KEYS, "name": desk.table.book.name}
    return HTMLResponse(_template().render(values, facets=choosing.FACETS))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("shikomi.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("review.html.j2")


def _post(
    kind: type[EdgeT], work: Callable[[EdgeT], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            body = parsed(kind, read_json(await request.body()))
        except NotJson as wrong:
            raise invalid(f"The request body {wrong}.") from None
        return JSONResponse(await run_in_threadpool(work, body))

    return answer


class _Api:
    """What each address does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._plan: Plan | None = None

    def pairs(self, request: Request) -> Response:
        """One page of the pairs that the filters let through: behind the pair `after`, in front of
        `before`, or from `at` on. With `only` none of them, but their number alone, and whether
        there are more than those from `before` to `after`, which the page shows."""
        asked, table = request.query_params, self._desk.table
        filters = Filters(
            text=asked.get("text", ""),
            **{name: asked.get(name, "") for name in choosing.FACETS},
        )
        found = choosing.find(table.book, table.reviews, filters)
        start, end = _range(table, found, asked)
        places = found.places[start:end]
        if asked.get("only"):
            ends = (table.book.places.get(asked.get(name, "")) for name in ("before", "after"))
            places, shown = [each for each in ends if each is not None], []
        else:
            shown = [table.book.entries[place] for place in places]
        return JSONResponse(
            {
                "pairs": [cards.card(table, entry) for entry in shown],
                "start": start,
                "total": len(found.places),
                "page": choosing.PAGE,
                **_further(found, places),
                "choices": cards.choices(table.book, found.counts),
                "status": self._status(table),
            }
        )

    def section(self, request: Request) -> Response:
        table = self._desk.table
        if (entry := table.book.find(request.path_params["id"])) is None:
            raise Refused("gone")
        return JSONResponse(cards.section(table.book, entry))

    def status(self, asked: Show) -> dict[str, Any]:
        return self._told(asked.shown)

    def save(self, asked: Save) -> dict[str, Any]:
        return {"saved": decide(self._desk, asked.asked), **self._told(asked.shown)}

    def undo(self, asked: Show) -> dict[str, Any]:
        undone = self._desk.undo()
        return {"undone": len(undone), "first": undone[0], **self._told(asked.shown)}

    def preview(self, asked: Preview) -> dict[str, Any]:
        self._plan = plan = repairing.plan(self._desk.table, asked.asked)
        return {
            "plan": plan.id,
            "total": len(plan.changes),
            "aside": plan.n_aside,
            "changes": self._changes(plan.changes[:_CHANGES]),
        }

    def changes(self, request: Request) -> Response:
        """More of what is shown before it is saved."""
        asked = request.query_params.get("start", "0")
        start = int(asked) if asked.isdecimal() else 0
        found = self._planned(request.path_params["plan"]).changes[start : start + _CHANGES]
        return JSONResponse({"changes": self._changes(found)})

    def apply(self, asked: Apply) -> dict[str, Any]:
        plan = self._planned(asked.plan)
        saved = self._desk.save(plan.reviews, expected=plan.expected)
        self._plan = None
        return {"saved": saved, **self._told(asked.shown)}

    def _planned(self, plan_id: str) -> Plan:
        if self._plan is None or self._plan.id != plan_id:
            raise Refused("old_preview")
        return self._plan

    def _changes(self, found: Iterable[Change]) -> list[dict[str, Any]]:
        places = self._desk.table.book.places
        return [
            {
                "number": places.get(each.entry.sample.id, -1) + 1,
                "place": each.entry.checked.section.place,
                **each.pieces,
            }
            for each in found
        ]

    def _told(self, shown: Iterable[str]) -> dict[str, Any]:
        table = self._desk.table
        entries = [entry for each in shown if (entry := table.book.find(each))]
        pairs = [cards.card(table, entry) for entry in entries]
        return {"pairs": pairs, "status": self._status(table)}

    def _status(self, table: Table) -> dict[str, Any]:
        n_decided = sum(each in table.book.places for each in table.reviews)
        return {
            "decided": n_decided,
            "all": len(table.book.entries),
            "version": table.version,
            "is_open": bool(table.open_ids),
            "can_undo": bool(self._desk.n_steps),
            "left_out": cards.left_out(table),
            "problem": table.problem,
        }


def _further(found: Found, shown: Sequence[int]) -> dict[str, bool]:
    """Whether there is more to see than from the first to the last place of `shown`."""
    if not (found.places and shown):
        return {"has_previous": False, "has_next": False}
    return {"has_previous": found.places[0] < shown[0], "has_next": found.places[-1] > shown[-1]}


def _range(table: Table, found: Found, asked: QueryParams) -> tuple[int, int]:
    places = {name: table.book.places.get(asked.get(name, "")) for name in _TURNS}
    at = places["at"]
    after = places["after"] if at is None else at - 1
    return choosing.page(found.places, after=after, before=places["before"])


def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error)


def _user_error(desk: Desk, _: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return error_response(invalid(refusals.said(error, desk.table.book.lang)))
