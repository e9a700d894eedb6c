"""A conversation that a transaction changes several times, and rules that it reads before and after changing them."""

from dataclasses import replace
from datetime import timedelta

from crm_store.store import SqlStore, SqlTransaction
from desk.conversations import Conversation, Holder
from desk.customers import Customer
from desk.messages import Address, ChannelName, Language
from desk.staffing import StaffingRules
from tests.conftest import HandClock

HERE = Address(ChannelName.TELEGRAM, "1", "7", "7")


def opened(tx: SqlTransaction, clock: HandClock) -> Conversation:
    now = clock.now()
    tx.customers.add(Customer("c", "李", None, "", 0, "", "", True, now))
    tx.conversations.add(Conversation("t", "c", HERE, Holder.BOT, Language.ZH_HANS, opened_at=now, last_message_at=now))
    return tx.conversations.get("t")


async def test_what_was_said_last_of_a_conversation_holds(store: SqlStore, clock: HandClock) -> None:
    before = await store.transact(lambda tx: opened(tx, clock))
    once = replace(before, misses=1, last_text="积分", agent_id="a", last_message_at=clock.now() + timedelta(seconds=3))

    def change(tx: SqlTransaction) -> None:
        found = tx.conversations.find_open(HERE)
        tx.conversations.note(once)
        assert tx.conversations.get("t") == once
        tx.conversations.save(replace(once, unread=4))
        assert found == before
        tx.conversations.note(before)

    await store.transact(change)
    assert await store.read(lambda tx: tx.conversations.find("t")) == before
    await store.transact(lambda tx: tx.conversations.note(once))  # not looked at before
    assert await store.read(lambda tx: tx.conversations.find("t")) == once


async def test_changed_rules_hold_in_the_transaction_that_changes_them(store: SqlStore, clock: HandClock) -> None:
    def change(tx: SqlTransaction) -> tuple[int, int]:
        before = tx.staffing.rules().capacity
        tx.staffing.set_rules(replace(StaffingRules(), capacity=before + 1), clock.now())
        return before, tx.staffing.rules().capacity

    before, after = await store.transact(change)
    assert after == before + 1
