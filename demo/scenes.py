"""What guests and staff of the demo's hotels say to each other, in Chinese and in English (`scenes.json`).

Chinese is written in simplified script; the past (`demo/past.py`) writes it in traditional script for those who do.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Pair = tuple[str, str]
"""The same in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A talk with a person: the guest's words, the agent's, and so on in turn. `category` is one of the FAQ's."""

    category: str
    lines: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Grievance:
    """A complaint: its category and cause, what the guest said and wished, and what was offered."""

    category: str
    cause: str
    subject: Pair
    detail: Pair
    wish: Pair
    offer: Pair
    refund: int  # in yuan; 0: an apology


def _pair(found: Any) -> Pair:
    chinese, english = found
    return chinese, english


def _pairs(found: Any) -> tuple[Pair, ...]:
    return tuple(_pair(each) for each in found)


_ALL: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_SAID = {name: _pair(found) for name, found in _ALL["said"].items()}

EXCHANGES = tuple(Exchange(each["category"], _pairs(each["lines"])) for each in _ALL["exchanges"])
GRIEVANCES = tuple(
    Grievance(each["category"], each["cause"], _pair(each["subject"]), _pair(each["detail"]), _pair(each["wish"]),
              _pair(each["offer"]), each["refund"])
    for each in _ALL["grievances"]
)
GAPS = _pairs(_ALL["gaps"])
PRAISE, BLAME = _pairs(_ALL["praise"]), _pairs(_ALL["blame"])
"""What is said with a rating after a conversation."""
GOOD_STAY, BAD_STAY = _pairs(_ALL["good_stay"]), _pairs(_ALL["bad_stay"])
"""What is said to the survey."""
ORDER, POINTS = _pairs(_ALL["order"]), _pairs(_ALL["points"])
IMPROVEMENTS: tuple[tuple[str, str, int], ...] = tuple((each[0], each[1], each[2]) for each in _ALL["improvements"])
"""The cause, what was changed because of it, and how many days ago."""
STAND_BY, QUEUED, UNKNOWN = _SAID["stand_by"], _SAID["queued"], _SAID["unknown"]
SORRY, SETTLED, CLOSE = _SAID["sorry"], _SAID["settled"], _SAID["close"]
