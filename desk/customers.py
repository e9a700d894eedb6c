"""Customers: one profile per person over all channels."""

from dataclasses import dataclass
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
