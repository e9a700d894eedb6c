import asyncio
import base64
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from desk.agents import Role
from desk.conversations import Author, DeliveryStatus
from desk.messages import Attachment, AttachmentKind, ChannelName
from desk.ports import FetchedFile
from desk.queue import NewMessage
from tests.browser.conftest import OpenDesk, Site, axe_violations
from tests.console.life import complaint

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
ATTACKS = [
    "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">",
    "<svg onload=\"document.title='owned'\">", "\"><script>document.title='owned'</script>",
    "<div hx-get='/console/tickets' hx-trigger='load'>x</div>", "<a href=\"javascript:document.title='owned'\">x</a>",
    "<button hx-post='/console/sign-out' hx-trigger='load'>x</button>", "{{ 7*7 }}{% raw %}",
    "<iframe src=/console/faq>",
    "x\n\nevent: signed-out\ndata: x",
    "<body hx-on:load=\"document.title='owned'\">", "</textarea><style>*{display:none}",
]


async def asked_for(site: Site, open_desk: OpenDesk) -> tuple[Page, str]:
    """An agent before the conversation of a customer who asked for a person, and its id."""
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    talk = await site.life.asks_for_a_person()
    return await open_desk(lin, f"/console/conversations/{talk}"), talk


async def claimed(site: Site, open_desk: OpenDesk) -> tuple[Page, str]:
    page, talk = await asked_for(site, open_desk)
    await page.get_by_role("button", name="Claim").click()
    await expect(page.locator("#holder")).to_have_text("With you")
    return page, talk


async def test_an_agent_claims_a_waiting_customer_and_replies(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    talk = await site.life.asks_for_a_person("Can I change my room?")
    page = await open_desk(lin)
    await page.click(f"#item-{talk}")
    await page.get_by_role("button", name="Claim").click()
    await expect(page.locator("#holder")).to_have_text("With you")
    await page.fill("#text", "Of course, which dates?")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.agent .text").last).to_have_text("Of course, which dates?")
    await expect(page.locator("#text")).to_have_value("")
    assert await site.life.agent_says(talk) == ["Of course, which dates?"]


async def test_what_a_customer_writes_appears_within_a_quarter_of_a_second(site: Site, open_desk: OpenDesk):
    page, _ = await asked_for(site, open_desk)
    await expect(page.locator("#history")).to_contain_text("Let me see.")
    delays = []
    for number in range(5):
        await page.evaluate("""text => {
          window.arrival = new Promise(done => new MutationObserver((_, watcher) => {
            if (document.getElementById("history").textContent.includes(text)) { watcher.disconnect(); done(); }
          }).observe(document.getElementById("history"), {childList: true, subtree: true, characterData: true}));
        }""", f"message {number}")
        await site.life.writes(f"message {number}")
        began = asyncio.get_running_loop().time()
        await page.evaluate("window.arrival")
        delays.append(asyncio.get_running_loop().time() - began)
        await asyncio.sleep(0.1)
    assert sorted(delays)[2] < 0.25, delays


async def test_somebody_who_starts_to_wait_shows_in_list_bell_and_title(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    page = await open_desk(lin, "/console/inbox?view=waiting")
    await expect(page.locator("#bell")).to_have_text("Nobody waiting")
    talk = await site.life.asks_for_a_person()
    await expect(page.locator(f"#item-{talk}")).to_contain_text("Asked for a person")
    await expect(page.locator("#bell")).to_have_text("1 waiting")
    await expect(page).to_have_title("(1) Inbox · Frontdesk")


async def test_who_is_second_to_claim_reads_who_has_it_and_keeps_the_text(site: Site, open_desk: OpenDesk):
    lin, wu = await site.life.hires("Lin"), await site.life.hires("Wu")
    await site.life.staff_is_present(lin)
    talk = await site.life.asks_for_a_person()
    first = await open_desk(lin, f"/console/conversations/{talk}")
    second = await open_desk(wu, f"/console/conversations/{talk}")
    await second.fill("#text", "Hello, this is Wu")
    await first.get_by_role("button", name="Claim").click()
    await expect(second.locator("#holder")).to_have_text("With Lin")
    await second.get_by_role("button", name="Send").click()
    await expect(second.locator("#notice")).to_have_text("Lin has this conversation. Your text is kept.")
    await expect(second.locator("#text")).to_have_value("Hello, this is Wu")
    assert await site.life.agent_says(talk) == []


async def test_a_double_click_on_send_says_it_once(site: Site, open_desk: OpenDesk):
    page, talk = await claimed(site, open_desk)
    await page.fill("#text", "Only once")
    await page.get_by_role("button", name="Send").dblclick(no_wait_after=True)
    await expect(page.locator(".message.agent")).to_have_count(1)
    await asyncio.sleep(0.4)  # a second request would have arrived by then
    assert await site.life.agent_says(talk) == ["Only once"]


async def test_a_draft_survives_a_reload_and_the_claim_and_goes_once_it_is_sent(site: Site, open_desk: OpenDesk):
    page, _ = await asked_for(site, open_desk)
    await page.locator("#text").press_sequentially("Half a thought")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("Half a thought")
    await page.get_by_role("button", name="Claim").click()
    await expect(page.locator("#holder")).to_have_text("With you")
    await expect(page.locator("#text")).to_have_value("Half a thought")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.agent")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#text")).to_have_value("")


