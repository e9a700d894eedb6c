"""What becomes of a message on its way to Telegram, and of files on their way from it."""

import asyncio
import contextlib
import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.telegram import TelegramChannel, TelegramSettings, transport
from connectors.telegram.downloads import SIZE_LIMIT
from desk.errors import DeskError, Invalid, NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Address, Attachment, AttachmentKind, Button, ChannelName
from desk.rendering import Bubble

HELLO = Bubble("您好")
NUMBERS = st.integers() | st.integers(min_value=10**15) | st.none() | st.text(max_size=5) | st.booleans()
JSON = st.fixed_dictionaries(
    {},
    optional={
        "ok": st.booleans(),
        "result": NUMBERS | st.dictionaries(st.sampled_from(["message_id", "date", "chat"]), NUMBERS),
        "description": NUMBERS,
        "parameters": NUMBERS | st.dictionaries(st.sampled_from(["retry_after", "migrate_to_chat_id"]), NUMBERS),
    },
)


def received(platform, user: str = "1001") -> list[str]:
    return [line["text"] for line in platform.sim.messages(user) if line["direction"] == "out"]


def outcomes(platform, method: str) -> list[str]:
    return [entry["outcome"] for entry in platform.sim.ledger() if entry.get("method") == method]


async def test_a_message_reaches_the_customer_and_its_id_comes_back(channel, platform, customer) -> None:
    sent = await channel.send(customer, Bubble("请选择", (Button("查订单", payload="/check_order", id="k3J9xQ2a"),)))
    (line,) = platform.sim.messages("1001")
    assert (line["id"], line["text"]) == (sent, "请选择")
    assert line["buttons"] == [{"title": "查订单", "id": "k3J9xQ2a", "url": ""}]


async def test_a_message_after_a_silence_is_not_sent_into_a_connection_that_is_being_closed(
    settings, customer, monkeypatch
) -> None:
    monkeypatch.setattr(transport, "IDLE", 0.1)
    body = b'{"ok": true, "result": {"message_id": 7, "date": 0, "chat": {"id": 1001, "type": "private"}}}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def impatient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers on a connection, but has closed it where the next request came late."""
        with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError):
            while True:
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).lower()
                await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
                if loop.time() - last.get(writer, loop.time()) > 0.2:
                    break
                writer.write(answer)
                last[writer] = loop.time()
        writer.close()

    loop, last = asyncio.get_running_loop(), {}
    server = await asyncio.start_server(impatient, "127.0.0.1", 0)
    channel = TelegramChannel(replace(settings, api_base=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    for pause in (0.0, 0.0, 0.3):
        await asyncio.sleep(pause)
        assert await channel.send(customer, HELLO) == "7"
    await channel.stop()
    server.close()


async def test_a_message_can_be_sent_before_telegram_has_told_us_our_name(platform, settings, customer) -> None:
    fresh = TelegramChannel(replace(settings, api_base=platform.url))
    await fresh.send(customer, HELLO)
    await fresh.stop()
    assert received(platform) == ["您好"]


async def test_a_stored_file_is_uploaded_with_its_name_and_the_text_below(channel, platform, customer) -> None:
    await channel.send(customer, Bubble("地图", attachments=(Attachment(AttachmentKind.IMAGE, file_id="photo-1"),)))
    (line,) = platform.sim.messages("1001")
    assert line["text"] == "地图"
    content, media_type = platform.sim.file(line["image"].rpartition("/")[2])
    assert (content, media_type) == (b"\xff\xd8photo", "image/jpeg")


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 418, 429, 500, 502, 503, 599]),
    body=st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()),
)
@example(status=200, body=b'{"result": {"message_id": null, "date": 0}}')
async def test_whatever_telegram_answers_the_outbox_is_told_what_to_do(
    settings, scripted, customer, status, body
) -> None:
    scripted.gives(status, b"" if status == 204 else body)
    channel = TelegramChannel(replace(settings, api_base=scripted.url))
    try:
        assert int(await channel.send(customer, HELLO)) is not None
    except (SendDeferred, SendRejected, SendInDoubt) as error:
        if status >= 500 or status < 400:
            assert isinstance(error, SendInDoubt)
        if status == 429:
            assert timedelta(0) < error.retry_after <= timedelta(days=1)
    await channel.stop()


