"""From what went wrong on the wire to what the outbox must know."""

from datetime import timedelta
from http import HTTPStatus

import aiohttp
from telegram.error import NetworkError

from connectors.telegram.transport import ApiRefusal
from desk.errors import DeskError, NotFound, SendDeferred, SendInDoubt, SendRejected

_UNREACHED = timedelta(seconds=5)
_FLOOD = 5  # seconds, when Telegram says "too many" without saying how long
_LONGEST_FLOOD = 24 * 3600
_BAD_TOKEN = timedelta(minutes=1)

# Raised before a byte of the request has left.
_NEVER_LEFT = (
    aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL
)

# 400s that speak of the chat, not of the message.
_GONE = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated", "chat was deleted")


def send_failure(error: Exception) -> DeskError:
    """What a failed Bot API call means for the message it carried."""
    if isinstance(error, ApiRefusal):
        return _refused(error)
    if isinstance(error, _NEVER_LEFT) or isinstance(error.__cause__, _NEVER_LEFT):
        return SendDeferred("Telegram cannot be reached", _UNREACHED)
    return SendInDoubt(f"No readable answer from Telegram ({_kind(error)})")


def fetch_failure(error: Exception) -> DeskError:
    """What a failed download means: gone for good, or worth another try."""
    if isinstance(error, ApiRefusal):
        # "wrong file_id or the file is temporarily unavailable" may be either: worth another try.
        temporary = "temporarily" in error.message.lower()
        if error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN) and not temporary:
            return NotFound("Telegram no longer has this file")
        return SendDeferred(f"Telegram answered {error.status}", _wait(error))
    return SendDeferred(f"Telegram cannot be reached ({_kind(error)})", _UNREACHED)


def api_failure(error: Exception) -> DeskError:
    """The same for calls that carry no message: one sentence for the person who runs the desk."""
    if isinstance(error, ApiRefusal):
        if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            return DeskError("Telegram refuses the bot token")
        return DeskError(f"Telegram answered: {error.message}")
    if isinstance(error, NetworkError):
        return DeskError(f"Telegram cannot be reached ({_kind(error)})")
    return DeskError(f"Telegram's answer cannot be read ({_kind(error)})")


def _refused(error: ApiRefusal) -> DeskError:
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendDeferred("Telegram asks to slow down", _wait(error), whole_channel=True)
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        # 404 is how a malformed token is answered. The messages are fine: keep them until the token is.
        return SendDeferred("Telegram refuses the bot token", _BAD_TOKEN, whole_channel=True)
    if error.status == HTTPStatus.FORBIDDEN:
        return SendRejected(error.message, unreachable=True)
    if HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        gone = any(words in error.message.lower() for words in _GONE)
        return SendRejected(error.message, unreachable=gone)
    return SendInDoubt(f"Telegram answered {error.status}")


def _wait(error: ApiRefusal) -> timedelta:
    asked = _FLOOD if error.retry_after is None else error.retry_after
    return timedelta(seconds=min(max(asked, 1), _LONGEST_FLOOD))


def _kind(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
