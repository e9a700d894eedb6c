"""Outgoing webhooks over REST. Needs an administrator; auditors may read."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from console import webhooks_desk
from console.access import Caller, Desk, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from crm_store.store import SqlTransaction
from desk.permissions import Permission
from desk.webhooks import Webhook, WebhookDelivery, WebhookStatus

_ADMIN = [needs(Permission.ADMINISTER)]
router = APIRouter(route_class=ApiRoute, prefix="/webhooks", tags=["webhooks"], dependencies=[needs(Permission.AUDIT)])


class WebhookIn(BaseModel):
    """`events` are names such as `ticket.changed`; all of them are listed in docs/webhooks.md."""

    url: str = Field(max_length=500)
    about: str = Field("", max_length=120)
    events: list[str] = Field(min_length=1, max_length=50)
    active: bool = True


class WebhookOut(BaseModel):
    """`stopped_because`: "failing" or "gone" when the desk itself switched it off, else empty."""

    id: str
    url: str
    about: str
    events: list[str]
    active: bool
    failing_since: Moment | None
    stopped_because: str
    created_at: Moment

    @classmethod
    def of(cls, item: Webhook) -> Self:
        return cls(id=item.id, url=item.url, about=item.about, events=list(item.events), active=item.active,
                   failing_since=item.failing_since, stopped_because=item.stopped_because, created_at=item.created_at)


class WebhookWithSecret(WebhookOut):
    """The secret is given this once."""

    secret: str


class WebhookDeliveryOut(BaseModel):
    """`answer`: the HTTP status of the last attempt; null when there was none."""

    id: str
    message: str
    event: str
    status: WebhookStatus
    attempts: int
    answer: int | None
    milliseconds: int | None
    error: str
    due_at: Moment
    created_at: Moment

    @classmethod
    def of(cls, item: WebhookDelivery) -> Self:
        return cls(id=str(item.id), message=item.message_id, event=item.event, status=item.status,
                   attempts=item.attempts, answer=item.answer, milliseconds=item.milliseconds, error=item.error,
                   due_at=item.due_at, created_at=item.created_at)


@router.get("")
async def list_webhooks(services: Desk) -> Page[WebhookOut]:
    """All of them."""
    found = await services.store.read(lambda tx: tx.webhooks.list_all())
    return Page(items=[WebhookOut.of(item) for item in found])


@router.post("", status_code=201, dependencies=_ADMIN)
async def add_webhook(services: Desk, agent: Caller, body: WebhookIn) -> WebhookWithSecret:
    """The answer holds the signing secret, this once."""
    made = await webhooks_desk.add(services, agent, body.url, body.about, body.events)
    return _with_secret(made)


@router.put("/{webhook_id}", dependencies=_ADMIN)
async def change_webhook(services: Desk, agent: Caller, webhook_id: str, body: WebhookIn) -> WebhookOut:
    """Switching it on again sends what has been waiting."""
    await webhooks_desk.change(services, agent, webhook_id, body.url, body.about, body.events, body.active)
    return WebhookOut.of(await services.store.read(lambda tx: tx.webhooks.get(webhook_id)))


@router.post("/{webhook_id}/secret", dependencies=_ADMIN)
async def renew_secret(services: Desk, agent: Caller, webhook_id: str) -> WebhookWithSecret:
    """A new signing secret; the old one stops at once."""
    return _with_secret(await webhooks_desk.renew_secret(services, agent, webhook_id))


@router.delete("/{webhook_id}", status_code=204, dependencies=_ADMIN)
async def remove_webhook(services: Desk, agent: Caller, webhook_id: str) -> None:
    """With its log."""
    await webhooks_desk.remove(services, agent, webhook_id)


@router.get("/{webhook_id}/deliveries")
async def list_webhook_deliveries(
    services: Desk, webhook_id: str, cursor: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "", limit: Limit = 50
) -> Page[WebhookDeliveryOut]:
    """The log, newest first."""
    def read(tx: SqlTransaction) -> list[WebhookDelivery]:
        tx.webhooks.get(webhook_id)
        return tx.webhooks.list_deliveries(webhook_id, int(cursor or 0), limit + 1)

    items, more = cut(await services.store.read(read), limit)
    return Page(items=[WebhookDeliveryOut.of(item) for item in items], next=str(items[-1].id) if more else None)


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202, dependencies=_ADMIN)
async def replay(services: Desk, agent: Caller, webhook_id: str, delivery_id: int) -> None:
    """Send a message once more, with the id it had."""
    await webhooks_desk.replay(services, agent, webhook_id, delivery_id)


def _with_secret(item: Webhook) -> WebhookWithSecret:
    return WebhookWithSecret(**WebhookOut.of(item).model_dump(), secret=item.secret)
