"""The fields of a ticket that agents change: which they are, what they may hold, and how the history words them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk.errors import Invalid, Refused
from desk.store import Transaction
from desk.tickets import Ticket

CHANGEABLE = frozenset({
    "owner_id", "priority", "category_id", "cause_id", "due_at", "subject", "detail", "contact", "order_number",
    "wished_remedy",
})


def check_changes(tx: Transaction, ticket: Ticket, changes: Mapping[str, Any]) -> None:
    """Raises Invalid, NotFound or Refused for what cannot be set."""
    unknown = sorted(changes.keys() - CHANGEABLE)
    if unknown:
        raise Invalid(unknown[0], "this cannot be changed")
    if ticket.merged_into:
        raise Refused("merged", "this ticket was merged into another; work there")
    if changes.get("owner_id") and not tx.agents.is_active(changes["owner_id"]):
        raise Invalid("owner", "there is no active account of this id")
    if changes.get("category_id"):
        tx.categories.get(changes["category_id"])
    if changes.get("cause_id"):
        tx.causes.get(changes["cause_id"])
    if "subject" in changes and not str(changes["subject"]).strip():
        raise Invalid("subject", "a ticket needs a subject")
    number = changes.get("order_number")
    if number and not tx.orders.belongs_to(number, ticket.customer_id):
        raise Invalid("order", "this customer has no order of that number")


def in_words(tx: Transaction, name: str, value: Any) -> str:
    """A value as the history keeps it: names rather than ids, which may be gone later."""
    if value in (None, ""):
        return ""
    if name == "owner_id":
        return tx.agents.name_of(value)
    if name == "category_id":
        return " / ".join(dict.fromkeys(tx.categories.get(value).names.values()))
    if name == "cause_id":
        return " / ".join(dict.fromkeys(tx.causes.get(value).names.values()))
    if name == "priority":
        return value.label  # type: ignore[no-any-return]
    return value.isoformat() if isinstance(value, datetime) else str(value)
