"""Telegram without a public address, or with one."""

import asyncio

from connectors.telegram import TelegramChannel
from desk.errors import NotFound
from desk.messages import ChannelName
from desk.ports import WebhookRequest
from gateway.intake import Intake
from gateway.jobs import fail, line
from wiring.services import Services


async def set_webhook(services: Services) -> None:
    """Point Telegram at our webhook."""
    await _bot(services).set_webhook(f"{services.settings.base_url}/webhooks/telegram")
    line(f"Telegram delivers to {services.settings.base_url}/webhooks/telegram from now on.")


async def poll(services: Services) -> None:
    """Fetch updates and store them as the webhook would, until interrupted; a running worker answers them."""
    bot = _bot(services)
    intake = Intake(services.store, services.clock)

    async def handle(request: WebhookRequest) -> None:
        answer = await bot.receive(request)
        await intake.accept(answer.messages)
        if answer.afterwards:
            await answer.afterwards()

    line("Polling Telegram; Ctrl-C stops.")
    try:
        await bot.poll(handle)
    except asyncio.CancelledError:
        line("Stopped.")


def _bot(services: Services) -> TelegramChannel:
    try:
        channel = services.channels.named(ChannelName.TELEGRAM)
    except NotFound:
        fail("Telegram is not connected: set FRONTDESK_TELEGRAM__BOT_TOKEN and FRONTDESK_TELEGRAM__WEBHOOK_SECRET.")
    assert isinstance(channel, TelegramChannel)  # noqa: S101 - the only channel of that name
    return channel
