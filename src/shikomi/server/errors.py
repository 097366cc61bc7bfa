"""Errors in the API's form: `{"error": {message, type, param, code}}`."""

import logging
import sqlite3
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shikomi.errors import UserError, place_of
from shikomi.server import request_ids
from shikomi.server.room import NO_ROOM, lacks_room

RETRY_SECONDS = 1
_PASSING = (429, 503)  # the same request may succeed in a moment
_KINDS = {429: "rate_limit_error"}
_log = logging.getLogger("shikomi.server")


class ApiError(Exception):
    """Something the caller is told. `param` names the field that is wrong."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    @property
    def body(self) -> dict[str, object]:
        """What the caller gets."""
        of_caller = _KINDS.get(self.status, "invalid_request_error")
        kind = "server_error" if self.status >= 500 else of_caller
        return {
            "error": {
                "message": self.message,
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """400: the request can be put right by the caller."""
    return ApiError(400, message, code=code, param=param)


def unknown_parameter(name: str) -> ApiError:
    return invalid(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")


def unsupported_parameter(name: str) -> ApiError:
    """One of the API's that this server cannot do as asked."""
    text = f"Unsupported parameter: '{name}' is not supported by this server."
    return invalid(text, param=name, code="unsupported_parameter")


def not_found(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(404, message, code=code, param=param)


def unavailable(message: str) -> ApiError:
    """503 with Retry-After: the same request may succeed in a moment."""
    return ApiError(503, message, code="runtime_unavailable")


def too_many(message: str) -> ApiError:
    """429 with Retry-After: the queue is full."""
    return ApiError(429, message, code="rate_limit_exceeded")


def disk_full() -> ApiError:
    """503: there is no room for what must be written."""
    return ApiError(503, f"{NO_ROOM[0].upper()}{NO_ROOM[1:]}.", code="disk_full")


def error_response(error: ApiError) -> JSONResponse:
    headers: Mapping[str, str] = (
        {"Retry-After": str(RETRY_SECONDS)} if error.status in _PASSING else {}
    )
    return JSONResponse(error.body, status_code=error.status, headers=dict(headers))


def install(app: FastAPI) -> None:
    """Give every error of `app` the API's form."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_query)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(OSError, _of_the_disk)
    app.add_exception_handler(sqlite3.OperationalError, _of_the_disk)
    app.add_exception_handler(Exception, _bug)


def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(error)


def _user_error(_: Request, error: Exception) -> JSONResponse:
    return error_response(unavailable(str(error)))


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    path = request.url.path
    where = f"{request.method} {path}"
    why = "This server does not have this route."
    if not path.startswith("/v1/"):
        why = "The routes begin with /v1: let the client's base_url end with it."
    messages = {404: f"Unknown request URL: {where}. {why}", 405: f"Not allowed: {where}."}
    message = messages.get(error.status_code, str(error.detail))
    code = {404: "unknown_url", 405: "method_not_supported"}.get(error.status_code)
    response = error_response(ApiError(error.status_code, message, code=code))
    response.headers.update(error.headers or {})  # what is allowed in its place
    return response


def _bad_query(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    name = str(problem["loc"][-1])
    return error_response(invalid(f"'{name}': {problem['msg']}.", param=name, code="invalid_value"))


def _gone(_: Request, __: Exception) -> Response:
    """The caller hung up while it was sending: nobody reads this, and nothing is wrong."""
    return Response(status_code=499)


def _of_the_disk(_: Request, error: Exception) -> JSONResponse:
    """503 where there is no room; whatever else the system says is a bug of ours."""
    if not lacks_room(error):
        raise error
    _log.error("%s: %s", NO_ROOM, place_of(error))
    return error_response(disk_full())


def _bug(request: Request, error: Exception) -> JSONResponse:
    """The line is closed after it, and says so: else the caller's next request would be lost."""
    text = "The server had an error while processing your request."
    response = error_response(ApiError(500, text))
    response.headers["Connection"] = "close"
    response.headers[request_ids.HEADER] = request_ids.of(request)
    return response
