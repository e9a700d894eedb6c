"""A desk on a real store, with a person at each end: what the customer writes goes in, what they get comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crm_store.inbound import store_key
from crm_store.store import SqlStore, SqlTransaction
from desk.agents import Agent, Role
from desk.channels import ReplyWindow
from desk.conversations import Conversation, Message
from desk.effects import Effect
from desk.handoff import ServiceRules
from desk.hours import BusinessHours
from desk.messages import (
    Address,
    Attachment,
    Button,
    ChannelName,
    EventName,
    InboundKind,
    InboundMessage,
    OutboundMessage,
)
from desk.ports import BotAnswer, Understanding
from desk.queue import LeasedInbound
from desk.router import Answered, AskBot, Settled, Step, begin, conclude, give_up, postpone
from knowledge_base.script import detect_language
from tests.conftest import HandClock

OFFICE = ServiceRules(BusinessHours.parse("Mon-Fri 09:00-18:00", "Asia/Shanghai"))
LEASE = timedelta(seconds=30)
CUSTOMER = Address(ChannelName.TELEGRAM, "bot", "77", "77")


@dataclass
class Desk:
    """The flows over one store. The assistant's answers are given by the test."""

    store: SqlStore
    clock: HandClock
    rules: ServiceRules = OFFICE
    count: int = field(default=0)

    async def receives(
        self, text: str = "", *, address: Address = CUSTOMER, kind: InboundKind = InboundKind.TEXT, choice: str = "",
        event: EventName | None = None, replaces: str = "", attachments: tuple[Attachment, ...] = (),
        locale: str = "", key: str = "",
    ) -> LeasedInbound:
        """A message arrives and is claimed by a worker."""
        self.count += 1
        message = InboundMessage(
            key or f"m{self.count}", address, self.clock.now(), self.count, kind, text=text, choice=choice, event=event,
            replaces=replaces, attachments=attachments, locale=locale, display_name="Li",
        )
        now = self.clock.now()
        await self.store.transact(lambda tx: tx.inbound.add([message], now))
        leases = await self.claim()
        return next(lease for lease in leases if lease.key == store_key(message))

    async def claim(self) -> list[LeasedInbound]:
        now = self.clock.now()
        return await self.store.transact(lambda tx: tx.inbound.claim("w", 10, now, LEASE))

    async def begins(
        self, lease: LeasedInbound, *, window: ReplyWindow | None = None, meaning: Understanding | None = None,
        asked: bool = False,
    ) -> Step:
        now = self.clock.now()
        return await self.store.transact(
            lambda tx: begin(tx, lease, window, detect_language, now, meaning=meaning, asked_meaning=asked)
        )

    async def concludes(
        self, lease: LeasedInbound, step: Step, *messages: OutboundMessage, effects: Sequence[Effect] = ()
    ) -> bool:
        assert isinstance(step, AskBot)
        answer = BotAnswer(messages, tuple(effects))
        now = self.clock.now()
        answered = Answered(lease, step.turn.conversation_id, answer)
        (stored,) = await self.store.transact(lambda tx: conclude(tx, [answered], self.rules, now))
        return stored

    async def talks(self, text: str, answer: str = "ok", effects: Sequence[Effect] = (), **arrival: object) -> AskBot:
        """A whole turn that the assistant answers."""
        lease = await self.receives(text, **arrival)  # type: ignore[arg-type]
        step = await self.begins(lease)
        assert isinstance(step, AskBot), step
        assert await self.concludes(lease, step, OutboundMessage(answer), effects=effects)
        return step

    async def settles(self, text: str = "", **arrival: object) -> None:
        """A whole turn that needs no assistant."""
        step = await self.begins(await self.receives(text, **arrival))  # type: ignore[arg-type]
        assert isinstance(step, Settled), step

    async def customer_got(self, address: Address = CUSTOMER) -> list[str]:
        """The texts queued for the customer, in order."""
        return [message.text for message in await self.history(address) if message.delivery_status is not None]

    async def buttons(self, address: Address = CUSTOMER) -> tuple[Button, ...]:
        """The choices last offered."""
        return next(message.buttons for message in reversed(await self.history(address)) if message.buttons)

    async def history(self, address: Address = CUSTOMER) -> list[Message]:
        return await self.store.read(lambda tx: tx.messages.list_of_address(address))

    async def conversation(self, address: Address = CUSTOMER) -> Conversation | None:
        return await self.store.transact(lambda tx: tx.conversations.find_open(address))

    async def agent(self, name: str = "Grace", *, present: bool = True) -> Agent:
        now = self.clock.now()

        def add(tx: SqlTransaction) -> Agent:
            made = tx.agents.add(email=f"{name}@example.com", name=name, role=Role.AGENT, password_hash="x", now=now)
            if present:
                tx.agents.seen(made.id, now)
            return tx.agents.get(made.id)

        return await self.store.transact(add)

    async def gives_up(self, lease: LeasedInbound, conversation_id: str | None) -> None:
        now = self.clock.now()
        await self.store.transact(lambda tx: give_up(tx, lease, conversation_id, "failed", self.rules, now))

    async def postpones(self, lease: LeasedInbound, conversation_id: str, seconds: float = 1) -> None:
        now = self.clock.now()
        until = now + timedelta(seconds=seconds)
        await self.store.transact(
            lambda tx: postpone(tx, lease, conversation_id, until, "down", counts=False,
                                patience=timedelta(seconds=8), now=now)
        )


@pytest.fixture
def desk(store: SqlStore, clock: HandClock) -> Desk:
    return Desk(store, clock)
