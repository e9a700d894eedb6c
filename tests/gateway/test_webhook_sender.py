"""Others are told what happens: signed, again after failures, over restarts, and never into the private network."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from console import webhooks_desk
from desk.agents import Role
from desk.audit import AuditFilter
from desk.errors import Invalid
from desk.webhooks import EVENTS, PATIENCE, Webhook
from gateway.webhook_sender import WebhookSender
from tests.conftest import HandClock
from tests.console.conftest import services  # noqa: F401 - the fixture
from tests.console.life import Life
from wiring.egress import Refused, is_public, require_web_address, resolve

DOCUMENT = Path(__file__).parents[2] / "docs" / "webhooks.md"


@dataclass
class Receiver:
    """Somebody's server: keeps what it was sent, answers with `status`."""

    url: str = ""
    status: int = 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        original = dict(line.split(": ", 1) for line in head.splitlines()[1:-1])
        headers = {name.lower(): value for name, value in original.items()}
        self.heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
        more = "Location: http://127.0.0.1:9/\r\n" if self.status == 302 else ""
        writer.write(f"HTTP/1.1 {self.status} X\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.heard]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield made
    server.close()


@dataclass
class Desk:
    services: object
    life: Life
    clock: HandClock
    boss: object

    async def listens(self, url: str, events=EVENTS) -> Webhook:
        return await webhooks_desk.add(self.services, self.boss, url, "", events)

    async def sends(self) -> int:
        """A sender that has just started sends what is due."""
        async with httpx.AsyncClient() as http:
            return await WebhookSender(self.services, "w1").send_due(http)

    async def log(self, webhook: Webhook):
        return await self.services.store.read(lambda tx: tx.webhooks.list_deliveries(webhook.id))

    async def now(self, webhook: Webhook) -> Webhook:
        return await self.services.store.read(lambda tx: tx.webhooks.get(webhook.id))


@pytest.fixture
async def desk(services) -> Desk:  # noqa: F811
    clock = HandClock()
    clock.forward(datetime.now(UTC) - clock.now() + timedelta(minutes=2))  # what is queued is due by the real clock
    settings = services.settings.model_copy(update={"webhooks_to_private": True})
    served = replace(services, clock=clock, settings=settings)
    life = Life(served)
    return Desk(served, life, clock, await life.hires("Boss", Role.ADMIN))


def is_genuine():
    """The verification as our document gives it to receivers."""
    snippet = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL).group(1)
    names: dict = {}
    exec(snippet, names)
    return names["is_genuine"], names["time"]


