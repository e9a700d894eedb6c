"""A business with customers, a survey and a campaign, over a real store; the wire is played by the test."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaigns import Campaign, CampaignState, Plan
from campaigns.interview import SurveyTalk
from campaigns.recipients import RecipientState
from campaigns.running import Lanes, Step, change, start, step
from campaigns.surveys import Survey
from campaigns.templates import CSAT
from crm_store.inbound import store_key
from crm_store.limits import channel_key
from crm_store.store import SqlStore, SqlTransaction
from desk.agents import Role
from desk.channels import CAPABILITIES, ReplyWindow
from desk.conversations import DeliveryStatus
from desk.customers import Customer, Identity
from desk.handoff import ServiceRules
from desk.hours import BusinessHours
from desk.messages import Address, Button, ChannelName, InboundKind, InboundMessage, Language, OutboundMessage
from desk.outbox import settle
from desk.ports import BotAnswer, Understanding
from desk.queue import LeasedInbound, LeasedOutbound, Outcome
from desk.router import Answered, AskBot, AskMeaning, begin, conclude
from desk.router import Step as TurnStep
from knowledge_base.script import detect_language
from tests.conftest import HandClock

LEASE = timedelta(seconds=30)
LANES = Lanes({"telegram:bot": 21.0, "wechat:bot": 70.0, "slack:bot": 14.0})
RULES = ServiceRules(BusinessHours.always(ZoneInfo("UTC")))


def at(user: str, channel: ChannelName = ChannelName.TELEGRAM) -> Address:
    return Address(channel, "bot", user, user)


@dataclass
class House:
    """Everything around a campaign that a test may move."""

    store: SqlStore
    clock: HandClock
    owner: str = ""
    survey_id: str = ""
    sent: list[LeasedOutbound] = field(default_factory=list)
    told: int = 0

    async def do(self, work):
        return await self.store.transact(work)

    async def customer(
        self, name: str, channel: ChannelName = ChannelName.TELEGRAM, language: Language = Language.EN, **profile
    ) -> Address:
        address = at(name, channel)
        now = self.clock.now()
        person = Customer(name, name, language, "", 0, "", profile.pop("email", ""), True, now)

        def add(tx: SqlTransaction) -> None:
            tx.customers.add(replace(person, **profile))
            tx.customers.add_identity(Identity(address, name, name, True, now))

        await self.do(add)
        return address

    async def customers(self, many: int, channel: ChannelName = ChannelName.TELEGRAM) -> None:
        for n in range(many):
            await self.customer(f"c{n:04}", channel)

    async def writes(self, survey: Survey, name: str = "After the stay") -> str:
        """A published survey's id."""
        now = self.clock.now()

        def publish(tx: SqlTransaction) -> str:
            made = tx.surveys.add(name, survey, self.owner, now)
            return tx.surveys.publish(made.id, self.owner, now).id

        self.survey_id = await self.do(publish)
        return self.survey_id

    async def starts(self, survey: Survey = CSAT, **plan) -> Campaign:
        survey_id = await self.writes(survey)
        now = self.clock.now()

        def begin_it(tx: SqlTransaction) -> Campaign:
            made = tx.campaigns.add("Autumn", Plan(survey_id, **plan), self.owner, now)
            return start(tx, made, now)

        return await self.do(begin_it)

    async def works(self, campaign: Campaign, most: int = 1000) -> None:
        """The runner does what there is to do now."""
        for _ in range(most):
            if await self.do(lambda tx: step(tx, campaign.id, LANES, self.clock.now())) is Step.IDLE:
                return
        raise AssertionError("the campaign never comes to rest")

    async def changes(self, campaign: Campaign, to: CampaignState) -> None:
        now = self.clock.now()
        await self.do(lambda tx: change(tx, campaign.id, to, now))

    async def claims(self, channel: ChannelName = ChannelName.TELEGRAM, limit: int = 50) -> list[LeasedOutbound]:
        now = self.clock.now()
        account = channel_key(at("", channel))
        return await self.do(
            lambda tx: tx.outbound.claim(account, CAPABILITIES[channel], "w", limit, now, LEASE)
        )

    async def sends(
        self, channel: ChannelName = ChannelName.TELEGRAM, status: DeliveryStatus = DeliveryStatus.SENT
    ) -> list[LeasedOutbound]:
        """What may leave at this moment leaves."""
        leases = await self.claims(channel)
        now = self.clock.now()
        await self.do(lambda tx: settle(tx, [(lease, Outcome(status, 1, "why")) for lease in leases], now))
        self.sent += leases
        return leases

    async def runs(self, campaign: Campaign, seconds: float, channel: ChannelName = ChannelName.TELEGRAM) -> None:
        """Time passes in twentieths of a second; the runner and the sender work all the while."""
        for _ in range(round(seconds * 20)):
            await self.works(campaign)
            await self.sends(channel)
            self.clock.forward(timedelta(milliseconds=50))

    async def states(self, campaign: Campaign) -> dict[str, int]:
        found = await self.store.read(lambda tx: tx.recipient_views.count_states(campaign.id))
        return {state.value: many for state, many in found.items()}

    async def state_of(self, campaign: Campaign, customer: str) -> RecipientState:
        found = await self.store.read(lambda tx: tx.recipient_views.list_page(campaign.id, limit=1000))
        return next(item.state for item in found if item.recipient.customer_id == customer)

    async def receives(self, address: Address, text: str = "", choice: str = "") -> LeasedInbound:
        self.told += 1
        kind = InboundKind.CHOICE if choice else InboundKind.TEXT
        message = InboundMessage(f"m{self.told}", address, self.clock.now(), self.told, kind, text=text, choice=choice,
                                 display_name="Li")
        now = self.clock.now()
        await self.do(lambda tx: tx.inbound.add([message], now))
        leases = await self.do(lambda tx: tx.inbound.claim("w", 10, now, LEASE))
        return next(lease for lease in leases if lease.key == store_key(message))

    async def says(
        self, address: Address, text: str = "", *, choice: str = "", means: Understanding | None = None,
        bot: str = "The bot answers.", offers: tuple[Button, ...] = (),
    ) -> TurnStep:
        """A customer's message goes its whole way; `means` is what the assistant would understand."""
        self.clock.forward(timedelta(seconds=1))
        lease = await self.receives(address, text, choice)
        turn = await self._begins(lease)
        if isinstance(turn, AskMeaning):
            turn = await self._begins(lease, means, asked=True)
        if isinstance(turn, AskBot):
            answer = BotAnswer((OutboundMessage(bot, offers),))
            now = self.clock.now()
            answered = Answered(lease, turn.turn.conversation_id, answer)
            await self.do(lambda tx: conclude(tx, [answered], RULES, now, SurveyTalk(tx, LANES.accounts)))
        self.clock.forward(timedelta(seconds=1))
        await self.sends(address.channel)
        return turn

    async def taps(self, address: Address, title: str) -> TurnStep:
        button = next(button for button in await self.buttons(address) if button.title == title)
        return await self.says(address, choice=button.id)

    async def buttons(self, address: Address) -> tuple[Button, ...]:
        return next(message.buttons for message in reversed(await self.history(address)) if message.buttons)

    async def heard(self, address: Address) -> list[str]:
        """What the customer was told, in order."""
        return [message.text for message in await self.history(address) if message.delivery_status is not None]

    async def history(self, address: Address):
        return await self.store.read(lambda tx: tx.messages.list_of_address(address))

    async def answers(self, campaign: Campaign, customer: str) -> list[tuple]:
        """(question, number, options, text) of one customer, in the order they were given."""
        found = await self.store.read(lambda tx: tx.recipient_views.list_page(campaign.id, limit=1000))
        recipient = next(item.recipient for item in found if item.recipient.customer_id == customer)
        kept = await self.store.read(lambda tx: tx.recipient_views.list_answers(recipient.id))
        return [(item.question_id, item.answer.number, item.answer.options, item.answer.text) for item in kept]

    async def _begins(self, lease, meaning=None, *, asked: bool = False) -> TurnStep:
        window = ReplyWindow("message", timedelta(hours=48), 5) \
            if lease.message.address.channel is ChannelName.WECHAT else None
        now = self.clock.now()
        return await self.do(lambda tx: begin(
            tx, lease, window, detect_language, now, meaning=meaning, asked_meaning=asked,
            interviews=SurveyTalk(tx, LANES.accounts),
        ))


@pytest.fixture
async def house(store: SqlStore, clock: HandClock) -> House:
    clock.forward(timedelta(hours=10))  # noon in the business's time zone, which is UTC here
    made = House(store, clock)
    owner = await made.do(lambda tx: tx.agents.add(
        email="owner@example.com", name="Owner", role=Role.SUPERVISOR, password_hash="x", now=clock.now()
    ))
    made.owner = owner.id
    return made
