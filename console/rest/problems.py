"""Errors of the REST API as RFC 9457 problem details, from one table."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from console.access import Forbidden, NotSignedIn
from crm_store.database import DatabaseDown
from desk.errors import BadSignature, Conflict, Invalid, NotFound

MEDIA_TYPE = "application/problem+json"
_TABLE: dict[type[Exception], tuple[int, str]] = {
    NotSignedIn: (401, "Not signed in"),
    BadSignature: (401, "Not signed in"),
    Forbidden: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    Invalid: (422, "Invalid input"),
    RequestValidationError: (422, "Invalid input"),
    DatabaseDown: (503, "The database is not available"),
}


class Problem(BaseModel):
    """RFC 9457. `field` names the input at fault, where one is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    field: str = ""


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": title}
    for status, title in sorted(_TABLE.values())
}


class ApiRoute(APIRoute):
    """A route whose errors are problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_call(request: Request) -> Response:
            try:
                response = await handle(request)
            except tuple(_TABLE) as error:
                response = _problem(error)
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
            return response

        return handle_call


def _problem(error: Exception) -> JSONResponse:
    status, title = next(found for kind, found in _TABLE.items() if isinstance(error, kind))
    problem = Problem(title=title, status=status, detail=_detail(error), field=_field(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "2"} if status == 503 else {}
    return JSONResponse(problem.model_dump(exclude_defaults=True) | {"type": problem.type}, status, headers, MEDIA_TYPE)


def _detail(error: Exception) -> str:
    if isinstance(error, RequestValidationError):
        return str(error.errors()[0]["msg"])
    return "" if isinstance(error, DatabaseDown) else str(error)


def _field(error: Exception) -> str:
    if isinstance(error, RequestValidationError):
        return ".".join(str(part) for part in error.errors()[0]["loc"][1:])
    return error.field if isinstance(error, Invalid) else ""
