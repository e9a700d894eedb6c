"""What a campaign found: counted from what customers answered in their chats, and by plain SQL."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from campaigns.campaigns import Campaign, CampaignState, Trigger
from campaigns.templates import CSAT
from console.results import Findings, findings, marks_of, search
from desk.messages import ChannelName, Language
from insights.results import By, Funnel, Verdict, compare, distribution, figure, numbers_of, split, verdict
from tests.campaigns.conftest import House, at

UTC = ZoneInfo("UTC")


async def of(house: House, campaign: Campaign) -> Findings:
    return await house.store.read(lambda tx: findings(tx, campaign.id))


async def rates(house: House, name: str, mark: str, why: str = "") -> None:
    await house.says(at(name), mark)
    if why:
        await house.says(at(name), why)


@pytest.fixture
async def asked(house: House) -> Campaign:
    """Six customers were asked: five answered from 5 to 1, two of them in full, one not at all."""
    for name, language in (("ann", Language.EN), ("bo", Language.ZH_HANS), ("cai", Language.ZH_HANS),
                           ("dee", Language.EN), ("eve", Language.EN), ("fay", Language.EN)):
        await house.customer(name, language=language, tier="Gold" if name in ("ann", "bo") else "")
    campaign = await house.starts(CSAT, cap_days=0)
    await house.runs(campaign, 2)
    await rates(house, "ann", "5", "The room was lovely")
    await rates(house, "bo", "4", "早餐很好")
    await rates(house, "cai", "3")
    await rates(house, "dee", "2")
    await rates(house, "eve", "1")
    return campaign


async def test_a_campaign_s_figures_are_those_worked_out_by_hand(house: House, asked: Campaign) -> None:
    found = await of(house, asked)
    assert found.funnel == Funnel(planned=6, reached=6, answered=5, finished=2, opted_out=0)
    response, completion = found.funnel.response_rate, found.funnel.completion_rate
    assert response is not None and response.value == 5 / 6 and response.is_small
    assert completion is not None and completion.value == 2 / 5
    assert found.main is not None and found.main.id == "csat"
    csat = figure(found.main, numbers_of(found.given, "csat"))
    assert csat is not None and (csat.value, csat.count) == (0.4, 5)
    assert distribution(found.main, found.given) == [(str(mark), 1) for mark in range(1, 6)]
    assert split(found.given, "csat", By.LANGUAGE, UTC) == {"en": [5, 2, 1], "zh-Hans": [4, 3]}
    assert split(found.given, "csat", By.TIER, UTC) == {"Gold": [5, 4], "": [3, 2, 1]}
    assert split(found.given, "csat", By.WEEK, UTC) == {"2026-11-23": [5, 4, 3, 2, 1]}


async def test_it_agrees_with_a_plain_sql_count(house: House, asked: Campaign) -> None:
    found = await of(house, asked)

    async def count(query: str) -> float:
        return float((await house.store.read(lambda tx: tx.connection.execute(text(query)).scalar())) or 0)

    mine = f"FROM survey_answers WHERE campaign_id = '{asked.id}' AND question_id = 'csat' AND number IS NOT NULL"
    assert len(numbers_of(found.given, "csat")) == await count(f"SELECT count(*) {mine}")
    csat = figure(found.main, numbers_of(found.given, "csat")) if found.main else None
    assert csat is not None and csat.value == pytest.approx(
        await count(f"SELECT avg(CASE WHEN number >= 4 THEN 1.0 ELSE 0.0 END) {mine}")
    )
    assert found.funnel.answered == await count(
        f"SELECT count(*) FROM recipients WHERE campaign_id = '{asked.id}' AND answered_at IS NOT NULL"
    )


async def test_what_people_wrote_is_found_whatever_its_script_and_case(house: House, asked: Campaign) -> None:
    found = await of(house, asked)
    said = [each for each in found.given if each.is_verbatim]
    assert [each.text for each in search(said, "ROOM lovely")] == ["The room was lovely"]
    assert [each.text for each in search(said, "很好")] == ["早餐很好"]
    assert search(said, "terrible") == []
    assert marks_of(found)[said[0].invited.id] == 5


async def test_a_dry_run_and_those_not_reached_do_not_count(house: House, asked: Campaign) -> None:
    await house.customer("gus", ChannelName.SLACK)
    another = await house.starts(CSAT, cap_days=0, channels=(ChannelName.SLACK,))
    await house.works(another)  # its message waits in the queue
    assert (await of(house, another)).funnel == Funnel(1, 0, 0, 0, 0)
    await house.changes(another, CampaignState.CANCELLED)
    assert (await of(house, another)).funnel.reached == 0


async def test_each_round_of_a_campaign_on_a_schedule_stands_beside_the_one_before(house: House) -> None:
    names = [f"n{number:02}" for number in range(12)]
    for name in names:
        await house.customer(name)
    campaign = await house.starts(CSAT, cap_days=0, trigger=Trigger.SCHEDULE, every_days=7)
    await house.runs(campaign, 2)
    for name in names:
        await rates(house, name, "2")
    house.clock.forward(timedelta(days=7))
    await house.runs(campaign, 2)
    for name in names:
        await rates(house, name, "5")
    found = await of(house, campaign)
    assert [(wave.number, set(wave.marks)) for wave in found.waves] == [(1, {2}), (2, {5})]
    assert found.main is not None
    assert verdict(compare(found.main, found.waves[0].marks, found.waves[1].marks)) is Verdict.HIGHER
