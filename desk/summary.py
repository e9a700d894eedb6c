"""What an agent should know before they answer, and the bot when it has the word again: the talk in a few lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desk.conversations import Author, Message

LONGEST = 160
TURNS = 6


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing the customer said, and what the bot made of it ("" where it said nothing)."""

    asked: str
    answered: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked, what the bot answered, and what it has learned (slot name to value)."""

    exchanges: tuple[Exchange, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)


def summarise(messages: Iterable[Message], slots: Mapping[str, str], until: datetime | None = None) -> Summary:
    """The last exchanges between customer and bot before `until`, since a person last spoke."""
    exchanges: list[Exchange] = []
    for message in messages:
        if until is not None and message.created_at > until:
            break
        if message.author is Author.AGENT:
            exchanges.clear()
        elif message.author is Author.CUSTOMER:
            exchanges.append(Exchange(_short(message.text or _files(message)), ""))
        elif message.author is Author.BOT and exchanges and not exchanges[-1].answered:
            exchanges[-1] = Exchange(exchanges[-1].asked, _short(message.text))
    return Summary(tuple(exchanges[-TURNS:]), dict(slots))


def story_for_bot(messages: Sequence[Message]) -> str:
    """What a person told the customer last, for the bot's memory."""
    said = [message for message in messages if message.author is Author.AGENT and message.text]
    if not said:
        return "A person held the conversation and wrote nothing."
    return f"{said[-1].agent_name} answered: " + " / ".join(_short(message.text) for message in said[-3:])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _files(message: Message) -> str:
    return " ".join(f"[{item.name or item.kind}]" for item in message.attachments)
