"""The Bot API's methods as a bot calls them."""

import re
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from starlette.datastructures import UploadFile

from simulators.telegram.content import document, entities, photo, units
from simulators.telegram.errors import ApiError, bad_request, blocked, flood
from simulators.telegram.updates import UpdateQueue, Webhook
from simulators.telegram.world import Line, World

TEXT_LIMIT, CAPTION_LIMIT, CALLBACK_DATA_LIMIT, ANSWER_LIMIT = 4096, 1024, 64, 200
DOWNLOAD_LIMIT = 20 * 1024 * 1024

Params = dict[str, Any]
Method = Callable[[Params], Awaitable[Any]]


class Taps:
    """Taps on buttons that the bot has not answered; the oldest expire."""

    def __init__(self, kept: int = 10_000) -> None:
        self._open: deque[str] = deque(maxlen=kept)
        self._ids = count(1)

    def open(self) -> str:
        tap = f"tap{next(self._ids)}"
        self._open.append(tap)
        return tap

    def close(self, tap: str) -> None:
        if tap not in self._open:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self._open.remove(tap)


class BotApi:
    """One bot's methods by name. Each takes its parameters and returns `result`, or raises ApiError."""

    def __init__(self, world: World, queue: UpdateQueue, taps: Taps) -> None:
        self._world = world
        self._queue = queue
        self._taps = taps
        self.methods: dict[str, Method] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "sendVideo": self._send_document,
            "sendAudio": self._send_document,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageReplyMarkup": self._edit_reply_markup,
            "getFile": self._get_file,
        }

    async def _get_me(self, params: Params) -> Any:  # noqa: ARG002 - every method has them
        return self._world.bot

    async def _set_webhook(self, params: Params) -> Any:
        secret = str(params.get("secret_token", ""))
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        url = str(params.get("url", ""))
        if url and not re.match(r"https?://[^/\s]", url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        hook = self._queue.webhook
        allowed = params.get("allowed_updates", hook.allowed)
        self._queue.webhook = Webhook(url, secret, allowed)
        await self._drop_if_asked(params)
        return True

    async def _delete_webhook(self, params: Params) -> Any:
        self._queue.webhook = Webhook(allowed=self._queue.webhook.allowed)
        await self._drop_if_asked(params)
        return True

    async def _drop_if_asked(self, params: Params) -> None:
        if params.get("drop_pending_updates") in (True, "true", "True"):
            await self._queue.drop_pending()
        await self._queue.wake()

    async def _get_webhook_info(self, params: Params) -> Any:  # noqa: ARG002 - every method has them
        hook = self._queue.webhook
        info: Params = {"url": hook.url, "has_custom_certificate": False, "pending_update_count": self._queue.waiting}
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
        return info | ({"allowed_updates": list(hook.allowed)} if hook.allowed else {})

    async def _get_updates(self, params: Params) -> Any:
        if "allowed_updates" in params:
            self._queue.webhook.allowed = params["allowed_updates"]
        limit, wait = int(params.get("limit", 100)), float(params.get("timeout", 0))
        return await self._queue.take(int(params.get("offset", 0)), limit, wait)

    async def _send_message(self, params: Params) -> Any:
        text = str(params.get("text", "")).strip()
        if not text:
            raise bad_request("message text is empty")
        if units(text) > TEXT_LIMIT:
            raise bad_request("message is too long")
        return self._show(params, {"text": text, "entities": entities(text)})

    async def _send_photo(self, params: Params) -> Any:
        return self._show(params, await self._uploaded(params, "photo"))

    async def _send_document(self, params: Params) -> Any:
        field = next((name for name in ("document", "video", "audio") if name in params), "document")
        return self._show(params, await self._uploaded(params, field))

    async def _uploaded(self, params: Params, field: str) -> Params:
        upload = params.get(field)
        if isinstance(upload, str) and upload in self._world.files:
            file = self._world.files[upload]
        elif isinstance(upload, UploadFile):
            media_type = upload.content_type or "application/octet-stream"
            name = upload.filename or "file"
            file = self._world.store_file(await upload.read(), media_type, name, f"{field}s")
        else:
            raise bad_request(f"there is no {field} in the request")
        caption = str(params.get("caption", ""))
        if units(caption) > CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        content = photo(file) if field == "photo" else {field: document(file)}
        if field in ("video", "audio"):
            content[field] |= {"duration": 1} | ({"width": 1, "height": 1} if field == "video" else {})
        return content | ({"caption": caption} if caption else {})

    def _show(self, params: Params, content: Params) -> Params:
        chat = self._chat(params)
        if markup := params.get("reply_markup"):
            content["reply_markup"] = checked_keyboard(markup)
        if params.get("message_thread_id"):
            content |= {"message_thread_id": int(params["message_thread_id"]), "is_topic_message": True}
        bot = {key: self._world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        message = self._world.message(chat, bot, **content)
        self._world.show(message, "out", "delivered")
        return message

    def _chat(self, params: Params) -> Params:
        """The chat, if the bot may write there."""
        if not re.fullmatch(r"-?\d+", str(params.get("chat_id", ""))):
            raise bad_request("chat not found" if params.get("chat_id") else "chat_id is empty")
        chat = int(params["chat_id"])
        if chat in self._world.groups:
            return self._world.groups[chat]
        person = self._world.people.get(chat)
        if person is None:
            raise bad_request("chat not found")
        if person.blocks:
            raise blocked()
        if not person.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return person.as_chat()

    async def _send_chat_action(self, params: Params) -> Any:
        self._chat(params)
        return True

    async def _answer_callback_query(self, params: Params) -> Any:
        if len(str(params.get("text", ""))) > ANSWER_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        self._taps.close(str(params.get("callback_query_id", "")))
        return True

    async def _edit_reply_markup(self, params: Params) -> Any:
        line = self._line(params)
        new = checked_keyboard(params["reply_markup"]) if params.get("reply_markup") else None
        if new == line.message.get("reply_markup"):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        line.message = {key: value for key, value in line.message.items() if key != "reply_markup"}
        line.message |= {"reply_markup": new} if new else {}
        return line.message

    def _line(self, params: Params) -> Line:
        chat = self._chat(params)
        line = self._world.find_anywhere(str(params.get("message_id", "")))
        if line is None or line.chat != chat["id"] or line.direction != "out":
            raise bad_request("message to edit not found")
        return line

    async def _get_file(self, params: Params) -> Any:
        file = self._world.files.get(str(params.get("file_id", "")))
        if file is None:
            raise bad_request("invalid file_id")
        if len(file.content) > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        size = len(file.content)
        return {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": size, "file_path": file.path}


def checked_keyboard(markup: Any) -> Params:
    """An inline keyboard the API would take. Raises ApiError as it would."""
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list):
        raise bad_request("object expected as reply markup")
    for key in (key for row in rows for key in row):
        if not key.get("text"):
            raise bad_request('can\'t parse inline keyboard button: Field "text" must be a non-empty String')
        if "url" not in key and "callback_data" not in key:
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "url" not in key and not 1 <= len(str(key["callback_data"]).encode()) <= CALLBACK_DATA_LIMIT:
            raise bad_request("BUTTON_DATA_INVALID")
    return {"inline_keyboard": rows}


class RateLimit:
    """`rate` sends per second overall, `burst` at once; None: no limit. Over it: 429 for `wait` seconds."""

    def __init__(self, rate: int | None, burst: int, wait: int, now: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._wait = wait
        self._now = now
        self._tokens, self._at = float(burst), now()

    def spend(self) -> None:
        """Take one send out of the bucket. Raises ApiError 429 when it is empty."""
        if self._rate is None:
            return
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            raise flood(self._wait)
        self._tokens -= 1
