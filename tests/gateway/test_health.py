"""Live, ready and full answer different questions."""

import httpx

from tests.fakes import wire
from tests.gateway.conftest import Play, Stage


async def test_ready_means_that_a_message_can_be_stored_whatever_the_assistant_does(sqlite_stage: Stage) -> None:
    sqlite_stage.breaks("error", code=503, count=None)
    assert (await sqlite_stage.http.get("/health/live")).text == "live"
    assert (await sqlite_stage.http.get("/health/ready")).text == "ready"


async def test_full_names_every_part_and_is_well_only_when_all_are(sqlite_stage: Stage) -> None:
    parts = (await sqlite_stage.http.get("/health/full")).json()["parts"]
    ours = {"database", "assistant", "actions", "faq", "workers"}
    assert ours | {"wechat", "telegram", "slack", "webchat"} <= set(parts)
    assert {name for name, part in parts.items() if not part["ok"]} <= {"faq"}, "nothing is wrong but the empty FAQ"


async def test_full_says_what_is_wrong_and_notices_when_it_is_mended(sqlite_stage: Stage) -> None:
    sqlite_stage.platforms.telegram.faults.add({"kind": "bad_token", "method": "*", "count": None})
    response = await sqlite_stage.http.get("/health/full")
    assert response.status_code == 503
    telegram = response.json()["parts"]["telegram"]
    assert telegram == {"ok": False, "problem": "Telegram refuses the bot token"}
    sqlite_stage.platforms.telegram.faults.clear()
    assert (await sqlite_stage.http.get("/health/full")).json()["parts"]["telegram"]["ok"]


async def test_an_assistant_that_is_gone_shows_in_full(play: Play) -> None:
    async with play(rasa_url="http://127.0.0.1:9") as stage:
        parts = (await stage.http.get("/health/full")).json()["parts"]
    assert not parts["assistant"]["ok"]
    assert parts["database"]["ok"]


async def test_messages_nobody_works_on_show_in_full(play: Play) -> None:
    async with play(work=False, lease_seconds=1) as stage:
        await stage.post(wire.telegram("hello"))

        async def complains() -> bool:
            response: httpx.Response = await stage.http.get("/health/full")
            return "is a worker running?" in response.json()["parts"]["workers"].get("problem", "")

        await stage.until(complains, 8)


async def test_metrics_count_messages_by_what_became_of_them(sqlite_stage: Stage) -> None:
    await sqlite_stage.post(wire.telegram("hello"))
    await sqlite_stage.post(wire.telegram("hello").forged())
    await sqlite_stage.until_sent(1)
    text = (await sqlite_stage.http.get("/metrics")).text
    assert 'frontdesk_webhooks_total{channel="telegram",result="stored"} 1.0' in text
    assert 'frontdesk_webhooks_total{channel="telegram",result="forged"} 1.0' in text
    assert 'frontdesk_inbound{status="done"} 1.0' in text
    assert 'frontdesk_outbound{status="sent"} 1.0' in text
    assert "hello" not in text
