"""The web chat's socket: what visitors send is stored once, and nobody hears of anybody else's talk."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets

from desk.messages import Language
from gateway.webchat import FRAMES_PER_MINUTE
from gateway.webchat_visitors import Pace
from gateway.webchat_words import choose_language, words_for, words_for_playground
from tests.fakes.running_gateway import VISITOR, Gateway, running_gateway

OTHER = VISITOR[::-1]


@pytest.fixture
async def gateway(tmp_path) -> AsyncIterator[Gateway]:
    async with running_gateway(tmp_path) as running:
        yield running


class Tab:
    """A page's end of the socket, which remembers every frame it got."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self._frames: list[dict[str, Any]] = []
        self.texts: dict[str, dict[str, Any]] = {}

    async def say(self, id: str, text: str) -> None:
        await self.send(json.dumps({"type": "text", "id": id, "text": text}))

    async def send(self, raw: str | bytes) -> None:
        await self.socket.send(raw)

    async def hear(self, kind: str) -> dict[str, Any]:
        """The first frame of this type that was not looked at yet."""
        async with asyncio.timeout(10):
            while not any(frame["type"] == kind for frame in self._frames):
                await self._receive()
        found = next(frame for frame in self._frames if frame["type"] == kind)
        self._frames.remove(found)
        return found

    async def hear_text(self, text: str) -> dict[str, Any]:
        """The message that says this, whenever it came."""
        async with asyncio.timeout(10):
            while text not in self.texts:
                await self._receive()
        return self.texts[text]

    async def _receive(self) -> None:
        frame = json.loads(await self.socket.recv())
        self._frames.append(frame)
        self.texts |= {message["text"]: message for message in frame.get("messages", [])}


@contextlib.asynccontextmanager
async def tab(gateway: Gateway, visitor: str = VISITOR, **headers: str) -> AsyncIterator[Tab]:
    async with gateway.socket(visitor, **headers) as socket:
        yield Tab(socket)


async def test_a_visitor_is_answered(gateway):
    async with tab(gateway) as socket:
        await socket.say("a", "几点退房")
        assert (await socket.hear("stored"))["id"] == "a"
        assert (await socket.hear_text("You said: 几点退房"))["author"] == "bot"


async def test_a_frame_sent_twice_is_stored_once(gateway):
    async with tab(gateway) as socket:
        for _ in range(2):
            await socket.say("a", "早餐几点")
            assert (await socket.hear("stored"))["id"] == "a"
        await socket.say("b", "谢谢")
        await socket.hear_text("You said: 谢谢")
    assert await gateway.said() == ["早餐几点", "谢谢"]


async def test_the_history_is_there_after_a_reconnect_and_names_the_frames_it_came_from(gateway):
    async with tab(gateway) as socket:
        await socket.say("a", "hello")
        await socket.hear_text("You said: hello")
    async with tab(gateway) as socket:
        frame = await socket.hear("messages")
    assert frame["first"] is True
    assert [(m["author"], m["text"], m["source"]) for m in frame["messages"]] == [
        ("customer", "hello", "a"), ("bot", "You said: hello", ""),
    ]


async def test_the_history_survives_a_restart_of_the_gateway(tmp_path):
    async with running_gateway(tmp_path) as gateway, tab(gateway) as socket:
        await socket.say("a", "hello")
        await socket.hear_text("You said: hello")
    async with running_gateway(tmp_path) as gateway, tab(gateway) as socket:
        await socket.say("a", "hello")  # the page never heard that it was stored
        await socket.hear("stored")
        assert await gateway.said() == ["hello"]


async def test_opening_the_chat_is_greeted_but_is_not_something_the_visitor_said(gateway):
    async with tab(gateway) as socket:
        assert (await socket.hear("messages"))["messages"] == []
        for _ in range(2):
            await socket.send(json.dumps({"type": "start", "id": "start", "locale": "en"}))
            await socket.hear("stored")
        await socket.hear_text("Welcome!")
    async with tab(gateway) as socket:
        assert [m["text"] for m in (await socket.hear("messages"))["messages"]] == ["Welcome!"]


@pytest.mark.parametrize("raw", [
    "", "not json", "[]", "null", '"text"', "[" * 5000, '{"type": "text"}', '{"type": "text", "id": "a"}',
    '{"type": "text", "id": "a", "text": " "}', '{"type": "text", "id": "a", "text": 5}',
    '{"type": "text", "id": "../x", "text": "hi"}', '{"type": "admin", "id": "a", "text": "hi"}',
    '{"type": "choice", "id": "a", "button": ""}', '{"type": "text", "id": "\\ud800", "text": "hi"}',
    json.dumps({"type": "text", "id": "a", "text": "长" * 8001}), b"\x00\xff",
])  # fmt: skip
async def test_a_malformed_frame_gets_an_error_and_leaves_nothing_behind(gateway, raw):
    async with tab(gateway) as socket:
        await socket.send(raw)
        assert (await socket.hear("error"))["code"] == "not_understood"
        await socket.say("ok", "still here")
        await socket.hear_text("You said: still here")
    assert await gateway.said() == ["still here"]


