"""The assistant behind HTTP: Rasa 3.6's server API and our own input channel.

A repeated turn is never answered twice. The message's key travels as metadata into Rasa's tracker, so before a
retry the tracker is read back: a user event with this key and words of ours after it are the answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from json import loads
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from desk.effects import Effect, from_json
from desk.errors import BotFailed, BotUnavailable
from desk.messages import Button, Language, OutboundMessage
from desk.ports import BotAnswer, Script, Turn, Understanding

CHANNEL_PATH = "/webhooks/frontdesk/webhook"
TRUSTED_HEADER = "X-Frontdesk-Trusted"
EFFECT_KEY = "frontdesk_effect"
TIMEOUT = 20.0
AT_ONCE = 12
"""Requests at the same time. Rasa thinks on one core: what it is asked beyond what keeps that busy only makes all
answers come late and together, and then it waits for the next messages."""
IDLE = 3.0
"""Seconds without use after which a connection is not used again: the server closes its own after five."""
_BLANK_LINE = re.compile(r"\n (?=\n)")  # as bot.actions writes it, so that Rasa does not cut the text there

FORM_SLOTS = (
    "requested_slot", "complaint_open", "complaint_what", "complaint_order", "complaint_remedy", "complaint_contact",
    "complaint_confirmed", "complaint_tries", "complaint_files", "complaint_outcome", "last_question",
    "adding_to",
)


class RasaBot:
    """desk.ports.Bot over Rasa.

    `secret` (FRONTDESK_RASA_SECRET) marks our own commands on the channel, `token` (FRONTDESK_RASA_TOKEN) opens
    Rasa's own API. `timeout`: seconds for a whole request. `at_once`: requests at the same time; others wait for them,
    which counts as their own time.
    """

    def __init__(
        self, url: str, script: Script, *, secret: str, token: str = "", timeout: float = TIMEOUT,
        at_once: int = AT_ONCE,
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._http: aiohttp.ClientSession | None = None  # made with the first request: it needs a running loop
        self._at_once = at_once
        self._script = script
        self._secret = secret
        self._params = {"token": token} if token else {}

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def answer(self, turn: Turn) -> BotAnswer:
        """Answer one message; see desk.ports.Bot.answer."""
        if turn.attempt > 1:
            said = await self._said_already(turn)
            if said is not None:
                return said
        return await self._ask(turn)

    async def understand(self, text: str) -> Understanding:
        """Only classify. Raises BotUnavailable or BotFailed."""
        found = await self._call("POST", "/model/parse", json={"text": text})
        try:
            return Understanding(str(found["intent"]["name"]), float(found["intent"]["confidence"]))
        except (KeyError, TypeError, ValueError):
            raise BotFailed("the assistant did not classify") from None

    async def tell(self, conversation_id: str, note: str, language: Language) -> None:
        """A person has spoken and the bot holds again: what was being asked before is over.

        The tracker ends listening, whatever it waited for. Raises BotUnavailable.
        """
        events: list[dict[str, Any]] = [{"event": "active_loop", "name": None}]
        events += [{"event": "slot", "name": name, "value": None} for name in FORM_SLOTS]
        events += [
            {"event": "slot", "name": "agent_note", "value": note},
            {"event": "slot", "name": "language", "value": "zh" if language.is_chinese else "en"},
            {"event": "action", "name": "action_listen"},
        ]
        try:
            await self._call(
                "POST", f"/conversations/{quote(conversation_id, safe='')}/tracker/events", json=events,
                params={"include_events": "NONE"},
            )
        except BotFailed as error:
            raise BotUnavailable(str(error)) from None

    async def check(self) -> str:
        """The loaded model's name and Rasa's version. Raises BotUnavailable."""
        try:
            status = await self._call("GET", "/status")
            version = await self._call("GET", "/version")
        except BotFailed as error:
            raise BotUnavailable(str(error)) from None
        model = str(status.get("model_file") or "").rsplit("/", 1)[-1]
        if not model:
            raise BotUnavailable("the assistant has no model loaded")
        return f"{model} (Rasa {version.get('version', '?')})"

    async def _ask(self, turn: Turn) -> BotAnswer:
        replies = await self._call(
            "POST", CHANNEL_PATH,
            json={
                "sender": turn.conversation_id,
                "message": turn.text,
                "metadata": {
                    "key": turn.key, "language": turn.language.value, **({"files": turn.files} if turn.files else {}),
                },
            },
            headers={TRUSTED_HEADER: self._secret} if turn.trusted else {},
            params={},
        )
        if not isinstance(replies, list):
            raise BotFailed("the assistant's answer is not a list")
        answer = self._read(replies, turn.language) or await self._said_already(turn)
        if answer is None:
            raise BotFailed("the assistant said nothing")
        return answer

    async def _said_already(self, turn: Turn) -> BotAnswer | None:
        """What the tracker holds as the answer to this very message; None when it holds none."""
        tracker = await self._call(
            "GET", f"/conversations/{quote(turn.conversation_id, safe='')}/tracker", params={"include_events": "ALL"}
        )
        if not isinstance(tracker, dict):
            raise BotFailed("the assistant's tracker is not an object")
        return self._read(_after(tracker.get("events") or (), turn.key), turn.language)

    def _read(self, replies: Iterable[Mapping[str, Any]], language: Language) -> BotAnswer | None:
        messages: list[OutboundMessage] = []
        effects: list[Effect] = []
        for reply in replies:
            if reply.get("text"):
                text = _BLANK_LINE.sub("\n", str(reply["text"]))
                buttons = tuple(
                    Button(self._script(str(row["title"]), language), str(row.get("payload") or ""))
                    for row in reply.get("buttons") or ()
                )
                messages.append(OutboundMessage(self._script(text, language), buttons))
            effect = (reply.get("custom") or {}).get(EFFECT_KEY)
            if effect:
                effects.append(_effect(effect))
        return BotAnswer(tuple(messages), tuple(effects)) if messages else None

    async def _call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One request; errors name neither the address (it holds the token) nor what was said."""
        query = {**self._params, **(params or {})} if path != CHANNEL_PATH else {}
        url = URL(f"{self._url}{path}?{urlencode(query)}" if query else f"{self._url}{path}", encoded=True)
        try:
            async with self._session().request(
                method, url, json=json, headers=headers, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise BotUnavailable(f"no answer from the assistant: {type(error).__name__}") from None
        if response.status in (502, 503, 504):
            raise BotUnavailable(f"the assistant answered {response.status}")
        if response.status >= 300:
            raise BotFailed(f"the assistant answered {response.status}")
        try:
            return loads(content)
        except (ValueError, RecursionError):
            raise BotFailed("the assistant's answer is not JSON") from None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._at_once, keepalive_timeout=IDLE), timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http


def _after(events: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """Our words between the last user event with this key and the next user event."""
    mine = [
        n for n, event in enumerate(events)
        if event.get("event") == "user" and (event.get("metadata") or {}).get("key") == key
    ]
    if not mine:
        return []
    said: list[dict[str, Any]] = []
    for event in events[mine[-1] + 1 :]:
        if event.get("event") == "user":
            break
        if event.get("event") == "bot":
            data = event.get("data") or {}
            said.append({"text": event.get("text"), "buttons": data.get("buttons"), "custom": data.get("custom")})
    return said


def _effect(data: Mapping[str, Any]) -> Effect:
    try:
        return from_json(dict(data))
    except (ValueError, KeyError):
        raise BotFailed("the assistant asked for an unknown change") from None
