"""What ends at the same time is stored together, and fails alone."""

import asyncio
import contextlib
from collections.abc import Sequence

from crm_store.database import DatabaseDown
from desk.errors import Conflict
from gateway.gathering import Gathering
from tests.fakes.wire import telegram
from tests.gateway.conftest import Stage


class Ledger:
    """Takes orders, several at once, all or nothing."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []
        self.is_down = False

    async def store(self, orders: Sequence[str]) -> list[str]:
        await asyncio.sleep(0)
        if self.is_down:
            raise DatabaseDown("gone")
        if "poison" in orders:
            raise Conflict("poison")
        self.pages.append(list(orders))
        return [f"{order} stored" for order in orders]


async def test_what_comes_alone_is_stored_at_once() -> None:
    ledger = Ledger()
    assert await Gathering(ledger.store).add("tea") == "tea stored"


async def test_what_comes_meanwhile_is_stored_together_and_everyone_hears_of_their_own() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store)
    assert await gathering.add("first") == "first stored"
    assert await asyncio.gather(*(gathering.add(name) for name in ("a", "b", "c"))) == [
        "a stored", "b stored", "c stored",
    ]  # fmt: skip
    assert ledger.pages == [["first"], ["a", "b", "c"]]


async def test_what_is_urgent_waits_for_nobody_and_takes_along_what_waits() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store, gap=3600.0)
    await gathering.add("first")
    patient = asyncio.create_task(gathering.add("patient"))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await gathering.add("urgent", at_once=True)
        assert ledger.pages == [["first"], ["patient", "urgent"]]
        assert await patient == "patient stored"


async def test_being_urgent_hurries_nothing_that_comes_later() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store, gap=3600.0)
    await gathering.add("urgent", at_once=True)
    later = asyncio.create_task(gathering.add("later"))
    await asyncio.sleep(0.05)
    assert not later.done()
    later.cancel()


async def test_what_somebody_waits_for_is_stored_now() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store, gap=3600.0)
    await gathering.add("first")
    waiting = asyncio.create_task(gathering.add("second"))
    await asyncio.sleep(0)
    gathering.hurry()
    async with asyncio.timeout(10):
        assert await waiting == "second stored"


async def test_one_that_cannot_be_stored_fails_alone() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store)
    tea, poison, milk = await asyncio.gather(
        *(gathering.add(name) for name in ("tea", "poison", "milk")), return_exceptions=True
    )
    assert (tea, milk) == ("tea stored", "milk stored")
    assert isinstance(poison, Conflict)


async def test_everyone_hears_that_the_database_is_down_and_later_ones_are_stored_again() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store)
    ledger.is_down = True
    lost = await asyncio.gather(*(gathering.add(name) for name in ("tea", "milk")), return_exceptions=True)
    assert [type(each) for each in lost] == [DatabaseDown, DatabaseDown]
    ledger.is_down = False
    assert await gathering.add("tea") == "tea stored"


async def test_forty_customers_at_once_are_each_answered_once(stage: Stage) -> None:
    users = [str(user) for user in range(7100, 7140)]
    for user in users:
        stage.platforms.telegram.add_user(user)
    await asyncio.gather(*(stage.post(telegram("hello", user=int(user))) for user in users))
    await stage.until_sent(len(users))
    assert await stage.outbound() == {"sent": len(users)}
    for user in users:
        said = stage.platforms.telegram.messages(user)
        assert [line["text"] for line in said if line["direction"] == "out"] == ["Answer to hello"]


async def test_what_is_lent_to_somebodys_transaction_is_stored_by_it_alone() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store, gap=3600.0)
    await gathering.add("first")
    waiting = [asyncio.create_task(gathering.add(name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    with gathering.lent("stored along") as items:
        assert items == ["a", "b"]
    async with asyncio.timeout(10):
        assert await asyncio.gather(*waiting) == ["stored along", "stored along"]
    assert ledger.pages == [["first"]]


async def test_what_was_lent_to_a_transaction_that_failed_is_stored_all_the_same() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.store)
    await gathering.add("first")
    waiting = [asyncio.create_task(gathering.add(name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    with contextlib.suppress(Conflict), gathering.lent("stored along"):
        raise Conflict("another's")
    async with asyncio.timeout(10):
        assert await asyncio.gather(*waiting) == ["a stored", "b stored"]
    assert ledger.pages == [["first"], ["a", "b"]]
