"""Why something was not done, as the text that the person reads where they are looking: a key and its values."""

import re
from dataclasses import dataclass, field

from desk.conversations import DeliveryStatus
from desk.errors import Invalid

_BY_FIELD = {
    "key": "invalid.key", "text": "invalid.empty", "text.long": "invalid.long", "text.parts": "invalid.parts",
    "choices": "invalid.choices", "choices.text": "invalid.choices_text", "label": "invalid.label",
    "file.name": "invalid.file_name", "file.empty": "invalid.file_empty", "file.type": "invalid.file_type",
    "file.content": "invalid.file_content", "file.size": "invalid.file_size", "file.channel": "invalid.file_channel",
    "file.count": "invalid.file_count", "file": "invalid.file_size",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is the answer's; `key` a text of the console; `values` what it names."""

    status: int
    key: str
    values: dict[str, str] = field(default_factory=dict)


def of_invalid(error: Invalid) -> Refusal:
    """The refusal of an input; the numbers in the error's own words are what its text names."""
    numbers = re.findall(r"\d+", str(error))
    values = {"count": numbers[0] if numbers else "", "left": numbers[-1] if numbers else "", "detail": str(error)}
    return Refusal(422, _BY_FIELD.get(error.field, "problem.invalid.text"), values)


# What platforms and connectors say when a message could not be delivered, in the order in which they are looked for.
_WHY = (
    ("why.window", r"window|45015|45047|out of (?:response )?time"),
    ("why.blocked", r"blocked|kicked|deactivated|unsubscri|43004|not a member|is_archived|user_disabled|not_in_chan"),
    ("why.gone", r"chat not found|user not found|channel_not_found|no such user|40003|invalid openid"),
    ("why.too_long", r"too long|msg_too_long|45002|message is too"),
    ("why.file", r"file|media|photo|image|40007|40009|wrong (?:type|remote)"),
    ("why.paused", r"slow down|rate limit|too many|45009|45011|busy|flood"),
    ("why.account", r"token|must be installed|unauthorized|invalid_auth|not_authed|access"),
    ("why.stopped", r"sender stopped|stopped while"),
    ("why.broke", r"connection broke|no readable answer|answered 5|failed with status|time.?out"),
    ("why.unreachable", r"cannot be reached|unreachable|URL"),
)


def why_undelivered(error: str, status: DeliveryStatus) -> str:
    """The text that explains a delivery's error to an agent."""
    otherwise = {DeliveryStatus.IN_DOUBT: "why.broke", DeliveryStatus.RETRY: "why.unreachable"}.get(status, "why.other")
    return next((key for key, pattern in _WHY if re.search(pattern, error, re.IGNORECASE)), otherwise)
