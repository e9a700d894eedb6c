"""Two profiles of one person become one: nothing they told us is lost, and nothing they refused becomes allowed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from campaigns.campaigns import Purpose
from crm_store.store import SqlStore, SqlTransaction
from desk.customers import Customer
from desk.faq_tuning import ConfirmedPair, PairSource
from desk.messages import Language

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BARE = Customer("ann", "", None, "", 0, "", "", consent=True, created_at=NOW)


async def merged(store: SqlStore, ann: Customer, bob: Customer) -> Customer:
    def merge(tx: SqlTransaction) -> Customer:
        tx.customers.put(ann)
        tx.customers.put(bob)
        tx.customers.merge(ann.id, bob.id)
        return tx.customers.get(ann.id)

    return await store.transact(merge)


async def test_what_only_one_profile_tells_is_kept_and_points_add_up(store: SqlStore) -> None:
    ann = replace(BARE, name="Ann", points=100)
    bob = replace(BARE, id="bob", name="Bob", phone="+86 139", email="a@example.com", tier="gold", points=20,
                  language=Language.ZH_HANT, time_zone="Asia/Taipei")
    both = await merged(store, ann, bob)
    assert (both.name, both.phone, both.email, both.tier) == ("Ann", "+86 139", "a@example.com", "gold")
    assert (both.points, both.language, both.time_zone) == (120, Language.ZH_HANT, "Asia/Taipei")


@pytest.mark.parametrize(("winner", "loser"), [(True, False), (False, True)])
async def test_who_stopped_messages_in_either_profile_gets_none(store: SqlStore, winner: bool, loser: bool) -> None:
    both = await merged(store, replace(BARE, consent=winner), replace(BARE, id="bob", consent=loser))
    assert both.consent is False


async def test_a_purpose_refused_in_either_profile_stays_refused(store: SqlStore) -> None:
    def said(tx: SqlTransaction) -> None:
        tx.customers.put(BARE)
        tx.customers.put(replace(BARE, id="bob"))
        for who, allowed in (("ann", True), ("bob", False)):
            tx.customers.record_consent(who, allowed, "as said", "telegram", NOW, f"{who}:1", Purpose.SURVEY)
        tx.customers.merge("ann", "bob")

    await store.transact(said)
    assert (await store.read(lambda tx: tx.consents.of("ann")))[Purpose.SURVEY] is False


async def test_who_is_erased_after_a_merge_leaves_no_question_that_the_other_profile_confirmed(store: SqlStore) -> None:
    def confirmed(tx: SqlTransaction) -> None:
        tx.customers.put(BARE)
        tx.customers.put(replace(BARE, id="bob"))
        tx.faq_tuning.add_pair(ConfirmedPair("my room 412?", "rooms", PairSource.CUSTOMER, NOW, "bob"), "answer:1")
        tx.customers.merge("ann", "bob")
        tx.dossier.erase("ann")

    await store.transact(confirmed)
    assert await store.read(lambda tx: tx.faq_tuning.list_pairs()) == []
