"""python-telegram-bot's HTTP transport, made to keep status codes and to keep quiet.

The library's own errors merge "413" with "500" and put tokens and payloads into messages and logs.
"""

import json
import logging
import ssl
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest


class ApiRefusal(TelegramError):
    """The Bot API answered with something other than success.

    `status` is the HTTP status, `message` the API's own description (it names no customer text),
    `retry_after` seconds, `new_chat` the id of the supergroup that a group became.
    """

    def __init__(self, status: int, description: str, retry_after: int | None, new_chat: int | None) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after = retry_after
        self.new_chat = new_chat


class UnreadableAnswer(TelegramError):
    """The Bot API answered 2xx with something that is not its JSON."""


class BotApiTransport(HTTPXRequest):
    """Raises ApiRefusal for every status that is not success; otherwise as the library does. Never retries."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(status, payload)
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or "result" not in answer:
            raise UnreadableAnswer("answer without a result")
        return answer


class QuietBot(ExtBot[None]):
    """The library's bot, without its token where it is shown."""

    def __repr__(self) -> str:
        return f"QuietBot({self.token.partition(':')[0]})"


@cache
def tls() -> ssl.SSLContext:
    """One context for all connections: loading the certificates anew takes tens of milliseconds."""
    return httpx.create_ssl_context()


def refusal(status: int, payload: bytes) -> ApiRefusal:
    """Read the error envelope `{"ok": false, "description", "parameters"}`, whatever really came."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return ApiRefusal(status, f"HTTP {status}", None, None)
    parameters = answer.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    description = answer.get("description")
    return ApiRefusal(
        status,
        description[:200] if isinstance(description, str) else f"HTTP {status}",
        _whole_number(parameters.get("retry_after")),
        _whole_number(parameters.get("migrate_to_chat_id")),
    )


def silence_libraries() -> None:
    """Stop request logs below WARNING: every Bot API address contains the token."""
    for name in ("httpx", "httpcore", "telegram"):
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
