"""Scripts that customers send through every channel run nowhere in the console."""

import asyncio
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
import websockets

from desk import router
from desk.agents import Role
from desk.effects import OpenTicket, RequestHandoff
from desk.messages import OutboundMessage
from desk.ports import BotAnswer
from desk.tickets import TicketKind
from gateway.app import build_app
from gateway.metrics import Metrics
from knowledge_base.script import detect_language
from knowledge_base.service import LiveFaq
from tests.browser.conftest import OpenDesk, Site, in_one_loop
from tests.conftest import free_port
from tests.console.life import Life
from wiring.services import StoredArticles, build_services
from wiring.settings import load_settings

pytestmark = pytest.mark.browser

NOBODY = "http://127.0.0.1:9"
SLACK_SECRET, WECHAT_TOKEN, TELEGRAM_SECRET = "slack signing secret", "wechattoken", "telegram-secret"
RUN = "window.owned=1"
ATTACKS = [
    f"<script>{RUN}</script>", f"<img src=x onerror=\"{RUN}\">", f"<svg/onload=\"{RUN}\">",
    f"\"><script>{RUN}</script>", f"'-alert(1)-'\" autofocus onfocus=\"{RUN}\" x=\"",
    f"<a href=\"javascript:{RUN}\">press</a>", "<iframe srcdoc=\"<script>parent.owned=1</script>\">",
    "<div hx-get='/console/sign-out' hx-trigger='load'>x</div>", "<p hx-post='/console/sign-out' hx-trigger='load'>",
    f"<body hx-on:load=\"{RUN}\">", "{{ 7*7 }}{% for x in range(9) %}",
    "</textarea></title><style>*{display:none}</style>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>", "x\n\nevent: signed-out\ndata: x",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>", "<base href=https://evil.example/>",
]

STRANGE = (
    "img[src='x'], iframe, base, main script, main style, main [onerror], main [onload], main [onfocus], "
    "main a[href^='javascript']"
)
"""What only an attack would put into a page."""


@in_one_loop
async def site(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Site]:
    """The whole gateway, with all four channels."""
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    services = build_services(load_settings(
        None, home=tmp_path, secret_key="a key for tests", hours="Mon-Sun 00:00-23:59", rasa_url=NOBODY,
        wechat={"app_id": "wx1", "app_secret": "s", "token": WECHAT_TOKEN, "api_base": NOBODY},
        telegram={"bot_token": "1:a", "webhook_secret": TELEGRAM_SECRET, "api_base": NOBODY},
        slack={"bot_token": "xoxb-1", "signing_secret": SLACK_SECRET, "api_base": f"{NOBODY}/api/"},
    ))
    services = replace(services, faq=LiveFaq(StoredArticles(services.store), None))
    services.signals.bind()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(
        build_app(services, Metrics()), port=port, log_level="warning", timeout_graceful_shutdown=1, lifespan="off",
    ))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.02)
    yield Site(f"http://127.0.0.1:{port}", services, Life(services))
    server.should_exit = True
    await serving
    await services.close()


async def arrives_by_telegram(http: httpx.AsyncClient, number: int, text: str) -> None:
    sender = {"id": 7001, "is_bot": False, "first_name": text[:60], "last_name": ATTACKS[1]}
    update = {"update_id": number, "message": {
        "message_id": number, "date": 1_700_000_000 + number, "text": text, "from": sender,
        "chat": {"id": 7001, "type": "private", "first_name": text[:60]},
    }}
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
    assert (await http.post("/webhooks/telegram", json=update, headers=headers)).status_code == 200


async def arrives_by_slack(http: httpx.AsyncClient, number: int, text: str, now: int) -> None:
    body = json.dumps({
        "type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event_time": now,
        "authorizations": [{"team_id": "T1", "user_id": "U0BOT", "is_bot": True}],
        "event": {"type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "text": text,
                  "ts": f"{now}.{number:06}", "event_ts": f"{now}.{number:06}", "team": "T1"},
    }).encode()
    digest = hmac.new(SLACK_SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": str(now),
               "X-Slack-Signature": f"v0={digest}"}
    assert (await http.post("/webhooks/slack", content=body, headers=headers)).status_code == 200


async def arrives_by_wechat(http: httpx.AsyncClient, number: int, text: str, now: int) -> None:
    signature = hashlib.sha1("".join(sorted((WECHAT_TOKEN, str(now), f"n{number}"))).encode()).hexdigest()
    body = (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>{now}"
        f"</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{number}</MsgId></xml>"
    )
    query = {"signature": signature, "timestamp": str(now), "nonce": f"n{number}"}
    answer = await http.post("/webhooks/wechat", params=query, content=body.encode(), timeout=10)
    assert answer.status_code == 200, answer.text


