"""One turn as our actions see it: what was heard, how to answer, and what to change."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker

from desk import faq_replies
from desk.effects import Effect, to_json
from desk.messages import Language

Events = list[dict[str, Any]]

EFFECT_KEY = "frontdesk_effect"
_OURS = re.compile("[A-Za-z\u00c0-\u024f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_GAP = re.compile(r"(\s)\s{2,}")  # says nothing, and expressions that may skip spaces take long over thousands
_BLANK_LINE = re.compile(r"\n(?=\n)")


@dataclass(frozen=True, slots=True)
class Words:
    """One thing to say, in both languages; traditional script is made from the simplified text by the client."""

    zh: str
    en: str

    def said_in(self, language: Language) -> str:
        return self.zh if language.is_chinese else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it says, and the command that comes back when it is tapped."""

    title: Words | str
    payload: str


def command(intent: str, **entities: str) -> str:
    """A button's payload: `/intent{"entity": "value"}` in ASCII, as Rasa reads it."""
    return f"/{intent}{json.dumps(entities)}" if entities else f"/{intent}"


PERSON = Choice(Words(*faq_replies.PERSON), command("request_human"))
"""A way to a person, beside what was said."""
OFFERED_PERSON = Choice(PERSON.title, command("request_human", offer="person"))
"""A person offered as the way on: a plain "yes" afterwards takes the offer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The customer's message and what surrounds it.

    `asked` is the form slot that was being asked ("" outside a form); `aside` is true when the form has already
    handed this very message to somebody else; `is_first` when we have said nothing yet; `offered_person` when our
    last choices offered a person; `files` how many pictures and files came with the words.
    """

    conversation_id: str
    text: str
    intent: str
    confidence: float
    language: Language
    entities: Mapping[str, str]
    ranking: tuple[tuple[str, float], ...]
    slots: Mapping[str, Any]
    asked: str
    aside: bool
    is_first: bool
    offered_person: bool
    files: int = 0

    @classmethod
    def of(cls, tracker: Tracker) -> "Heard":
        message = tracker.latest_message
        before, said, after = _around_last_message(tracker.events)
        intent = message.get("intent") or {}
        form = (tracker.active_loop or {}).get("name")
        return cls(
            conversation_id=tracker.sender_id,
            text=_GAP.sub(r"\1", str(message.get("text") or "").strip()),
            intent=str(intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
            language=_language(said, tracker.slots),
            entities={str(e["entity"]): str(e["value"]) for e in message.get("entities") or () if e.get("value")},
            ranking=tuple((r["name"], float(r["confidence"])) for r in message.get("intent_ranking") or ()),
            slots=tracker.slots,
            asked=str(tracker.slots.get("requested_slot") or "") if form else "",
            aside=any(event["event"] == "action_execution_rejected" for event in after),
            is_first=not any(event["event"] == "bot" for event in tracker.events),
            offered_person=_offered_person(before),
            files=int((said.get("metadata") or {}).get("files") or 0),
        )

    @property
    def is_command(self) -> bool:
        """A button of ours (or the gateway itself) speaks; customers cannot, see desk.safety."""
        return self.text.startswith("/")

    @property
    def has_words(self) -> bool:
        """Whether anything can be read at all: "？？？" and "……" mean nothing, whatever the classifier says."""
        return any(char.isalnum() for char in self.text)

    @property
    def has_letters(self) -> bool:
        """Whether there is a word to look up: neither "138 0013 8000" nor a slip of the finger ("a") is a question."""
        letters = [char for char in self.text if char.isalpha()]
        return len(letters) > 1 or (len(letters) == 1 and not letters[0].isascii())

    @property
    def is_readable(self) -> bool:
        """Whether most of its letters are Chinese or Latin ones: of another script nobody here makes a word."""
        letters = [char for char in self.text if char.isalpha()]
        return 2 * sum(_OURS.match(char) is not None for char in letters) >= len(letters)


def number_key(text: str) -> str:
    """A text's letters and digits only: order and ticket numbers compare whatever their case, spaces and hyphens."""
    return "".join(char for char in text.upper() if char.isalnum())


class Reply:
    """Collects what is said and changed in this turn."""

    def __init__(self, dispatcher: CollectingDispatcher, language: Language) -> None:
        self._dispatcher = dispatcher
        self.language = language

    def say(self, words: Words | str, *choices: Choice, **values: object) -> None:
        """Say one bubble. `values` fill the words' {placeholders}; a plain string is said as it is."""
        text = words if isinstance(words, str) else words.said_in(self.language).format(**values)
        buttons = [{"title": self.words(choice.title), "payload": choice.payload} for choice in choices]
        # Rasa's channel cuts a text at every blank line; bot.client takes these spaces out again.
        self._dispatcher.utter_message(text=_BLANK_LINE.sub("\n ", text), buttons=buttons)

    def say_response(self, name: str) -> None:
        """Say a response of domain.yml."""
        self._dispatcher.utter_message(response=name)

    def change(self, effect: Effect) -> None:
        """Ask the desk for a change; it happens in the transaction that stores this answer."""
        self._dispatcher.utter_message(json_message={EFFECT_KEY: to_json(effect)})

    def words(self, words: Words | str) -> str:
        return words if isinstance(words, str) else words.said_in(self.language)


class DeskAction(Action, ABC):
    """An action that hears one message and answers it."""

    called: str

    def name(self) -> str:
        return self.called

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]) -> Events:  # noqa: ARG002
        heard = Heard.of(tracker)
        return await self.act(heard, Reply(dispatcher, heard.language))

    @abstractmethod
    async def act(self, heard: Heard, reply: Reply) -> Events:
        """Answer, and return the tracker events that follow (slots)."""


def _around_last_message(events: Sequence[Mapping[str, Any]]) -> tuple[Events, Mapping[str, Any], Events]:
    """Our words before the customer's last message, that message, and what happened since."""
    users = [n for n, event in enumerate(events) if event["event"] == "user"]
    if not users:
        return [], {}, [dict(event) for event in events]
    last = users[-1]
    start = users[-2] + 1 if len(users) > 1 else 0
    return [dict(e) for e in events[start:last]], events[last], [dict(e) for e in events[last + 1 :]]


def _language(said: Mapping[str, Any], slots: Mapping[str, Any]) -> Language:
    named = str((said.get("metadata") or {}).get("language") or "")
    if named in {language.value for language in Language}:
        return Language(named)
    return Language.EN if slots.get("language") == "en" else Language.ZH_HANS


def _offered_person(before: Events) -> bool:
    buttons = [(event.get("data") or {}).get("buttons") or [] for event in before if event["event"] == "bot"]
    shown = [row for row in buttons if row]
    return bool(shown) and any(row.get("payload") == OFFERED_PERSON.payload for row in shown[-1])
