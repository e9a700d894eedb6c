"""The page of canned replies: everybody reads them, supervisors write them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.canned import VARIABLES, check
from desk.errors import Conflict, Invalid
from desk.notes import CannedReply
from desk.permissions import Permission
from wiring.services import Services

HERE = "/console/settings/canned"
_EMPTY = CannedReply("", "", "", "")
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_canned(request: Request, services: Desk, edit: str = "") -> Response:
    return await _page(request, services, edit=edit)


@router.post("", dependencies=[needs(Permission.LEAD)])
async def save_canned(
    request: Request, services: Desk, id: Annotated[str, Form()] = "", shortcut: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "", text: Annotated[str, Form()] = "",
) -> Response:
    written = CannedReply(id, shortcut.strip().removeprefix("/"), title.strip(), text.replace("\r\n", "\n").strip())
    try:
        await save(services, written)
    except Invalid as error:
        return await _page(request, services, written=written, wrong=error.field, detail=str(error), status=422)
    except Conflict:
        return await _page(request, services, written=written, wrong="taken", status=409)
    return see_other(request, f"{HERE}?said=saved")


@router.post("/{reply_id}/remove", dependencies=[needs(Permission.LEAD)])
async def remove_canned(request: Request, services: Desk, reply_id: str) -> Response:
    await services.store.transact(lambda tx: tx.canned.remove(reply_id))
    return see_other(request, HERE)


async def save(services: Services, written: CannedReply) -> CannedReply:
    """Raises Invalid, Conflict, or NotFound for an id that is none."""
    check(written.shortcut, written.title, written.text)
    now = services.clock.now()

    def put(tx: SqlTransaction) -> CannedReply:
        if written.id:
            tx.canned.get(written.id)
        return tx.canned.put(written, now)

    return await services.store.transact(put)


async def _page(
    request: Request, services: Services, *, edit: str = "", written: CannedReply | None = None, wrong: str = "",
    detail: str = "", status: int = 200,
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        replies = tx.canned.list_all()
        chosen = next((one for one in replies if one.id == edit), _EMPTY)
        return {"replies": replies, "written": written or chosen, **reading.frame(tx)}

    found = await services.store.read(read)
    return render(request, "canned.html", {"wrong": wrong, "detail": detail, "variables": VARIABLES, **found},
                  status=status)
