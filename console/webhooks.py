"""The pages of webhooks: endpoints, what they listen to, and the log of what was sent."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading, webhooks_desk
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.permissions import Permission
from desk.webhooks import EVENTS
from wiring.services import Services

HERE = "/console/settings/webhooks"
PAGE = 50
_ADMIN = [needs(Permission.ADMINISTER)]

router = APIRouter(
    prefix=HERE, route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.AUDIT)],
)


@router.get("")
async def show_webhooks(request: Request, services: Desk) -> Response:
    return await _list(request, services)


@router.post("", dependencies=_ADMIN)
async def add_webhook(
    request: Request, services: Desk, staff: Staff, url: Annotated[str, Form()] = "",
    about: Annotated[str, Form()] = "", events: Annotated[list[str] | None, Form()] = None,
) -> Response:
    try:
        made = await webhooks_desk.add(services, staff.agent, url, about, events or [])
    except Invalid as error:
        kept = {"url": url, "about": about, "events": events or []}
        return await _list(request, services, status=422, wrong=error.field, kept=kept)
    return await _one(request, services, made.id, secret=made.secret)


@router.get("/{webhook_id}")
async def show_webhook(request: Request, services: Desk, webhook_id: str, before: int = 0) -> Response:
    return await _one(request, services, webhook_id, before=before)


@router.post("/{webhook_id}", dependencies=_ADMIN)
async def change_webhook(
    request: Request, services: Desk, staff: Staff, webhook_id: str, url: Annotated[str, Form()] = "",
    about: Annotated[str, Form()] = "", events: Annotated[list[str] | None, Form()] = None,
    active: Annotated[bool, Form()] = False,
) -> Response:
    try:
        await webhooks_desk.change(services, staff.agent, webhook_id, url, about, events or [], active)
    except Invalid as error:
        return await _one(request, services, webhook_id, status=422, wrong=error.field)
    return see_other(request, f"{HERE}/{webhook_id}?said=saved")


@router.post("/{webhook_id}/secret", dependencies=_ADMIN)
async def renew_secret(request: Request, services: Desk, staff: Staff, webhook_id: str) -> Response:
    renewed = await webhooks_desk.renew_secret(services, staff.agent, webhook_id)
    return await _one(request, services, webhook_id, secret=renewed.secret)


@router.post("/{webhook_id}/remove", dependencies=_ADMIN)
async def remove_webhook(request: Request, services: Desk, staff: Staff, webhook_id: str) -> Response:
    await webhooks_desk.remove(services, staff.agent, webhook_id)
    return see_other(request, f"{HERE}?said=removed")


@router.post("/{webhook_id}/try", dependencies=_ADMIN)
async def try_webhook(request: Request, services: Desk, webhook_id: str) -> Response:
    await webhooks_desk.try_out(services, webhook_id)
    return see_other(request, f"{HERE}/{webhook_id}?said=queued")


@router.post("/{webhook_id}/replay", dependencies=_ADMIN)
async def replay(
    request: Request, services: Desk, staff: Staff, webhook_id: str, delivery: Annotated[int, Form()]
) -> Response:
    await webhooks_desk.replay(services, staff.agent, webhook_id, delivery)
    return see_other(request, f"{HERE}/{webhook_id}?said=queued")


async def _list(
    request: Request, services: Services, *, status: int = 200, wrong: str = "",
    kept: Mapping[str, object] | None = None,
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"webhooks": tx.webhooks.list_all(), **reading.frame(tx)}

    values = {"kept": kept or {"url": "", "about": "", "events": list(EVENTS)}, "wrong": wrong, "all_events": EVENTS}
    return render(request, "webhooks.html", values | await services.store.read(read), status=status)


async def _one(
    request: Request, services: Services, webhook_id: str, *, status: int = 200, wrong: str = "", secret: str = "",
    before: int = 0,
) -> Response:
    """One endpoint; `secret` is shown this once."""
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "webhook": tx.webhooks.get(webhook_id),
            "deliveries": tx.webhooks.list_deliveries(webhook_id, before, PAGE), **reading.frame(tx),
        }

    values = {"secret": secret, "wrong": wrong, "all_events": EVENTS, "page_length": PAGE, "before": before}
    return render(request, "webhook.html", values | await services.store.read(read), status=status)
