"""What Slack's servers send to an app, as its documentation shows: events and interactions."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from simulators.slack.courier import Delivery
from simulators.slack.workspace import Line, Person, Shown, Workspace

APP_ID = "A0FRONTDESK"


def event(workspace: Workspace, inner: dict[str, Any]) -> Delivery:
    """An event in the Events API's envelope."""
    event_id = f"Ev{uuid4().hex[:10].upper()}"
    us = {
        "enterprise_id": None, "team_id": workspace.team_id, "user_id": workspace.bot_user_id,
        "is_bot": True, "is_enterprise_install": False,
    }
    body = {
        "token": "unused", "team_id": workspace.team_id, "context_team_id": workspace.team_id,
        "api_app_id": APP_ID, "type": "event_callback", "event_id": event_id,
        "event_time": int(float(inner.get("event_ts", workspace.next_ts()))), "authorizations": [us],
        "is_ext_shared_channel": False, "event": inner,
    }
    return Delivery(event_id, json.dumps(body).encode(), "application/json", repeated=True)


def notice(workspace: Workspace, kind: str, **fields: Any) -> Delivery:
    """A request outside the envelope: url_verification, app_rate_limited."""
    body = {"token": "unused", "type": kind, "team_id": workspace.team_id, "api_app_id": APP_ID, **fields}
    return Delivery(kind, json.dumps(body).encode(), "application/json", repeated=False)


def message(workspace: Workspace, line: Line, wire_text: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    """The `message` event of a line that a person wrote."""
    inner: dict[str, Any] = {
        "type": "message", "client_msg_id": str(uuid4()), "user": line.author, "text": wire_text, "ts": line.ts,
        "event_ts": line.ts, "team": workspace.team_id, "channel": line.chat,
        "channel_type": "im" if line.chat.startswith("D") else "channel",
    }
    if line.thread:
        root = workspace.line(line.thread)
        inner |= {"thread_ts": line.thread, "parent_user_id": root.author if root else ""}
    if files:
        inner |= {"subtype": "file_share", "files": files}
    return inner


def edited(line: Line, wire_text: str, ts: str) -> dict[str, Any]:
    words = {"type": "message", "user": line.author, "text": wire_text, "ts": line.ts}
    thread = {"thread_ts": line.thread} if line.thread else {}
    return {
        "type": "message", "subtype": "message_changed", "hidden": True, "channel": line.chat, "ts": ts,
        "event_ts": ts, "channel_type": "im" if line.chat.startswith("D") else "channel",
        "message": words | thread | {"edited": {"user": line.author, "ts": ts}}, "previous_message": words | thread,
    }


def tap(workspace: Workspace, person: Person, line: Line, button: Shown) -> Delivery:
    """A block_actions interaction, form-encoded as Slack sends them."""
    trigger, now = f"{workspace.next_ts()}.{uuid4().hex}", workspace.next_ts()
    title = {"type": "plain_text", "text": button.title, "emoji": True}
    action = {"type": "button", "action_id": button.action_id, "block_id": button.block_id, "action_ts": now,
              "text": title}
    direct = line.chat.startswith("D")
    thread = {"thread_ts": line.thread} if line.thread else {}
    body = {
        "type": "block_actions", "team": {"id": workspace.team_id, "domain": "simulated"}, "api_app_id": APP_ID,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": workspace.team_id},
        "token": "unused", "trigger_id": trigger,
        "container": {"type": "message", "message_ts": line.ts, "channel_id": line.chat, "is_ephemeral": False}
        | thread,
        "channel": {"id": line.chat, "name": "directmessage" if direct else "general"},
        "message": {"type": "message", "ts": line.ts, "user": workspace.bot_user_id, "text": line.text} | thread,
        "actions": [action | ({"url": button.url} if button.url else {"value": button.id})],
    }
    form = urlencode({"payload": json.dumps(body)}).encode()
    return Delivery(trigger, form, "application/x-www-form-urlencoded", repeated=False)
