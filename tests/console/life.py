"""A service desk at work: customers write, the assistant answers or calls for help, staff have accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from uuid import uuid4

import httpx
from argon2 import PasswordHasher

from crm_store.store import SqlTransaction
from desk import outbox, router
from desk.agents import Agent, Role
from desk.channels import CAPABILITIES, ReplyWindow
from desk.conversations import DeliveryStatus
from desk.customers import Order
from desk.effects import Effect, OpenTicket, RequestHandoff
from desk.messages import Address, ChannelName, InboundKind, InboundMessage, OutboundMessage
from desk.ports import BotAnswer
from desk.queue import Outcome
from desk.tickets import TicketKind
from knowledge_base.script import detect_language
from wiring.services import Services

PASSWORD = "correct horse battery"
LEASE = timedelta(seconds=30)
WINDOW = ReplyWindow("message", timedelta(hours=48), 5)
ASKS = (RequestHandoff("asked", "wants to move a booking"),)


@cache
def password_hash() -> str:
    """As the product keeps passwords, but quick: what checking one costs stands in the hash."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def address(name: str, channel: ChannelName = ChannelName.TELEGRAM) -> Address:
    return Address(channel, "ours", name, name)


def complaint(what: str, order: str = "", remedy: str = "", contact: str = "") -> OpenTicket:
    return OpenTicket(TicketKind.COMPLAINT, what[:60], what, order, remedy, contact)


@dataclass
class Life:
    """What happens around the console, through the desk's own flows on the real store."""

    services: Services
    told: int = field(default=0)

    async def hires(self, name: str, role: Role = Role.AGENT, locale: str = "en") -> Agent:
        email = f"{name.split()[0].lower()}@example.com"
        return await self._write(lambda tx: tx.agents.add(
            email=email, name=name, role=role, password_hash=password_hash(), now=self.now(), locale=locale
        ))

    async def token_of(self, agent: Agent) -> str:
        token = uuid4().hex
        await self._write(lambda tx: tx.keys.add_token(agent.id, token, "test", self.now()))
        return token

    async def writes(
        self, text: str, *, name: str = "Li Xiaolan", user: str = "li", channel: ChannelName = ChannelName.TELEGRAM,
        answer: str = "Let me see.", effects: Sequence[Effect] = (),
    ) -> str:
        """A customer's message goes its whole way; returns its conversation's id."""
        self.told += 1
        message = InboundMessage(
            f"m{self.told}", address(user, channel), self.now(), self.told, InboundKind.TEXT, text=text,
            display_name=name,
        )
        await self._write(lambda tx: tx.inbound.add([message], self.now()))
        (lease,) = await self._write(lambda tx: tx.inbound.claim("test", 1, self.now(), LEASE))
        window = WINDOW if CAPABILITIES[channel].windowed else None
        step = await self._write(
            lambda tx: router.begin(tx, lease, window, lambda said, _known: detect_language(said), self.now())
        )
        if isinstance(step, router.AskBot):
            said = BotAnswer((OutboundMessage(answer),), tuple(effects))
            rules = self.services.rules
            answered = router.Answered(lease, step.turn.conversation_id, said)
            await self._write(lambda tx: router.conclude(tx, [answered], rules, self.now()))
        found = await self._read(lambda tx: tx.conversations.find_open(message.address))
        return found.id if found else ""

    async def asks_for_a_person(self, text: str = "I want to speak to a person", **how: object) -> str:
        return await self.writes(text, **{"effects": ASKS, **how})

    async def staff_is_present(self, agent: Agent) -> None:
        await self._write(lambda tx: tx.agents.seen(agent.id, self.now()))

    async def delivery_ends(self, conversation_id: str, status: DeliveryStatus, reason: str = "") -> int:
        """The next message of this conversation is sent, and ends like this; returns its delivery's id."""
        def send(tx: SqlTransaction) -> int:
            talk = tx.conversations.find(conversation_id)
            channel = f"{talk.address.channel.value}:{talk.address.account}"
            later = self.now() + timedelta(seconds=10)  # WeChat's own request may carry the answer until then
            (lease,) = tx.outbound.claim(channel, CAPABILITIES[talk.address.channel], "test", 1, later, LEASE)
            outbox.settle(tx, [(lease, Outcome(status, 1, reason))], later)
            return lease.id

        return await self._write(send)

    async def books(self, customer_id: str, number: str, title: str) -> None:
        order = Order(number, customer_id, title, "confirmed", 128800, "CNY", self.now(), "2026-12-01", "2026-12-03",
                      "Deluxe room, 2 nights")
        await self._write(lambda tx: tx.orders.put_all([order]))

    async def customer_of(self, conversation_id: str) -> str:
        return (await self._read(lambda tx: tx.conversations.find(conversation_id))).customer_id

    async def agent_says(self, conversation_id: str) -> list[str]:
        """What customers were told by people in this conversation."""
        found = await self._read(lambda tx: tx.messages.list_of([conversation_id]))
        return [message.text for message in found if message.author == "agent"]

    async def holder(self, conversation_id: str) -> str:
        return (await self._read(lambda tx: tx.conversations.find(conversation_id))).holder.value

    def now(self):
        return self.services.clock.now()

    async def _write(self, work):
        return await self.services.store.transact(work)

    async def _read(self, work):
        return await self.services.store.read(work)


class Browser:
    """A browser without scripts: keeps cookies, sends forms with their hidden fields."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def sign_in(self, agent: Agent) -> None:
        answer = await self.http.post("/console/sign-in", data={"email": agent.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    async def csrf(self) -> str:
        page = (await self.http.get("/console/inbox")).text
        return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]

    async def press(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": await self.csrf(), **fields})