async def test_flood_control_postpones_the_whole_channel_by_what_telegram_asked(channel, platform, customer) -> None:
    platform.sim.faults.add({"kind": "flood", "retry_after": 17})
    with pytest.raises(SendDeferred) as caught:
        await channel.send(customer, HELLO)
    assert (caught.value.retry_after, caught.value.whole_channel) == (timedelta(seconds=17), True)
    assert received(platform) == []


async def test_a_customer_who_blocked_us_is_unreachable(channel, platform, customer) -> None:
    await platform.sim.block("1001")
    with pytest.raises(SendRejected) as caught:
        await channel.send(customer, HELLO)
    assert caught.value.unreachable


async def test_somebody_who_never_pressed_start_is_unreachable(channel, platform) -> None:
    platform.sim.add_user("1003", "Stranger", started=False)
    with pytest.raises(SendRejected) as caught:
        await channel.send(Address(ChannelName.TELEGRAM, "123456", "1003", "1003"), HELLO)
    assert caught.value.unreachable


@pytest.mark.parametrize("chat", ["4040404", "not a chat"])
async def test_a_chat_that_does_not_exist_is_unreachable(channel, chat) -> None:
    with pytest.raises(SendRejected) as caught:
        await channel.send(Address(ChannelName.TELEGRAM, "123456", chat, chat), HELLO)
    assert caught.value.unreachable


@pytest.mark.parametrize(
    "bubble",
    [
        Bubble("x" * 4097),
        Bubble("button without an id", (Button("a", payload="/a"),)),
        Bubble("button id too long", (Button("a", id="x" * 65),)),
        Bubble(""),
        Bubble("gone", attachments=(Attachment(AttachmentKind.FILE, file_id="never-stored"),)),
        Bubble("not ours", attachments=(Attachment(AttachmentKind.FILE, remote="BQAC"),)),
    ],
    ids=lambda bubble: bubble.text[:22] or "empty",
)
async def test_a_message_that_telegram_cannot_show_is_refused_for_good(channel, platform, customer, bubble) -> None:
    with pytest.raises(SendRejected) as caught:
        await channel.send(customer, bubble)
    assert not caught.value.unreachable
    assert received(platform) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 502},
        {"kind": "status_after", "code": 504},
        {"kind": "garbage_after"},
        {"kind": "lost_answer", "seconds": 2},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('code', '')}",
)
async def test_without_a_readable_answer_a_message_is_in_doubt_and_asked_for_only_once(
    channel, platform, customer, fault
) -> None:
    platform.sim.faults.add(fault)
    with pytest.raises(SendInDoubt):
        await channel.send(customer, HELLO)
    assert len(outcomes(platform, "sendMessage")) == 1


async def test_a_connection_cut_after_the_request_left_is_in_doubt(settings, customer) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = TelegramChannel(replace(settings, api_base=f"http://127.0.0.1:{port}"))
    with pytest.raises(SendInDoubt):
        await channel.send(customer, HELLO)
    await channel.stop()
    server.close()


async def test_while_telegram_cannot_be_reached_messages_wait(offline, customer) -> None:
    with pytest.raises(SendDeferred) as caught:
        await offline.send(customer, HELLO)
    assert not caught.value.whole_channel


async def test_a_host_name_that_does_not_resolve_keeps_messages_waiting(settings, customer) -> None:
    channel = TelegramChannel(replace(settings, api_base="http://telegram.invalid"))
    with pytest.raises(SendDeferred):
        await channel.send(customer, HELLO)
    await channel.stop()


async def test_with_a_token_telegram_refuses_messages_wait_for_a_better_one(channel, platform, customer) -> None:
    platform.sim.faults.add({"kind": "bad_token"})
    with pytest.raises(SendDeferred) as caught:
        await channel.send(customer, HELLO)
    assert caught.value.whole_channel


