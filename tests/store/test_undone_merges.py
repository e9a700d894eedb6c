"""Two profiles that were merged by mistake are taken apart again, and nobody gets what is the other's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.campaigns import Purpose
from crm_store.store import SqlStore, SqlTransaction
from desk.conversations import Conversation, Holder
from desk.customer_merges import UNDO_WITHIN, Obstacle
from desk.customers import Customer, Identity, Order
from desk.errors import NotFound, Refused
from desk.messages import Address, ChannelName, Language
from desk.tickets import TicketKind

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ANN = Customer("ann", "Ann", Language.EN, "", 100, "", "ann@example.com", consent=True, created_at=NOW)
BOB = Customer("bob", "Bob", Language.ZH_HANT, "gold", 20, "+86 139", "", consent=False, created_at=NOW)


def at(who: str) -> Address:
    return Address(ChannelName.TELEGRAM, "bot", who, who)


def talks(tx: SqlTransaction, who: str, customer_id: str, when: datetime = NOW) -> str:
    """A conversation from this person's address, with a ticket."""
    talk = f"{who}-{when:%d}"
    tx.conversations.add(Conversation(talk, customer_id, at(who), Holder.NOBODY, Language.EN, when, when))
    tx.tickets.open(kind=TicketKind.COMPLAINT, customer_id=customer_id, conversation_id=talk, subject=f"of {who}",
                    detail="", now=when)
    tx.ratings.ask(conversation_id=talk, customer_id=customer_id, address=at(who), agent_id=None, now=when)
    return talk


def lived(tx: SqlTransaction) -> None:
    """Two customers, each with a chat, an order, a ticket and their own wishes about messages; merged by mistake."""
    two_people(tx)
    tx.merges.merge("ann", "bob", "lin", NOW)


def two_people(tx: SqlTransaction) -> None:
    for who, one in (("ann", ANN), ("bob", BOB)):
        tx.customers.put(one)
        tx.customers.add_identity(Identity(at(who), who, one.name, True, NOW))
        tx.orders.put_all([Order(f"O-{who}", who, "Room", "confirmed", 1000, "CNY", NOW)])
        talks(tx, who, who)
    tx.customers.record_consent("ann", True, "yes", "telegram", NOW, "ann:1", Purpose.SURVEY)
    tx.customers.record_consent("bob", False, "no surveys", "telegram", NOW, "bob:1", Purpose.SURVEY)
    tx.customers.record_consent("bob", False, "no offers", "telegram", NOW, "bob:2", Purpose.MARKETING)


