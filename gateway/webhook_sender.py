"""Sends what webhooks are told: signed, to a checked address, again after failures, from rows that survive restarts."""

import asyncio
import time
from datetime import timedelta

import httpx
import structlog

from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.audit import SYSTEM
from desk.webhooks import Attempt, Webhook, WebhookDelivery, headers_for
from wiring.egress import Refused, resolve
from wiring.services import Services

IN_FLIGHT = 8
PATIENCE = 15.0
"""Seconds within which a receiver must answer."""
LEASE = timedelta(seconds=60)
POLL_SECONDS = 1.0
log = structlog.get_logger()


class WebhookSender:
    """Runs in every worker; each message is leased by one of them."""

    def __init__(self, services: Services, owner: str) -> None:
        self._services = services
        self._owner = owner

    async def run(self) -> None:
        """Until cancelled. What is on its way then is sent again when its lease ends: at least once, not once."""
        signals = self._services.signals
        # One connection a message: a kept one would go to an address that was checked long ago.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, follow_redirects=False, trust_env=False) as http:
            while True:
                mark = signals.mark(Topic.WEBHOOK)
                try:
                    if await self.send_due(http):
                        continue
                except DatabaseDown as error:
                    log.error("webhooks_wait", error=str(error))
                await signals.wait(Topic.WEBHOOK, mark, POLL_SECONDS)

    async def send_due(self, http: httpx.AsyncClient) -> int:
        """Send what is due; returns how many messages were tried."""
        now = self._services.clock.now()
        leased = await self._services.store.transact(
            lambda tx: tx.webhooks.claim(self._owner, IN_FLIGHT, now, LEASE)
        )
        await asyncio.gather(*(self._send(http, delivery, webhook) for delivery, webhook in leased))
        return len(leased)

    async def _send(self, http: httpx.AsyncClient, delivery: WebhookDelivery, webhook: Webhook) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._post(http, delivery, webhook)
            error = "" if 200 <= answer < 300 else f"the receiver answered {answer}"
        except Refused as refused:
            answer, error = None, str(refused)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as failure:
            answer, error = None, type(failure).__name__
        took = round((time.monotonic() - began) * 1000)
        attempt = Attempt(error == "", answer, took, error)
        now = self._services.clock.now()

        def settle(tx: SqlTransaction) -> Webhook | None:
            stopped = tx.webhooks.settle(delivery, self._owner, attempt, now)
            if stopped:
                tx.audit.record(SYSTEM, "webhook.stopped", f"webhook:{webhook.id}", now, why=stopped.stopped_because)
            return stopped

        if await self._services.store.transact(settle):
            log.error("webhook_stopped", webhook=webhook.id)

    async def _post(self, http: httpx.AsyncClient, delivery: WebhookDelivery, webhook: Webhook) -> int:
        """Connects to the very address that was checked, so that a name cannot change its mind in between."""
        url = httpx.URL(webhook.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await resolve(url.host, port, allow_private=self._services.settings.webhooks_to_private)
        body = delivery.payload.encode()
        moment = int(self._services.clock.now().timestamp())
        headers = {
            "Host": url.netloc.decode(), "Content-Type": "application/json", "User-Agent": "Frontdesk-Webhooks/1",
            **headers_for(webhook.secret, delivery.message_id, moment, body),
        }
        request = http.build_request("POST", url.copy_with(host=address), content=body, headers=headers,
                                     extensions={"sni_hostname": url.host})
        answer = await http.send(request, stream=True)  # what the receiver says is of no interest, however long it is
        await answer.aclose()
        return answer.status_code
