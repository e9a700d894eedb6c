"""What a failed call of Slack's Web API means for the message. Error names: https://docs.slack.dev/reference/methods"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from desk.errors import SendDeferred, SendInDoubt, SendRejected

SendError = SendDeferred | SendRejected | SendInDoubt

_UNREACHABLE = frozenset({
    "channel_not_found", "user_not_found", "user_disabled", "users_not_found", "is_archived", "not_in_channel",
    "is_inactive", "cannot_dm_bot", "user_not_visible",
})
# The token, not the customer: nothing can be sent to anybody until an administrator installs the app again.
# "account_inactive" is in Slack's words about the token's own user, so it says nothing about the recipient.
_NOT_INSTALLED = frozenset({
    "account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed", "no_permission",
    "org_login_required", "ekm_access_denied", "accesslimited", "team_access_not_granted",
})
_BUSY = frozenset({"service_unavailable", "team_added_to_org"})
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_HALF_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
_REINSTALL = timedelta(minutes=5)
_SOON = timedelta(seconds=30)


def classify(error: Exception) -> SendError:
    """The desk's error for whatever a call raised. Never carries a URL, a token or a text."""
    if isinstance(error, SlackApiError):
        return _refusal(error.response)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return SendDeferred("Slack cannot be reached", _SOON)
    if isinstance(error, aiohttp.InvalidURL):
        return SendDeferred("the API address is not a URL", _REINSTALL, whole_channel=True)
    return SendInDoubt(f"connection broke: {type(error).__name__}")


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """Slack's Retry-After in seconds, within 1 s and 1 h; 30 s when it says nothing usable."""
    seconds = str(headers.get("Retry-After", ""))
    if not re.fullmatch(r"[0-9]{1,9}", seconds):
        return _SOON
    return timedelta(seconds=min(max(int(seconds), 1), 3600))


def _refusal(response: Any) -> SendError:
    # The client attaches its own response, or aiohttp's when the body was no JSON.
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    name = data.get("error") if isinstance(data, dict) else None
    if status == 429 or name in _RATE_LIMITED:
        return SendDeferred("rate limited by Slack", retry_after(response.headers), whole_channel=True)
    if status >= 500 or status == 408 or name in _HALF_DONE:
        return SendInDoubt(f"Slack failed with status {status}")
    if not isinstance(name, str):
        return SendRejected(f"status {status}") if status >= 400 else SendInDoubt("an answer that cannot be read")
    return _by_name(re.sub(r"[^a-z0-9_]", "", name.lower())[:60])


def _by_name(name: str) -> SendError:
    if name in _NOT_INSTALLED:
        return SendDeferred(f"the Slack app must be installed again ({name})", _REINSTALL, whole_channel=True)
    if name in _BUSY:
        return SendDeferred(f"Slack is busy ({name})", _SOON, whole_channel=True)
    return SendRejected(name, unreachable=name in _UNREACHABLE)
