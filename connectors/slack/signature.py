"""Slack's request signature, version 0: https://docs.slack.dev/authentication/verifying-requests-from-slack"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import timedelta

from desk.errors import BadSignature
from desk.ports import WebhookRequest

REPLAY_WINDOW = timedelta(minutes=5)
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def verify(request: WebhookRequest, secrets: Iterable[str]) -> None:
    """Raise BadSignature unless one of `secrets` signed this request within the last five minutes.

    Works on bytes throughout, so headers and bodies in any encoding are refused rather than tripped over.
    """
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadSignature("no usable timestamp")
    if abs(request.received_at.timestamp() - int(timestamp)) > REPLAY_WINDOW.total_seconds():
        raise BadSignature("stale timestamp")
    given = request.headers.get("x-slack-signature", "").encode("utf-8", "surrogatepass")
    signed = b"v0:" + timestamp.encode() + b":" + request.body
    expected = [b"v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    if not any(hmac.compare_digest(given, candidate) for candidate in expected):
        raise BadSignature("signature does not match")
