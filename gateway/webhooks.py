"""The platforms' front doors: verify, translate, store, answer. Nothing else happens before the answer.

They speak ASGI themselves, because a web framework's routing, request and response objects would take a fifth of the
time that a webhook may cost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl

import structlog
from starlette.types import Receive, Scope, Send

from crm_store.database import DatabaseDown
from crm_store.inbound import store_key
from crm_store.outbound import PassiveAnswer
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.channels import CAPABILITIES
from desk.errors import BadSignature, DeskError, MalformedRequest, NotFound
from desk.messages import ChannelName
from desk.outbox import merged
from desk.ports import PassiveReply, WebhookAnswer, WebhookRequest, WebhookResponse
from desk.rendering import render
from gateway.intake import Intake
from gateway.metrics import Metrics
from wiring.services import Services

LARGEST_BODY = 2**20
Afterwards = Callable[[], Awaitable[None]]
log = structlog.get_logger()


class TooLarge(Exception):
    """A body over the limit; reading it stopped there."""


class CutOff(Exception):
    """Whoever was sending hung up in the middle."""


def build_webhooks(services: Services, intake: Intake, metrics: Metrics) -> dict[str, "Webhook"]:
    """The platforms' webhooks by their addresses."""
    return {
        f"/webhooks/{name}": Webhook(name, methods, services, intake, metrics)
        for name, methods in (
            (ChannelName.WECHAT, ("GET", "HEAD", "POST")), (ChannelName.TELEGRAM, ("POST",)),
            (ChannelName.SLACK, ("POST",)),
        )
    }


class Webhook:
    """One platform's front door: an ASGI application."""

    def __init__(
        self, name: ChannelName, methods: Collection[str], services: Services, intake: Intake, metrics: Metrics
    ) -> None:
        self._name = name
        self._methods = methods
        self._services = services
        self._intake = intake
        self._metrics = metrics
        self._passive = PassiveAnswers(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response, afterwards = await self._handle(scope, receive)
        head = [(b"content-type", response.media_type.encode()), (b"content-length", b"%d" % len(response.body))]
        await send({"type": "http.response.start", "status": response.status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})
        if afterwards is not None:
            await _courtesy(afterwards)

    async def _handle(self, scope: Scope, receive: Receive) -> tuple[WebhookResponse, Afterwards | None]:
        if scope["method"] not in self._methods:
            return WebhookResponse(405, b"Method Not Allowed"), None
        try:
            channel = self._services.channels.named(self._name)
            answer = await channel.receive(await _read(scope, receive, self._services.clock.now()))
            await self._intake.accept(answer.messages)
        except (DeskError, DatabaseDown, TooLarge, CutOff) as error:
            return _refuse(self._name, error, self._metrics), None
        self._metrics.webhooks.labels(self._name, "stored" if answer.messages else "empty").inc()
        if answer.ignored:
            self._metrics.ignored.labels(self._name, answer.ignored).inc()
        return await self._passive.wait(answer) if answer.passive else (answer.response, answer.afterwards)


class PassiveAnswers:
    """WeChat takes one answer in the response itself: wait for it, and give a repeat the same one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def wait(self, answer: WebhookAnswer) -> tuple[WebhookResponse, Afterwards | None]:
        """The answer to the stored message if it comes in time, else the plain acknowledgement; and what is to be
        done once the response has left.

        An answer that comes later, or that was already sent by the platform's API, is never said here again.
        """
        plain = answer.response, answer.afterwards
        if answer.passive is None or not answer.messages:
            return plain
        key = store_key(answer.messages[0])
        deadline = asyncio.get_running_loop().time() + answer.passive.within.total_seconds()
        signals = self._services.signals
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            mark = signals.mark(Topic.TURN_DONE)
            status = await self._services.store.read(lambda tx: tx.inbound.find_status(key))
            if status in ("done", "dead"):
                return await self._take(key, answer.passive) or plain
            await signals.wait(Topic.TURN_DONE, mark, min(left, 0.5))
        return plain

    async def _take(self, key: str, passive: PassiveReply) -> tuple[WebhookResponse, Afterwards] | None:
        lease_until = self._services.clock.now() + self._services.settings.lease

        def take(tx: SqlTransaction) -> tuple[PassiveAnswer, str, bool] | None:
            found = tx.outbound.find_passive(key)
            if found is None:
                return None
            message = merged(list(found.messages))
            bubbles = render([message], CAPABILITIES[ChannelName.WECHAT])
            if message.attachments or (len(bubbles) > 1 and len(found.ids) > 1):
                return None  # more than a response can carry: all of it goes by the platform's API
            if not found.repeated:
                tx.outbound.take_passive(found, lease_until)
            return found, bubbles[0].text, len(bubbles) > 1

        taken = await self._services.store.transact(take)
        if taken is None:
            return None
        found, text, rest = taken
        return passive.compose(text), partial(self._settle, found, rest)

    async def _settle(self, answer: PassiveAnswer, rest: bool) -> None:
        now = self._services.clock.now()
        await self._services.store.transact(lambda tx: tx.outbound.settle_passive(answer, rest=rest, now=now))


async def _read(scope: Scope, receive: Receive, now: datetime) -> WebhookRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return WebhookRequest(scope["method"], query, headers, await _read_body(headers, receive), now)


async def _read_body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """The body, read no further than allowed. Raises TooLarge, before reading where the length is announced."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        raise TooLarge
    body, more = b"", True
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise CutOff
        body, more = body + part.get("body", b""), part.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise TooLarge
    return body


_REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (BadSignature, 401, "forged"),
    (MalformedRequest, 400, "malformed"),
    (TooLarge, 413, "too_large"),
    (NotFound, 404, "not_connected"),
    (CutOff, 400, "cut_off"),
    (DatabaseDown, 503, "not_stored"),
)


def _refuse(name: ChannelName, error: Exception, metrics: Metrics) -> WebhookResponse:
    """Say no in one log line without the body. 503 makes the platform try again: nothing was stored."""
    status, result = next(((s, r) for kind, s, r in _REFUSALS if isinstance(error, kind)), (503, "not_stored"))
    metrics.webhooks.labels(name, result).inc()
    log.warning("webhook_refused", channel=name.value, status=status, result=result, why=type(error).__name__)
    return WebhookResponse(status, result.encode())


async def _courtesy(afterwards: Afterwards) -> None:
    try:
        await asyncio.wait_for(afterwards(), timedelta(seconds=10).total_seconds())
    except Exception as error:  # a courtesy may fail: the message is stored
        log.info("courtesy_failed", error=type(error).__name__)
