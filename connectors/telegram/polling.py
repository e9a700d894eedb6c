"""Updates without a public address, for development: asked for, then handed on as if Telegram had posted them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog

from connectors.telegram.settings import TelegramSettings
from connectors.telegram.transport import UnreadableAnswer, refusal
from connectors.telegram.webhook import ALLOWED_UPDATES, SECRET_HEADER
from desk.errors import MalformedRequest
from desk.ports import WebhookRequest

_log = structlog.get_logger()

Handle = Callable[[WebhookRequest], Awaitable[None]]


async def poll_updates(
    settings: TelegramSettings, http: aiohttp.ClientSession, handle: Handle, *, pause: float, wait: int = 25
) -> None:
    """Ask for updates until cancelled, each handed over at least once and in order.

    An update that `handle` fails on is handed over again after `pause` seconds; a malformed one is passed over.
    `wait` is how long Telegram may hold an empty answer, in seconds.
    """
    offset = 0
    while True:
        try:
            for update in await _next_updates(settings, http, offset, wait):
                await _hand_over(update, settings, handle)
                offset = update["update_id"] + 1
        except Exception as error:
            _log.warning("telegram_polling_failed", account=settings.account, error=type(error).__name__)
            await asyncio.sleep(pause)


async def _next_updates(
    settings: TelegramSettings, http: aiohttp.ClientSession, offset: int, wait: int
) -> list[dict[str, Any]]:
    async with http.post(
        f"{settings.bot_url}{settings.bot_token}/getUpdates",
        json={"offset": offset, "timeout": wait, "allowed_updates": ALLOWED_UPDATES},
        timeout=aiohttp.ClientTimeout(total=wait + settings.answer_timeout), allow_redirects=False,
    ) as response:
        content = await response.read()
    if response.status != HTTPStatus.OK:
        raise refusal(response.status, content)
    updates = json.loads(content)["result"]
    if not isinstance(updates, list):
        raise UnreadableAnswer("updates are not a list")
    return updates


async def _hand_over(update: dict[str, Any], settings: TelegramSettings, handle: Handle) -> None:
    request = WebhookRequest(
        method="POST",
        query={},
        headers={SECRET_HEADER: settings.webhook_secret, "content-type": "application/json"},
        body=json.dumps(update).encode(),
        received_at=datetime.now(UTC),
    )
    try:
        await handle(request)
    except MalformedRequest:
        _log.warning("telegram_update_unreadable", account=settings.account, update=update["update_id"])
