"""Customers, their addresses, orders and consent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from campaigns.campaigns import Purpose
from crm_store.campaign_rows import consents
from crm_store.consents import Consents
from crm_store.dialect import put
from crm_store.faq_rows import faq_answers
from crm_store.faq_tuning_rows import faq_pairs
from crm_store.merge_rows import customer_merges
from crm_store.recipients import merge_recipients
from crm_store.rows import (
    consent_log,
    conversations,
    customers,
    gaps,
    identities,
    messages,
    orders,
    ratings,
    tickets,
)
from crm_store.value_rows import customer_values
from desk.customers import Customer, Identity, Order, together
from desk.errors import NotFound
from desk.messages import Address, Language

# Built once: every turn runs them.
_IDENTITY_AT = select(identities).where(identities.c.address == bindparam("at"))
_CUSTOMER = select(customers).where(customers.c.id == bindparam("of"))
_PERSON = select(identities.c.customer_id).where(identities.c.person == bindparam("who")).limit(1)
_ADD = insert(customers)
_SET_LANGUAGE = update(customers).where(customers.c.id == bindparam("of")).values(language=bindparam("spoken"))

MOVED = (identities, conversations, orders, tickets, ratings, consent_log, gaps, faq_answers, faq_pairs,
         customer_merges)
"""What is a customer's by its `customer_id` alone, and moves as it is when two profiles become one."""


class Customers:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find_identity(self, address: Address) -> Identity | None:
        row = self._db.execute(_IDENTITY_AT, {"at": address.key}).one_or_none()
        return identity_of(row) if row else None

    def find_person(self, address: Address) -> Customer | None:
        customer_id = self._db.scalar(_PERSON, {"who": address.person})
        return self.get(customer_id) if customer_id else None

    def get(self, customer_id: str) -> Customer:
        row = self._db.execute(_CUSTOMER, {"of": customer_id}).one_or_none()
        if row is None:
            raise NotFound("no such customer")
        return customer_of(row)

    def add(self, customer: Customer) -> None:
        self._db.execute(_ADD, _customer_row(customer))

    def put(self, customer: Customer) -> None:
        """Add a customer, or overwrite the one with the same id."""
        put(self._db, customers, _customer_row(customer), (customers.c.id,))

    def add_identity(self, identity: Identity) -> None:
        put(self._db, identities, {
            "address": identity.address.key, "customer_id": identity.customer_id,
            "channel": identity.address.channel.value, "person": identity.address.person,
            "display_name": identity.display_name,
            "reachable": identity.reachable, "last_seen_at": identity.last_seen_at,
        }, (identities.c.address,))

    def list_identities(self, customer_id: str) -> list[Identity]:
        rows = self._db.execute(
            select(identities).where(identities.c.customer_id == customer_id).order_by(identities.c.last_seen_at.desc())
        )
        return [identity_of(row) for row in rows]

    def names_of(self, customer_ids: Iterable[str]) -> dict[str, str]:
        """The names of these customers by their ids; somebody unknown is left out."""
        rows = self._db.execute(select(customers.c.id, customers.c.name).where(customers.c.id.in_(set(customer_ids))))
        return {row.id: row.name or "" for row in rows}

    def add_points(self, customer_id: str, points: int) -> None:
        self._db.execute(update(customers).where(customers.c.id == customer_id)
                         .values(points=customers.c.points + points))

    def seen(self, address: Address, display_name: str, now: datetime) -> None:
        values: dict[str, Any] = {"reachable": True, "last_seen_at": now}
        if display_name:
            values["display_name"] = display_name
        self._db.execute(update(identities).where(identities.c.address == address.key).values(values))

    def set_unreachable(self, address: Address) -> None:
        self._db.execute(update(identities).where(identities.c.address == address.key).values(reachable=False))

    def set_language(self, customer_id: str, language: Language) -> None:
        self._db.execute(_SET_LANGUAGE, {"of": customer_id, "spoken": language.value})

    def set_time_zone(self, customer_id: str, zone: str) -> None:
        self._db.execute(update(customers).where(customers.c.id == customer_id).values(time_zone=zone))

    def record_consent(
        self, customer_id: str, allowed: bool, words: str, channel: str, now: datetime, source_key: str,
        purpose: str = "",
    ) -> None:
        what = Purpose(purpose) if purpose else None
        Consents(self._db).record(customer_id, what, allowed, words, channel, now, source_key)

    def list_page(self, after: str = "", limit: int = 50) -> list[Customer]:
        rows = self._db.execute(
            select(customers).where(customers.c.id > after).order_by(customers.c.id).limit(limit)
        )
        return [customer_of(row) for row in rows]

    def count(self) -> int:
        return self._db.scalar(select(func.count()).select_from(customers)) or 0

    def merge(self, winner_id: str, loser_id: str) -> None:
        """Everything of one profile moves to the other: two profiles turned out to be one person.

        What only one of them tells (a phone number, a language …) is kept; what either did not want stays unwanted.
        """
        winner, loser = self.get(winner_id), self.get(loser_id)
        for table in MOVED:
            self._db.execute(
                update(table).where(table.c.customer_id == loser_id).values(customer_id=winner_id)
            )
        refused = select(consents.c.purpose).where(consents.c.customer_id == loser_id, ~consents.c.allowed)
        self._db.execute(update(consents).where(consents.c.customer_id == winner_id, consents.c.purpose.in_(refused))
                         .values(allowed=False))
        merge_recipients(self._db, winner_id, loser_id)
        self._db.execute(delete(customer_values).where(customer_values.c.customer_id == loser_id))  # till counted again
        both = together(winner, loser)
        self._db.execute(update(customers).where(customers.c.id == winner_id).values(
            points=customers.c.points + loser.points, consent=both.consent, name=both.name, phone=both.phone,
            email=both.email, tier=both.tier, language=both.language, time_zone=both.time_zone,
        ))
        self._db.execute(delete(customers).where(customers.c.id == loser_id))


