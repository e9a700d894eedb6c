"""Simulated Telegram keeps Telegram's promises and its punishments."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.request import HTTPXRequest

from simulators.telegram import TelegramSimulator

TOKEN, SECRET, HOOK = "123456:TEST", "s3cret", "http://bot.test/hook"


class BotUnderTest:
    """A bot's webhook that remembers what came and answers as told."""

    def __init__(self) -> None:
        self.updates: list[dict] = []
        self.secrets: list[str | None] = []
        self.answers: list[int] = []  # statuses to give, then 200
        self.hangs = 0
        self.app = Starlette(routes=[Route("/hook", self.hook, methods=["POST"])])

    async def hook(self, request: Request) -> Response:
        self.updates.append(await request.json())
        self.secrets.append(request.headers.get("x-telegram-bot-api-secret-token"))
        if self.hangs:
            self.hangs -= 1
            await asyncio.sleep(1)
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]


@pytest.fixture
def bot() -> BotUnderTest:
    return BotUnderTest()


@pytest.fixture
async def sim(bot) -> AsyncIterator[TelegramSimulator]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(bot.app)) as client:
        sim = TelegramSimulator(
            TOKEN,
            SECRET,
            HOOK,
            client=client,
            answer_limit=0.1,
            retry_delays=(0.01, 0.02),
            rate=1,
            burst=5,
            flood_wait=7,
        )
        sim.add_user("1", "王 小明")
        await sim.start()
        yield sim
        await sim.stop()


