"""What a conversation was about: the categories of the FAQ articles that answered it, the categories of its tickets,
and the wishes that the assistant fulfils without the FAQ.

A topic is a short key: "faq:<category>", "ticket:<category's id>", or one of `Wish`. A conversation has any number.
"""

from enum import StrEnum

FAQ = "faq:"
TICKET = "ticket:"
LONGEST = 200


class Wish(StrEnum):
    """What customers want of the assistant beside answers."""

    ORDER = "order"
    POINTS = "points"
    COMPLAINT = "complaint"


def of_article(category: str) -> str:
    """The topic of an FAQ article; "" where it has no category."""
    return f"{FAQ}{category.strip()}"[:LONGEST] if category.strip() else ""


def of_ticket(category_id: str | None) -> str:
    """The topic of a ticket's category; "" where it has none."""
    return f"{TICKET}{category_id}" if category_id else ""
