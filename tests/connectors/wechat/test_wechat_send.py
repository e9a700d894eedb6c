import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from connectors.wechat import WechatSettings
from desk.channels import ReplyWindow
from desk.errors import DeskError, Invalid, NotFound, SendDeferred, SendInDoubt, SendRejected, WindowClosed
from desk.messages import Address, Attachment, AttachmentKind, ChannelName
from desk.rendering import Bubble

U1 = Address(ChannelName.WECHAT, "wx5823bf96d3bd56c7", "u1", "u1")
HELLO = Bubble("您好，请问有什么可以帮您？")
PICTURE = Attachment(AttachmentKind.IMAGE, name="room.png", media_type="image/png", file_id="f1")


def shown(platform, user="u1"):
    return [line.text for line in platform.messages(user) if line.direction == "out"]


def calls(platform, path):
    return [entry for entry in platform.ledger.entries() if entry["kind"] == "call" and entry["path"].endswith(path)]


async def refused(sender, error, address=U1, bubble=HELLO):
    with pytest.raises(DeskError) as caught:
        await sender.send(address, bubble)
    assert type(caught.value) is error
    return caught.value


async def test_a_customer_reads_what_was_sent(sender, platform):
    await sender.send(U1, Bubble("退房时间：中午 12 点。\n“早餐”7 点起 😀"))
    assert shown(platform) == ["退房时间：中午 12 点。\n“早餐”7 点起 😀"]


async def test_a_picture_is_uploaded_and_follows_its_text(sender, platform):
    await sender.send(U1, Bubble("房间如图", attachments=(PICTURE,)))
    text, image = platform.messages("u1")
    assert (text.text, image.text) == ("房间如图", "")
    assert image.image.startswith("/sim/wechat/media/")


async def test_when_only_the_text_arrived_the_rest_is_in_doubt(sender, platform):
    platform.people.find("u1").grants["message"].left = 1
    await refused(sender, SendInDoubt, bubble=Bubble("房间如图", attachments=(PICTURE,)))
    assert shown(platform) == ["房间如图"]


async def test_when_the_picture_cannot_be_stored_nothing_is_sent(sender, platform):
    platform.faults.add({"kind": "status_after", "code": 502, "path": "/media/upload"})
    await refused(sender, SendDeferred, bubble=Bubble("房间如图", attachments=(PICTURE,)))
    assert shown(platform) == []


async def test_nothing_to_say_and_files_wechat_cannot_carry_are_refused(sender):
    await refused(sender, SendRejected, bubble=Bubble(""))
    await refused(sender, SendRejected, bubble=Bubble("x", attachments=(Attachment(AttachmentKind.FILE, file_id="f"),)))


async def test_the_sixth_message_waits_for_the_customer(sender, platform):
    for _ in range(5):
        await sender.send(U1, HELLO)
    assert "45047" in str(await refused(sender, WindowClosed))
    platform.people.contact(platform.people.find("u1"), "message")
    await sender.send(U1, HELLO)


async def test_who_never_wrote_cannot_be_written_to(sender, platform):
    platform.add_user("u2")
    u2 = Address(ChannelName.WECHAT, sender.account, "u2", "u2")
    assert "45015" in str(await refused(sender, WindowClosed, u2))


async def test_who_left_or_never_was_is_unreachable(sender, platform):
    platform.people.find("u1").follows = False
    assert (await refused(sender, SendRejected)).unreachable
    assert (await refused(sender, SendRejected, Address(ChannelName.WECHAT, sender.account, "x", "x"))).unreachable


@pytest.mark.parametrize(
    ("code", "error", "whole_channel"),
    [
        (-1, SendDeferred, False),
        (45009, SendDeferred, True),
        (45011, SendDeferred, True),
        (40164, SendDeferred, True),
        (48001, SendRejected, None),
        (45002, SendRejected, None),
        (45168, SendRejected, None),
        (47003, SendRejected, None),
    ],
)
async def test_refusals_inside_http_200_are_understood(sender, platform, code, error, whole_channel):
    platform.faults.add({"kind": "errcode", "code": code})
    wrong = await refused(sender, error)
    assert str(code) in str(wrong)
    assert getattr(wrong, "whole_channel", None) == whole_channel
    assert not getattr(wrong, "unreachable", False)
    assert shown(platform) == []


async def test_a_missing_permission_is_named(sender, platform):
    platform.faults.add({"kind": "errcode", "code": 48001})
    assert "verified account" in str(await refused(sender, SendRejected))