class Orders:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put_all(self, items: Iterable[Order]) -> None:
        for order in items:
            put(self._db, orders, {
                "number": order.number, "customer_id": order.customer_id, "title": order.title,
                "title_en": order.title_en, "status": order.status, "amount": order.amount,
                "currency": order.currency, "placed_at": order.placed_at, "starts_on": order.starts_on,
                "ends_on": order.ends_on,
            }, (orders.c.number,))

    def list_of(self, customer_id: str) -> list[Order]:
        rows = self._db.execute(
            select(orders).where(orders.c.customer_id == customer_id).order_by(orders.c.placed_at.desc())
        )
        return [_order(row) for row in rows]

    def belongs_to(self, number: str, customer_id: str) -> bool:
        mine = select(orders.c.number).where(orders.c.number == number, orders.c.customer_id == customer_id)
        return self._db.scalar(mine) is not None

    def find(self, number: str) -> Order | None:
        row = self._db.execute(select(orders).where(orders.c.number == number)).one_or_none()
        return _order(row) if row else None


def remove_demo(db: Connection) -> int:
    """Remove demo customers that never wrote, with their orders; who has a history stays, as a customer of yours."""
    talked = select(conversations.c.customer_id)
    silent = select(customers.c.id).where(customers.c.is_demo, customers.c.id.not_in(talked))
    ids = [row[0] for row in db.execute(silent)]
    for table in (identities, orders, consent_log, ratings, tickets, customer_values):
        db.execute(delete(table).where(table.c.customer_id.in_(ids)))
    db.execute(delete(customers).where(customers.c.id.in_(ids)))
    return len(ids)


def count_messages(db: Connection) -> int:
    return db.scalar(select(func.count()).select_from(messages)) or 0


def _customer_row(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id, "name": customer.name, "language": customer.language.value if customer.language else None,
        "tier": customer.tier, "points": customer.points, "phone": customer.phone, "email": customer.email,
        "consent": customer.consent, "is_demo": customer.is_demo,
        "time_zone": customer.time_zone, "created_at": customer.created_at,
    }


def customer_of(row: Row[Any]) -> Customer:
    return Customer(
        row.id, row.name or "", Language(row.language) if row.language else None, row.tier, row.points,
        row.phone or "", row.email or "", row.consent, row.created_at, row.is_demo,
        row.time_zone,
    )


def identity_of(row: Row[Any]) -> Identity:
    """The identity in a row of its table."""
    return Identity(
        Address.from_key(row.address), row.customer_id, row.display_name or "", row.reachable, row.last_seen_at
    )


def _order(row: Row[Any]) -> Order:
    return Order(
        row.number, row.customer_id, row.title, row.status, row.amount, row.currency, row.placed_at, row.starts_on,
        row.ends_on, row.title_en,
    )