async def test_a_reply_that_was_taken_is_no_draft_though_the_page_never_heard_of_it(site: Site, open_desk: OpenDesk):
    """Else its agent sends it once more."""
    page, _ = await claimed(site, open_desk)
    taken = asyncio.Event()

    async def take(route: Route) -> None:
        await route.fetch()
        taken.set()

    await page.route("**/reply", take)
    await page.clock.install()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))  # no timer keeps the draft meanwhile
    await page.locator("#text").press_sequentially("Only once")
    async with page.expect_response("**/draft"):
        await page.keyboard.press("Control+Enter")
    await asyncio.wait_for(taken.wait(), 10)
    await page.reload()
    await expect(page.locator(".message.agent")).to_have_count(1)
    await expect(page.locator("#text")).to_have_value("")


async def test_what_was_written_is_there_after_a_reload_though_sending_it_failed(site: Site, open_desk: OpenDesk):
    page, _ = await claimed(site, open_desk)
    await page.route("**/reply", lambda route: route.fulfill(status=503, body="away"))
    await page.locator("#text").press_sequentially("Not yet")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#notice")).to_be_visible()
    await page.reload()
    await expect(page.locator("#text")).to_have_value("Not yet")


async def test_typing_goes_on_while_the_customer_writes(site: Site, open_desk: OpenDesk):
    page, _ = await asked_for(site, open_desk)
    await page.locator("#text").press_sequentially("I am wri")
    await site.life.writes("are you there?")
    await expect(page.locator("#history")).to_contain_text("are you there?")
    await page.keyboard.type("ting")
    await expect(page.locator("#text")).to_have_value("I am writing")


async def test_a_conversation_is_handed_back_to_the_bot(site: Site, open_desk: OpenDesk):
    page, talk = await asked_for(site, open_desk)
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_role("button", name="Hand back to the bot").click()
    await expect(page.locator("#holder")).to_have_text("With the assistant")
    assert await site.life.holder(talk) == "bot"


async def test_closing_asks_the_customer_for_a_rating(site: Site, open_desk: OpenDesk):
    page, _ = await asked_for(site, open_desk)
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator("#holder")).to_have_text("Closed")
    await expect(page.locator("#history")).to_contain_text("Please rate us from 1 to 5")
    await expect(page.locator("#kind-reply")).to_be_disabled()


async def test_the_pages_change_their_language_and_stay_where_they_are(site: Site, open_desk: OpenDesk):
    page = await open_desk(await site.life.hires("Lin"), "/console/tickets?kind=complaint")
    for button, heading in (("简体", "工单"), ("繁體", "工單"), ("English", "Tickets")):
        await page.locator("#me summary").click()
        await page.get_by_role("button", name=button).click()
        await expect(page.locator("h1")).to_have_text(heading)
        assert page.url.endswith("/console/tickets?kind=complaint")


