"""The followers of the account: what is on their phone, and what the account may still send them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Line:
    """One message on a user's phone; "in" goes to the account. `state`: sent, delivered, failed, passive, fault."""

    seq: int
    direction: str
    text: str
    at: datetime
    state: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    image: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "seq": self.seq, "direction": self.direction, "text": self.text, "buttons": self.buttons,
            "image": self.image, "at": self.at.isoformat().replace("+00:00", "Z"), "state": self.state,
        }  # fmt: skip


@dataclass(slots=True)
class Grant:
    """The right to send `left` messages before `until`."""

    until: datetime
    left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a contact grants: `quota` sends for `lasts`."""

    lasts: timedelta
    quota: int


@dataclass(slots=True)
class Person:
    id: str
    name: str
    lines: deque[Line]
    follows: bool = True
    grants: dict[str, Grant] = field(default_factory=dict)
    last_contact: datetime | None = None
    typing_until: datetime | None = None


class People:
    """Everybody who follows or followed. `kept` bounds the lines kept per person."""

    def __init__(self, clock: Clock, allowances: dict[str, Allowance], kept: int) -> None:
        self._clock = clock
        self._allowances = allowances
        self._kept = kept
        self._numbers = count(1)
        self._people: dict[str, Person] = {}

    def add(self, id: str, name: str = "") -> Person:
        """A follower; one who is there already is renamed when a name is given."""
        person = self._people.setdefault(id, Person(id, name or id, deque(maxlen=self._kept)))
        person.name = name or person.name
        return person

    def find(self, id: str) -> Person | None:
        return self._people.get(id)

    def all(self) -> list[Person]:
        return list(self._people.values())

    def show(self, person: Person, direction: str, text: str, state: str, **parts: Any) -> Line:
        """Put a line on the person's phone."""
        line = Line(next(self._numbers), direction, text, self._clock(), state, **parts)
        person.lines.append(line)
        return line

    def contact(self, person: Person, kind: str) -> None:
        """The person did something: what they granted before by the same kind begins anew."""
        now = self._clock()
        allowance = self._allowances[kind]
        person.last_contact = now
        person.grants[kind] = Grant(now + allowance.lasts, allowance.quota)

    def spend(self, person: Person) -> int:
        """Use up one send. Returns 0, or the errcode: 45015 no window is open, 45047 its sends are used up."""
        now = self._clock()
        alive = sorted((g for g in person.grants.values() if g.until > now), key=lambda grant: grant.until)
        if not alive:
            return 45015
        for grant in alive:
            if grant.left > 0:
                grant.left -= 1
                return 0
        return 45047
