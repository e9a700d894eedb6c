"""Sending one bubble: files read first, then the calls, then what became of them in the outbox's words."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telegram import Message
from telegram.ext import ExtBot

from connectors.telegram.failures import send_failure
from connectors.telegram.fields import number
from connectors.telegram.rendering import Call, render_calls
from connectors.telegram.transport import ApiRefusal, BotApiTransport
from desk.errors import NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Address, Attachment
from desk.ports import FetchedFile
from desk.rendering import Bubble

OpenFile = Callable[[str], Awaitable[FetchedFile]]

_METHODS: Mapping[str, Callable[..., Awaitable[Message]]] = {
    "sendPhoto": ExtBot.send_photo,
    "sendVideo": ExtBot.send_video,
    "sendAudio": ExtBot.send_audio,
    "sendDocument": ExtBot.send_document,
}


class Sender:
    """Sends bubbles and remembers groups that became supergroups (`moved_chats`: old id to new id)."""

    def __init__(
        self, bot: ExtBot[None], transport: BotApiTransport, open_file: OpenFile | None, transfer_timeout: float
    ) -> None:
        self._bot = bot
        self._transport = transport
        self._open_file = open_file
        self._transfer_timeout = transfer_timeout
        self.moved_chats: dict[str, str] = {}

    async def send(self, address: Address, bubble: Bubble) -> str:
        """The id of the (last) message sent. Raises SendDeferred, SendRejected or SendInDoubt."""
        files = [await self._read(file) for file in bubble.attachments]
        chat = self.moved_chats.get(address.chat, address.chat)
        calls = _render(replace(address, chat=chat), replace(bubble, attachments=tuple(file for file, _ in files)))
        contents = dict(files)
        sent = ""
        for call in calls:
            try:
                sent = await self._call(call, contents)
            except Exception as error:
                if sent:
                    raise SendInDoubt("Only a part of the message was sent") from None
                raise send_failure(error) from None
        return sent

    async def _call(self, call: Call, contents: Mapping[Attachment, bytes]) -> str:
        params = dict(call.params)
        if call.upload:
            params |= {call.upload_as: contents[call.upload], "filename": call.upload.name or "file"}
            params |= {"read_timeout": self._transfer_timeout, "write_timeout": self._transfer_timeout}
        try:
            return await self._ask(call.method, params)
        except ApiRefusal as refusal:
            if refusal.new_chat is None:
                raise
            # The group is a supergroup now, under another id; the message itself was provably not taken.
            self.moved_chats[str(params["chat_id"])] = str(refusal.new_chat)
            return await self._ask(call.method, params | {"chat_id": refusal.new_chat})

    async def _ask(self, method: str, params: dict[str, Any]) -> str:
        """The id of the message. Texts, which is what most messages are, go a shorter way; a test holds it and the
        library's to one result."""
        if method == "sendMessage":
            sent = await self._transport.call(f"{self._bot.base_url}/{method}", params)
            return str(number(sent["message_id"]))
        message = await _METHODS[method](self._bot, **params)
        return str(number(message.message_id))

    async def _read(self, file: Attachment) -> tuple[Attachment, bytes]:
        if self._open_file is None or not file.file_id:
            raise SendRejected("The attached file cannot be read")
        try:
            found = await self._open_file(file.file_id)
        except NotFound:
            raise SendRejected("The attached file no longer exists") from None
        except Exception as error:
            why = f"The attached file cannot be read now ({type(error).__name__})"
            raise SendDeferred(why, timedelta(seconds=10)) from None
        media_type, name = file.media_type or found.media_type, file.name or found.name
        return replace(file, media_type=media_type, name=name, size=len(found.content)), found.content


def _render(address: Address, bubble: Bubble) -> tuple[Call, ...]:
    try:
        calls = render_calls(address, bubble)
    except ValueError:
        raise SendRejected("This is not a Telegram chat", unreachable=True) from None
    if not calls:
        raise SendRejected("The message is empty")
    return calls
