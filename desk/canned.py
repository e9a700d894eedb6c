"""Canned replies: their variables, filled in for one conversation."""

import re
from collections.abc import Mapping

from desk.errors import Invalid

VARIABLES = ("customer.name", "customer.tier", "customer.points", "agent.name", "order.number", "order.title",
             "ticket.number", "channel")
"""What may stand in {{...}}; the order and the ticket are the customer's newest."""

SHORTCUT = re.compile(r"[\w-]{1,40}")
_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def check(shortcut: str, title: str, text: str) -> None:
    """Raises Invalid naming the input that is wrong."""
    if not SHORTCUT.fullmatch(shortcut):
        raise Invalid("shortcut", "a shortcut is one word of letters, digits, - or _, 40 at most")
    if not title.strip() or len(title) > 120:
        raise Invalid("title", "a title has 1 to 120 characters")
    if not text.strip() or len(text) > 4000:
        raise Invalid("text", "the text has 1 to 4000 characters")
    unknown = sorted(set(_PLACE.findall(text)) - set(VARIABLES))
    if unknown:
        raise Invalid("variable", unknown[0])


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in; what is not known about this customer becomes "…", for the agent to see
    before it is sent."""
    return _PLACE.sub(lambda place: values.get(place[1], "") or "…", text)
