"""The pages without any script: everything can be read and done."""

import asyncio
import hashlib
import json
import re
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from bot.client import RasaBot
from console.app import Console
from console.pages import STATIC
from console.words import TEXT_FILES
from desk import handoff
from desk.conversations import DeliveryStatus, HandoffReason
from desk.effects import RequestHandoff
from desk.messages import ChannelName
from desk.ports import FetchedFile
from tests.console.life import ASKS, Browser, Life, complaint

CONSOLE = Path(STATIC).parent
TEXTS: dict[str, list[str]] = {
    key: texts for file in TEXT_FILES for key, texts in json.loads(file.read_text(encoding="utf-8")).items()
}


async def signed_in(browser: Browser, life: Life, name: str = "Lin", locale: str = "en"):
    agent = await life.hires(name, locale=locale)
    await browser.sign_in(agent)
    await life.staff_is_present(agent)
    return agent


async def test_a_reply_is_sent_without_any_script(browser: Browser, life: Life):
    await signed_in(browser, life)
    talk = await life.asks_for_a_person()
    await browser.press(f"/console/conversations/{talk}/claim")
    answer = await browser.press(f"/console/conversations/{talk}/reply", text=" Hello \r\nthere ", key="key-00001")
    assert answer.status_code == 303
    assert await life.agent_says(talk) == ["Hello \nthere"]


@pytest.mark.parametrize(("text", "says"), [
    ("  ", "Write something first."), ("x" * 4001, "Too long: at most 4000 characters."),
])
async def test_an_empty_or_endless_reply_is_refused_and_kept(browser: Browser, life: Life, text: str, says: str):
    await signed_in(browser, life)
    talk = await life.asks_for_a_person()
    await browser.press(f"/console/conversations/{talk}/claim")
    answer = await browser.press(f"/console/conversations/{talk}/reply", text=text, key="key-00001")
    assert answer.status_code == 422 and says in answer.text and text in answer.text
    assert await life.agent_says(talk) == []


async def test_replying_before_claiming_says_so_and_keeps_the_text(browser: Browser, life: Life):
    await signed_in(browser, life)
    talk = await life.asks_for_a_person()
    answer = await browser.press(f"/console/conversations/{talk}/reply", text="too early", key="key-00001")
    assert answer.status_code == 409
    assert "Claim this conversation first." in answer.text and "too early" in answer.text


async def test_the_history_tells_all_channels_of_the_customer_with_a_line_between(browser, life, http, services):
    await signed_in(browser, life)
    first = await life.writes("on telegram", user="emma")
    other = await life.writes("on slack", user="emma2", channel=ChannelName.SLACK)
    winner, loser = await life.customer_of(first), await life.customer_of(other)
    await services.store.transact(lambda tx: tx.customers.merge(winner, loser))
    page = (await http.get(f"/console/conversations/{other}")).text.split('id="history"')[1]
    assert page.index("Telegram · ") < page.index("on telegram") < page.index("Slack · ") < page.index("on slack")


async def test_who_waits_because_the_assistant_is_down_stands_in_the_waiting_list(browser, life, http, services):
    await signed_in(browser, life)
    talk = await life.writes("hello?")
    await services.store.transact(lambda tx: tx.conversations.save(
        replace(tx.conversations.get(talk), handoff_reason=HandoffReason.BOT_DOWN)
    ))
    page = (await http.get("/console/inbox?view=waiting")).text
    assert f"item-{talk}" in page and "The assistant is down" in page and "1 waiting" in page


@pytest.mark.parametrize(("status", "reason", "says"), [
    (DeliveryStatus.SENT, "", "sent"),
    (DeliveryStatus.DEAD, "Forbidden: bot was blocked by the user", "failed: the customer blocked us or left"),
    (DeliveryStatus.DEAD, "msg_too_long", "failed: the platform found it too long"),
    (DeliveryStatus.DEAD, "something new", "failed: the platform refused it"),
    (DeliveryStatus.IN_DOUBT, "connection broke: ReadTimeout",
     "may not have arrived: the connection broke while sending"),
    (DeliveryStatus.PARKED, "", "goes with the customer&#39;s next message"),
])
async def test_each_message_of_ours_says_what_became_of_it_and_why(browser, life, http, status, reason, says):
    await signed_in(browser, life)
    talk = await life.writes("hello")
    await life.delivery_ends(talk, status, reason)
    page = (await http.get(f"/console/conversations/{talk}")).text
    title = f' title="{reason}"' if reason else ""
    assert f'<span class="delivery {status.value}"{title}>{says}</span>' in page
    assert ("Send again" in page) is (status in (DeliveryStatus.DEAD, DeliveryStatus.IN_DOUBT))