async def test_a_message_in_doubt_is_sent_again_by_hand(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("hello")
    await site.life.delivery_ends(talk, DeliveryStatus.IN_DOUBT, "the connection broke")
    page = await open_desk(lin, "/console/deliveries")
    await expect(page.locator("tbody")).to_contain_text("the connection broke")
    await page.get_by_role("button", name="Send again").click()
    await expect(page.locator("main")).to_contain_text("Nothing needs a decision.")


async def test_the_list_is_walked_and_opened_by_keys(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    for user in ("ann", "bob", "cem"):
        await site.life.writes("hi", user=user, name=user.title())
    page = await open_desk(lin, "/console/inbox?view=all")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(page.locator("#conversation h2")).to_have_text("Cem")
    await page.keyboard.press("r")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#text")).not_to_be_focused()


async def test_nothing_a_customer_writes_runs_in_the_console(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    await site.life.staff_is_present(lin)
    talk = ""
    for number, attack in enumerate(ATTACKS):
        talk = await site.life.asks_for_a_person(attack, name=attack, user="mallory") if number == 0 else (
            await site.life.writes(attack, name=attack, user="mallory"))
    await site.life.writes("x", name=ATTACKS[1], user="m2", effects=[complaint(*ATTACKS[:4])])
    page = await open_desk(lin, f"/console/conversations/{talk}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    await site.life.writes("the last one", user="mallory")
    await expect(page.locator("#history")).to_contain_text("the last one")
    for number, attack in enumerate(ATTACKS):
        await expect(page.locator(".message.customer .text").nth(number)).to_have_text(attack, use_inner_text=False)
    await page.goto(f"{site.url}/console/tickets")
    await page.get_by_role("link", name="T-1001").click()
    assert "owned" not in await page.title()
    assert not [request for request in asked if "sign-out" in request or "/x" in request.removeprefix(site.url)[:2]]


async def test_on_a_phone_nothing_scrolls_sideways(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin", locale="zh-Hans")
    await site.life.staff_is_present(lin)
    talk = await site.life.asks_for_a_person("很长的消息" * 60 + "https://example.com/" + "x" * 200)
    await site.life.writes("投诉", user="li", effects=[complaint("房间不干净")])
    page = await open_desk(lin, viewport={"width": 375, "height": 740})
    for path in ("/console/inbox?view=waiting", f"/console/conversations/{talk}", "/console/tickets", "/console/faq",
                 "/console/deliveries"):
        await page.goto(site.url + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 375, path


async def test_a_reply_that_fails_says_so_and_keeps_the_text(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("hello")
    page = await open_desk(lin, f"/console/conversations/{talk}")
    await page.route("**/reply", lambda route: route.fulfill(status=503, body="away"))
    await page.fill("#text", "Do not lose this")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#failed")).to_be_visible()
    await site.life.writes("are you there?")
    await expect(page.locator("#history")).to_contain_text("are you there?")
    await expect(page.locator("#failed")).to_be_visible()
    await expect(page.locator("#text")).to_have_value("Do not lose this")


async def test_a_picture_a_customer_sent_is_seen_in_the_history(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("look")
    kept = await site.services.uploads.keep(FetchedFile(PIXEL, "image/png", "room.png"), site.life.now())
    picture = Attachment(AttachmentKind.IMAGE, "room.png", "image/png", file_id=kept.id)
    await site.services.store.transact(lambda tx: tx.messages.add(
        NewMessage(talk, Author.CUSTOMER, "", "picture", site.life.now(), attachments=(picture,))
    ))
    page = await open_desk(lin, f"/console/conversations/{talk}")
    shown = page.get_by_role("img", name="room.png")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1


async def test_a_revoked_session_leaves_the_page_at_once(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    page = await open_desk(lin)
    await site.services.store.transact(lambda tx: tx.agents.set_password(lin.id, "changed"))
    await expect(page.locator("#password")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_of_the_inbox_and_the_sign_in_page_can_be_read_by_everybody(
    site: Site, open_desk: OpenDesk, scheme: str
):
    life = site.life
    lin = await life.hires("Lin", Role.SUPERVISOR)
    await life.staff_is_present(lin)
    talk = await life.asks_for_a_person("我想找人工", channel=ChannelName.WECHAT)
    await life.books(await life.customer_of(talk), "HZ-412", "杭州 · 豪华房")
    await life.delivery_ends(talk, DeliveryStatus.DEAD, "blocked")
    page = await open_desk(lin, color_scheme=scheme)
    paths = [f"/console/inbox?view={view}" for view in ("waiting", "mine", "unanswered", "alerts", "all", "closed")]
    paths += [f"/console/conversations/{talk}", "/console/inbox?q=nothing", "/console/tickets/none"]
    for path in paths:
        await page.goto(site.url + path)
        assert await axe_violations(page) == [], path
    await page.context.clear_cookies()
    await page.goto(f"{site.url}/console/sign-in")
    assert await axe_violations(page) == []
