"""WeChat's request signature: SHA-1 over the sorted parts, the shared token among them."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

FRESH = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}")


def sign(*parts: str) -> str:
    """The signature of these parts, hexadecimal."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of these parts; compares in constant time, whatever characters came."""
    return hmac.compare_digest(sign(*parts).encode(), given.encode("utf-8", "surrogatepass"))


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether a request signed at `timestamp` (Unix seconds) may still be believed: a captured one may not."""
    return bool(_SECONDS.fullmatch(timestamp)) and abs(now.timestamp() - int(timestamp)) <= FRESH.total_seconds()
