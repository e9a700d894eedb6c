"""The platforms' front doors: verify, translate, store, answer. Nothing else happens before the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crm_store.database import DatabaseDown
from crm_store.inbound import store_key
from crm_store.outbound import PassiveAnswer
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.channels import CAPABILITIES
from desk.errors import BadSignature, DeskError, MalformedRequest, NotFound
from desk.messages import ChannelName
from desk.outbox import merged
from desk.ports import Channel, PassiveReply, WebhookAnswer, WebhookRequest, WebhookResponse
from desk.rendering import render
from gateway.intake import Intake
from gateway.metrics import Metrics
from wiring.services import Services

LARGEST_BODY = 2**20
Afterwards = Callable[[], Awaitable[None]]
log = structlog.get_logger()


class TooLarge(Exception):
    """A body over the limit; reading it stopped there."""


def webhook_routes(services: Services, intake: Intake, metrics: Metrics) -> list[Route]:
    """One route a platform, under the addresses of docs/interface."""
    return [
        Route(f"/webhooks/{name}", _handler(name, services, intake, metrics), methods=methods)
        for name, methods in (
            (ChannelName.WECHAT, ["GET", "POST"]), (ChannelName.TELEGRAM, ["POST"]), (ChannelName.SLACK, ["POST"]),
        )
    ]


def _handler(
    name: ChannelName, services: Services, intake: Intake, metrics: Metrics
) -> Callable[[Request], Awaitable[Response]]:
    passive = PassiveAnswers(services)

    async def handle(request: Request) -> Response:
        try:
            channel = services.channels.named(name)
            answer = await _receive(channel, request, services.clock.now())
            await intake.accept(answer.messages)
        except (DeskError, DatabaseDown, TooLarge, ClientDisconnect) as error:
            return _refuse(name, error, metrics)
        metrics.webhooks.labels(name, "stored" if answer.messages else "empty").inc()
        if answer.ignored:
            metrics.ignored.labels(name, answer.ignored).inc()
        response, afterwards = await passive.wait(answer) if answer.passive else (answer.response, answer.afterwards)
        after = BackgroundTask(_courtesy, afterwards) if afterwards else None
        return Response(response.body, response.status, media_type=response.media_type, background=after)

    return handle


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


async def _receive(channel: Channel, request: Request, now: datetime) -> WebhookAnswer:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await read_body(request)
    wrapped = WebhookRequest(request.method, dict(request.query_params), headers, body, now)
    return await channel.receive(wrapped)


async def read_body(request: Request, limit: int = LARGEST_BODY) -> bytes:
    """The body, read no further than `limit`. Raises TooLarge, before reading where the length is announced."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


_REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (BadSignature, 401, "forged"),
    (MalformedRequest, 400, "malformed"),
    (TooLarge, 413, "too_large"),
    (NotFound, 404, "not_connected"),
    (ClientDisconnect, 400, "cut_off"),
    (DatabaseDown, 503, "not_stored"),
)


def _refuse(name: ChannelName, error: Exception, metrics: Metrics) -> Response:
    """Say no in one log line without the body. 503 makes the platform try again: nothing was stored."""
    status, result = next(((s, r) for kind, s, r in _REFUSALS if isinstance(error, kind)), (503, "not_stored"))
    metrics.webhooks.labels(name, result).inc()
    log.warning("webhook_refused", channel=name.value, status=status, result=result, why=type(error).__name__)
    return PlainTextResponse(result, status)


async def _courtesy(afterwards: Afterwards) -> None:
    try:
        await asyncio.wait_for(afterwards(), timedelta(seconds=10).total_seconds())
    except Exception as error:  # a courtesy may fail: the message is stored
        log.info("courtesy_failed", error=type(error).__name__)