async def arrives_by_web_chat(site: Site, texts: list[str]) -> None:
    async with httpx.AsyncClient(base_url=site.url) as http:
        visitor = (await http.get("/chat")).cookies["frontdesk_visitor"]
    address = site.url.replace("http", "ws") + "/chat/socket"
    headers = {"Cookie": f"frontdesk_visitor={visitor}", "Origin": site.url}
    async with websockets.connect(address, additional_headers=headers) as socket:
        for number, text in enumerate(texts):
            await socket.send(json.dumps({"type": "text", "id": f"m{number}", "text": text}))
            while True:
                heard = json.loads(await asyncio.wait_for(socket.recv(), 5))
                assert heard.get("type") != "error", heard
                if heard.get("type") == "stored":
                    break


async def everything_is_handled(site: Site) -> int:
    """What arrived is worked on; the assistant opens tickets and at last calls a person, in the customers' words."""
    store, now, count = site.services.store, site.services.clock.now(), 0
    while leases := await store.transact(
        lambda tx: tx.inbound.claim("test", 50, site.services.clock.now() + timedelta(seconds=5), timedelta(minutes=1))
    ):
        for lease in leases:
            step = await store.transact(
                lambda tx, lease=lease: router.begin(tx, lease, None, lambda said, _known: detect_language(said), now)
            )
            text = lease.message.text
            effects = [OpenTicket(TicketKind.COMPLAINT, text[:200], text, text[:50], text, text)]
            if text == ATTACKS[-1]:  # from then on the assistant is silent
                effects.append(RequestHandoff("asked", text))
            if isinstance(step, router.AskBot):
                answer = BotAnswer((OutboundMessage("Let me see."),), tuple(effects))
                answered = router.Answered(lease, step.turn.conversation_id, answer)
                await store.transact(
                    lambda tx, answered=answered: router.conclude(tx, [answered], site.services.rules, now)
                )
            else:
                await store.transact(lambda tx, lease=lease: tx.inbound.finish([lease]))
            count += 1
    return count


async def test_no_script_that_customers_send_through_any_channel_runs_on_any_page(site: Site, open_desk: OpenDesk):
    now = int(site.services.clock.now().timestamp())
    async with httpx.AsyncClient(base_url=site.url) as http:
        for number, attack in enumerate(ATTACKS, 1):
            await arrives_by_telegram(http, number, attack)
            await arrives_by_slack(http, number, attack, now)
        wechat = [arrives_by_wechat(http, number, attack, now) for number, attack in enumerate(ATTACKS, 1)]
        answering = asyncio.gather(arrives_by_web_chat(site, ATTACKS), *wechat)
        handled = 0
        while not answering.done():
            handled += await everything_is_handled(site)
            await asyncio.sleep(0.05)
        await answering
    handled += await everything_is_handled(site)
    assert handled == 4 * len(ATTACKS)
    await site.services.store.transact(lambda tx: [tx.gaps.add(
        question=attack, language="en", conversation_id="", best_article="", best_score=0, source_key=attack,
        now=site.life.now(),
    ) for attack in ATTACKS])
    talks = await site.services.store.read(lambda tx: tx.conversations.list_page(None, "", 50))
    tickets = await site.services.store.read(lambda tx: tx.tickets.list_page(limit=100))
    assert {talk.address.channel.value for talk in talks} == {"telegram", "slack", "wechat", "webchat"}
    assert {ticket.detail for ticket in tickets} >= set(ATTACKS)
    page = await open_desk(await site.life.hires("Lin", Role.ADMIN), "/console/inbox?view=all")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    paths = ["/console/inbox?view=all", "/console/inbox?q=owned", "/console/tickets", "/console/tickets?q=owned",
             "/console/faq/gaps", "/console/faq/try?q=%3Cscript%3Ewindow.owned%3D1%3C/script%3E", "/console/deliveries",
             "/console/wallboard", "/console/settings/audit"]
    paths += [f"/console/conversations/{talk.id}" for talk in talks]
    paths += [f"/console/customers/{talk.customer_id}" for talk in talks]
    paths += [f"/console/tickets/{ticket.id}" for ticket in tickets[: len(ATTACKS)]]
    for path in paths:
        answer = await page.goto(site.url + path)
        assert answer.status == 200, path
        await page.wait_for_timeout(60)
        assert await page.evaluate("typeof window.owned") == "undefined", path
        assert await page.locator("main").is_visible(), path
        assert await page.locator(STRANGE).count() == 0, path
    await page.goto(f"{site.url}/console/conversations/{talks[0].id}")
    shown = await page.locator("#history").text_content()
    assert [attack for attack in ATTACKS if attack not in shown] == []
    assert [url for url in asked if not url.startswith(site.url) or "sign-out" in url or url.endswith("/x")] == []
