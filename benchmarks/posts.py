"""Webhooks of the demo accounts, made beforehand so that making them is not measured."""

import hashlib
import hmac
import json
import time
from itertools import count

from benchmarks.load import request
from simulators import credentials

_numbers = count(time.time_ns() // 1_000_000 % 10**9)  # unique over repeats and runs


def telegram(text: str, user: int) -> tuple[str, bytes, dict[str, str]]:
    number = next(_numbers)
    person = {"id": user, "is_bot": False, "first_name": "Li", "language_code": "zh-hans"}
    message = {"message_id": number, "date": int(time.time()), "chat": {"id": user, "type": "private"}, "from": person,
               "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    secret = credentials.TELEGRAM_WEBHOOK_SECRET
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    return "/webhooks/telegram", body, headers


def slack(text: str, user: int) -> tuple[str, bytes, dict[str, str]]:
    number = next(_numbers)
    stamp = str(int(time.time()))
    ts = f"{stamp}.{number % 10**6:06d}"
    event = {"type": "message", "channel": f"D{user}", "channel_type": "im", "user": f"U{user}", "text": text,
             "ts": ts, "event_ts": ts, "team": "T0FRONTDESK", "client_msg_id": f"{number}"}
    body = json.dumps({
        "type": "event_callback", "team_id": "T0FRONTDESK", "api_app_id": "A0", "event": event,
        "event_id": f"Ev{number}", "event_time": int(stamp),
        "authorizations": [{"team_id": "T0FRONTDESK", "user_id": "U0FRONTDESK", "is_bot": True}],
    }).encode()
    signed = hmac.new(credentials.SLACK_SIGNING_SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp,
               "X-Slack-Signature": f"v0={signed.hexdigest()}"}
    return "/webhooks/slack", body, headers


def many(kind: str, number: int) -> list[bytes]:
    """Requests of as many customers; "empty" is Telegram's request to the empty handler."""
    make = slack if kind == "slack" else telegram
    made = (make(f"How late is breakfast, question {n}?", 100_000 + n % 5000) for n in range(number))
    return [request("/empty" if kind == "empty" else path, body, headers) for path, body, headers in made]


def environment(platforms: str, **settings: str) -> dict[str, str]:
    """FRONTDESK_* for the demo accounts at this address."""
    given = {
        "SECRET_KEY": "a key for measuring only", "TELEGRAM__BOT_TOKEN": credentials.TELEGRAM_BOT_TOKEN,
        "TELEGRAM__WEBHOOK_SECRET": credentials.TELEGRAM_WEBHOOK_SECRET, "TELEGRAM__API_BASE": platforms,
        "SLACK__BOT_TOKEN": credentials.SLACK_BOT_TOKEN, "SLACK__SIGNING_SECRET": credentials.SLACK_SIGNING_SECRET,
        "SLACK__API_BASE": f"{platforms}/api/",
    }
    return {f"FRONTDESK_{name}": value for name, value in (given | settings).items()}
