"""Webhooks as each platform really sends them, signed with the demo accounts' secrets."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from simulators import credentials
from simulators.wechat.envelope import Envelope

_numbers = count(1)


@dataclass(frozen=True)
class Post:
    """One HTTP request to a webhook."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    key: str = ""  # the platform's own id of what it delivers

    def forged(self) -> "Post":
        """The same by somebody who does not know the secret."""
        blotted = {name: "0" * len(value) if "sign" in name.lower() or "secret" in name.lower() else value
                   for name, value in self.headers.items()}
        query = {name: "0" * 40 if "signature" in name else value for name, value in self.query.items()}
        return replace(self, headers=blotted, query=query)


def telegram(text: str, user: int = 7001, number: int = 0, **message: Any) -> Post:
    """A private message. `number` is the update's id and the message's; the same again is a repeat."""
    number = number or 1_000 + next(_numbers)
    person = {"id": user, "is_bot": False, "first_name": "Li", "language_code": "zh-hans"}
    content = {"message_id": number, "date": int(time.time()), "chat": {"id": user, "type": "private"}, "from": person,
               "text": text}
    return telegram_update({"update_id": number, "message": content | message})


def telegram_update(update: dict[str, Any]) -> Post:
    headers = {"Content-Type": "application/json",
               "X-Telegram-Bot-Api-Secret-Token": credentials.TELEGRAM_WEBHOOK_SECRET}
    return Post("/webhooks/telegram", json.dumps(update).encode(), headers, key=str(update.get("update_id")))


def slack(text: str, user: str = "U7001", number: int = 0) -> Post:
    """A direct message to the app."""
    number = number or next(_numbers)
    ts = f"{int(time.time())}.{number:06d}"
    return slack_event({"type": "message", "channel": "D" + user[1:], "channel_type": "im", "user": user, "text": text,
                        "ts": ts, "event_ts": ts, "team": "T0FRONTDESK"}, f"Ev{number:010d}")


def slack_event(event: dict[str, Any], event_id: str = "Ev1") -> Post:
    body = json.dumps({"type": "event_callback", "team_id": "T0FRONTDESK", "api_app_id": "A0", "event": event,
                       "event_id": event_id, "event_time": int(time.time()),
                       "authorizations": [{"team_id": "T0FRONTDESK", "user_id": "U0FRONTDESK", "is_bot": True}]})
    return slack_signed(body.encode(), event_id)


def slack_signed(body: bytes, key: str = "") -> Post:
    stamp = str(int(time.time()))
    digest = hmac.new(credentials.SLACK_SIGNING_SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp,
               "X-Slack-Signature": f"v0={digest.hexdigest()}"}
    return Post("/webhooks/slack", body, headers, key=key)


def wechat(text: str, user: str = "o7001", number: int = 0) -> Post:
    """A text of a follower, in safe mode."""
    number = number or next(_numbers)
    message_id = str(int(time.time()) << 32 | number)
    return wechat_fields({"MsgType": "text", "Content": text, "MsgId": message_id}, user)


def wechat_fields(fields: dict[str, str], user: str = "o7001") -> Post:
    """Any message or event; `fields` may hold its own CreateTime."""
    head = {"ToUserName": "gh_frontdesk", "FromUserName": user, "CreateTime": str(int(time.time()))}
    sealed = WECHAT_ENVELOPE.wrap(head | fields, int(time.time()))
    return Post("/webhooks/wechat", sealed.body, {"Content-Type": "text/xml"}, dict(sealed.query),
                fields.get("MsgId", ""))


def wechat_reply(body: bytes) -> str:
    """The text of a passive answer."""
    return WECHAT_ENVELOPE.unwrap(body)["Content"]


WECHAT_ENVELOPE = Envelope(credentials.WECHAT_APP_ID, credentials.WECHAT_TOKEN, credentials.WECHAT_AES_KEY)
WRITERS: dict[str, Callable[..., Post]] = {"telegram": telegram, "slack": slack, "wechat": wechat}
SECTIONS: dict[str, dict[str, str]] = {
    "wechat": {"app_id": credentials.WECHAT_APP_ID, "app_secret": credentials.WECHAT_APP_SECRET,
               "token": credentials.WECHAT_TOKEN, "encoding_aes_key": credentials.WECHAT_AES_KEY},
    "telegram": {"bot_token": credentials.TELEGRAM_BOT_TOKEN, "webhook_secret": credentials.TELEGRAM_WEBHOOK_SECRET},
    "slack": {"bot_token": credentials.SLACK_BOT_TOKEN, "signing_secret": credentials.SLACK_SIGNING_SECRET},
}


def sections(platforms_url: str) -> dict[str, dict[str, str]]:
    """The channels' settings for simulators at this address."""
    return {name: values | {"api_base": f"{platforms_url}/api/" if name == "slack" else platforms_url}
            for name, values in SECTIONS.items()}