def whole(tx: SqlTransaction, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    found = tx.dossier.collect(customer_id)
    return {name: sorted(rows, key=str) for name, rows in found.items()}


async def test_undone_at_once_both_profiles_are_what_they_were_to_the_last_row(store: SqlStore) -> None:
    def there_and_back(tx: SqlTransaction) -> tuple[Any, Any, Any]:
        two_people(tx)
        before = whole(tx, "ann"), whole(tx, "bob")
        tx.merges.merge("ann", "bob", "lin", NOW)
        merged = whole(tx, "ann")
        tx.merges.undo("ann", NOW)
        return before, merged, (whole(tx, "ann"), whole(tx, "bob"))

    before, merged, after = await store.transact(there_and_back)
    assert len(merged["orders"]) == 2
    assert after == before


async def test_what_was_said_since_goes_to_whom_it_was_said_with(store: SqlStore) -> None:
    def since(tx: SqlTransaction) -> None:
        lived(tx)
        talks(tx, "bob", "ann", LATER)  # Bob writes again, as part of Ann
        talks(tx, "ann", "ann", LATER)
        tx.orders.put_all([Order("O-new", "ann", "Suite", "confirmed", 1, "CNY", LATER)])
        group = Address(ChannelName.TELEGRAM, "bot", "group", "bob")  # the same person in another chat
        tx.customers.add_identity(Identity(group, "ann", "Bob", True, LATER))
        tx.merges.undo("ann", LATER)

    await store.transact(since)
    ann, bob = await store.read(lambda tx: (whole(tx, "ann"), whole(tx, "bob")))
    assert {row["id"] for row in bob["conversations"]} == {"bob-01", "bob-02"}
    assert {row["subject"] for row in bob["tickets"]} == {"of bob"} and len(bob["tickets"]) == 2
    assert {row["conversation_id"] for row in bob["ratings"]} == {"bob-01", "bob-02"}
    assert len(bob["identities"]) == 2
    assert {row["number"] for row in ann["orders"]} == {"O-ann", "O-new"}, "nothing tells whose a new order is"
    assert {row["id"] for row in ann["conversations"]} == {"ann-01", "ann-02"}


async def test_what_was_changed_since_stays_and_points_that_were_spent_are_not_made_up(store: SqlStore) -> None:
    def since(tx: SqlTransaction) -> None:
        lived(tx)
        tx.customers.put(replace(tx.customers.get("ann"), name="Ann Lee", points=5))
        found = tx.merges.find("ann", LATER)
        assert found is not None
        parted, counts = tx.merges.preview(found)
        assert (parted.stays.points, parted.returns.points, parted.short) == (0, 5, 15)
        assert counts["orders"] == 1
        tx.merges.undo("ann", LATER)

    await store.transact(since)
    ann, bob = await store.read(lambda tx: (tx.customers.get("ann"), tx.customers.get("bob")))
    assert (ann.name, ann.tier, bob.name, bob.tier) == ("Ann Lee", "", "Bob", "gold")
    assert (ann.points, bob.points) == (0, 5)


async def test_who_stopped_messages_since_gets_none_in_either_profile(store: SqlStore) -> None:
    def since(tx: SqlTransaction) -> None:
        for one in (ANN, replace(BOB, consent=True)):
            tx.customers.put(one)
        tx.merges.merge("ann", "bob", "lin", NOW)
        tx.customers.record_consent("ann", False, "STOP", "telegram", LATER, "since:1")
        tx.customers.record_consent("ann", False, "no surveys", "telegram", LATER, "since:2", Purpose.SURVEY)
        tx.merges.undo("ann", LATER)

    await store.transact(since)
    for who in ("ann", "bob"):
        assert not (await store.read(lambda tx, who=who: tx.customers.get(who))).consent  # type: ignore[misc]
        assert (await store.read(lambda tx, who=who: tx.consents.of(who)))[Purpose.SURVEY] is False  # type: ignore[misc]


async def test_tickets_of_both_that_became_one_cannot_be_taken_apart(store: SqlStore) -> None:
    def since(tx: SqlTransaction) -> None:
        lived(tx)
        of_ann, of_bob = (next(t for t in tx.tickets.list_of("ann") if t.subject == f"of {who}")
                          for who in ("ann", "bob"))
        tx.tickets.save(replace(of_bob, merged_into=of_ann.id))
        found = tx.merges.find("ann", LATER)
        assert found is not None and tx.merges.obstacle(found) is Obstacle.TICKETS
        tx.merges.undo("ann", LATER)

    with pytest.raises(Refused, match="tickets"):
        await store.transact(since)


async def test_of_several_merges_the_last_is_undone_first_and_none_after_thirty_days(store: SqlStore) -> None:
    def chain(tx: SqlTransaction) -> None:
        lived(tx)
        tx.customers.put(replace(ANN, id="cy", name="Cy"))
        tx.merges.merge("cy", "ann", "lin", LATER)
        late = NOW + UNDO_WITHIN + timedelta(hours=1)
        assert tx.merges.find("ann", LATER) is None, "Ann's profile is no more"
        assert tx.merges.undo("cy", late).ended.id == "ann"
        with pytest.raises(NotFound):
            tx.merges.undo("ann", late)  # Bob became Ann's thirty days ago
        assert tx.merges.undo("ann", LATER).ended.id == "bob"

    await store.transact(chain)
    assert [(await store.read(lambda tx, who=who: tx.customers.get(who))).name for who in ("ann", "bob", "cy")] == [  # type: ignore[misc]
        "Ann", "Bob", "Cy"]


async def test_the_record_goes_with_the_customer_who_is_erased_and_after_thirty_days(store: SqlStore) -> None:
    def erased(tx: SqlTransaction) -> tuple[dict[str, int], int]:
        lived(tx)
        gone = tx.dossier.erase("ann")
        lived(tx)
        return gone, tx.merges.forget(NOW + UNDO_WITHIN + timedelta(hours=1))

    gone, forgotten = await store.transact(erased)
    assert gone["customer_merges"] == 1
    assert forgotten == 1
