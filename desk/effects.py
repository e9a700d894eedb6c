"""What an answer of the assistant changes in the CRM, as data.

Custom actions only read. What they want changed travels with the answer and is applied in the transaction that
stores the replies and marks the customer's message done, so a turn happens wholly, once, or not at all.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from desk.tickets import TicketKind

TICKET_NUMBER = "{{ticket_number}}"
"""In a reply's text: replaced by the number of the ticket that the same answer opens."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A case for people to work on; `fields` keeps what a form asked (order, remedy, contact)."""

    ticket_kind: TicketKind
    subject: str
    detail: str
    order_number: str = ""
    wished_remedy: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class AddToTicket:
    """The customer adds something to a ticket of theirs."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class RequestHandoff:
    """A person is wanted. `reason` is one of handoff.HandoffReason's values; `note` is for the agent, `slots` is what
    the assistant has learned so far, and `topic` ("complaint", "question") finds the team."""

    reason: str
    note: str = ""
    topic: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetConsent:
    """The customer allows or forbids messages they did not ask for; `words` is what they said (the proof)."""

    allowed: bool
    words: str


@dataclass(frozen=True, slots=True)
class GiveRating:
    """A rating (1 to 5) that came outside the rating question."""

    score: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class NoteGap:
    """A question that the FAQ could not answer."""

    question: str
    language: str
    best_article: str = ""
    best_score: float = 0.0
    kind: str = "refused"  # one of faq_misses.GapKind's values


@dataclass(frozen=True, slots=True)
class FaqAnswered:
    """A question that an FAQ article answered; `answer_language` is that of the article's text ("": not known).

    `chosen`: the customer picked the article among those that "did you mean" offered.
    """

    article: str
    question: str
    language: str
    answer_language: str = ""
    score: float = 0.0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The assistant did not understand this message and could only guess."""


@dataclass(frozen=True, slots=True)
class Wished:
    """The customer wanted something that the assistant does itself. `topic` is one of desk.topics.Wish's values."""

    topic: str


Effect = (
    OpenTicket | AddToTicket | RequestHandoff | SetConsent | GiveRating | NoteGap | FaqAnswered | NotUnderstood | Wished
)

_KINDS: dict[str, type[Effect]] = {
    "open_ticket": OpenTicket,
    "add_to_ticket": AddToTicket,
    "request_handoff": RequestHandoff,
    "set_consent": SetConsent,
    "give_rating": GiveRating,
    "note_gap": NoteGap,
    "faq_answered": FaqAnswered,
    "not_understood": NotUnderstood,
    "wished": Wished,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_json(effect: Effect) -> dict[str, Any]:
    """The effect as it travels inside an answer of the assistant: {"effect": name, ...fields}."""
    return {"effect": _NAMES[type(effect)], **asdict(effect)}


def from_json(data: dict[str, Any]) -> Effect:
    """Read an effect back. Raises ValueError when it is none of ours."""
    fields = dict(data)
    kind = _KINDS.get(str(fields.pop("effect", "")))
    if kind is None:
        raise ValueError("unknown effect")
    if kind is OpenTicket:
        fields["ticket_kind"] = TicketKind(fields["ticket_kind"])
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(str(error)) from None
