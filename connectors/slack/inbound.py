"""From what Slack tells us to what a customer said. Pure; the request is already known to be authentic.

Keys. A message is `m:{channel}:{ts}`: one mention in a channel reaches us twice, as `app_mention` and as `message`,
with two event ids, yet it is one message. An edit is `e:{channel}:{ts}:{edited ts}`, a button's tap
`a:{action_ts}:{trigger_id}`.

In channels we take what is meant for us: messages that mention us, and replies in a thread under a message of ours.
Whether a customer once mentioned us further up their own thread cannot be read off an event, so there each follow-up
needs a mention. In direct messages we take everything.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.slack.text import mentions, plain, storable, strip_mention
from desk.errors import MalformedRequest
from desk.messages import Address, Attachment, AttachmentKind, ChannelName, EventName, InboundKind, InboundMessage

Payload = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TS = re.compile(r"([0-9]{1,11})\.([0-9]{6})")
_TRIGGER = re.compile(r"[A-Za-z0-9._-]{1,200}")
_OURS_TO_READ = {"", "file_share", "thread_broadcast"}
_UNSHOWN_FILES = {"tombstone", "hidden_by_limit"}


def translate(body: Payload, account: str) -> InboundMessage | str:
    """The message in this payload, or one word why there is none for us. Raises MalformedRequest."""
    match body.get("type"):
        case "event_callback":
            return _event(body, account)
        case "block_actions":
            return _tap(body, account)
        case "app_rate_limited":
            return "app_rate_limited"
        case str():
            return "unknown_event"
        case _ if "command" in body:
            return "slash_command"
    raise MalformedRequest("neither an event nor an interaction")


def _event(body: Payload, account: str) -> InboundMessage | str:
    event = _object(body, "event")
    match event.get("type"):
        case "message" if event.get("subtype") == "message_changed":
            return _edit(event, _our_user(body), account)
        case "message" | "app_mention":
            return _message(event, _our_user(body), account)
        case "app_home_opened" | "tokens_revoked" | "app_uninstalled" as known:
            return str(known)
        case str():
            return "unknown_event"
    raise MalformedRequest("an event without a type")


def _message(event: Payload, us: str, account: str) -> InboundMessage | str:
    subtype = _string(event, "subtype")
    if event.get("bot_id") or subtype == "bot_message" or _string(event, "user") in {"USLACKBOT", us}:
        return "bot_message"
    if subtype not in _OURS_TO_READ:
        return "message_deleted" if subtype == "message_deleted" else "message_subtype"
    text = _string(event, "text")
    if not _is_for_us(event, text, us):
        return "not_addressed"
    channel, ts = _id(event, "channel"), _string(event, "ts")
    attachments = _attachments(event)
    message = InboundMessage(
        key=f"m:{channel}:{ts}",
        address=_address(account, channel, _id(event, "user"), _string(event, "thread_ts") or ts),
        sent_at=_when(ts),
        order=_order(ts),
        kind=InboundKind.MEDIA if attachments else InboundKind.TEXT,
        text=_said(text, us),
        attachments=attachments,
        display_name=_profile_name(event),
    )
    if message.text or attachments:
        return message
    if mentions(text, us):  # only our name was called
        return replace(message, kind=InboundKind.EVENT, event=EventName.STARTED)
    return "empty_message"


def _edit(event: Payload, us: str, account: str) -> InboundMessage | str:
    message = _object(event, "message")
    if message.get("bot_id") or _string(message, "user") in {"USLACKBOT", us}:
        return "bot_message"
    if not isinstance(message.get("edited"), dict):
        return "message_changed"  # Slack unfurled a link or counted a reply: nobody changed any words
    channel, ts = _id(event, "channel"), _string(message, "ts")
    edited = _string(_object(message, "edited"), "ts")
    text = _string(message, "text")
    if not _is_for_us({**message, "channel": channel}, text, us):
        return "not_addressed"
    _order(ts)
    return InboundMessage(
        key=f"e:{channel}:{ts}:{edited}",
        address=_address(account, channel, _id(message, "user"), _string(message, "thread_ts") or ts),
        sent_at=_when(edited),
        order=_order(edited),
        kind=InboundKind.EVENT,
        event=EventName.EDITED,
        text=_said(text, us),
        replaces=f"m:{channel}:{ts}",
    )


def _tap(body: Payload, account: str) -> InboundMessage | str:
    taps = [action for action in _objects(body, "actions") if action.get("type") == "button" and action.get("value")]
    if not taps:
        return "no_choice"  # link buttons report their taps too
    container = _object(body, "container")
    if container.get("type") != "message":
        return "not_a_message"
    tap, user, message = taps[0], _object(body, "user"), _object(body, "message")
    ts, trigger = _string(tap, "action_ts"), _string(body, "trigger_id")
    if not _TRIGGER.fullmatch(trigger):
        raise MalformedRequest("an interaction without a trigger")
    thread = _string(container, "thread_ts") or _string(message, "thread_ts") or _string(container, "message_ts")
    return InboundMessage(
        key=f"a:{ts}:{trigger}",
        address=_address(account, _id(container, "channel_id"), _id(user, "id"), thread),
        sent_at=_when(ts),
        order=_order(ts),
        kind=InboundKind.CHOICE,
        text=storable(_string(_object(tap, "text"), "text")) if "text" in tap else "",
        choice=storable(_string(tap, "value")),
        display_name=storable(_string(user, "name")),
    )


def _our_user(body: Payload) -> str:
    """Our bot's user id in the workspace of this event, as the event itself says; "" if it does not."""
    installed_for = next((a for a in _objects(body, "authorizations") if a.get("is_bot") is True), {})
    return _string(installed_for, "user_id")