async def test_on_wechat_the_agent_sees_how_many_replies_are_left(browser, life, http):
    await signed_in(browser, life)
    talk = await life.writes("hello", channel=ChannelName.WECHAT)
    assert "WeChat allows 5 more messages until" in (await http.get(f"/console/conversations/{talk}")).text


class _Tracker(BaseHTTPRequestHandler):
    """Rasa's endpoint for tracker events; the server remembers what reached it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.reached.append((self.path.split("?")[0], json.loads(body)))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: object) -> None:
        pass


async def test_handing_back_tells_the_assistant_that_a_person_has_spoken(life: Life, services):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tracker)
    server.reached = []
    Thread(target=server.serve_forever, daemon=True).start()
    bot = RasaBot(f"http://127.0.0.1:{server.server_port}", lambda text, _language: text, secret="s")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Console(replace(services, bot=bot))), base_url="http://desk.test"
    ) as http:
        browser = Browser(http)
        await signed_in(browser, life)
        talk = await life.asks_for_a_person()
        await browser.press(f"/console/conversations/{talk}/claim")
        await browser.press(f"/console/conversations/{talk}/reply", text="Your refund is on its way.", key="k" * 8)
        await browser.press(f"/console/conversations/{talk}/release")
    await bot.close()
    server.shutdown()
    server.server_close()
    ((path, events),) = server.reached
    assert path == f"/conversations/{talk}/tracker/events"
    assert {"event": "slot", "name": "agent_note", "value": "Lin answered: Your refund is on its way."} in events


async def test_handing_back_works_while_the_assistant_is_away(browser: Browser, life: Life):
    await signed_in(browser, life)
    talk = await life.asks_for_a_person()
    await browser.press(f"/console/conversations/{talk}/claim")
    assert (await browser.press(f"/console/conversations/{talk}/release")).status_code == 303
    assert await life.holder(talk) == "bot"


async def test_the_customer_card_shows_tier_orders_tickets_and_past_ratings(browser, life, http, services):
    agent = await signed_in(browser, life)
    talk = await life.asks_for_a_person(effects=[*ASKS, complaint("dirty towels")])
    customer = await life.customer_of(talk)
    await life.books(customer, "HZ-412", "Deluxe room")
    await services.store.transact(lambda tx: tx.customers.put(replace(tx.customers.get(customer), tier="Gold")))
    await services.store.transact(lambda tx: handoff.close(tx, talk, agent, life.now()))
    rating = await services.store.read(lambda tx: tx.ratings.find_latest(customer))
    await services.store.transact(lambda tx: tx.ratings.save(replace(rating, score=4, comment="Quick and kind")))
    page = (await http.get(f"/console/customers/{customer}/card")).text
    for fact in ("Gold", "HZ-412", "¥1,288.00", "T-1001", "4 of 5", "Quick and kind"):
        assert fact in page


async def test_tickets_are_filtered_by_kind_and_status(browser, life, http):
    await signed_in(browser, life)
    await life.writes("dirty", effects=[complaint("dirty towels")])
    assert "dirty towels" in (await http.get("/console/tickets?kind=complaint")).text
    assert "dirty towels" not in (await http.get("/console/tickets?kind=inquiry")).text
    assert "dirty towels" not in (await http.get("/console/tickets?status=resolved")).text


async def test_what_does_not_exist_is_said_kindly_in_the_agents_language(browser, life, http):
    await signed_in(browser, life, locale="zh-Hant")
    answer = await http.get("/console/conversations/nothing")
    assert answer.status_code == 404 and "沒有找到" in answer.text


@pytest.mark.parametrize(("media_type", "disposition", "served"), [
    ("image/png", "inline", "image/png"), ("image/svg+xml", "attachment", "application/octet-stream"),
    ("text/html", "attachment", "application/octet-stream"), ("", "attachment", "application/octet-stream"),
])
async def test_only_pictures_are_shown_and_nothing_of_a_file_can_run(
    http, life, services, media_type, disposition, served
):
    kept = await services.uploads.keep(FetchedFile(b"<script>1</script>", media_type, "../发票.bin"), life.now())
    answer = await http.get(f"/files/{kept.id}")
    assert answer.content == b"<script>1</script>"
    assert answer.headers["content-disposition"].startswith(f"{disposition}; filename*=UTF-8''%E5%8F%91")
    assert answer.headers["content-type"] == served
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_file_is_not_found(http: httpx.AsyncClient):
    assert (await http.get("/files/guessed")).status_code == 404


def test_every_text_is_there_in_three_languages_with_the_same_gaps_to_fill():
    for key, texts in TEXTS.items():
        assert len(texts) == 3 and all(texts), key
    gaps = {
        key: [set(re.findall(r"{(\w+)}", text)) - {"month", "name"} for text in texts]  # English writes months by name
        for key, texts in TEXTS.items()
    }
    assert {key: found for key, found in gaps.items() if not found[0] == found[1] == found[2]} == {}


def test_every_text_the_pages_ask_for_exists():
    asked = set()
    for template in (CONSOLE / "templates").glob("*.html"):
        asked |= set(re.findall(r"""\bt\(["']([^"']+)["'][,)]""", template.read_text(encoding="utf-8")))
    assert asked - set(TEXTS) == set() and len(asked) > 80


def test_traditional_chinese_is_written_not_left_simplified():
    simplified_only = set("这说话们请发会时间没应对户积处联订单网页认证问题种类")
    assert [key for key, texts in TEXTS.items() if simplified_only & set(texts[1])] == []


def test_the_vendored_scripts_are_the_ones_that_are_written_down():
    listed = (STATIC / "vendor" / "VENDOR.md").read_text()
    for script in (STATIC / "vendor").glob("*.js"):
        assert f"| {script.name} |" in listed
        assert hashlib.sha256(script.read_bytes()).hexdigest() in listed


async def test_no_page_needs_a_script_or_a_style_inside_it(browser, life, http):
    await signed_in(browser, life)
    talk = await life.asks_for_a_person()
    for path in ("/console/inbox", f"/console/conversations/{talk}", "/console/tickets", "/console/faq"):
        page = (await http.get(path)).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|https?://(?!desk)", page), path


async def test_two_clicks_at_the_same_time_claim_once(life: Life, services):
    transport = httpx.ASGITransport(Console(services))
    async with (httpx.AsyncClient(transport=transport, base_url="http://desk.test") as one,
                httpx.AsyncClient(transport=transport, base_url="http://desk.test") as two):
        await signed_in(Browser(one), life, "Lin")
        await signed_in(Browser(two), life, "Wu")
        talk = await life.asks_for_a_person()
        path = f"/console/conversations/{talk}/claim"
        answers = await asyncio.gather(Browser(one).press(path), Browser(two).press(path))
    assert sorted(answer.status_code for answer in answers) == [303, 409]


@pytest.mark.parametrize(("locale", "draft", "question"), [
    ("zh-Hans", "未提交的投诉：房間很吵", "最后问的问题：房間很吵"),
    ("zh-Hant", "尚未送出的投訴：房間很吵", "最後問的問題：房間很吵"),
    ("en", "Complaint not submitted yet: 房間很吵", "Last question: 房間很吵"),
])
async def test_staff_read_why_they_are_needed_in_their_own_language_whatever_the_customer_speaks(
    browser: Browser, life: Life, locale: str, draft: str, question: str
):
    await browser.sign_in(await life.hires("Lin", locale=locale))
    for user, slot, wanted in (("one", "what", draft), ("two", "question", question)):
        told = RequestHandoff("asked", "房間很吵", "", {slot: "房間很吵"})
        talk = await life.writes("真人", user=user, effects=[told])
        assert wanted in (await browser.http.get(f"/console/conversations/{talk}")).text
