"""The front doors: stored before answered, refused before read, and nothing lost when the database is gone."""

import asyncio
from collections import Counter

import httpx
import pytest

from crm_store.database import DatabaseDown
from crm_store.store import SqlStore
from desk.messages import ChannelName, InboundMessage
from gateway.intake import Intake
from gateway.webhooks import LARGEST_BODY
from tests.conftest import HandClock
from tests.contracts.conftest import connect, delivered
from tests.fakes import wire
from tests.fakes.wire import WRITERS, Post
from tests.gateway.conftest import Play, Stage

PLATFORMS = pytest.mark.parametrize("platform", WRITERS)


async def accepted(play: Play, *posts: Post) -> tuple[list[int], dict[str, int]]:
    """Statuses of these posts, and what the store then holds, with nobody working on it."""
    async with play(work=False) as stage:
        responses = [await stage.post(post) for post in posts]
        return [response.status_code for response in responses], await stage.inbound()


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_a_message_is_stored_when_it_is_answered(play: Play, platform: str) -> None:
    assert await accepted(play, WRITERS[platform]("hello")) == ([200], {"queued": 1})


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_a_platforms_repeat_is_answered_and_adds_nothing(play: Play, platform: str) -> None:
    once = WRITERS[platform]("hello")
    assert await accepted(play, once, once, once) == ([200, 200, 200], {"queued": 1})


@PLATFORMS
async def test_a_forged_message_is_refused_and_not_stored(sqlite_stage: Stage, platform: str) -> None:
    response = await sqlite_stage.post(WRITERS[platform]("hello").forged())
    assert response.status_code == 401
    assert await sqlite_stage.inbound() == {}


async def test_an_authentic_body_that_makes_no_sense_is_refused(sqlite_stage: Stage) -> None:
    response = await sqlite_stage.post(wire.telegram_update({"update_id": 1, "message": "?"}))
    assert response.status_code == 400


async def test_a_body_over_the_limit_is_refused_before_it_is_read(sqlite_stage: Stage) -> None:
    huge = wire.telegram("x" * LARGEST_BODY)
    assert (await sqlite_stage.post(huge)).status_code == 413


async def test_a_body_whose_length_nobody_announced_is_read_no_further_than_the_limit(sqlite_stage: Stage) -> None:
    async def endless():
        for _ in range(LARGEST_BODY // 4096 + 10):
            yield b"x" * 4096

    try:
        response = await sqlite_stage.http.post("/webhooks/telegram", content=endless())
        assert response.status_code == 413
    except httpx.WriteError:
        pass  # the server hung up on us in the middle: just as well


async def test_a_channel_that_is_off_says_so(play: Play) -> None:
    async with play(telegram=None) as stage:
        assert (await stage.post(wire.telegram("hello"))).status_code == 404


async def test_what_was_accepted_is_answered_after_a_restart(play: Play) -> None:
    async with play(work=False) as stage:
        await stage.post(wire.telegram("hello"))
    async with play() as stage:
        await stage.until_said("Answer to hello")


async def test_a_database_that_is_gone_makes_the_platform_try_again_and_nothing_is_lost(
    play: Play, postgres, migrated_postgres: str
) -> None:
    name = postgres.create(migrated_postgres)
    async with play(postgres.url(name)) as stage:
        postgres.rename(name, f"{name}_away")
        assert (await stage.post(wire.telegram("hello", number=77))).status_code == 503
        assert (await stage.http.get("/health/ready")).status_code == 503
        assert (await stage.http.get("/health/live")).status_code == 200
        postgres.rename(f"{name}_away", name)
        assert (await stage.post(wire.telegram("hello", number=77))).status_code == 200
        await stage.until_said("Answer to hello")
    postgres.drop(name)


async def test_many_messages_at_once_share_a_few_commits_and_all_are_stored(store: SqlStore) -> None:
    commits = Counter[str]()

    class Counting(SqlStore):
        async def transact(self, work, *, single=False):
            commits["commits"] += 1
            return await super().transact(work, single=single)

    intake = Intake(Counting(store.database, store.signals), HandClock())
    await asyncio.gather(*(intake.accept([message]) for message in await messages(200)))
    assert await store.read(lambda tx: tx.inbound.count_by_status()) == {"queued": 200}
    assert commits["commits"] < 20


async def test_when_a_commit_fails_everybody_of_that_batch_hears_of_it(store: SqlStore) -> None:
    class Full(SqlStore):
        async def transact(self, work, *, single=False):
            raise DatabaseDown("disk full")

    intake = Intake(Full(store.database, store.signals), HandClock())
    heard = await asyncio.gather(*(intake.accept([m]) for m in await messages(5)), return_exceptions=True)
    assert [type(error) for error in heard] == [DatabaseDown] * 5


async def test_a_burst_that_arrives_in_the_wrong_order_is_answered_in_the_order_it_was_written(
    sqlite_stage: Stage,
) -> None:
    sqlite_stage.breaks("slow", text="zero", seconds=0.5)  # a burst: an earlier message is still being worked on
    await sqlite_stage.post(wire.telegram("zero", number=10))
    await sqlite_stage.post(wire.telegram("second", number=12))
    await sqlite_stage.post(wire.telegram("first", number=11))
    await sqlite_stage.until_said("Answer to second", "Answer to first")
    assert await sqlite_stage.said() == ["Answer to zero", "Answer to first", "Answer to second"]


@PLATFORMS
async def test_a_picture_is_kept_as_our_own_copy(sqlite_stage: Stage, platform: str) -> None:
    simulator = getattr(sqlite_stage.platforms, platform)
    user = {"telegram": "7001", "slack": "U7001", "wechat": "o7001"}[platform]
    await simulator.send(user, "", kind="image")

    async def kept() -> bool:
        return any(file.file_id for message in await sqlite_stage.history() for file in message.attachments)

    await sqlite_stage.until(kept)
    (file,) = [file for message in await sqlite_stage.history() for file in message.attachments]
    content = (await sqlite_stage.services.uploads.open(file.file_id)).content
    assert content and file.size == len(content)


async def messages(number: int) -> list[InboundMessage]:
    channel = connect(ChannelName.TELEGRAM, "http://127.0.0.1:9")
    answers = [await channel.receive(delivered(wire.telegram("hi", user=8000 + n))) for n in range(number)]
    await channel.stop()
    return [message for answer in answers for message in answer.messages]
