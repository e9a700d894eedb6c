"""Telegram: buttons, groups, edits, files and people who block the bot."""

import asyncio
from secrets import randbelow, token_urlsafe

from simulators import credentials
from tests.journeys.conftest import Customers
from tests.journeys.phones import TelegramPhone, until
from tests.journeys.staff import Agent, said_by


async def heard_in(phone: TelegramPhone, group: str) -> list[str]:
    return [line["text"] for line in await phone.lines(chat=group) if line["direction"] == "out"]


async def test_buttons_lead_through_and_an_old_one_is_forgiven(customers: Customers) -> None:
    phone = await customers.telegram()
    await phone.does("start")
    await phone.hears("欢迎光临")
    (welcome,) = [line for line in await phone.lines() if line["buttons"]]
    await (await phone.taps("投诉或反馈")).hears("发生了什么")
    await (await phone.says("算了，不投诉了")).hears("投诉没有提交")
    await phone.listens()
    unknown = {"user": phone.user, "message": welcome["id"], "button": welcome["buttons"][0]["id"]}
    answer = await phone.http.post(f"{phone.house.platforms}/sim/telegram/click", json=unknown)
    assert answer.status_code in (200, 404)  # the keyboard is gone, or the tap still works


async def test_start_through_a_deep_link_greets_once(customers: Customers, lin: Agent) -> None:
    phone = await customers.telegram()
    await phone.does("start", payload="room-1203")
    await phone.hears("欢迎光临")
    await (await phone.says("几点可以办理入住？")).hears("标准入住时间")
    assert len([line for line in await phone.lines() if "欢迎光临" in line["text"]]) == 1
    assert len(said_by(await lin.finds(phone), "bot")) == 2


async def test_an_edited_message_is_shown_as_edited_and_not_answered_again(customers: Customers, lin: Agent) -> None:
    phone = await customers.telegram()
    written = await phone.sends("text", "早餐几点？")
    await phone.hears("6:30 至 10:30")
    await phone.does("edit", message=written, text="早餐几点？我是 1203 房的")

    async def is_edited() -> bool:
        messages = (await lin.finds(phone))["messages"]
        return any(m["edited"] and m["text"] == "早餐几点？我是 1203 房的" for m in messages)

    assert await until(is_edited, bool)
    assert len(said_by(await lin.finds(phone), "bot")) == 1


async def test_in_a_group_it_answers_only_who_speaks_to_it(customers: Customers) -> None:
    phone, group = await customers.telegram(), str(-randbelow(10**9) - 1)
    await phone.sends("text", "早餐几点到几点？", group=group)
    await phone.sends("text", "@somebody_else 停车怎么收费", group=group)
    await phone.sends("text", "@frontdesk_demo_bot 可以带宠物吗", group=group)
    (answer,) = await until(lambda: heard_in(phone, group), lambda heard: bool(heard))
    assert "10 公斤以下的猫狗" in answer
    assert await phone.heard() == "", "a question asked in a group was answered in private"


async def test_two_people_in_one_group_are_two_customers(customers: Customers, lin: Agent) -> None:
    group = str(-randbelow(10**9) - 1)
    one, two = await customers.telegram(), await customers.telegram()
    await one.sends("text", "@frontdesk_demo_bot 转人工", group=group)
    waiting = await lin.waits_for(one, "queue")
    await two.sends("text", "@frontdesk_demo_bot 停车怎么收费", group=group)
    await until(lambda: heard_in(two, group), lambda heard: any("地下停车场" in text for text in heard))
    assert (await lin.finds(two))["customer"] != waiting["customer"]
    await lin.closes(waiting)


async def test_a_photo_is_kept_at_our_own_address_and_no_token_shows_anywhere(
    customers: Customers, lin: Agent
) -> None:
    phone = await customers.telegram()
    await phone.sends("photo", "空调坏了")
    await phone.hears()
    conversation = await until(lambda: lin.finds(phone), lambda found: bool(found["messages"][0]["files"]))
    (file,) = conversation["messages"][0]["files"]
    assert file["url"].startswith("/files/")
    assert file["media_type"] == "image/jpeg"
    whole = await lin.call("GET", f"/conversations/{conversation['id']}")
    for secret in (credentials.TELEGRAM_BOT_TOKEN, "/file/bot", "api.telegram.org", str(phone.house.simulators)):
        assert secret not in whole.text
    assert credentials.TELEGRAM_BOT_TOKEN not in phone.house.log
    picture = await lin.opens(file["url"])
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    assert (await phone.http.get(f"{phone.house.url}/files/{token_urlsafe(24)}")).status_code == 404


async def test_who_blocks_the_bot_is_marked_and_an_agents_message_ends_as_undeliverable(
    customers: Customers, grace: Agent
) -> None:
    phone = await customers.telegram()
    await (await phone.says("I want to talk to a human")).hears("I've called a colleague")
    conversation = await grace.serves(phone)
    await phone.hears("Grace Tan")
    await phone.does("block")
    await until(lambda: grace.customer_behind(phone), lambda found: not found["identities"][0]["reachable"])
    await grace.writes(conversation, "Are you still there?")

    async def last() -> str:
        found = await grace.get(f"/conversations/{conversation['id']}")
        return str(found["messages"][-1]["delivery_status"])

    assert await until(last, lambda status: status in ("dead", "suppressed", "cancelled"))
    await phone.does("unblock")
    await until(lambda: grace.customer_behind(phone), lambda found: found["identities"][0]["reachable"])
    await grace.closes(conversation)


async def test_a_flood_limit_only_delays(customers: Customers, lin: Agent) -> None:
    phone = await customers.telegram()
    await phone.control("fault", kind="flood", retry_after=1, user=phone.user, count=1)
    await (await phone.says("停车怎么收费")).hears("地下停车场")
    assert [m["delivery_status"] for m in (await lin.finds(phone))["messages"] if m["author"] == "bot"] == ["sent"]


async def test_an_answer_that_may_have_arrived_is_shown_as_doubtful_and_only_sent_again_by_a_person(
    customers: Customers, lin: Agent
) -> None:
    phone = await customers.telegram()
    await phone.control("fault", kind="status_after", code=502, user=phone.user, count=1)
    await (await phone.says("停车怎么收费")).hears("地下停车场")

    async def doubtful() -> list[dict[str, str]]:
        messages = (await lin.finds(phone))["messages"]
        return [message for message in messages if message["delivery_status"] == "in_doubt"]

    (message,) = await until(doubtful, lambda found: bool(found))
    await asyncio.sleep(1.5)  # long enough for a blind repeat
    assert (await phone.heard()).count("地下停车场") == 1
    again = await lin.call("POST", f"/deliveries/{message['delivery']}/send-again")
    assert again.status_code == 202
    await until(phone.heard, lambda heard: heard.count("地下停车场") == 2)