@pytest.fixture
async def api(sim) -> AsyncIterator[httpx.AsyncClient]:
    """The Bot API and the control paths."""
    transport = httpx.ASGITransport(Starlette(routes=sim.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://sim.test") as client:
        yield client


async def call(api: httpx.AsyncClient, method: str, **params) -> httpx.Response:
    return await api.post(f"/bot{TOKEN}/{method}", json=params)


def one_button(data: str) -> dict:
    return {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}


def attempts(sim: TelegramSimulator) -> list[tuple[int, str]]:
    return [(entry["attempt"], entry["status"]) for entry in sim.ledger() if entry["kind"] == "webhook"]


async def test_a_message_is_posted_once_with_the_secret(sim, bot) -> None:
    sent = await sim.send("1", "你好")
    await sim.settled()
    assert (bot.texts, bot.secrets) == (["你好"], [SECRET])
    (line,) = sim.messages("1")
    assert (line["id"], line["direction"], line["text"], line["state"]) == (sent, "in", "你好", "delivered")


async def test_an_unacknowledged_update_comes_again_unchanged_and_holds_up_the_next(sim, bot) -> None:
    bot.answers = [500, 403]
    await sim.send("1", "a")
    await sim.send("1", "b")
    await sim.settled()
    assert bot.texts == ["a", "a", "a", "b"]
    assert bot.updates[0] == bot.updates[2]
    assert attempts(sim) == [(1, "500"), (2, "403"), (3, "200"), (1, "200")]


async def test_an_update_nobody_ever_takes_is_given_up(sim, bot) -> None:
    bot.answers = [500, 500, 500]
    await sim.send("1", "poison")
    await sim.send("1", "b")
    await sim.settled()
    assert bot.texts == ["poison"] * 3 + ["b"]
    assert [line["state"] for line in sim.messages("1")] == ["failed", "delivered"]


async def test_a_webhook_that_answers_too_late_gets_the_update_again(sim, bot) -> None:
    bot.hangs = 1
    await sim.send("1", "a")
    await sim.settled()
    assert [status for _, status in attempts(sim)] == ["timeout", "200"]


async def test_an_acknowledged_update_can_be_made_to_come_twice(sim, bot) -> None:
    sim.faults.add({"kind": "repeat"})
    await sim.send("1", "a")
    await sim.settled()
    assert bot.texts == ["a", "a"]
    keys = [entry["key"] for entry in sim.ledger()]
    assert len(set(keys)) == 1


WORDS = ["text", "link", "contact", "location", "venue", "sticker"]
FILES = ["image", "photo", "document", "voice", "audio", "video"]


@pytest.mark.parametrize("kind", [*WORDS, *FILES])
async def test_every_kind_of_message_is_one_the_library_understands(sim, bot, kind) -> None:
    await sim.send("1", "什么？", kind=kind)
    await sim.settled()
    update = Update.de_json(bot.updates[0], Bot(TOKEN))
    assert update.message.from_user.full_name == "王 小明"
    assert not update.api_kwargs
    assert not update.message.api_kwargs


async def test_a_tap_carries_the_message_and_the_buttons_id_until_it_is_answered(sim, bot, api) -> None:
    keys = {"inline_keyboard": [[{"text": "好", "callback_data": "yes"}]]}
    sent = (await call(api, "sendMessage", chat_id=1, text="?", reply_markup=keys)).json()["result"]["message_id"]
    tap = await sim.click("1", str(sent), "yes")
    await sim.settled()
    query = bot.updates[0]["callback_query"]
    assert (query["id"], query["data"], query["message"]["message_id"]) == (tap, "yes", sent)
    assert (await call(api, "answerCallbackQuery", callback_query_id=tap)).json()["ok"]
    assert "query is too old" in (await call(api, "answerCallbackQuery", callback_query_id=tap)).text
    with pytest.raises(LookupError):
        await sim.click("1", str(sent), "no such button")


async def test_used_buttons_can_be_taken_away_once(sim, api) -> None:
    keys = {"inline_keyboard": [[{"text": "好", "callback_data": "yes"}]]}
    sent = (await call(api, "sendMessage", chat_id=1, text="?", reply_markup=keys)).json()["result"]["message_id"]
    assert (await call(api, "editMessageReplyMarkup", chat_id=1, message_id=sent)).status_code == 200
    assert sim.messages("1")[0]["buttons"] == []
    again = await call(api, "editMessageReplyMarkup", chat_id=1, message_id=sent)
    assert (again.status_code, "message is not modified" in again.text) == (400, True)


async def test_an_edit_comes_as_the_same_message_with_an_edit_date(sim, bot) -> None:
    sent = await sim.send("1", "一间")
    await sim.edit("1", sent, "两间")
    await sim.settled()
    edited = bot.updates[1]["edited_message"]
    assert (str(edited["message_id"]), edited["text"]) == (sent, "两间")
    assert edited["edit_date"] >= edited["date"]


async def test_blocking_is_told_to_the_bot_and_closes_the_chat_until_unblocked(sim, bot, api) -> None:
    await sim.block("1")
    refused = await call(api, "sendMessage", chat_id=1, text="hi")
    assert (refused.status_code, refused.json()["description"]) == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(ValueError, match="blocked"):
        await sim.send("1", "hi")
    await sim.unblock("1")
    assert (await call(api, "sendMessage", chat_id=1, text="hi")).status_code == 200
    await sim.settled()
    statuses = [update["my_chat_member"]["new_chat_member"]["status"] for update in bot.updates]
    assert statuses == ["kicked", "member"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"chat_id": 1, "text": "x" * 4097}, "Bad Request: message is too long"),
        ({"chat_id": 1, "text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"chat_id": 1, "text": " "}, "Bad Request: message text is empty"),
        ({"chat_id": 99, "text": "hi"}, "Bad Request: chat not found"),
        ({"chat_id": "x", "text": "hi"}, "Bad Request: chat not found"),
        ({"chat_id": 1, "text": "hi", "reply_markup": one_button("北" * 22)}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"chat_id": 1, "text": "hi", "reply_markup": one_button("")}, "Bad Request: BUTTON_DATA_INVALID"),
    ],
)
async def test_what_telegram_refuses_is_refused_in_its_words_and_shown_to_nobody(sim, api, params, words) -> None:
    answer = await call(api, "sendMessage", **params)
    assert answer.status_code == answer.json()["error_code"] == 400
    assert answer.json()["description"] == words
    assert sim.messages("1") == []


async def test_64_bytes_of_callback_data_are_taken(api) -> None:
    keys = one_button("x" * 64)
    assert (await call(api, "sendMessage", chat_id=1, text="hi", reply_markup=keys)).status_code == 200


