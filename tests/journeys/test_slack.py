"""Slack: mentions in channels, threads, buttons, files, and an app that never talks to itself."""

from secrets import token_hex

from tests.journeys.conftest import Customers
from tests.journeys.phones import Line, SlackPhone, until
from tests.journeys.staff import Agent, said_by


def channel_name() -> str:
    return f"C{token_hex(5).upper()}"


async def ours_in(phone: SlackPhone, channel: str) -> list[Line]:
    return [line for line in await phone.lines() if line["direction"] == "out" and line["channel"] == channel]


async def test_a_mention_in_a_channel_is_answered_once_in_its_thread(customers: Customers, grace: Agent) -> None:
    phone, channel = await customers.slack(), channel_name()
    asked = await phone.sends("text", "What time is breakfast?", channel=channel)
    (answer,) = await until(lambda: ours_in(phone, channel), lambda found: bool(found))
    assert "06:30 to 10:30" in answer["text"]
    assert answer["thread"] == asked
    await phone.sends("text", "and is there parking?", channel=channel, thread=asked)
    answers = await until(lambda: ours_in(phone, channel), lambda found: len(found) == 2)
    assert "underground parking" in answers[1]["text"]
    assert answers[1]["thread"] == asked
    assert len(said_by(await grace.finds(phone), "customer")) == 2


async def test_people_talking_to_each_other_in_a_channel_are_left_alone(customers: Customers) -> None:
    phone, channel = await customers.slack(), channel_name()
    await phone.sends("text", "What time is breakfast?", channel=channel, mention=False)
    await phone.sends("text", "Is there free Wi-Fi?", channel=channel)
    (answer,) = await until(lambda: ours_in(phone, channel), lambda found: bool(found))
    assert "HarbourLight" in answer["text"]


async def test_two_threads_of_one_person_are_two_conversations(customers: Customers, grace: Agent) -> None:
    phone, channel = await customers.slack(), channel_name()
    first = await phone.sends("text", "I want to talk to a human", channel=channel)
    waiting = await grace.waits_for(phone, "queue")
    second = await phone.sends("text", "Is there free Wi-Fi?", channel=channel)
    answered = await until(lambda: ours_in(phone, channel),
                           lambda found: any(line["thread"] == second for line in found))
    assert [line["thread"] for line in answered if "HarbourLight" in line["text"]] == [second]
    assert first in {line["thread"] for line in answered}
    assert (await grace.waits_for(phone, "bot"))["id"] != waiting["id"]
    await grace.closes(waiting)


async def test_buttons_work_and_the_choice_stands_in_the_history(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    await (await phone.says("Hello")).hears()
    await (await phone.taps("Make a complaint")).hears("what happened")
    await (await phone.says("never mind, cancel that")).hears("Nothing was submitted")
    assert said_by(await grace.finds(phone), "customer")[1] == "Make a complaint"


async def test_a_file_is_kept_with_the_conversation(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    await phone.sends("document", "Here is my invoice")
    await phone.hears()
    message = (await grace.finds(phone))["messages"][0]
    assert message["text"] == "Here is my invoice"
    (file,) = message["files"]
    assert file["name"] == "document.txt"
    assert file["url"].startswith("/files/")


async def test_a_picture_without_words_is_acknowledged(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    await phone.sends("image")
    await phone.hears("received that")
    (file,) = (await grace.finds(phone))["messages"][0]["files"]
    assert (await grace.opens(file["url"])).content.startswith(b"\x89PNG")


async def test_its_own_messages_and_other_bots_are_not_customers(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    before = phone.house.metric("frontdesk_webhooks_ignored_total", channel="slack", why="bot_message")
    await (await phone.says("Is there free Wi-Fi?")).hears("HarbourLight")

    async def ignored() -> float:
        return phone.house.metric("frontdesk_webhooks_ignored_total", channel="slack", why="bot_message") - before

    assert await until(ignored, lambda count: count >= 1)
    conversation = await grace.finds(phone)
    assert len(said_by(conversation, "customer")) == len(said_by(conversation, "bot")) == 1


async def test_an_event_that_slack_sends_twice_is_answered_once(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    await phone.control("fault", kind="repeat_events", times=1)
    await (await phone.says("Is there free Wi-Fi?")).hears("HarbourLight")
    await (await phone.says("What time is breakfast?")).hears("06:30 to 10:30")
    assert len(said_by(await grace.finds(phone), "bot")) == 2


async def test_the_address_check_of_slack_passes(customers: Customers) -> None:
    phone = await customers.slack()
    assert await phone.control("event", event="verify_url") == {"ok": True}
