"""Telegram in one object: people act, the bot is told, and its answers are shown."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import httpx
from starlette.routing import Route

from simulators.telegram.bot_api import BotApi, RateLimit, Taps
from simulators.telegram.content import content_of, entities
from simulators.telegram.control import control_routes
from simulators.telegram.faults import Faults
from simulators.telegram.ledger import Ledger
from simulators.telegram.server import BotServer
from simulators.telegram.updates import UpdateQueue, Webhook
from simulators.telegram.world import Line, Person, World

PREFIX = "/sim/telegram"


class TelegramSimulator:
    """One bot on Telegram.

    Times are seconds; defaults are the platform's, as far as they are published. `rate`: sends per second before
    429, after `burst` at once (None: no limit). `client` delivers webhooks and is left open. `kept` bounds
    messages, files and ledger. An empty `webhook_url` holds updates for getUpdates until the bot calls setWebhook.
    """

    def __init__(
        self,
        bot_token: str,
        webhook_secret: str,
        webhook_url: str = "",
        *,
        username: str = "frontdesk_demo_bot",
        client: httpx.AsyncClient | None = None,
        answer_limit: float = 60.0,
        retry_delays: Sequence[float] = (1, 2, 4, 8, 16, 32, 60),
        rate: int | None = 30,
        burst: int = 60,
        flood_wait: int = 1,
        kept: int = 20_000,
    ) -> None:
        self.faults = Faults()
        self._ledger = Ledger(kept)
        self._world = World(_bot_user(bot_token, username), kept)
        self._client = client or httpx.AsyncClient(trust_env=False)
        self._owns_client = client is None
        hook = Webhook(webhook_url, webhook_secret)
        self._queue = UpdateQueue(hook, self._client, self._ledger, self.faults, answer_limit, retry_delays)
        self._taps = Taps()
        api = BotApi(self._world, self._queue, self._taps)
        limit = RateLimit(rate, burst, flood_wait, time.monotonic)
        self._server = BotServer(bot_token, self._world, api, self.faults, self._ledger, limit)
        self._worker: asyncio.Task[None] | None = None

    @property
    def routes(self) -> list[Route]:
        """The Bot API at its real paths, and the control paths."""
        return [
            Route("/bot{token}/{method}", self._server.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._server.file),
            *control_routes(self, PREFIX),
        ]

    async def start(self) -> None:
        self._worker = asyncio.create_task(self._queue.deliver_forever())

    async def stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        if self._owns_client:
            await self._client.aclose()

    async def settled(self) -> None:
        """Return when every update has been acknowledged or given up."""
        await self._queue.settled()

    def add_user(self, id: str, name: str = "", *, language: str = "zh-hans", started: bool = True) -> None:
        """A person the bot may write to, or, with `started` false, one who has never pressed Start."""
        self._world.add_person(id, name, language=language, started=started)

    def users(self) -> list[dict[str, str]]:
        return [{"id": str(person.id), "name": person.name} for person in self._world.people.values()]

    async def send(
        self, user: str, text: str = "", *, kind: str = "text", group: str = "", thread: int = 0, reply_to: str = ""
    ) -> str:
        """A person writes, privately or in a group; returns the message id."""
        person = self._active(user)
        chat = self._world.group(group) if group else person.as_chat()
        content = content_of(kind, text, self._world)
        if thread:
            content |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to:
            content["reply_to_message"] = self._line(chat["id"], reply_to).message
        message = self._world.message(chat, person.as_user(), **content)
        person.started = True
        await self._queue.push("message", message, self._world.show(message, "in", "pending"))
        return str(message["message_id"])

    async def start_bot(self, user: str, payload: str = "") -> str:
        """A person presses Start, perhaps through a deep link; returns the message id."""
        return await self.send(user, f"/start {payload}".strip())

    async def click(self, user: str, message: str, button: str) -> str:
        """A person taps a button of a message of the bot; returns the tap's id."""
        person = self._active(user)
        line = self._world.find_anywhere(message)
        if line is None or button not in [key["id"] for key in line.as_json(PREFIX)["buttons"]]:
            raise LookupError("this message has no such button")
        tap = self._taps.open()
        query = {"id": tap, "from": person.as_user(), "message": line.message, "chat_instance": "1", "data": button}
        await self._queue.push("callback_query", query)
        return tap

    async def edit(self, user: str, message: str, text: str) -> None:
        """A person changes what they wrote."""
        person = self._active(user)
        line = self._world.find_anywhere(message)
        if line is None or line.message["from"]["id"] != person.id:
            raise LookupError("this person has no such message")
        field = "text" if "text" in line.message else "caption"
        new = {field: text, "entities" if field == "text" else "caption_entities": entities(text)}
        line.message = line.message | new | {"edit_date": int(time.time())}
        await self._queue.push("edited_message", line.message)

    async def block(self, user: str) -> None:
        """A person blocks the bot."""
        await self._change_membership(user, blocks=True)

    async def unblock(self, user: str) -> None:
        """A person lets the bot back in."""
        await self._change_membership(user, blocks=False)

    async def push(self, kind: str, body: dict[str, Any]) -> int:
        """Any other update, as the Bot API would send it; returns its id."""
        return await self._queue.push(kind, body)

    def messages(self, user: str, after: int = 0) -> list[dict[str, Any]]:
        """What stands in the chat with this person (or in the group with this id) after line `after`."""
        chat = int(user)
        return [line.as_json(PREFIX) for line in self._world.lines if line.chat == chat and line.seq > after]

    def file(self, id: str) -> tuple[bytes, str] | None:
        """A file's content and media type, for showing it on the phone."""
        file = self._world.files.get(id)
        return (file.content, file.media_type) if file else None

    def ledger(self) -> list[dict[str, Any]]:
        return self._ledger.all()

    async def _change_membership(self, user: str, *, blocks: bool) -> None:
        person = self._person(user)
        if person.blocks == blocks:
            return
        person.blocks = blocks
        bot = self._world.bot
        kicked, member = {"status": "kicked", "until_date": 0, "user": bot}, {"status": "member", "user": bot}
        change = {
            "chat": person.as_chat(),
            "from": person.as_user(),
            "date": int(time.time()),
            "old_chat_member": member if blocks else kicked,
            "new_chat_member": kicked if blocks else member,
        }
        await self._queue.push("my_chat_member", change)

    def _active(self, user: str) -> Person:
        person = self._person(user)
        if person.blocks:
            raise ValueError("this person has blocked the bot")
        return person

    def _person(self, user: str) -> Person:
        person = self._world.people.get(int(user))
        if person is None:
            raise LookupError("no such person")
        return person

    def _line(self, chat: int, message: str) -> Line:
        line = self._world.find_anywhere(message)
        if line is None or line.chat != chat:
            raise LookupError("no such message in this chat")
        return line


def _bot_user(token: str, username: str) -> dict[str, Any]:
    return {
        "id": int(token.partition(":")[0]),
        "is_bot": True,
        "first_name": "Frontdesk",
        "username": username,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
