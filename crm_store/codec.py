"""Messages as JSON in queue rows, and back."""

from datetime import datetime
from typing import Any

from desk.messages import (
    Address,
    Attachment,
    AttachmentKind,
    Button,
    EventName,
    InboundKind,
    InboundMessage,
    OutboundMessage,
)


def attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "kind": attachment.kind.value, "name": attachment.name, "media_type": attachment.media_type,
        "size": attachment.size, "remote": attachment.remote, "file_id": attachment.file_id,
    }


def attachment_from_json(data: dict[str, Any]) -> Attachment:
    return Attachment(**{**data, "kind": AttachmentKind(data["kind"])})


def button_to_json(button: Button) -> dict[str, Any]:
    return {"title": button.title, "payload": button.payload, "url": button.url, "id": button.id}


def button_from_json(data: dict[str, Any]) -> Button:
    return Button(**data)


def inbound_to_json(message: InboundMessage) -> dict[str, Any]:
    return {
        "key": message.key, "address": message.address.key, "sent_at": message.sent_at.isoformat(),
        "order": message.order, "kind": message.kind.value, "text": _storable(message.text), "choice": message.choice,
        "attachments": [attachment_to_json(item) for item in message.attachments],
        "event": message.event.value if message.event else None, "event_value": _storable(message.event_value),
        "replaces": message.replaces, "display_name": _storable(message.display_name), "locale": message.locale,
    }


def inbound_from_json(data: dict[str, Any]) -> InboundMessage:
    return InboundMessage(
        **{
            **data,
            "address": Address.from_key(data["address"]),
            "sent_at": datetime.fromisoformat(data["sent_at"]),
            "kind": InboundKind(data["kind"]),
            "attachments": tuple(attachment_from_json(item) for item in data["attachments"]),
            "event": EventName(data["event"]) if data["event"] else None,
        }
    )


def outbound_to_json(message: OutboundMessage) -> dict[str, Any]:
    return {
        "text": _storable(message.text),
        "buttons": [button_to_json(item) for item in message.buttons],
        "attachments": [attachment_to_json(item) for item in message.attachments],
    }


def outbound_from_json(data: dict[str, Any]) -> OutboundMessage:
    return OutboundMessage(
        data["text"],
        tuple(button_from_json(item) for item in data["buttons"]),
        tuple(attachment_from_json(item) for item in data["attachments"]),
    )


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL in text, and neither engine stores lone surrogates.
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
