"""Customers: one profile per person over all channels."""

from dataclasses import dataclass, replace
from datetime import datetime

from desk.messages import Address, Language


@dataclass(frozen=True, slots=True)
class Customer:
    """One person. `points` is the loyalty balance; `consent` is about messages they did not ask for."""

    id: str
    name: str
    language: Language | None
    tier: str
    points: int
    phone: str
    email: str
    consent: bool
    created_at: datetime
    is_demo: bool = False
    time_zone: str = ""  # IANA name; empty: the business's


def together(winner: Customer, loser: Customer) -> Customer:
    """Two profiles of one person as the first: points add up, what only the second tells is taken from it, and who
    stopped messages in either gets none."""
    return replace(
        winner, points=winner.points + loser.points, consent=winner.consent and loser.consent,
        name=winner.name or loser.name, phone=winner.phone or loser.phone, email=winner.email or loser.email,
        tier=winner.tier or loser.tier, language=winner.language or loser.language,
        time_zone=winner.time_zone or loser.time_zone,
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """One address of a customer. `reachable` is false once the platform says that we may not write there."""

    address: Address
    customer_id: str
    display_name: str
    reachable: bool
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """A booking or purchase. `amount` is in minor units (fen, cents) of `currency`; dates are ISO dates."""

    number: str
    customer_id: str
    title: str
    status: str  # confirmed | in_house | completed | cancelled | shipped | delivered
    amount: int
    currency: str
    placed_at: datetime
    starts_on: str = ""
    ends_on: str = ""
    title_en: str = ""