async def test_another_site_may_not_open_a_socket_in_a_visitors_name(gateway):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with tab(gateway, Origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_behind_a_proxy_our_public_address_is_our_own_page(tmp_path):
    ours = "https://chat.example.com"
    async with running_gateway(tmp_path, public_url=ours) as gateway, tab(gateway, Origin=ours) as socket:
        assert (await socket.hear("messages"))["first"] is True


@pytest.mark.parametrize("cookie", ["", "frontdesk_visitor=", "frontdesk_visitor=../../x", "frontdesk_visitor=ABC"])
async def test_without_a_visitors_cookie_there_is_no_socket(gateway, cookie):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with tab(gateway, Cookie=cookie):
            pass
    assert refused.value.response.status_code == 403


async def test_another_visitor_hears_nothing_of_mine(gateway):
    async with tab(gateway) as mine, tab(gateway, OTHER) as other:
        assert (await other.hear("messages"))["messages"] == []
        await mine.say("a", "my secret")
        await mine.hear_text("You said: my secret")
        await other.say("a", "hello")
        await other.hear_text("You said: hello")
        assert set(other.texts) == {"hello", "You said: hello"}
    async with tab(gateway, OTHER) as other:
        assert "secret" not in json.dumps(await other.hear("messages"))


async def test_an_answer_reaches_every_tab_of_the_visitor(gateway):
    async with tab(gateway) as first, tab(gateway) as second:
        await first.say("a", "hello")
        await first.hear_text("You said: hello")
        await second.hear_text("You said: hello")


async def test_a_frame_far_too_large_closes_the_socket_with_the_reason(gateway):
    async with tab(gateway) as socket:
        await socket.say("a", "x" * 200_000)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.hear("stored")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    async with tab(gateway) as socket:
        assert (await socket.hear("messages"))["messages"] == []


async def test_who_writes_too_fast_is_asked_to_wait_also_through_a_second_tab(gateway):
    async with tab(gateway) as socket, tab(gateway) as second, tab(gateway, OTHER) as other:
        for number in range(FRAMES_PER_MINUTE):
            await socket.say(f"m{number}", "again")
            await socket.hear("stored")
        await second.say("late", "one too many")
        refused = await second.hear("error")
        assert (refused["id"], refused["code"]) == ("late", "too_fast")
        assert 0 < refused["wait"] <= 60
        await other.say("a", "hello")
        assert await other.hear("stored")


def test_pace_welcomes_the_next_frame_when_the_oldest_is_a_minute_ago():
    pace = Pace(2)
    assert [pace.wait("v", at) for at in (0.0, 30.0)] == [0, 0]
    assert pace.wait("v", 40.0) == 20.0
    assert pace.wait("v", 60.0) == 0
    assert pace.wait("v", 61.0) == 29.0


def test_pace_remembers_a_bounded_number_of_visitors():
    pace = Pace(1, remembered=2)
    assert [pace.wait(visitor, 0.0) for visitor in "abc"] == [0, 0, 0]
    assert pace.wait("c", 1.0) > 0
    assert pace.wait("a", 1.0) == 0


async def test_the_page_gives_a_visitor_a_cookie_no_script_can_read_and_keeps_it(gateway):
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http:
        first = await http.get("/chat")
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        visitor = http.cookies["frontdesk_visitor"]
        assert (await http.get("/chat")).headers["set-cookie"].startswith(f"frontdesk_visitor={visitor};")


async def test_the_page_says_which_keys_send_and_break_lines(gateway):
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http:
        assert "Shift + Enter 換行" in (await http.get("/chat?lang=zh-Hant")).text


async def test_the_pages_forbid_scripts_of_others_and_hold_none_inline(gateway):
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http:
        answer = await http.get("/chat?lang=zh-Hant")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert '<html lang="zh-Hant">' in answer.text
    assert answer.text.count("<script") == 1
    assert " on" not in answer.text.partition("<body>")[0]


@pytest.mark.parametrize(("asked", "accepted", "expected"), [
    ("zh-TW", "en", Language.ZH_HANT), ("", "zh-HK,en;q=0.5", Language.ZH_HANT), ("", "zh-CN,zh;q=0.9", "zh-Hans"),
    ("", "fr-FR,en-GB;q=0.8", Language.EN), ("xx", "", Language.EN), ("en", "zh-CN", Language.EN),
])  # fmt: skip
def test_the_page_speaks_the_language_asked_for_else_the_browsers(asked, accepted, expected):
    assert choose_language(asked, accepted) == expected


@pytest.mark.parametrize("words", [words_for, words_for_playground])
def test_every_word_of_the_pages_exists_in_every_language(words):
    spoken = [words(language) for language in Language]
    assert all(all(texts.values()) for texts in spoken)
    assert len({tuple(texts) for texts in spoken}) == 1
