"""Who gets a waiting customer: by room, turn, language and team; the queue by priority, then by time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk.agents import Agent, Availability
from desk.assignment import choose, expected_wait, team_for
from desk.conversations import Holder, Priority
from desk.dispatch import assign_waiting
from desk.effects import RequestHandoff
from desk.handoff import answer, claim, close, transfer_to_team
from desk.messages import Address, ChannelName, Language
from desk.staffing import AssignmentMode, Candidate, Skills, StaffingRules, Team
from tests.desk.conftest import CUSTOMER, Desk

ASKED = [RequestHandoff("asked")]
LEAST = StaffingRules(mode=AssignmentMode.LEAST_BUSY, capacity=2)


def there(agent_id: str, load: int = 0, capacity: int = 5, languages: tuple[Language, ...] = (),
          teams: tuple[str, ...] = ()) -> Candidate:
    return Candidate(agent_id, agent_id, load, capacity, languages, teams, None)


def customer(number: int) -> Address:
    return Address(ChannelName.TELEGRAM, "bot", str(number), str(number))


async def rules(desk: Desk, given: StaffingRules) -> None:
    await desk.store.transact(lambda tx: tx.staffing.set_rules(given, desk.clock.now()))


async def asks(desk: Desk, number: int = 77, text: str = "I want to talk to a person", topic: str = "") -> str:
    effects = [replace(ASKED[0], topic=topic)]
    return (await desk.talks(text, effects=effects, address=customer(number))).turn.conversation_id


async def holder_of(desk: Desk, number: int) -> str | None:
    found = await desk.conversation(customer(number))
    assert found is not None
    return found.agent_id


def test_the_least_busy_is_whose_room_is_emptiest_not_who_holds_fewest() -> None:
    chosen = choose(AssignmentMode.LEAST_BUSY, [there("full-timer", 3, 10), there("learner", 1, 2)],
                    language=Language.EN)
    assert chosen is not None and chosen.agent_id == "full-timer"


def test_nobody_gets_more_than_they_have_room_for_or_a_language_they_do_not_speak() -> None:
    crew = [there("full", 5), there("french", languages=(Language.EN,))]
    assert choose(AssignmentMode.LEAST_BUSY, crew, language=Language.ZH_HANS) is None
    assert choose(AssignmentMode.MANUAL, crew, language=Language.EN) is None


def test_who_writes_traditional_chinese_is_served_by_who_reads_simplified() -> None:
    chosen = choose(AssignmentMode.ROUND_ROBIN, [there("lin", languages=(Language.ZH_HANS,))],
                    language=Language.ZH_HANT)
    assert chosen is not None


def test_a_topic_finds_its_team_and_a_language_its_own() -> None:
    complaints = Team("c", "Complaints", ("complaint",), (), ("a",))
    chinese = Team("z", "中文", (), (Language.ZH_HANS,), ("b",))
    empty = Team("e", "Empty", ("points",), (), ())
    teams = [complaints, chinese, empty]
    assert team_for(teams, "complaint", Language.ZH_HANT) == complaints
    assert team_for(teams, "question", Language.ZH_HANT) == chinese
    assert team_for(teams, "points", Language.EN) is None, "a team without people serves nobody"


@pytest.mark.parametrize(("waits", "minutes"), [([], None), ([30, 40], None), ([20, 30, 400], 1), ([300, 400, 500], 7)])
def test_the_expected_wait_is_what_others_waited(waits: list[int], minutes: int | None) -> None:
    assert expected_wait(waits) == minutes


async def test_somebody_with_room_gets_the_customer_at_once_and_the_customer_hears_who(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    await rules(desk, LEAST)
    await asks(desk)
    assert await holder_of(desk, 77) == grace.id
    assert (await desk.customer_got())[-1] == "You are now talking to Grace."
    alerts = await desk.store.read(lambda tx: tx.attention.list_alerts(grace.id))
    assert [alert.kind for alert in alerts] == ["assigned"]


async def test_round_robin_takes_turns_and_stops_at_capacity(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")
    await rules(desk, replace(LEAST, mode=AssignmentMode.ROUND_ROBIN))
    for number in range(5):
        await asks(desk, number)
        desk.clock.forward(timedelta(seconds=1))
    got = [await holder_of(desk, number) for number in range(5)]
    assert sorted(got[:2], key=str) == sorted([grace.id, lin.id])
    assert got[:2] == got[2:4]
    assert got[4] is None, "both hold two"


async def test_when_room_comes_the_first_in_line_is_served_next(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    await rules(desk, replace(LEAST, capacity=1))
    first = await asks(desk, 1)
    for number in (2, 3):
        desk.clock.forward(timedelta(seconds=10))
        await asks(desk, number)
    assert await holder_of(desk, 2) is None
    await desk.store.transact(lambda tx: close(tx, first, grace, desk.clock.now()))
    assert await holder_of(desk, 2) == grace.id
    assert await holder_of(desk, 3) is None


async def test_who_is_angry_overtakes_in_the_queue(desk: Desk) -> None:
    await desk.agent()
    await asks(desk, 1)
    desk.clock.forward(timedelta(seconds=10))
    await asks(desk, 2, "你们就是骗子，找人来！")
    waiting = await desk.store.transact(lambda tx: tx.conversations.list_waiting())
    assert [(item.address.chat, item.priority) for item in waiting] == [("1", Priority.NORMAL), ("2", Priority.NORMAL)]
    desk.clock.forward(timedelta(seconds=10))
    await desk.talks("This is the third time I ask, you are useless liars", address=customer(3))
    waiting = await desk.store.transact(lambda tx: tx.conversations.list_waiting())
    assert [item.address.chat for item in waiting] == ["3", "1", "2"]


async def test_an_agent_who_is_busy_or_away_gets_nobody(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    await rules(desk, LEAST)
    await desk.store.transact(lambda tx: tx.staffing.set_availability(grace.id, Availability.BUSY))
    await asks(desk)
    assert await holder_of(desk, 77) is None
    await desk.store.transact(lambda tx: tx.staffing.set_availability(grace.id, Availability.AVAILABLE))
    assert await desk.store.transact(lambda tx: assign_waiting(tx, desk.clock.now())) == 1
    assert await holder_of(desk, 77) == grace.id


async def test_a_complaint_goes_to_the_complaints_team_in_a_language_they_speak(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")

    def staff(tx: object) -> None:
        tx.staffing.set_rules(LEAST, desk.clock.now())  # type: ignore[attr-defined]
        tx.staffing.put_team(Team("", "Complaints", ("complaint",), (), (lin.id,)))  # type: ignore[attr-defined]
        tx.staffing.set_skills(Skills(lin.id, (Language.ZH_HANS,)))  # type: ignore[attr-defined]

    await desk.store.transact(staff)
    await asks(desk, 1, "我要投诉，转人工", topic="complaint")
    await asks(desk, 2, "I want a person for my complaint", topic="complaint")
    await asks(desk, 3)
    assert await holder_of(desk, 1) == lin.id
    assert await holder_of(desk, 2) is None, "the team speaks no English: it waits for somebody of the team who does"
    assert await holder_of(desk, 3) == grace.id


async def test_handed_to_a_team_it_waits_for_that_team_alone(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")
    conversation_id = await asks(desk)

    def hand_on(tx: object) -> None:
        now = desk.clock.now()
        claim(tx, conversation_id, grace, now)  # type: ignore[arg-type]
        team = tx.staffing.put_team(Team("", "Refunds", (), (), (lin.id,)))  # type: ignore[attr-defined]
        tx.staffing.set_rules(LEAST, now)  # type: ignore[attr-defined]
        transfer_to_team(tx, conversation_id, grace, team, desk.rules, now)  # type: ignore[arg-type]

    await desk.store.transact(hand_on)
    assert await holder_of(desk, 77) == lin.id
    assert "team in charge" in " ".join(await desk.customer_got())


async def test_the_expected_wait_is_told_once_it_is_known(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    for number in range(3):
        talk = await asks(desk, number)
        now = desk.clock.forward(timedelta(seconds=150))
        await desk.store.transact(lambda tx, at=talk, when=now: claim(tx, at, grace, when))  # type: ignore[misc]
    await asks(desk, 8)
    assert "usually" not in (await desk.customer_got(customer(8)))[-1], "nobody is at the desk any more"
    await desk.store.transact(lambda tx: tx.agents.seen(grace.id, desk.clock.now()))
    await asks(desk, 9)
    assert "The wait is usually about 3 min." in (await desk.customer_got(customer(9)))[-1]
    for number in range(10, 14):
        desk.clock.forward(timedelta(seconds=1))
        await asks(desk, number)
    assert "usually" in (await desk.customer_got(customer(10)))[-1]
    assert "usually" not in (await desk.customer_got(customer(13)))[-1], "four wait already, for one agent"


async def test_everything_that_happened_is_kept_with_its_times(desk: Desk) -> None:
    grace: Agent = await desk.agent("Grace")
    talk = await asks(desk)
    now = desk.clock.forward(timedelta(seconds=40))
    await desk.store.transact(lambda tx: claim(tx, talk, grace, now))
    later = desk.clock.forward(timedelta(seconds=20))
    await desk.store.transact(lambda tx: answer(tx, talk, grace, "Hello", "key-1", later))
    await desk.store.transact(lambda tx: answer(tx, talk, grace, "There?", "key-2", later))
    await desk.store.transact(lambda tx: close(tx, talk, grace, later))
    events = await desk.store.read(lambda tx: tx.timeline.list_of([talk]))
    assert [(event.kind.value, event.seconds) for event in events] == [
        ("queued", None), ("claimed", 40), ("first_reply", 60), ("closed", 60),
    ]
    assert CUSTOMER.chat == "77"
    conversation = await desk.store.read(lambda tx: tx.conversations.find(talk))
    assert conversation is not None and conversation.holder is Holder.NOBODY
