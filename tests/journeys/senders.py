"""Webhooks as a platform, or somebody who pretends to be one, sends them: real signatures over any body."""

import json
import time
from typing import Any

import httpx

from simulators import credentials
from simulators.slack.courier import signed_headers
from simulators.wechat.envelope import Envelope, sign
from tests.journeys.house import House

TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_BOT_ACCOUNT = "gh_5imul4t0r000"


class Sender:
    """Posts to the webhooks over a connection of its own."""

    def __init__(self, house: House, http: httpx.AsyncClient) -> None:
        self._house = house
        self._http = http

    async def post(
        self, channel: str, body: bytes, *, query: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> int:
        """The status of the answer."""
        address = f"{self._house.url}/webhooks/{channel}"
        return (await self._http.post(address, params=query, content=body, headers=headers)).status_code

    async def telegram(self, body: bytes) -> int:
        return await self.post("telegram", body, headers={TELEGRAM_HEADER: credentials.TELEGRAM_WEBHOOK_SECRET})

    async def slack(self, body: bytes, *, at: float | None = None, media_type: str = "application/json") -> int:
        headers = signed_headers(credentials.SLACK_SIGNING_SECRET, body, at) | {"Content-Type": media_type}
        return await self.post("slack", body, headers=headers)

    async def wechat(self, body: bytes, *, at: float | None = None) -> int:
        """In plain mode, which the demo's account takes as well."""
        timestamp = str(int(time.time() if at is None else at))
        query = {"timestamp": timestamp, "nonce": "n", "signature": sign(credentials.WECHAT_TOKEN, timestamp, "n")}
        return await self.post("wechat", body, query=query)

    async def wechat_sealed(self, fields: dict[str, str], key: str = credentials.WECHAT_AES_KEY) -> int:
        """In safe mode, encrypted with `key`."""
        envelope = Envelope(credentials.WECHAT_APP_ID, credentials.WECHAT_TOKEN, key)
        post = envelope.wrap(fields, int(time.time()))
        return await self.post("wechat", post.body, query=post.query)

    async def to(self, channel: str, body: bytes) -> int:
        """Properly signed for this channel, whatever the body is."""
        answer: int = await getattr(self, channel)(body)
        return answer


def telegram_text(user: int, text: str, number: int, message: int | None = None) -> bytes:
    person = {"id": user, "is_bot": False, "first_name": "Guest", "language_code": "zh-hans"}
    chat = {"id": user, "type": "private", "first_name": "Guest"}
    said = {"message_id": message or number, "date": int(time.time()), "chat": chat, "from": person, "text": text}
    return json.dumps({"update_id": number, "message": said}).encode()


def slack_text(user: str, text: str, ts: str, event_id: str = "", **more: Any) -> bytes:
    inner = {"type": "message", "user": user, "text": text, "ts": ts, "event_ts": ts, "channel": f"D{user[1:]}",
             "channel_type": "im", **more}
    us = {"team_id": "T0FRONTDESK", "user_id": "U0FRONTDESK", "is_bot": True}
    return json.dumps({"type": "event_callback", "event_id": event_id or f"Ev{ts}", "team_id": "T0FRONTDESK",
                       "api_app_id": "A0FRONTDESK", "authorizations": [us], "event": inner}).encode()


def wechat_fields(user: str, text: str, number: int) -> dict[str, str]:
    return {"ToUserName": _BOT_ACCOUNT, "FromUserName": user, "CreateTime": str(int(time.time())),
            "MsgType": "text", "Content": text, "MsgId": str(number)}