async def test_an_expired_token_is_replaced_and_the_message_arrives_once(sender, platform):
    await sender.send(U1, HELLO)
    platform.expire_token()
    await sender.send(U1, HELLO)
    assert len(shown(platform)) == 2
    assert len(calls(platform, "/stable_token")) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_for_good_is_tried_twice_and_then_waits(sender, platform, code):
    platform.faults.add({"kind": "errcode", "code": code, "count": None})
    assert (await refused(sender, SendDeferred)).whole_channel
    assert len(calls(platform, "/custom/send")) == 2
    assert shown(platform) == []


async def test_a_token_is_forced_once_not_at_every_refusal(sender, platform):
    platform.faults.add({"kind": "errcode", "code": 40001, "count": None})
    for _ in range(4):
        await refused(sender, SendDeferred)
    # One at first, one after each refusal, one forced.
    assert len(calls(platform, "/stable_token")) == 1 + 4 + 1


async def test_twenty_sends_over_an_expired_token_refresh_it_once(sender, platform):
    for n in range(20):
        platform.people.contact(platform.add_user(f"c{n}"), "message")
    await sender.send(U1, HELLO)
    platform.expire_token()
    await asyncio.gather(*(sender.send(Address(ChannelName.WECHAT, "a", f"c{n}", ""), HELLO) for n in range(20)))
    assert len(calls(platform, "/stable_token")) == 2
    assert all(len(shown(platform, f"c{n}")) == 1 for n in range(20))


async def test_a_cancelled_send_does_not_take_the_token_from_the_others(sender, platform):
    platform.faults.add({"kind": "slow", "seconds": 0.1, "path": "/stable_token"})
    impatient = asyncio.create_task(sender.send(U1, HELLO))
    patient = asyncio.create_task(sender.send(U1, HELLO))
    await asyncio.sleep(0.02)
    impatient.cancel()
    await patient
    assert len(shown(platform)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "errcode", "code": 40125},
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 404},
        {"kind": "lost_answer", "seconds": 0.6},
    ],
)
async def test_without_a_token_nothing_left_so_the_message_waits(sender, platform, fault):
    platform.faults.add({**fault, "path": "/stable_token"})
    await refused(sender, SendDeferred)
    assert calls(platform, "/custom/send") == []


async def test_a_time_out_after_delivery_is_in_doubt_and_never_repeated(sender, platform):
    platform.faults.add({"kind": "lost_answer", "seconds": 0.6})
    await refused(sender, SendInDoubt)
    assert len(shown(platform)) == 1


@pytest.mark.parametrize("kind", ["status", "status_after"])
async def test_a_server_error_is_in_doubt(sender, platform, kind):
    platform.faults.add({"kind": kind, "code": 502})
    await refused(sender, SendInDoubt)


async def test_a_flood_answer_makes_the_whole_channel_wait(sender, platform):
    platform.faults.add({"kind": "status", "code": 429})
    assert (await refused(sender, SendDeferred)).whole_channel


async def test_another_refusal_in_http_is_final(sender, platform):
    platform.faults.add({"kind": "status", "code": 413})
    await refused(sender, SendRejected)


async def test_a_platform_that_is_down_defers_and_does_not_stop_the_start(make_channel):
    channel = make_channel(api_base="http://127.0.0.1:9")
    await channel.start()
    await refused(channel, SendDeferred)
    with pytest.raises(DeskError):
        await channel.check()
    await channel.show_typing(U1)
    await channel.stop()


@asynccontextmanager
async def odd_server(answer_to_send: bytes):
    """Gives a token, then answers the message with these bytes and hangs up."""

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        token = b'{"access_token":"T","expires_in":7200}'
        ok = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(token) + token
        writer.write(ok if b"stable_token" in head else answer_to_send)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nnope!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"no http at all\r\n\r\n",
    ],
)
async def test_an_unreadable_answer_is_in_doubt(make_channel, answer):
    async with odd_server(answer) as url:
        channel = make_channel(api_base=url, timeout=timedelta(seconds=1))
        await refused(channel, SendInDoubt)
        await channel.stop()


async def test_a_picture_of_a_customer_is_downloaded(sender, platform):
    await platform.send("u1", kind="image")
    media_id = platform.messages("u1")[-1].image.rpartition("/")[2]
    file = await sender.fetch(Attachment(AttachmentKind.IMAGE, remote=media_id))
    assert (file.media_type, file.name) == ("image/png", "picture.png")
    assert file.content.startswith(b"\x89PNG")


