"""Customers' messages wait durably, in order, and are worked on by one worker at a time."""

import asyncio
from datetime import timedelta

from crm_store.inbound import store_key
from crm_store.store import SqlStore
from desk.messages import Address, ChannelName, InboundKind, InboundMessage
from desk.queue import LeasedInbound
from tests.conftest import HandClock

LEASE = timedelta(seconds=30)


def said(text: str, order: int, user: str = "u1", key: str = "") -> InboundMessage:
    address = Address(ChannelName.TELEGRAM, "bot", user, user)
    return InboundMessage(key or f"{user}-{order}", address, HandClock().now(), order, InboundKind.TEXT, text=text)


async def accept(store: SqlStore, clock: HandClock, *messages: InboundMessage) -> int:
    now = clock.now()
    return await store.transact(lambda tx: tx.inbound.add(messages, now))


async def claim(store: SqlStore, clock: HandClock, owner: str = "w1", limit: int = 10) -> list[LeasedInbound]:
    now = clock.now()
    return await store.transact(lambda tx: tx.inbound.claim(owner, limit, now, LEASE))


async def finish(store: SqlStore, lease: LeasedInbound) -> bool:
    return bool(await store.transact(lambda tx: tx.inbound.finish([lease])))


async def test_a_platforms_repeat_adds_nothing(store: SqlStore, clock: HandClock) -> None:
    assert await accept(store, clock, said("hello", 1)) == 1
    assert await accept(store, clock, said("hello", 1), said("more", 2)) == 1
    assert await store.read(lambda tx: tx.inbound.count_by_status()) == {"queued": 2}


async def test_ten_deliveries_of_one_message_at_the_same_time_are_stored_once(
    store: SqlStore, clock: HandClock
) -> None:
    added = await asyncio.gather(*(accept(store, clock, said("hello", 1)) for _ in range(10)))
    assert sum(added) == 1


async def test_a_later_message_waits_until_the_earlier_one_is_done(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("second", 2), said("first", 1))
    (first,) = await claim(store, clock)
    assert first.message.text == "first"
    assert await claim(store, clock) == []
    assert await finish(store, first)
    assert [lease.message.text for lease in await claim(store, clock)] == ["second"]


async def test_a_late_earlier_message_does_not_bring_a_second_worker_into_the_conversation(
    store: SqlStore, clock: HandClock
) -> None:
    await accept(store, clock, said("second", 2))
    (second,) = await claim(store, clock)
    await accept(store, clock, said("first, late", 1))
    assert await claim(store, clock, "w2") == []
    await finish(store, second)
    assert [lease.message.text for lease in await claim(store, clock, "w2")] == ["first, late"]


async def test_conversations_are_worked_on_side_by_side(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("a", 1, "u1"), said("b", 1, "u2"), said("c", 2, "u1"))
    assert {lease.message.text for lease in await claim(store, clock)} == {"a", "b"}


async def test_two_workers_claiming_at_once_never_share_a_message(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, *(said(str(n), n, f"u{n % 20}") for n in range(100)))
    taken = await asyncio.gather(*(claim(store, clock, f"w{n}", 5) for n in range(8)))
    ids = [lease.id for leases in taken for lease in leases]
    users = [lease.message.address.user for leases in taken for lease in leases]
    assert len(ids) == len(set(ids)) == 20
    assert len(set(users)) == 20


async def test_what_a_vanished_worker_held_is_worked_on_again(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("hello", 1))
    (lost,) = await claim(store, clock)
    now = clock.forward(LEASE + timedelta(seconds=1))
    assert await store.transact(lambda tx: tx.inbound.reap(now)) == 1
    (again,) = await claim(store, clock, "w2")
    assert again.attempts == 2
    assert not await finish(store, lost), "the first worker came back too late: its result must not count"
    assert await finish(store, again)


async def test_a_worker_that_comes_back_after_losing_its_own_lease_cannot_finish_twice(
    store: SqlStore, clock: HandClock
) -> None:
    await accept(store, clock, said("hello", 1))
    (first,) = await claim(store, clock)
    now = clock.forward(LEASE + timedelta(seconds=1))
    await store.transact(lambda tx: tx.inbound.reap(now))
    (second,) = await claim(store, clock)  # the same worker, the same name
    assert not await finish(store, first)
    assert await finish(store, second)


async def test_a_postponed_message_keeps_its_place_before_the_next(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("first", 1), said("second", 2))
    (first,) = await claim(store, clock)
    until = clock.now() + timedelta(seconds=5)
    await store.transact(lambda tx: tx.inbound.postpone(first, until, "down", counts=False))
    assert await claim(store, clock) == [], "the second must not overtake"
    clock.forward(timedelta(seconds=6))
    (first_again,) = await claim(store, clock)
    assert (first_again.message.text, first_again.attempts) == ("first", 1)


async def test_a_message_given_up_no_longer_blocks_its_conversation(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("poison", 1), said("next", 2))
    (poison,) = await claim(store, clock)
    await store.transact(lambda tx: tx.inbound.give_up(poison, "failed three times"))
    assert [lease.message.text for lease in await claim(store, clock)] == ["next"]


async def test_text_that_no_database_takes_is_stored_readably(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("nul \x00 and half a pair \ud83d", 1))
    (lease,) = await claim(store, clock)
    assert lease.message.text == "nul  and half a pair ?"
    assert store_key(lease.message) == lease.key


async def test_old_done_messages_are_forgotten_and_waiting_ones_never(store: SqlStore, clock: HandClock) -> None:
    await accept(store, clock, said("done", 1, "u1"), said("waiting", 1, "u2"))
    leases = await claim(store, clock)
    done = next(lease for lease in leases if lease.message.text == "done")
    await finish(store, done)
    later = clock.forward(timedelta(days=8))
    assert await store.transact(lambda tx: tx.inbound.forget(later - timedelta(days=7))) == 1
    assert await store.read(lambda tx: tx.inbound.count_by_status()) == {"leased": 1}
