"""Our messages leave in order, at the channel's pace, and are never repeated blindly."""

from dataclasses import replace
from datetime import timedelta

from crm_store.limits import channel_key
from crm_store.store import SqlStore, SqlTransaction
from desk.channels import CAPABILITIES, Capabilities, ReplyWindow
from desk.conversations import Author, Conversation, DeliveryStatus, Holder
from desk.customers import Customer
from desk.messages import Address, ChannelName, Language, OutboundMessage
from desk.outbox import resend, settle
from desk.queue import Lane, LeasedOutbound, NewMessage, Outcome, Sending
from tests.conftest import HandClock

LEASE = timedelta(seconds=30)
TELEGRAM = CAPABILITIES[ChannelName.TELEGRAM]
WECHAT = CAPABILITIES[ChannelName.WECHAT]


def at(user: str, channel: ChannelName = ChannelName.TELEGRAM) -> Address:
    return Address(channel, "bot", user, user)


async def queue(
    store: SqlStore, clock: HandClock, key: str, address: Address, lane: Lane = Lane.REPLY, inbound: str | None = None
) -> None:
    now = clock.now()
    sending = Sending(key, OutboundMessage(key), address, lane, now, inbound)

    def say(tx: SqlTransaction) -> None:
        talk = tx.conversations.find_open(address)
        if talk is None:
            talk = Conversation(address.key, address.key, address, Holder.BOT, Language.EN, now, now)
            tx.customers.add(Customer(address.key, "", None, "", 0, "", "", True, now))
            tx.conversations.add(talk)
        tx.messages.add(NewMessage(talk.id, Author.BOT, key, f"out:{key}", now, sending=sending))

    await store.transact(say)


async def claim(
    store: SqlStore, clock: HandClock, can: Capabilities = TELEGRAM, channel: ChannelName = ChannelName.TELEGRAM,
    limit: int = 50,
) -> list[LeasedOutbound]:
    now = clock.now()
    key = channel_key(at("", channel))
    return await store.transact(lambda tx: tx.outbound.claim(key, can, "w", limit, now, LEASE))


async def end(store: SqlStore, clock: HandClock, lease: LeasedOutbound, outcome: Outcome) -> None:
    now = clock.now()
    await store.transact(lambda tx: settle(tx, [(lease, outcome)], now))


async def statuses(store: SqlStore) -> dict[str, int]:
    return dict(await store.read(lambda tx: tx.outbound.count_by_status()))


async def test_the_same_reply_queued_twice_leaves_once(store: SqlStore, clock: HandClock) -> None:
    for _ in range(2):
        await queue(store, clock, "k", at("u"))
    assert len(await claim(store, clock)) == 1


async def test_replies_to_one_customer_leave_one_after_the_other(store: SqlStore, clock: HandClock) -> None:
    for key in ("1", "2"):
        await queue(store, clock, key, at("u"))
    (first,) = await claim(store, clock)
    assert first.key == "1"
    assert await claim(store, clock) == []
    await end(store, clock, first, Outcome(DeliveryStatus.SENT, 1))
    assert [lease.key for lease in await claim(store, clock)] == ["2"]


async def test_a_reply_overtakes_a_campaign(store: SqlStore, clock: HandClock) -> None:
    for n in range(40):
        await queue(store, clock, f"campaign-{n}", at(f"c{n}"), Lane.CAMPAIGN)
    await queue(store, clock, "reply", at("c0"))
    (only,) = await claim(store, clock, limit=1)
    assert only.key == "reply"


async def test_no_more_leave_than_the_platforms_rate_allows(store: SqlStore, clock: HandClock) -> None:
    slow = replace(TELEGRAM, rate=10, burst=5)
    for n in range(20):
        await queue(store, clock, str(n), at(f"u{n}"))
    assert len(await claim(store, clock, slow)) == 5
    assert await claim(store, clock, slow) == []
    clock.forward(timedelta(milliseconds=300))
    assert len(await claim(store, clock, slow)) == 3


async def test_when_the_platform_asks_the_account_to_wait_nobody_is_written_to(
    store: SqlStore, clock: HandClock
) -> None:
    await queue(store, clock, "a", at("u1"))
    await queue(store, clock, "b", at("u2"))
    first, _ = await claim(store, clock)
    wait = Outcome(DeliveryStatus.RETRY, 0, "429", until=clock.now() + timedelta(seconds=7), block_channel=True)
    await end(store, clock, first, wait)
    await queue(store, clock, "c", at("u3"))
    clock.forward(timedelta(seconds=6))
    assert await claim(store, clock) == []
    clock.forward(timedelta(seconds=2))
    assert {lease.key for lease in await claim(store, clock)} == {"a", "c"}


