"""The HTTP under python-telegram-bot: on aiohttp, keeping status codes and keeping quiet.

The library's own errors merge "413" with "500" and put tokens and payloads into messages and logs; its own transport
takes ten times the CPU for a message.
"""

import json
import logging
import ssl
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp
import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

CONNECTIONS = 64
IDLE = 3.0
"""Seconds without use after which a connection is not used again. Servers close theirs after five or more: a message
sent into that moment would be in doubt, though it never arrived."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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


class BotApiTransport(BaseRequest):
    """Raises ApiRefusal for every status that is not success, NetworkError where there was no answer. Never retries.

    Timeouts are seconds. `is_local`: the Bot API is on this machine, where no proxy of the environment leads.
    """

    def __init__(self, *, connect_timeout: float, answer_timeout: float, is_local: bool) -> None:
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._is_local = is_local
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """What all requests of this bot go through; made with the first one, because it needs a running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=tls(), limit=CONNECTIONS, keepalive_timeout=IDLE),
                timeout=self.timeout(), trust_env=not self._is_local, headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def timeout(self, silent: float | None = None) -> aiohttp.ClientTimeout:
        """`silent`: how long nothing may come; None means as long as an answer may take."""
        return aiohttp.ClientTimeout(
            total=None, connect=self._answer_timeout, sock_connect=self._connect_timeout,
            sock_read=self._answer_timeout if silent is None else silent,
        )

    @property
    def read_timeout(self) -> float:
        return self._answer_timeout

    async def initialize(self) -> None:
        """Nothing: the first request connects."""

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: Any = None,
        write_timeout: Any = None, connect_timeout: Any = None, pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """Of the library's timeouts only a read timeout of its own, in seconds, is heeded: files take longer."""
        del write_timeout, connect_timeout, pool_timeout
        body, headers = _encoded(request_data)
        silent = read_timeout if isinstance(read_timeout, int | float) else None
        return await self._ask(method, url, body, headers, silent)

    async def call(self, url: str, parameters: Mapping[str, Any]) -> Any:
        """The result of a call without files. The library's own way to `do_request`, through defaults, parameter
        objects and a filled message, takes as long as the request itself."""
        values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
        _, payload = await self._ask("POST", url, urlencode(values), _FORM, None)
        return self.parse_json_payload(payload)["result"]

    async def _ask(
        self, method: str, url: str, body: str | aiohttp.FormData | None, headers: dict[str, str], silent: float | None
    ) -> tuple[int, bytes]:
        try:
            async with self.session.request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=self.timeout(silent)
            ) as response:
                payload = await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from error
        if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(response.status, payload)
        return response.status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or "result" not in answer:
            raise UnreadableAnswer("answer without a result")
        return answer


def _encoded(data: RequestData | None) -> tuple[str | aiohttp.FormData | None, dict[str, str]]:
    """A request's body and its headers: a form, with files as parts of their own."""
    if data is None:
        return None, {}
    if not data.contains_files:
        return urlencode(data.json_parameters), _FORM
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, media_type) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form, {}


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
    for name in ("aiohttp", "telegram"):
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