async def test_a_file_that_cannot_be_read_now_keeps_its_message_waiting(channel, platform, customer) -> None:
    with pytest.raises(SendDeferred):
        await channel.send(customer, Bubble("x", attachments=(Attachment(AttachmentKind.FILE, file_id="disk-full"),)))
    assert received(platform) == []


async def test_a_message_sent_in_part_is_in_doubt_whatever_stopped_the_rest(channel, platform, customer) -> None:
    files = tuple(Attachment(AttachmentKind.FILE, file_id="doc-1", name=name) for name in ("a.pdf", "b.pdf"))
    platform.sim.faults.add({"kind": "flood", "method": "sendMessage"})
    with pytest.raises(SendInDoubt):
        await channel.send(customer, Bubble("with two files", attachments=files))
    assert len(platform.sim.messages("1001")) == 2


async def test_a_group_that_became_a_supergroup_gets_the_message_once_under_its_new_id(channel, platform) -> None:
    await platform.sim.send("1001", "hi", group="-200")
    platform.sim.faults.add({"kind": "migrate", "new_chat": -200, "user": "-5"})
    old = Address(ChannelName.TELEGRAM, "123456", "-5", "1001")
    await channel.send(old, HELLO)
    assert received(platform, "-200") == ["您好"]
    assert channel.moved_chats == {"-5": "-200"}
    await channel.send(old, Bubble("again"))
    assert received(platform, "-200") == ["您好", "again"]


async def test_telegrams_own_notice_of_a_moved_group_is_remembered(channel, post) -> None:
    assert (await channel.receive(post("group_migrated"))).messages == ()
    assert channel.moved_chats == {"-5005": "-1009999999999"}


async def test_after_a_tap_the_spinner_stops_and_the_used_buttons_go(channel, platform, customer, webhook) -> None:
    sent = await channel.send(customer, Bubble("请选择", (Button("好", id="yes1"),)))
    await platform.sim.click("1001", sent, "yes1")
    answer = await channel.receive(await webhook())
    assert answer.messages[0].choice == "yes1"
    await answer.afterwards()
    assert platform.sim.messages("1001")[0]["buttons"] == []
    assert outcomes(platform, "answerCallbackQuery") == ["ok"]


async def test_in_a_group_one_members_tap_leaves_the_buttons_to_the_others(channel, platform, webhook) -> None:
    await platform.sim.send("1001", "@demo_bot hi", group="-200")
    await webhook()
    group = Address(ChannelName.TELEGRAM, "123456", "-200", "1001")
    sent = await channel.send(group, Bubble("请选择", (Button("好", id="yes1"),)))
    await platform.sim.click("1002", sent, "yes1")
    answer = await channel.receive(await webhook())
    await answer.afterwards()
    assert platform.sim.messages("-200")[-1]["buttons"] != []


async def test_a_tap_that_cannot_be_acknowledged_disturbs_nobody(offline, post) -> None:
    answer = await offline.receive(post("button"))
    await answer.afterwards()


async def test_typing_is_shown_and_never_fails(channel, offline, platform, customer) -> None:
    await channel.show_typing(customer)
    assert [entry["method"] for entry in platform.sim.ledger()][-1] == "sendChatAction"
    await channel.show_typing(replace(customer, chat="nowhere"))
    await offline.show_typing(customer)


async def test_a_customers_file_is_downloaded_with_its_name_and_type(channel, platform, webhook) -> None:
    await platform.sim.send("1001", "发票", kind="document")
    message = (await channel.receive(await webhook())).messages[0]
    file = await channel.fetch(message.attachments[0])
    assert (file.name, file.media_type) == ("document.pdf", "application/pdf")
    assert file.content.startswith(b"%PDF")


async def test_a_file_telegram_no_longer_has_is_not_found(channel) -> None:
    with pytest.raises(NotFound):
        await channel.fetch(Attachment(AttachmentKind.IMAGE, remote="gone"))


async def test_a_file_that_may_come_back_is_tried_later(settings, scripted) -> None:
    words = "Bad Request: wrong file_id or the file is temporarily unavailable"
    scripted.gives(400, {"ok": False, "error_code": 400, "description": words})
    channel = TelegramChannel(replace(settings, api_base=scripted.url))
    with pytest.raises(SendDeferred):
        await channel.fetch(Attachment(AttachmentKind.IMAGE, remote="F"))
    await channel.stop()


