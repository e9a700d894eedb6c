"""Sending over a real loopback connection, and what each failure means for the message."""

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.slack import Slack, SlackSettings
from desk.errors import NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Address, Attachment, AttachmentKind, Button, ChannelName
from desk.ports import FetchedFile
from desk.rendering import Bubble
from simulators.slack import SlackSimulator

SECRET, TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-canary-token-0001"
LIN = Address(ChannelName.SLACK, "slack", chat="U1LIN", user="U1LIN")
HELLO = Bubble("您好")


async def nobody_listens(scope, receive, send):
    await Response(status_code=200)(scope, receive, send)


async def read_ours(file_id):
    if file_id == "gone":
        raise NotFound("gone")
    return FetchedFile(b"\x89PNG" + file_id.encode(), "image/png", "floor plan.png")


@pytest.fixture
async def sim():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=nobody_listens)) as client:
        simulator = SlackSimulator(TOKEN, SECRET, "http://frontdesk/webhooks/slack", client=client, channel_rate=None)
        simulator.add_user("U1LIN", "林小姐")
        yield simulator
        await simulator.stop()


@pytest.fixture
async def base(sim, serve):
    """Where the simulated workspace is reached."""
    async with serve(Starlette(routes=sim.routes)) as address:
        yield address
        await sim.stop()


@pytest.fixture
async def connected(base):
    """The connector, with the simulated workspace as its Slack."""
    channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"{base}/api/"), open_file=read_ours)
    await channel.start()
    yield channel
    await channel.stop()


@asynccontextmanager
async def answering(serve, respond):
    """The connector, with a Slack that answers everything with `respond`."""
    async def endpoint(request):
        return respond

    async with serve(Starlette(routes=[Route("/api/{method}", endpoint, methods=["GET", "POST"])])) as base:
        channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"{base}/api/"))
        yield channel
        await channel.stop()


def shown(sim, user="U1LIN"):
    return [line for line in sim.messages(user) if line.author == sim.workspace.bot_user_id]


async def test_a_message_arrives_and_its_id_is_slacks(sim, connected):
    sent = await connected.send(LIN, Bubble("Tom & Jerry <3", (Button("转人工", "/request_human", id="k3J"),)))
    [line] = shown(sim)
    assert (line.ts, line.text) == (sent, "Tom & Jerry <3")
    assert [(button.title, button.id) for button in line.buttons] == [("转人工", "k3J")]


async def test_a_reply_in_a_channel_goes_to_its_thread(sim, connected):
    ts = await sim.send("U1LIN", "hi", channel="C1GENERAL")
    await connected.send(Address(ChannelName.SLACK, "slack", "C1GENERAL", "U1LIN", ts), HELLO)
    [line] = shown(sim)
    assert (line.chat, line.thread) == ("C1GENERAL", ts)


async def test_check_tells_which_workspace_we_are_in(connected):
    assert await connected.check() == "Simulated as @frontdesk"


async def test_rate_limit_waits_as_long_as_slack_says_for_the_whole_workspace(sim, connected):
    sim.faults.set(kind="ratelimited", retry_after=7, times=1)
    with pytest.raises(SendDeferred) as later:
        await connected.send(LIN, HELLO)
    assert (later.value.retry_after, later.value.whole_channel) == (timedelta(seconds=7), True)
    assert shown(sim) == []
    await connected.send(LIN, HELLO)
    assert len(shown(sim)) == 1


@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "account_inactive", "token_expired"])
async def test_a_lost_installation_keeps_messages_until_it_is_repaired(sim, connected, error):
    sim.faults.set(kind=error)
    with pytest.raises(SendDeferred) as later:
        await connected.send(LIN, HELLO)
    assert later.value.whole_channel
    assert later.value.retry_after >= timedelta(minutes=1)
    assert error in str(later.value)


@pytest.mark.parametrize("error", ["channel_not_found", "user_not_found", "is_archived", "user_disabled"])
async def test_a_customer_who_is_gone_is_marked_unreachable(sim, connected, error):
    sim.faults.set(kind=error)
    with pytest.raises(SendRejected) as refused:
        await connected.send(LIN, HELLO)
    assert refused.value.unreachable


async def test_a_person_who_left_the_workspace_is_unreachable(sim, connected):
    await sim.deactivate("U1LIN")
    with pytest.raises(SendRejected) as refused:
        await connected.send(LIN, HELLO)
    assert refused.value.unreachable


