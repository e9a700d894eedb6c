"""From our words to WeChat's: pure, one function per form."""

from typing import Any

from connectors.wechat import xml

MAX_TEXT_BYTES = 2048


def text_message(user: str, text: str) -> dict[str, Any]:
    """A customer-service message with a text."""
    return {"touser": user, "msgtype": "text", "text": {"content": text}}


def image_message(user: str, media_id: str) -> dict[str, Any]:
    """A customer-service message with a picture that was uploaded before."""
    return {"touser": user, "msgtype": "image", "image": {"media_id": media_id}}


def passive_text(to_user: str, from_account: str, text: str, created: int) -> bytes:
    """The answer inside the webhook's response; `created` in Unix seconds, the text cut to what WeChat takes."""
    return xml.document({
        "ToUserName": to_user,
        "FromUserName": from_account,
        "CreateTime": created,
        "MsgType": "text",
        "Content": cut(text),
    })


def cut(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """The text within `limit` bytes of UTF-8, no character halved; an ellipsis tells that it was longer."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - len("…".encode())].decode("utf-8", "ignore") + "…"
