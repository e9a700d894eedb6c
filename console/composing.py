"""A reply as an agent wrote it: text, files, choices; checked against what the customer's channel carries."""

import re
from dataclasses import dataclass

from starlette.datastructures import FormData

from console.form_files import files_of
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.attachments import Accepted, accept
from desk.canned import fill
from desk.channels import CAPABILITIES
from desk.conversations import Conversation
from desk.errors import Invalid
from desk.messages import Button, OutboundMessage
from desk.ports import FetchedFile
from desk.rendering import render

LONGEST_REPLY = 4000
MOST_CHOICES = 10
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Written:
    """What an agent wants to say. `key` is the form's own: the same key again says nothing twice."""

    text: str
    key: str
    files: tuple[FetchedFile, ...] = ()
    choices: tuple[str, ...] = ()

    @classmethod
    async def of(cls, form: FormData) -> "Written":
        """Raises Invalid when more files were chosen than a message carries."""
        lines = str(form.get("choices", "")).splitlines()
        return cls(
            clean(str(form.get("text", ""))), str(form.get("key", "")), tuple(await files_of(form)),
            tuple(line.strip() for line in lines if line.strip()),
        )

    def check(self, of: Conversation, sends_left: int | None) -> tuple[Accepted, ...]:
        """What the files are. `sends_left`: how many messages the platform still allows, None where it does not
        count. Raises Invalid naming the rule."""
        if not _KEY.fullmatch(self.key):
            raise Invalid("key", "a key is 8 to 64 letters, digits, - or _")
        if not self.text and not self.files:
            raise Invalid("text", "write something first")
        if len(self.text) > LONGEST_REPLY:
            raise Invalid("text.long", f"a reply has at most {LONGEST_REPLY} characters")
        can = CAPABILITIES[of.address.channel]
        longest = can.button_title_max or 60
        if len(self.choices) > MOST_CHOICES or any(len(title) > longest for title in self.choices):
            raise Invalid("choices", f"{MOST_CHOICES} choices of {longest} characters at most")
        if self.choices and not self.text:
            raise Invalid("choices.text", "choices need a text above them")
        accepted = tuple(accept(of.address.channel, file.name, file.content) for file in self.files)
        parts = len(render([OutboundMessage(self.text, self.buttons())], can)) if self.text else 0
        needed = parts + len(self.files)
        if sends_left is not None and 0 < sends_left < needed:
            raise Invalid("text.parts", f"this takes {needed} messages, and {sends_left} are left")
        return accepted

    def buttons(self) -> tuple[Button, ...]:
        return tuple(Button(title, title) for title in self.choices)


def clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def canned_values(tx: SqlTransaction, conversation: Conversation, agent: Agent, channel: str) -> dict[str, str]:
    """What the variables of canned replies stand for in this conversation."""
    customer = tx.customers.get(conversation.customer_id)
    order = next(iter(tx.orders.list_of(customer.id)), None)
    ticket = next(iter(tx.tickets.list_of(customer.id)), None)
    chinese = conversation.language.is_chinese
    return {
        "customer.name": customer.name, "customer.tier": customer.tier, "customer.points": str(customer.points),
        "agent.name": agent.name, "order.number": order.number if order else "",
        "order.title": (order.title if chinese else order.title_en or order.title) if order else "",
        "ticket.number": ticket.number if ticket else "", "channel": channel,
    }


def suggest(tx: SqlTransaction, conversation: Conversation, agent: Agent, query: str, channel: str) -> list[
    dict[str, str]
]:
    """Canned replies for what stands after "/", filled in for this conversation."""
    values = canned_values(tx, conversation, agent, channel)
    return [
        {"label": f"/{reply.shortcut}", "hint": reply.title, "text": fill(reply.text, values)}
        for reply in tx.canned.search(query)
    ]
