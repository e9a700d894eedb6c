"""What administrators do with webhooks: one audited transaction each, for the page and REST."""

from collections.abc import Collection

from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Invalid
from desk.webhooks import EVENTS, Webhook
from wiring.egress import require_web_address
from wiring.services import Services


async def add(services: Services, by: Agent, url: str, about: str, events: Collection[str]) -> Webhook:
    """Raises Invalid."""
    url, chosen = _checked(services, url, events)
    now = services.clock.now()

    def work(tx: SqlTransaction) -> Webhook:
        made = tx.webhooks.add(url, about.strip(), chosen, now)
        tx.audit.record(by, "webhook.added", f"webhook:{made.id}", now, events=len(chosen))
        return made

    return await services.store.transact(work)


async def change(
    services: Services, by: Agent, webhook_id: str, url: str, about: str, events: Collection[str], active: bool
) -> None:
    """Raises Invalid or NotFound."""
    url, chosen = _checked(services, url, events)
    now = services.clock.now()

    def work(tx: SqlTransaction) -> None:
        tx.webhooks.get(webhook_id)
        tx.webhooks.change(webhook_id, url=url, about=about.strip(), events=chosen, active=active)
        tx.audit.record(by, "webhook.changed", f"webhook:{webhook_id}", now, active=active, events=len(chosen))

    await services.store.transact(work)


async def renew_secret(services: Services, by: Agent, webhook_id: str) -> Webhook:
    """Raises NotFound."""
    now = services.clock.now()

    def work(tx: SqlTransaction) -> Webhook:
        tx.webhooks.get(webhook_id)
        tx.audit.record(by, "webhook.secret-renewed", f"webhook:{webhook_id}", now)
        return tx.webhooks.renew_secret(webhook_id)

    return await services.store.transact(work)


async def remove(services: Services, by: Agent, webhook_id: str) -> None:
    """Raises NotFound."""
    now = services.clock.now()

    def work(tx: SqlTransaction) -> None:
        tx.webhooks.get(webhook_id)
        tx.webhooks.remove(webhook_id)
        tx.audit.record(by, "webhook.removed", f"webhook:{webhook_id}", now)

    await services.store.transact(work)


async def replay(services: Services, by: Agent, webhook_id: str, delivery_id: int) -> None:
    """Raises NotFound."""
    now = services.clock.now()

    def work(tx: SqlTransaction) -> None:
        tx.webhooks.replay(webhook_id, delivery_id, now)
        tx.audit.record(by, "webhook.replayed", f"webhook:{webhook_id}", now, delivery=delivery_id)

    await services.store.transact(work)


async def try_out(services: Services, webhook_id: str) -> None:
    """Raises NotFound."""
    now = services.clock.now()

    def work(tx: SqlTransaction) -> None:
        tx.webhooks.get(webhook_id)
        tx.webhooks.try_out(webhook_id, now)

    await services.store.transact(work)


def _checked(services: Services, url: str, events: Collection[str]) -> tuple[str, list[str]]:
    require_web_address(url.strip(), allow_private=services.settings.webhooks_to_private)
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        raise Invalid("events", f"{unknown[0]} is no event")
    if not events:
        raise Invalid("events", "choose at least one event")
    return url.strip(), [each for each in EVENTS if each in events]
