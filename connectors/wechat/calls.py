"""One call to the platform over HTTP, and what a failed one proves."""

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from desk.errors import DeskError, SendDeferred, SendInDoubt, SendRejected

_SOON = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def quiet_url_logging() -> None:
    """Keep httpx from logging addresses: WeChat's carry the access token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def failure(error: Exception, *, repeatable: bool) -> DeskError:
    """What a broken call proves.

    A `repeatable` one changes nothing that a customer sees, so a lost answer is only a delay. The reason never
    holds the address, which carries the access token.
    """
    kind = type(error).__name__
    if isinstance(error, _NEVER_LEFT):
        return SendDeferred(f"WeChat cannot be reached ({kind})", _SOON)
    return unanswered(kind, repeatable=repeatable)


def unanswered(what: str, *, repeatable: bool) -> DeskError:
    """The request left, and no readable answer came."""
    reason = f"no readable answer from WeChat ({what})"
    return SendDeferred(reason, _SOON) if repeatable else SendInDoubt(reason)


def refused_status(response: httpx.Response, *, repeatable: bool) -> DeskError | None:
    """What an HTTP status outside the protocol proves; WeChat's own refusals come with 200."""
    status = response.status_code
    if status == httpx.codes.OK:
        return None
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return SendDeferred("WeChat HTTP 429", _retry_after(response), whole_channel=True)
    if response.is_server_error:
        return unanswered(f"HTTP {status}", repeatable=repeatable)
    return SendRejected(f"WeChat HTTP {status}")


async def ask(
    http: httpx.AsyncClient, path: str, *, repeatable: bool, body: Mapping[str, Any] | None = None, **request: Any
) -> dict[str, Any]:
    """POST and read the JSON answer, whatever its errcode. `body` travels as raw UTF-8.

    Raises SendDeferred, SendRejected or SendInDoubt.
    """
    if body is not None:
        # Escaped characters would be shown to the customer as \uXXXX.
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        request |= {"content": text, "headers": {"Content-Type": "application/json; charset=utf-8"}}
    try:
        response = await http.post(path, **request)
    except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:  # RuntimeError: the client is closed
        raise failure(error, repeatable=repeatable) from None
    wrong = refused_status(response, repeatable=repeatable)
    if wrong is not None:
        raise wrong
    answer = read_json(response.content)
    if answer is None:
        raise unanswered("not JSON", repeatable=repeatable)
    return answer


def read_json(content: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer, None when it holds none."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _retry_after(response: httpx.Response) -> timedelta:
    given = response.headers.get("retry-after", "")
    return timedelta(seconds=int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else _MINUTE