async def test_more_sends_than_the_rate_meet_flood_control(api) -> None:
    answers = [await call(api, "sendMessage", chat_id=1, text="hi") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["parameters"] == {"retry_after": 7}


async def test_bodies_come_as_json_form_query_or_multipart(sim, api) -> None:
    url = f"/bot{TOKEN}/sendMessage"
    keys = '{"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}'
    assert (await api.post(url, data={"chat_id": "1", "text": "form", "reply_markup": keys})).status_code == 200
    assert (await api.get(url, params={"chat_id": "1", "text": "query"})).status_code == 200
    photo = {"photo": ("a.jpg", b"\xff\xd8", "image/jpeg")}
    sent = await api.post(f"/bot{TOKEN}/sendPhoto", data={"chat_id": "1", "caption": "multipart"}, files=photo)
    assert sent.status_code == 200
    lines = sim.messages("1")
    assert [line["text"] for line in lines] == ["form", "query", "multipart"]
    assert lines[0]["buttons"] == [{"title": "a", "id": "b", "url": ""}]
    shown = await api.get(lines[2]["image"])
    assert (shown.content, shown.headers["content-type"]) == (b"\xff\xd8", "image/jpeg")


async def test_a_file_is_downloaded_by_its_path_and_only_with_the_token(sim, bot, api) -> None:
    await sim.send("1", kind="photo")
    await sim.settled()
    file_id = bot.updates[0]["message"]["photo"][-1]["file_id"]
    path = (await call(api, "getFile", file_id=file_id)).json()["result"]["file_path"]
    assert (await api.get(f"/file/bot{TOKEN}/{path}")).content.startswith(b"\xff\xd8")
    assert (await api.get(f"/file/botwrong/{path}")).status_code == 401
    assert (await api.get(f"/file/bot{TOKEN}/elsewhere")).status_code == 404


async def test_another_token_and_an_unknown_method_are_refused(api) -> None:
    assert (await api.post("/bot1:other/getMe")).status_code == 401
    assert (await call(api, "danceForMe")).status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "delivered"),
    [
        ({"kind": "flood", "retry_after": 3}, 429, False),
        ({"kind": "status", "code": 500}, 500, False),
        ({"kind": "blocked"}, 403, False),
        ({"kind": "chat_not_found"}, 400, False),
        ({"kind": "migrate", "new_chat": -1009}, 400, False),
        ({"kind": "bad_token"}, 401, False),
        ({"kind": "status_after", "code": 502}, 502, True),
        ({"kind": "garbage_after"}, 200, True),
        ({"kind": "lost_answer", "seconds": 0.01}, 500, True),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
async def test_a_fault_hits_one_send_and_the_ledger_tells_what_was_really_delivered(
    sim, api, fault, status, delivered
) -> None:
    assert (await api.post("/sim/telegram/fault", json=fault)).status_code == 200
    assert (await call(api, "sendMessage", chat_id=1, text="hi")).status_code == status
    (entry,) = sim.ledger()
    assert (entry["user"], entry["text"], entry["outcome"]) == ("1", "hi", fault["kind"])
    assert entry["delivered"] == delivered == bool(sim.messages("1"))
    assert (await call(api, "sendMessage", chat_id=1, text="hi")).status_code == 200


async def test_faults_are_cleared_and_unknown_ones_refused(api) -> None:
    await api.post("/sim/telegram/fault", json={"kind": "blocked", "count": None})
    assert (await call(api, "sendMessage", chat_id=1, text="hi")).status_code == 403
    await api.delete("/sim/telegram/fault")
    assert (await call(api, "sendMessage", chat_id=1, text="hi")).status_code == 200
    assert (await api.post("/sim/telegram/fault", json={"kind": "earthquake"})).status_code == 422


async def test_polling_is_refused_beside_a_webhook_and_forgets_what_was_confirmed(sim, api) -> None:
    assert (await call(api, "getUpdates")).status_code == 409
    await call(api, "deleteWebhook")
    await sim.send("1", "a")
    await sim.send("1", "b")
    first, second = (await call(api, "getUpdates")).json()["result"]
    assert (await call(api, "getWebhookInfo")).json()["result"]["pending_update_count"] == 2
    assert (await call(api, "getUpdates", offset=first["update_id"] + 1)).json()["result"] == [second]
    assert (await call(api, "getUpdates", offset=second["update_id"] + 1, timeout=0)).json()["result"] == []


async def test_a_waiting_poll_is_answered_when_something_is_said(sim, api) -> None:
    await call(api, "deleteWebhook")
    poll = asyncio.create_task(call(api, "getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    await sim.send("1", "a")
    assert len((await asyncio.wait_for(poll, 2)).json()["result"]) == 1


async def test_setting_the_webhook_changes_address_secret_and_what_is_sent(sim, bot, api) -> None:
    bad = await call(api, "setWebhook", url=HOOK, secret_token="no spaces please")
    assert bad.json()["description"] == "Bad Request: secret token contains unallowed characters"
    await call(api, "setWebhook", url=HOOK, secret_token="new", allowed_updates=["message"])
    sent = await sim.send("1", "a")
    await sim.edit("1", sent, "b")
    await sim.send("1", "c")
    await sim.settled()
    assert (bot.texts, bot.secrets) == (["a", "c"], ["new", "new"])
    info = (await call(api, "getWebhookInfo")).json()["result"]
    assert (info["url"], info["allowed_updates"]) == (HOOK, ["message"])


async def test_an_address_that_is_none_is_refused_and_one_that_fails_is_only_a_failed_attempt(sim, bot, api) -> None:
    assert (await call(api, "setWebhook", url="bot.test")).status_code == 400
    await call(api, "setWebhook", url="http://bot.test:port/hook")
    await sim.send("1", "a")
    await sim.settled()
    await call(api, "setWebhook", url=HOOK)
    await sim.send("1", "b")
    await sim.settled()
    assert bot.texts == ["b"]
    assert [line["state"] for line in sim.messages("1")] == ["failed", "delivered"]


async def test_group_messages_carry_mentions_commands_replies_and_topics(sim, bot) -> None:
    first = await sim.send("1", "😀 @frontdesk_demo_bot 早", group="-100", thread=7)
    await sim.send("1", "/help@frontdesk_demo_bot", group="-100", reply_to=first)
    await sim.settled()
    mention, command = (update["message"] for update in bot.updates)
    assert mention["entities"] == [{"type": "mention", "offset": 3, "length": 19}]
    assert (mention["message_thread_id"], mention["chat"]["id"]) == (7, -100)
    assert command["entities"][0]["type"] == "bot_command"
    assert str(command["reply_to_message"]["message_id"]) == first
    assert len(sim.messages("-100")) == 2


async def test_the_control_paths_speak_json(sim, bot, api) -> None:
    await api.post("/sim/telegram/users", json={"id": "2", "name": "Ann"})
    assert (await api.get("/sim/telegram/users")).json() == [{"id": "1", "name": "王 小明"}, {"id": "2", "name": "Ann"}]
    sent = (await api.post("/sim/telegram/send", json={"user": "2", "text": "hi", "image": True})).json()["id"]
    await api.post("/sim/telegram/event", json={"user": "2", "event": "start", "payload": "x"})
    await api.post("/sim/telegram/event", json={"user": "2", "event": "edit", "message": sent, "text": "ho"})
    await api.post("/sim/telegram/event", json={"user": "2", "event": "block"})
    await api.post("/sim/telegram/event", json={"user": "2", "event": "unblock"})
    keys = {"inline_keyboard": [[{"text": "好", "callback_data": "y"}]]}
    out = (await call(api, "sendMessage", chat_id=2, text="?", reply_markup=keys)).json()["result"]["message_id"]
    tap = await api.post("/sim/telegram/click", json={"user": "2", "message": out, "button": "y"})
    assert tap.status_code == 200
    await sim.settled()
    kinds = [next(key for key in update if key != "update_id") for update in bot.updates]
    assert kinds == ["message", "message", "edited_message", "my_chat_member", "my_chat_member", "callback_query"]
    lines = (await api.get("/sim/telegram/messages", params={"user": "2"})).json()
    assert [line["direction"] for line in lines] == ["in", "in", "out"]
    assert lines[0]["image"].startswith("/sim/telegram/files/")
    after = (await api.get("/sim/telegram/messages", params={"user": "2", "after": lines[1]["seq"]})).json()
    assert after == lines[2:]
    assert {entry["kind"] for entry in (await api.get("/sim/telegram/ledger")).json()} == {"webhook", "call"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("send", {"text": "hi"}, 422),
        ("send", {"user": "404", "text": "hi"}, 404),
        ("send", {"user": "1", "kind": "smell"}, 422),
        ("send", {"user": "nobody"}, 422),
        ("send", [], 422),
        ("click", {"user": "1", "message": "5", "button": "x"}, 404),
        ("event", {"user": "1", "event": "dance"}, 422),
        ("users", {"id": "-5"}, 422),
    ],
)
async def test_a_control_request_that_cannot_be_done_says_why(api, path, body, status) -> None:
    answer = await api.post(f"/sim/telegram/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_what_is_remembered_is_bounded(bot) -> None:
    sim = TelegramSimulator(TOKEN, SECRET, kept=10)
    sim.add_user("1", "A")
    for n in range(30):
        await sim.send("1", str(n), kind="photo")
    assert len(sim.messages("1")) == 10
    assert sim.file(sim.messages("1")[-1]["image"].rpartition("/")[2]) is not None
    await sim.stop()


async def test_the_library_itself_can_talk_to_it(sim) -> None:
    transport = httpx.ASGITransport(Starlette(routes=sim.routes))
    request = HTTPXRequest(httpx_kwargs={"transport": transport})
    async with Bot(TOKEN, base_url="http://sim.test/bot", request=request) as bot:
        assert bot.username == "frontdesk_demo_bot"
        message = await bot.send_document(1, b"%PDF", filename="a.pdf", caption="发票")
        assert (message.document.file_name, message.caption) == ("a.pdf", "发票")
        assert await bot.send_chat_action(1, "typing")
