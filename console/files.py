"""Files of conversations and the console's own assets."""

from pathlib import PurePath
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from console.access import Desk
from console.pages import STATIC, PageRoute
from desk.errors import NotFound

SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_static = StaticFiles(directory=STATIC)

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/files/{file_id}")
async def send_file(file_id: str, services: Desk) -> Response:
    """Who knows the unguessable id may have the file: staff, and the customer's own chat page.

    Pictures are shown; everything else is only downloaded, and nothing in it can run under our origin.
    """
    try:
        file = await services.uploads.open(file_id)
    except FileNotFoundError:
        raise NotFound("the file is gone") from None
    is_shown = file.media_type in SHOWN_INLINE
    name = quote(PurePath(file.name.replace("\\", "/")).name or "file")
    return Response(
        file.content, media_type=file.media_type if is_shown else "application/octet-stream",
        headers={
            "Content-Disposition": f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{name}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


@router.get("/console/static/{path:path}")
async def send_asset(path: str, request: Request) -> Response:
    response = await _static.get_response(path, request.scope)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@router.get("/console/{path:path}")
async def refuse_unknown(path: str) -> None:
    """Whatever no other route serves, as a page of ours."""
    raise NotFound(f"there is no page {path}")