async def test_a_video_is_downloaded_from_where_the_answer_says(sender, platform):
    media_id = platform.add_media(b"\0\0\0\x18ftypmp42", "video/mp4")
    file = await sender.fetch(Attachment(AttachmentKind.VIDEO, remote=media_id))
    assert (file.media_type, file.content[4:8]) == ("video/mp4", b"ftyp")


async def test_a_download_survives_an_expired_token(sender, platform):
    media_id = platform.add_media(b"#!AMR", "audio/amr")
    await sender.check()
    platform.expire_token()
    assert (await sender.fetch(Attachment(AttachmentKind.AUDIO, remote=media_id))).media_type == "audio/amr"


async def test_a_file_that_is_gone_too_large_or_without_reference_is_not_found(sender, platform):
    for remote in ("", "no-such-media", platform.add_media(b"x" * (20 * 1024 * 1024 + 1), "image/jpeg")):
        with pytest.raises(NotFound):
            await sender.fetch(Attachment(AttachmentKind.IMAGE, remote=remote))


@pytest.mark.parametrize(
    "fault", [{"kind": "busy"}, {"kind": "status", "code": 503}, {"kind": "slow", "seconds": 0.6}]
)
async def test_a_download_that_fails_for_now_is_tried_later(sender, platform, fault):
    platform.faults.add({**fault, "path": "/media/get"})
    with pytest.raises(SendDeferred):
        await sender.fetch(Attachment(AttachmentKind.IMAGE, remote=platform.add_media(b"x", "image/jpeg")))


async def test_typing_is_shown_and_a_second_time_does_no_harm(sender, platform):
    await sender.show_typing(U1)
    await sender.show_typing(U1)
    assert [call["outcome"] for call in calls(platform, "/typing")] == ["0", "45081"]


async def test_check_tells_which_account_serves_and_why_one_does_not(sender, platform, make_channel):
    assert await sender.check() == f"Official Account {sender.account}"
    platform.faults.add({"kind": "errcode", "code": 40164, "path": "/stable_token"})
    with pytest.raises(DeskError, match="allow-list"):
        await sender.check()


async def test_windows_open_as_the_platform_grants_them(channel, plain, payload):
    expected = {
        "text": ReplyWindow("message", timedelta(hours=48), 5),
        "image": ReplyWindow("message", timedelta(hours=48), 5),
        "text_menu_tap": ReplyWindow("event", timedelta(minutes=1), 3),
        "subscribe": ReplyWindow("event", timedelta(minutes=1), 3),
        "scan": ReplyWindow("event", timedelta(minutes=1), 3),
        "click": ReplyWindow("event", timedelta(minutes=1), 3),
        "unsubscribe": None,
    }
    for name, window in expected.items():
        (message,) = (await channel.receive(plain(payload(name)))).messages
        assert channel.window(message) == window, name


async def test_neither_token_nor_secret_nor_text_reaches_logs_or_errors(make_channel, platform_url, platform, caplog):
    caplog.set_level(logging.INFO)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    channel = make_channel(api_base=platform_url, timeout=timedelta(seconds=0.3))
    said = Bubble("我的身份证号是 110101")
    await channel.send(U1, said)
    platform.faults.add({"kind": "lost_answer", "seconds": 0.6})
    wrong = await refused(channel, SendInDoubt, bubble=said)
    await channel.stop()
    told = caplog.text + str(wrong) + repr(wrong.__cause__)
    for secret in ("access_token", "sim-", "an-app-secret", "frontdesk-token", "110101"):
        assert secret not in told


def test_settings_do_not_show_their_secrets():
    shown = repr(WechatSettings("an-app", "a-secret", "a-token", "a" * 43))
    assert "an-app" in shown
    for secret in ("a-secret", "a-token", "aaaa"):
        assert secret not in shown


@pytest.mark.parametrize(
    "change",
    [
        {"app_id": ""},
        {"app_secret": ""},
        {"token": ""},
        {"api_base": "api.weixin.qq.com"},
        {"encoding_aes_key": "too-short-secret"},
        {"encoding_aes_key": "!" * 43},
        {"encoding_aes_key": "", "require_safe_mode": True},
    ],
)
def test_half_filled_settings_stop_the_start_with_the_field_named(change):
    whole = {"app_id": "a", "app_secret": "b", "token": "c", "encoding_aes_key": "a" * 43}
    assert WechatSettings(**whole).api_base == "https://api.weixin.qq.com"
    with pytest.raises(Invalid) as caught:
        WechatSettings(**(whole | change))
    assert caught.value.field == next(iter(change))
    assert "too-short-secret" not in str(caught.value)