def _is_for_us(event: Payload, text: str, us: str) -> bool:
    if _is_direct(_id(event, "channel")) or event.get("type") == "app_mention":
        return True
    return bool(us) and (mentions(text, us) or event.get("parent_user_id") == us)


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")


def _address(account: str, channel: str, user: str, thread: str) -> Address:
    """Direct messages are addressed by the person, as private chats are everywhere; channels keep to the thread."""
    if _is_direct(channel):
        return Address(ChannelName.SLACK, account, chat=user, user=user)
    _order(thread)
    return Address(ChannelName.SLACK, account, chat=channel, user=user, thread=thread)


def _said(text: str, us: str) -> str:
    return plain(strip_mention(text, us) if us else text)


def _attachments(event: Payload) -> tuple[Attachment, ...]:
    return tuple(_attachment(file) for file in _objects(event, "files") if file.get("mode") not in _UNSHOWN_FILES)


def _attachment(file: Payload) -> Attachment:
    media_type, size = _string(file, "mimetype"), file.get("size")
    family = media_type.partition("/")[0]
    kinds = {"image": AttachmentKind.IMAGE, "audio": AttachmentKind.AUDIO, "video": AttachmentKind.VIDEO}
    return Attachment(
        kind=kinds.get(family, AttachmentKind.FILE),
        name=storable(_string(file, "name")),
        media_type=storable(media_type),
        size=size if isinstance(size, int) and 0 <= size < 2**53 else None,
        remote=storable(_string(file, "url_private")) or _id(file, "id"),  # shared from elsewhere: only the id comes
    )


def _profile_name(event: Payload) -> str:
    profile = event.get("user_profile")
    if not isinstance(profile, dict):
        return ""
    return storable(_string(profile, "display_name") or _string(profile, "real_name"))


def _order(ts: str) -> int:
    """A Slack timestamp ("seconds.microseconds", unique in its channel) as microseconds."""
    parts = _TS.fullmatch(ts)
    if parts is None:
        raise MalformedRequest("not a Slack timestamp")
    return int(parts[1]) * 1_000_000 + int(parts[2])


def _when(ts: str) -> datetime:
    return _EPOCH + timedelta(microseconds=_order(ts))


def _object(source: Payload, name: str) -> Payload:
    value = source.get(name)
    if not isinstance(value, dict):
        raise MalformedRequest(f"{name} is not an object")
    return value


def _objects(source: Payload, name: str) -> list[Payload]:
    value = source.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedRequest(f"{name} is not a list of objects")
    return value


def _string(source: Payload, name: str) -> str:
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedRequest(f"{name} is not a string")
    return value


def _id(source: Payload, name: str) -> str:
    value = _string(source, name)
    if not _ID.fullmatch(value):
        raise MalformedRequest(f"{name} is not an id")
    return value