async def test_who_listens_is_told_what_happens_signed_and_without_customers_words(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    webhook = await desk.listens(receiver.url)
    await desk.life.asks_for_a_person("my card is 4111 1111", name="Li Xiaolan")
    while await desk.sends():
        pass
    assert {"conversation.opened", "conversation.message", "conversation.queued"} <= set(receiver.types)
    verify, time = is_genuine()
    monkeypatch.setattr(time, "time", lambda: desk.clock.now().timestamp())
    for headers, body in receiver.heard:
        assert verify(webhook.secret, headers, body)
        assert not verify(webhook.secret, headers, body + b" ")
        assert not verify("whsec_" + "A" * 43 + "=", headers, body)
        assert b"4111" not in body and b"Xiaolan" not in body


async def test_only_chosen_events_arrive(desk: Desk, receiver: Receiver):
    await desk.listens(receiver.url, ["conversation.opened"])
    await desk.life.asks_for_a_person()
    while await desk.sends():
        pass
    assert receiver.types == ["conversation.opened"]


async def test_a_receiver_that_was_down_gets_everything_later_with_the_same_id(desk: Desk, receiver: Receiver):
    webhook = await desk.listens(receiver.url, ["conversation.opened"])
    receiver.status = 500
    await desk.life.writes("hello")
    for seconds in (*PATIENCE[:3], 0):
        assert await desk.sends() == 1
        assert await desk.sends() == 0, "not before its pause has passed"
        desk.clock.forward(timedelta(seconds=seconds + 1))
    desk.clock.forward(timedelta(hours=1))
    receiver.status = 200
    await desk.sends()
    (sent,) = await desk.log(webhook)
    assert (sent.status, sent.attempts, sent.answer) == ("sent", 5, 200)
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1


async def test_what_a_sender_that_died_had_in_hand_is_sent_by_another(desk: Desk, receiver: Receiver):
    await desk.listens(receiver.url, ["conversation.opened"])
    await desk.life.writes("hello")
    await desk.services.store.transact(
        lambda tx: tx.webhooks.claim("died", 5, desk.clock.now(), timedelta(seconds=60))
    )
    assert await desk.sends() == 0
    desk.clock.forward(timedelta(seconds=61))
    assert await desk.sends() == 1 and receiver.types == ["conversation.opened"]


async def test_an_endpoint_that_fails_for_days_is_switched_off_and_serves_again_when_mended(
    desk: Desk, receiver: Receiver
):
    webhook = await desk.listens(receiver.url, ["conversation.opened"])
    receiver.status = 503
    await desk.life.writes("hello")
    for _ in range(12):
        await desk.sends()
        desk.clock.forward(timedelta(hours=25))
    stopped = await desk.now(webhook)
    assert (stopped.active, stopped.stopped_because) == (False, "failing")
    entries = await desk.services.store.read(lambda tx: tx.audit.list_page(AuditFilter(action="webhook.stopped")))
    assert [entry.actor for entry in entries] == ["system"]
    receiver.status = 200
    await webhooks_desk.change(desk.services, desk.boss, webhook.id, webhook.url, "", webhook.events, True)
    assert await desk.sends() == 1
    assert (await desk.log(webhook))[0].status == "sent"


@pytest.mark.parametrize("status", [302, 404, 410])
async def test_redirects_and_refusals_are_failures_and_gone_is_final(desk: Desk, receiver: Receiver, status: int):
    webhook = await desk.listens(receiver.url, ["conversation.opened"])
    receiver.status = status
    await desk.life.writes("hello")
    await desk.sends()
    (tried,) = await desk.log(webhook)
    assert (tried.status, tried.answer) == ("queued", status)
    assert (await desk.now(webhook)).active is (status != 410)


async def test_a_message_is_replayed_by_hand_with_the_id_it_had(desk: Desk, receiver: Receiver):
    webhook = await desk.listens(receiver.url, ["conversation.opened"])
    await desk.life.writes("hello")
    await desk.sends()
    (first,) = await desk.log(webhook)
    await webhooks_desk.replay(desk.services, desk.boss, webhook.id, first.id)
    await desk.sends()
    assert len(receiver.heard) == 2 and receiver.heard[0][1] == receiver.heard[1][1]
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "0.0.0.0",
    "::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
])
async def test_addresses_inside_the_network_are_refused(address: str):
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Invalid):
        require_web_address(f"https://{host}/hook", allow_private=False)


@pytest.mark.parametrize("url", [
    "http://example.com/", "ftp://example.com/", "https://user:secret@example.com/", "https://", "example.com", "",
    "https://example.com:99999/", "file:///etc/passwd", "https://exa\nmple.com/",
])
async def test_other_addresses_that_make_no_sense_are_refused(url: str):
    with pytest.raises(Invalid):
        require_web_address(url, allow_private=False)


async def test_a_public_name_that_leads_inside_is_refused_at_every_send(desk: Desk, receiver: Receiver):
    webhook = await desk.listens(receiver.url.replace("127.0.0.1", "localhost"), ["conversation.opened"])
    await desk.life.writes("hello")
    strict = replace(desk.services, settings=desk.services.settings.model_copy(update={"webhooks_to_private": False}))
    async with httpx.AsyncClient() as http:
        await WebhookSender(strict, "w1").send_due(http)
    assert receiver.heard == []
    assert (await desk.log(webhook))[0].error == "the address is in a private network"
    with pytest.raises(Refused):
        await resolve("no-such-name.invalid", 443, allow_private=False)