async def test_what_was_on_its_way_when_the_sender_died_is_in_doubt_and_only_a_person_sends_it_again(
    store: SqlStore, clock: HandClock
) -> None:
    await queue(store, clock, "k", at("u"))
    (lease,) = await claim(store, clock)
    now = clock.forward(LEASE + timedelta(seconds=1))
    assert await store.transact(lambda tx: tx.outbound.reap(now)) == 1
    assert await statuses(store) == {"in_doubt": 1}
    assert await claim(store, clock) == []
    (shown,) = await store.read(lambda tx: tx.outbound.list_troubled())
    assert shown.key == "k"
    assert await store.transact(lambda tx: resend(tx, lease.id, now))
    assert not await store.transact(lambda tx: resend(tx, lease.id, now)), "a double click sends once"
    assert len(await claim(store, clock)) == 1


async def test_a_message_in_doubt_does_not_hold_up_the_next_one(store: SqlStore, clock: HandClock) -> None:
    await queue(store, clock, "1", at("u"))
    await queue(store, clock, "2", at("u"))
    (first,) = await claim(store, clock)
    await end(store, clock, first, Outcome(DeliveryStatus.IN_DOUBT, 0, "timed out"))
    assert [lease.key for lease in await claim(store, clock)] == ["2"]


async def test_without_a_reply_window_a_message_is_parked_and_leaves_with_the_next_contact(
    store: SqlStore, clock: HandClock
) -> None:
    address = at("u", ChannelName.WECHAT)
    await queue(store, clock, "k", address)
    assert await claim(store, clock, WECHAT, ChannelName.WECHAT) == []
    assert await statuses(store) == {"parked": 1}
    now = clock.forward(timedelta(hours=1))

    await store.transact(lambda tx: tx.windows.open(address, ReplyWindow("message", timedelta(hours=48), 5), now))
    assert await store.transact(lambda tx: tx.outbound.unpark(address, now)) == 1
    assert [lease.key for lease in await claim(store, clock, WECHAT, ChannelName.WECHAT)] == ["k"]


async def test_a_window_allows_no_more_sends_than_its_quota(store: SqlStore, clock: HandClock) -> None:
    address = at("u", ChannelName.WECHAT)
    now = clock.now()
    await store.transact(lambda tx: tx.windows.open(address, ReplyWindow("message", timedelta(hours=48), 2), now))
    sent = 0
    for n in range(3):
        await queue(store, clock, str(n), address)
        for lease in await claim(store, clock, WECHAT, ChannelName.WECHAT):
            await end(store, clock, lease, Outcome(DeliveryStatus.SENT, 1))
            sent += 1
    assert sent == 2
    assert (await statuses(store))["parked"] == 1


async def test_a_passive_answer_is_taken_once_and_given_again_to_a_repeat(store: SqlStore, clock: HandClock) -> None:
    address = at("u", ChannelName.WECHAT)
    await queue(store, clock, "k", address, inbound="wechat:bot:m:1")
    now = clock.now()

    found = await store.read(lambda tx: tx.outbound.find_passive("wechat:bot:m:1"))
    assert found is not None and not found.repeated
    await store.transact(lambda tx: tx.outbound.take_passive(found, now + LEASE))
    await store.transact(lambda tx: tx.outbound.settle_passive(found, rest=False, now=now))
    again = await store.read(lambda tx: tx.outbound.find_passive("wechat:bot:m:1"))
    assert again is not None and again.repeated
    assert again.messages == found.messages
    assert await claim(store, clock, WECHAT, ChannelName.WECHAT) == []
    assert await statuses(store) == {"sent": 1}


async def test_what_left_by_the_platforms_api_is_never_said_in_a_response_too(
    store: SqlStore, clock: HandClock
) -> None:
    address = at("u", ChannelName.WECHAT)
    now = clock.now()
    await store.transact(lambda tx: tx.windows.open(address, ReplyWindow("message", timedelta(hours=48), 5), now))
    await queue(store, clock, "k", address, inbound="wechat:bot:m:1")
    assert len(await claim(store, clock, WECHAT, ChannelName.WECHAT)) == 1
    assert await store.read(lambda tx: tx.outbound.find_passive("wechat:bot:m:1")) is None


async def test_a_passive_answer_whose_response_never_left_is_in_doubt_until_a_repeat_takes_it(
    store: SqlStore, clock: HandClock
) -> None:
    await queue(store, clock, "k", at("u", ChannelName.WECHAT), inbound="wechat:bot:m:1")
    now = clock.now()
    found = await store.read(lambda tx: tx.outbound.find_passive("wechat:bot:m:1"))
    assert found is not None
    await store.transact(lambda tx: tx.outbound.take_passive(found, now + LEASE))

    later = clock.forward(LEASE + timedelta(seconds=1))
    await store.transact(lambda tx: tx.outbound.reap(later))
    assert await statuses(store) == {"in_doubt": 1}, "the process died with the response in its hands"
    again = await store.read(lambda tx: tx.outbound.find_passive("wechat:bot:m:1"))
    assert again == replace(found, repeated=True)
    await store.transact(lambda tx: tx.outbound.settle_passive(again, rest=False, now=later))
    assert await statuses(store) == {"sent": 1}