@pytest.mark.parametrize("error", ["msg_too_long", "invalid_blocks", "no_text", "missing_scope", "something_new"])
async def test_a_message_that_slack_refuses_says_nothing_about_the_customer(sim, connected, error):
    sim.faults.set(kind=error)
    with pytest.raises(SendRejected) as refused:
        await connected.send(LIN, HELLO)
    assert not refused.value.unreachable
    assert str(refused.value) == error


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_server_error_leaves_doubt_and_is_not_repeated_blindly(sim, connected, delivered):
    sim.faults.set(kind="server_error", delivered=delivered)
    with pytest.raises(SendInDoubt):
        await connected.send(LIN, HELLO)
    assert len(shown(sim)) == delivered
    assert len([call for call in sim.ledger if call.get("method") == "chat.postMessage"]) == 1


@pytest.mark.parametrize("fault", ["garbage", "fatal_error", "internal_error"])
async def test_an_answer_that_proves_nothing_leaves_doubt(sim, connected, fault):
    sim.faults.set(kind=fault)
    with pytest.raises(SendInDoubt):
        await connected.send(LIN, HELLO)


async def test_a_message_delivered_without_an_answer_is_in_doubt(sim, base):
    hasty = SlackSettings(TOKEN, SECRET, api_base=f"{base}/api/", answer_timeout=timedelta(seconds=0.3))
    channel = Slack(hasty)
    sim.faults.set(kind="timeout_after_delivery")
    with pytest.raises(SendInDoubt):
        await channel.send(LIN, HELLO)
    assert len(shown(sim)) == 1
    await channel.stop()


async def test_an_accepted_message_counts_as_sent_even_without_an_id(serve):
    async with answering(serve, Response(b'{"ok":true}', 200, media_type="application/json")) as channel:
        assert await channel.send(LIN, HELLO) == ""


async def test_a_connection_that_breaks_after_the_request_leaves_doubt_and_is_tried_once():
    taken = []

    async def take_and_hang_up(reader, writer):
        taken.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(take_and_hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"http://127.0.0.1:{port}/api/"))
    with pytest.raises(SendInDoubt):
        await channel.send(LIN, HELLO)
    assert len(taken) == 1
    await channel.stop()
    server.close()
    await server.wait_closed()


async def test_a_refused_connection_proves_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"http://127.0.0.1:{port}/api/"))
    with pytest.raises(SendDeferred) as later:
        await channel.send(LIN, HELLO)
    assert not later.value.whole_channel
    with pytest.raises(SendDeferred):
        await channel.check()
    await channel.stop()


async def test_an_unknown_host_proves_that_nothing_was_sent():
    channel = Slack(SlackSettings(TOKEN, SECRET, api_base="http://slack.invalid/api/"))
    with pytest.raises(SendDeferred):
        await channel.send(LIN, HELLO)
    await channel.stop()


@pytest.mark.parametrize(("answer", "expected"), [
    (Response(b"slow down", 429, {"Retry-After": "3"}, "text/plain"), SendDeferred),
    (Response(b"<html>", 429, {"Retry-After": "soon"}, "text/html"), SendDeferred),
    (Response(b"ok", 200, media_type="text/plain"), SendInDoubt),
    (Response(b"[1]", 200, media_type="application/json"), SendInDoubt),
    (Response(b"[" * 100_000, 200, media_type="application/json"), SendInDoubt),
    (Response(b"\xff", 200, media_type="application/json"), SendInDoubt),
    (Response(b"{", 502, media_type="application/json"), SendInDoubt),
    (Response(b"<html>", 503, media_type="text/html"), SendInDoubt),
    (Response(b'{"ok":false,"error":7}', 200, media_type="application/json"), SendInDoubt),
    (Response(b"<html>", 404, media_type="text/html"), SendRejected),
])
async def test_any_answer_is_one_of_the_three(serve, answer, expected):
    async with answering(serve, answer) as channel:
        with pytest.raises(expected):
            await channel.send(LIN, HELLO)


async def test_no_error_shows_the_token_or_the_text(sim, connected, caplog):
    for kind in ("server_error", "token_revoked", "garbage", "invalid_blocks"):
        sim.faults.set(kind=kind, times=1)
        with pytest.raises((SendDeferred, SendInDoubt, SendRejected)) as failed:
            await connected.send(LIN, Bubble("canary words"))
        assert "canary" not in repr(failed.value)
        assert failed.value.__cause__ is None
    assert "canary" not in caplog.text
    assert "canary" not in repr(SlackSettings(TOKEN, "canary"))