async def test_a_file_said_to_be_too_large_is_not_even_asked_for(channel, platform) -> None:
    with pytest.raises(NotFound):
        await channel.fetch(Attachment(AttachmentKind.FILE, remote="big", size=SIZE_LIMIT + 1))
    assert "getFile" not in [entry.get("method") for entry in platform.sim.ledger()]


async def test_a_file_that_turns_out_too_large_is_dropped_while_it_comes(settings, scripted) -> None:
    def endless(request: Request) -> Response:
        if "getFile" in request.url.path:
            file = {"file_id": "F", "file_unique_id": "u", "file_path": "a/b"}
            return JSONResponse({"ok": True, "result": file})
        return Response(b"x" * (SIZE_LIMIT + 1))

    scripted.answer = endless
    channel = TelegramChannel(replace(settings, api_base=scripted.url))
    with pytest.raises(NotFound):
        await channel.fetch(Attachment(AttachmentKind.FILE, remote="F"))
    await channel.stop()


async def test_a_download_while_telegram_is_away_is_tried_later(offline) -> None:
    with pytest.raises(SendDeferred):
        await offline.fetch(Attachment(AttachmentKind.FILE, remote="F"))


async def test_starting_does_not_wait_for_telegram_and_the_name_is_learnt_when_it_answers(settings, platform) -> None:
    channel = TelegramChannel(replace(settings, api_base=platform.url))
    platform.sim.faults.add({"kind": "status", "code": 502, "method": "getMe"})
    async with asyncio.timeout(0.2):
        await channel.start()
    async with asyncio.timeout(5):
        while outcomes(platform, "getMe")[-2:] != ["status", "ok"]:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.01)
    await channel.stop()


async def test_check_says_who_we_are_and_whether_updates_come(channel, offline, platform) -> None:
    assert await channel.check() == "@demo_bot, no webhook set"
    await channel.set_webhook("http://127.0.0.1:9/webhooks/telegram")
    assert await channel.check() == "@demo_bot, webhook set"
    platform.sim.faults.add({"kind": "bad_token", "method": "getMe"})
    with pytest.raises(DeskError, match="refuses the bot token"):
        await channel.check()
    with pytest.raises(DeskError, match="cannot be reached"):
        await offline.check()


async def test_the_token_is_in_no_error_no_log_and_no_repr(
    channel, offline, platform, customer, settings, caplog, capsys
) -> None:
    caplog.set_level(logging.DEBUG)
    platform.sim.faults.add({"kind": "garbage_after", "count": 3})
    errors = []
    for attempt in (
        channel.send(customer, HELLO),
        offline.send(customer, HELLO),
        offline.fetch(Attachment(AttachmentKind.FILE, remote="F")),
        channel.fetch(Attachment(AttachmentKind.FILE, remote="F")),
        offline.check(),
        offline.set_webhook("https://example.com"),
    ):
        with pytest.raises(DeskError) as caught:
            await attempt
        errors.append(caught.value)
    await offline.start()
    await asyncio.sleep(0.1)
    shown = "".join(f"{error!r} {error.__cause__!r}" for error in errors) + repr(settings)
    shown += caplog.text + capsys.readouterr().out
    assert "telegram_not_reached" in shown
    for secret in ("TEST-token_0", settings.webhook_secret, "您好"):
        assert secret not in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"bot_token": ""},
        {"bot_token": "TEST-token_0"},
        {"webhook_secret": ""},
        {"webhook_secret": "has spaces"},
        {"api_base": "api.telegram.org"},
        {"api_base": "https://api.telegram.org/bot"},
    ],
)
def test_settings_that_cannot_work_are_refused_without_repeating_them(settings, wrong) -> None:
    with pytest.raises(Invalid) as caught:
        replace(settings, **wrong)
    ((field, value),) = wrong.items()
    assert caught.value.field == field
    assert not value or field == "api_base" or value not in str(caught.value)


def test_the_account_is_known_without_a_network(settings: TelegramSettings) -> None:
    assert TelegramChannel(settings).account == "123456"
