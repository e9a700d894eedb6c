"""The inbox as staff use it, in Chromium: lists, search, notes, labels, canned replies, files, hand-overs."""

import asyncio
import base64
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from console import service_desk
from console.composing import Written
from desk.agents import Role
from desk.effects import RequestHandoff
from desk.messages import ChannelName
from desk.notes import CannedReply
from desk.staffing import Team
from tests.browser.conftest import OpenDesk, Site, axe_violations, png

pytestmark = pytest.mark.browser

AT_END = """() => {
  const box = document.querySelector("#history"), picture = box.querySelector("img");
  return picture?.naturalHeight === 300 && box.scrollHeight - box.scrollTop - box.clientHeight < 3;
}"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


async def served(site: Site, agent: object, text: str = "I want to speak to a person", **how: object) -> str:
    talk = await site.life.asks_for_a_person(text, **how)
    await service_desk.claim(site.services, talk, agent)  # type: ignore[arg-type]
    return talk


async def opened(site: Site, open_desk: OpenDesk, **how: object) -> tuple[Page, str, object]:
    """An agent at a conversation they hold."""
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    talk = await served(site, lin, **how)
    return await open_desk(lin, f"/console/conversations/{talk}?view=mine"), talk, lin


async def test_a_conversation_is_found_by_what_was_said_in_either_script_by_its_customer_and_by_its_ticket(
    site: Site, open_desk: OpenDesk
):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("房间的空调坏了", user="chen", name="陈静", answer="好的", effects=[])
    await site.life.writes("hello there", user="bob", name="Bob Miller")
    page = await open_desk(lin)
    for words, found in (("空調", "陈静"), ("there HELLO", "Bob Miller"), ("miller", "Bob Miller"), ("陈静", "陈静")):
        await page.fill("#search", words)
        await page.keyboard.press("Enter")
        await expect(page.locator("#list .who")).to_have_text([found])
    await expect(page.locator(f"#item-{talk}")).to_be_visible()
    await page.fill("#search", "zebra")
    await page.keyboard.press("Enter")
    await expect(page.locator("#list")).to_contain_text("Nothing found.")


async def test_a_note_calls_a_colleague_and_no_customer_sees_it(site: Site, open_desk: OpenDesk):
    wu = await site.life.hires("Wu Mei")
    page, talk, _ = await opened(site, open_desk)
    theirs = await open_desk(wu, "/console/inbox?view=alerts")
    await page.keyboard.press("n")
    await page.keyboard.type("@Wu")
    await page.locator("#suggestions li").first.click()
    await page.keyboard.type("please look at the room")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.private .text")).to_have_text("@Wu Mei please look at the room")
    await expect(theirs.locator(f"#item-{talk}")).to_be_visible()
    await theirs.click(f"#item-{talk}")
    await expect(theirs.locator(".message.private")).to_contain_text("Private note by Lin")
    await expect(theirs.locator(".views .count.alarm")).to_have_count(0, timeout=8000)
    assert "please look" not in str(await site.life.agent_says(talk))


async def test_a_canned_reply_is_found_by_its_shortcut_and_filled_in_for_this_customer(
    site: Site, open_desk: OpenDesk
):
    page, talk, _ = await opened(site, open_desk, name="Ann Lee")
    await site.life.books(await site.life.customer_of(talk), "HZ-412", "杭州")
    await site.services.store.transact(lambda tx: tx.canned.put(
        CannedReply("", "late", "Late check-out",
                    "Dear {{customer.name}}, {{order.number}} may leave at 2 pm. {{agent.name}}"), site.life.now(),
    ))
    await page.locator("#text").press_sequentially("/la")
    await expect(page.locator("#suggestions li")).to_have_text(["/late Late check-out"])
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("Dear Ann Lee, HZ-412 may leave at 2 pm. Lin")


async def test_labels_are_added_filtered_by_and_taken_away(site: Site, open_desk: OpenDesk):
    page, talk, _ = await opened(site, open_desk)
    await site.life.asks_for_a_person("another", user="bo", name="Bo")
    await page.keyboard.press("l")
    await page.keyboard.type("Refund")
    await page.keyboard.press("Enter")
    await expect(page.locator(".state .tag.label")).to_contain_text("Refund")
    await page.goto(f"{site.url}/console/inbox?view=all")
    await page.get_by_role("button", name="Filter").click()
    await page.locator("#filters select[name=label]").select_option(label="Refund")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator("#list .item")).to_have_count(1)
    await page.click(f"#item-{talk}")
    await page.get_by_role("button", name="Remove label Refund").click()
    await expect(page.locator(".state .tag.label")).to_have_count(0)


async def test_a_picture_and_choices_are_sent_with_a_reply(site: Site, open_desk: OpenDesk):
    page, _talk, _ = await opened(site, open_desk)
    await page.fill("#text", "Which room?")
    await page.get_by_text("Offer choices").click()
    await page.fill("#choices", "Sea view\nGarden view")
    await page.set_input_files("#files", {"name": "room.png", "mimeType": "image/png", "buffer": PIXEL})
    await expect(page.locator("#chosen")).to_have_text("room.png")
    await page.get_by_role("button", name="Send").click()
    sent = page.locator(".message.agent").last
    await expect(sent.get_by_role("img", name="room.png")).to_be_visible()
    await expect(sent.locator(".choices li")).to_have_text(["Sea view", "Garden view"])
    await expect(page.locator("#text")).to_have_value("")
    await expect(page.locator("#chosen")).to_be_empty()


async def test_the_history_ends_at_the_newest_picture_although_it_loads_late(site: Site, open_desk: OpenDesk):
    page, talk, lin = await opened(site, open_desk)
    for number in range(12):
        await service_desk.reply(site.services, talk, lin, Written(f"Line {number}", f"line-{number:04}"))  # type: ignore[arg-type]
    await page.reload()
    await page.set_input_files("#files", {"name": "room.png", "mimeType": "image/png", "buffer": png(300, 300)})
    await page.get_by_role("button", name="Send").click()
    async with asyncio.timeout(10):
        while not await page.evaluate(AT_END):  # noqa: ASYNC110 - the page tells it no other way
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("name", "content", "channel", "says"), [
    ("run.exe", b"MZ", ChannelName.TELEGRAM, "Files of this kind are not sent"),
    ("photo.png", b"<html>", ChannelName.TELEGRAM, "The file is not what its name says"),
    ("terms.pdf", b"%PDF-1.7", ChannelName.WECHAT, "WeChat takes pictures only"),
    ("empty.txt", b"", ChannelName.TELEGRAM, "That file is empty."),
])
async def test_a_file_that_cannot_be_sent_is_refused_where_the_agent_looks_and_the_text_stays(
    site: Site, open_desk: OpenDesk, name: str, content: bytes, channel: ChannelName, says: str
):
    page, talk, _ = await opened(site, open_desk, channel=channel)
    await page.fill("#text", "Please see the file")
    await page.set_input_files("#files", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#notice")).to_contain_text(says)
    await expect(page.locator("#text")).to_have_value("Please see the file")
    assert await site.life.agent_says(talk) == []


async def test_a_text_too_long_for_what_wechat_still_allows_is_refused_and_kept(site: Site, open_desk: OpenDesk):
    page, talk, _ = await opened(site, open_desk, channel=ChannelName.WECHAT)
    long = "好" * 3900  # 11,700 bytes: six messages of 2,048
    await page.fill("#text", long)
    await expect(page.locator("#length")).to_have_text("goes as 6 messages")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#notice")).to_contain_text("would take 6 messages, and the platform allows 5 more")
    await expect(page.locator("#text")).to_have_value(long)
    assert await site.life.agent_says(talk) == []


async def test_a_closed_conversation_and_a_lost_permission_say_so_and_keep_the_text(site: Site, open_desk: OpenDesk):
    page, talk, lin = await opened(site, open_desk)
    await page.fill("#text", "One more thing")
    await service_desk.close(site.services, talk, lin)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#notice")).to_have_text("This conversation is closed.")
    await expect(page.locator("#text")).to_have_value("One more thing")

    other = await served(site, lin, user="bo", name="Bo")
    await page.goto(f"{site.url}/console/conversations/{other}")
    await page.fill("#text", "Still here")
    await page.route("**/reply", lambda route: route.fulfill(status=403, body="no"))
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#notice")).to_contain_text("Your account may not do this any more. Your text is kept.")
    await expect(page.locator("#text")).to_have_value("Still here")


async def test_two_agents_see_each_other_look_and_type(site: Site, open_desk: OpenDesk):
    page, talk, _ = await opened(site, open_desk)
    wu = await site.life.hires("Wu")
    theirs = await open_desk(wu, f"/console/conversations/{talk}")
    await expect(page.locator("#viewers")).to_have_text("Wu is looking at this, too")
    await page.locator("#text").press_sequentially("Dear")
    await expect(theirs.locator("#viewers")).to_have_text("Lin is typing…")


async def test_an_angry_customer_comes_first_with_the_reason_and_what_was_said(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    await site.life.asks_for_a_person("Can I change my room?", user="bo", name="Bo")
    await site.life.writes("What time is breakfast?", answer="From 6:30.", user="di", name="Di")
    talk = await site.life.writes("This is the third time I ask, you are useless liars!!", user="di", name="Di")
    page = await open_desk(lin, "/console/inbox?view=waiting")
    await expect(page.locator("#list .who")).to_have_text(["Di", "Bo"])
    await page.click(f"#item-{talk}")
    handover = page.locator("#handover")
    await expect(handover).to_contain_text("Why a person: Angry")
    await expect(handover).to_contain_text("What time is breakfast?")
    await expect(handover).to_contain_text("From 6:30.")
    await expect(page.locator("#history")).to_contain_text("I'm getting a colleague for you right away")


async def test_a_conversation_is_handed_to_a_team_from_the_console(site: Site, open_desk: OpenDesk):
    page, talk, _ = await opened(site, open_desk)
    wu = await site.life.hires("Wu")
    await site.services.store.transact(lambda tx: tx.staffing.put_team(Team("", "Refunds", (), (), (wu.id,))))
    await page.reload()
    await page.keyboard.press("t")
    await page.locator("#transfer-to").select_option(label="Refunds")
    await page.locator("#transfer-sheet").get_by_role("button", name="Transfer").click()
    await expect(page.locator("#holder")).to_have_text("Waiting for a person")
    await expect(page.locator("#history")).to_contain_text("Lin handed it to Refunds")
    assert await site.life.holder(talk) == "queue"


async def test_everything_is_done_by_keys_and_the_help_lists_them(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    talk = await site.life.asks_for_a_person()
    page = await open_desk(lin, "/console/inbox?view=waiting")
    await page.keyboard.press("?")
    for key in ("/", "c", "r", "n", "t", "l", "e"):
        await expect(page.locator("#help kbd", has_text=key).first).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#conversation")).to_be_visible()
    await page.keyboard.press("c")
    await expect(page.locator("#holder")).to_have_text("With you")
    await page.keyboard.press("r")
    await page.keyboard.type("Hello by keys")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.agent .text")).to_have_text("Hello by keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await expect(page.locator("#holder")).to_have_text("Closed")
    assert await site.life.agent_says(talk) == ["Hello by keys"]


async def test_more_conversations_than_a_page_are_walked_by_pages(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    for number in range(53):
        await site.life.writes("hi", user=f"u{number}", name=f"Guest {number:02}")
    page = await open_desk(lin, "/console/inbox?view=all")
    await expect(page.locator("#list .item")).to_have_count(50)
    await page.get_by_role("link", name="Next page").click()
    await expect(page.locator("#list .who")).to_have_text(["Guest 02", "Guest 01", "Guest 00"])


async def test_an_administrator_sets_the_rules_and_a_wrong_number_is_refused_in_place(
    site: Site, open_desk: OpenDesk
):
    boss = await site.life.hires("Boss", Role.ADMIN)
    page = await open_desk(boss, "/console/settings/staffing")
    await page.select_option("#field-mode", "least_busy")
    await page.fill("#field-reassign_after", "3")
    await page.locator("form.two-columns button").click()
    await expect(page.locator(".toast")).to_contain_text("Saved.")
    rules = await site.services.store.read(lambda tx: tx.staffing.rules())
    assert (rules.mode.value, rules.reassign_after) == ("least_busy", timedelta(minutes=3))
    await page.fill("#field-capacity", "0")
    await page.locator("form.two-columns button").click()
    await expect(page.locator(".error")).to_have_text("Write a whole number from 1 to 100.")
    assert await axe_violations(page) == []


async def test_a_draft_follows_its_agent_to_another_machine(site: Site, open_desk: OpenDesk):
    page, talk, lin = await opened(site, open_desk)
    await page.locator("#text").press_sequentially("Half a thought")
    await asyncio.sleep(0.8)
    elsewhere = await open_desk(lin, f"/console/conversations/{talk}")
    await expect(elsewhere.locator("#text")).to_have_value("Half a thought")


async def test_what_the_bot_learned_is_read_before_the_first_word(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    learned = {"order": "HZ-412", "remedy": "Refund"}
    told = RequestHandoff("complaint", "Complaint not submitted yet", "complaint", learned)
    talk = await site.life.asks_for_a_person("the lamp is broken", effects=[told])
    page = await open_desk(lin, f"/console/conversations/{talk}")
    await expect(page.locator("#handover .facts")).to_contain_text("HZ-412")
    await expect(page.locator("#handover .facts")).to_contain_text("Refund")