async def test_files_are_uploaded_with_the_text_above_them(sim, connected):
    picture = Attachment(AttachmentKind.IMAGE, file_id="f1")
    plan = Attachment(AttachmentKind.FILE, file_id="f2")
    await connected.send(LIN, Bubble("Our <floors>", attachments=(picture, plan)))
    first, second = shown(sim)
    assert (first.text, second.text) == ("Our <floors>", "")
    assert [sim.workspace.files[line.file_id].content for line in (first, second)] == [b"\x89PNGf1", b"\x89PNGf2"]


async def test_buttons_follow_the_files_as_a_message_of_their_own(sim, connected):
    picture = Attachment(AttachmentKind.IMAGE, file_id="f1")
    sent = await connected.send(LIN, Bubble("Which one?", (Button("A", id="a"),), (picture,)))
    file, message = shown(sim)
    assert (file.text, message.text, message.ts) == ("", "Which one?", sent)


async def test_files_that_arrived_without_their_message_leave_doubt(sim, connected):
    sim.faults.set(kind="ratelimited")
    with pytest.raises(SendInDoubt):
        await connected.send(LIN, Bubble("?", (Button("A", id="a"),), (Attachment(AttachmentKind.IMAGE, file_id="f"),)))
    assert len(shown(sim)) == 1


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "conversations.open"])
async def test_an_upload_that_breaks_before_anybody_sees_it_is_only_deferred(sim, connected, method):
    sim.faults.set(kind="server_error", method=method)
    with pytest.raises(SendDeferred):
        await connected.send(LIN, Bubble("", attachments=(Attachment(AttachmentKind.IMAGE, file_id="f"),)))
    assert shown(sim) == []


async def test_a_file_of_ours_that_is_gone_cannot_be_sent(sim, connected):
    with pytest.raises(SendRejected):
        await connected.send(LIN, Bubble("", attachments=(Attachment(AttachmentKind.IMAGE, file_id="gone"),)))


async def test_a_customers_file_is_fetched_with_our_token(sim, base, connected):
    await connected.check()
    await sim.send("U1LIN", "look", kind="image")
    stored = next(iter(sim.workspace.files.values()))
    url = sim.workspace.file_json(stored, base)["url_private"]
    for remote in (url, stored.id):  # files shared from elsewhere come with their id only
        got = await connected.fetch(Attachment(AttachmentKind.IMAGE, "photo.png", "image/png", remote=remote))
        assert got == FetchedFile(stored.content, "image/png", "photo.png")


@pytest.mark.parametrize("remote", [
    "https://evil.example.com/files-pri/x", "https://slack.com.evil.example/x", "http://files.slack.com/x",
    "https://files.slack.com:8443/x", "https://user@files.slack.com/x", "http://127.0.0.1:1/x", "file:///etc/passwd",
    "http://[broken/x", "https://evilslack.com/x",
])
async def test_our_token_goes_nowhere_but_to_slack(connected, remote):
    with pytest.raises(NotFound):
        await connected.fetch(Attachment(AttachmentKind.IMAGE, remote=remote))


async def test_a_file_that_slack_does_not_know_or_give_is_not_found(base, connected):
    for remote in ("F0NONE", f"{base}/files-pri/T1-F0NONE/x.png"):
        with pytest.raises(NotFound):
            await connected.fetch(Attachment(AttachmentKind.IMAGE, remote=remote))


@pytest.mark.parametrize(("answer", "expected"), [
    (Response(b"<html>sign in", 200, media_type="text/html"), NotFound),
    (Response(b"", 302, {"Location": "https://example.com"}), NotFound),
    (Response(b"", 403), NotFound),
    (Response(b"x" * (20 * 1024 * 1024 + 1), 200, media_type="image/png"), NotFound),
    (Response(b"", 500), SendDeferred),
    (Response(b"", 429, {"Retry-After": "9"}), SendDeferred),
])
async def test_a_download_is_whole_and_within_20_mb_or_not_at_all(serve, answer, expected):
    async def endpoint(request):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        return answer

    async with serve(Starlette(routes=[Route("/files-pri/x", endpoint)])) as base:
        channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"{base}/api/"))
        with pytest.raises(expected) as failed:
            await channel.fetch(Attachment(AttachmentKind.IMAGE, "x.png", "image/png", remote=f"{base}/files-pri/x"))
        assert "127.0.0.1" not in str(failed.value)
        await channel.stop()


async def test_slack_has_no_reply_windows_and_no_typing_sign(connected):
    assert connected.window(None) is None
    assert await connected.show_typing(LIN) is None
