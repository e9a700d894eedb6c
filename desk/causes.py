"""Why complaints come: causes, what was changed because of them, and whether it helped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(days=90)
"""How far before and after an improvement complaints are counted at most."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason that complaints have in common. `names` by language."""

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    active: bool = True

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), "")


@dataclass(frozen=True, slots=True)
class Improvement:
    """What was changed so that a cause does not bring complaints again, with the complaints of that cause in equally
    long stretches before and after."""

    id: int
    cause_id: str
    ticket_id: str | None
    text: str
    made_by: str
    made_at: datetime
    before: int = 0
    after: int = 0
    days: int = 0  # length of each stretch


def stretch(made_at: datetime, now: datetime) -> timedelta:
    """How long before and after an improvement may be compared by now: the same on both sides."""
    return min(WINDOW, now - made_at)
