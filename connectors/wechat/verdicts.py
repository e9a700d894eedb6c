"""What WeChat's error codes mean to the outbox. Source: "Global return codes" of the Official Accounts documentation.

Reasons are our own words and the code: the platform's may quote the request.
"""

from collections.abc import Mapping
from datetime import timedelta

from desk.errors import DeskError, SendDeferred, SendRejected, WindowClosed

_TOKEN_REFUSED = (40001, 40014, 42001)
_SOON = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)

_CLOSED = {
    45015: "the customer has not written in the last 48 hours",
    45047: "the messages allowed for this contact are used up",
}
_UNREACHABLE = {
    40003: "no such follower of this account",
    43004: "the customer does not follow the account",
}
_WAIT = {  # code: (reason, how long, whether the whole account waits)
    -1: ("the platform is busy", _SOON, False),
    45009: ("the day's limit of calls is reached", _HOUR, True),
    45011: ("too many calls in a minute", _MINUTE, True),
    # Settings a person must put right: messages are kept until then.
    40013: ("the app id is wrong", _MINUTE, True),
    40125: ("the app secret is wrong", _MINUTE, True),
    40164: ("this server's address is not on the account's IP allow-list", _MINUTE, True),
    40243: ("the app secret is frozen", _MINUTE, True),
}
_REFUSED = {
    40007: "the picture is not known to the platform any more",
    45002: "the text is too long",
    45168: "the platform objects to words in the text",
    48001: "the account has no right to this call (customer-service messages need a verified account)",
}


def token_refused(answer: Mapping[str, object]) -> bool:
    """Whether the access token is wrong or has run out: nothing was done, a new one may be tried."""
    return answer.get("errcode") in _TOKEN_REFUSED


def verdict(answer: Mapping[str, object]) -> DeskError | None:
    """What an answer of the platform says about the call: None when it was done."""
    code = answer.get("errcode", 0)
    if not isinstance(code, int):
        return SendRejected("WeChat answered an error that is no number")
    if code == 0:
        return None
    if code in _CLOSED:
        return WindowClosed(_say(code, _CLOSED[code]))
    if code in _UNREACHABLE:
        return SendRejected(_say(code, _UNREACHABLE[code]), unreachable=True)
    if code in _TOKEN_REFUSED:
        return SendDeferred(_say(code, "the access token was refused"), _MINUTE, whole_channel=True)
    if code in _WAIT:
        reason, wait, everybody = _WAIT[code]
        return SendDeferred(_say(code, reason), wait, whole_channel=everybody)
    return SendRejected(_say(code, _REFUSED.get(code, "refused")))


def _say(code: int, reason: str) -> str:
    return f"WeChat {code}: {reason}"
