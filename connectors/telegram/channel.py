"""One Telegram bot as a channel of the desk."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog
from telegram import CallbackQuery, Chat, Update
from telegram.constants import ChatAction

from connectors.telegram.downloads import download
from connectors.telegram.failures import api_failure
from connectors.telegram.groups import NameUnknown
from connectors.telegram.plain import read_plain
from connectors.telegram.polling import Handle, poll_updates
from connectors.telegram.sending import OpenFile, Sender
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.transport import BotApiTransport, QuietBot, silence_libraries
from connectors.telegram.updates import Ignored, Me, read_update
from connectors.telegram.webhook import ALLOWED_UPDATES, verify
from desk.channels import CAPABILITIES, Capabilities, ReplyWindow
from desk.errors import MalformedRequest
from desk.messages import Address, Attachment, ChannelName, InboundMessage
from desk.ports import Channel, FetchedFile, WebhookAnswer, WebhookRequest, WebhookResponse
from desk.rendering import Bubble

_log = structlog.get_logger()

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries to learn our name


class TelegramChannel:
    """Implements desk.ports.Channel."""

    def __init__(self, settings: TelegramSettings, open_file: OpenFile | None = None) -> None:
        silence_libraries()
        self._settings = settings
        self._transport = BotApiTransport(
            connect_timeout=settings.connect_timeout, answer_timeout=settings.answer_timeout,
            is_local=settings.is_local,
        )
        self._bot = QuietBot(
            settings.bot_token,
            base_url=settings.bot_url,
            base_file_url=settings.file_url,
            request=self._transport,
            get_updates_request=self._transport,
        )
        self._sender = Sender(self._bot, self._transport, open_file, settings.transfer_timeout)
        self._username = ""
        self._naming: asyncio.Task[None] | None = None

    @property
    def name(self) -> ChannelName:
        return ChannelName.TELEGRAM

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[ChannelName.TELEGRAM]

    @property
    def moved_chats(self) -> Mapping[str, str]:
        """Groups that became supergroups while we ran: old chat id to new."""
        return MappingProxyType(self._sender.moved_chats)

    async def start(self) -> None:
        self._naming = asyncio.create_task(self._learn_name())

    async def stop(self) -> None:
        if self._naming is not None:
            self._naming.cancel()
            await asyncio.gather(self._naming, return_exceptions=True)
        await self._transport.shutdown()

    async def check(self) -> str:
        try:
            await self._ask_name()
            webhook = await self._bot.get_webhook_info()
        except Exception as error:
            raise api_failure(error) from None
        return f"@{self._username}, " + ("webhook set" if webhook.url else "no webhook set")

    async def receive(self, request: WebhookRequest) -> WebhookAnswer:
        verify(request, self._settings.webhook_secret)
        try:
            content = _json_object(request.body)
            plain = read_plain(content, self.account)
            if plain is not None:
                return WebhookAnswer(messages=(plain,))
            update = Update.de_json(content, self._bot)
            reading = read_update(update, Me(self.account, self._username), request.received_at)
            self._note_move(update)
        except NameUnknown:
            # Just started: let Telegram bring it again in a moment, when we know what we are called.
            return WebhookAnswer(response=WebhookResponse(503), ignored="starting")
        except Exception:
            raise MalformedRequest("Telegram update that cannot be read") from None
        afterwards = partial(self._acknowledge, update.callback_query) if update.callback_query else None
        if isinstance(reading, Ignored):
            return WebhookAnswer(ignored=reading.why, afterwards=afterwards)
        return WebhookAnswer(messages=(reading,), afterwards=afterwards)

    def window(self, message: InboundMessage) -> ReplyWindow | None:  # noqa: ARG002 - the port's signature
        return None

    async def send(self, address: Address, bubble: Bubble) -> str:
        return await self._sender.send(address, bubble)

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        return await download(attachment, self._bot, self._transport.session, self._settings)

    async def show_typing(self, address: Address) -> None:
        chat = self.moved_chats.get(address.chat, address.chat)
        with contextlib.suppress(Exception):
            await self._bot.send_chat_action(
                int(chat), ChatAction.TYPING, message_thread_id=int(address.thread) if address.thread else None
            )

    async def set_webhook(self, public_url: str) -> None:
        """Have Telegram post updates to `public_url`, the full https address of our webhook. Raises DeskError."""
        try:
            await self._bot.set_webhook(
                public_url, secret_token=self._settings.webhook_secret, allowed_updates=ALLOWED_UPDATES
            )
        except Exception as error:
            raise api_failure(error) from None

    async def poll(self, handle: Handle, *, pause: float = 3.0) -> None:
        """Development without a public address: drop the webhook, then hand updates over until cancelled.

        `handle` gets what the webhook would get; after any failure there is a pause of `pause` seconds. Raises
        DeskError when Telegram does not answer at the start.
        """
        try:
            await self._ask_name()
            await self._bot.delete_webhook()
        except Exception as error:
            raise api_failure(error) from None
        await poll_updates(self._settings, self._transport.session, handle, pause=pause)

    async def _learn_name(self) -> None:
        pause = _FIRST_PAUSE
        while not self._username:
            try:
                await self._ask_name()
            except Exception as error:
                _log.warning("telegram_not_reached", account=self.account, error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _ask_name(self) -> None:
        self._username = (await self._bot.get_me()).username or ""

    async def _acknowledge(self, query: CallbackQuery) -> None:
        """Stop the button's spinner and take the used keyboard away."""
        calls: list[Callable[[], Awaitable[object]]] = [partial(self._bot.answer_callback_query, query.id)]
        message = query.message
        # In a group one member's tap must not take the buttons away from another.
        if message is not None and message.chat.type == Chat.PRIVATE:
            calls.append(partial(self._bot.edit_message_reply_markup, message.chat.id, message.message_id))
        for call in calls:
            try:
                await call()
            except Exception as error:
                _log.info("telegram_tap_not_acknowledged", account=self.account, error=type(error).__name__)

    def _note_move(self, update: Update) -> None:
        message = update.message
        if message and message.migrate_to_chat_id:
            self._sender.moved_chats[str(message.chat.id)] = str(int(message.migrate_to_chat_id))


if TYPE_CHECKING:
    _as_port: type[Channel] = TelegramChannel  # the type checker's proof


def _json_object(body: bytes) -> dict[str, Any]:
    update = json.loads(body)
    if not isinstance(update, dict):
        raise TypeError("not an object")
    return update
