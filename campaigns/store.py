"""The store as the flows of surveys and campaigns see it: what the desk has, and their own records."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from campaigns.answers import Answer
from campaigns.campaigns import Campaign, Trigger
from campaigns.recipients import Recipient, Stage
from campaigns.surveys import Question, StoredSurvey, Survey
from desk.messages import Address, OutboundMessage
from desk.store import Transaction


@dataclass(frozen=True, slots=True)
class Post:
    """A message of a campaign, and its recipient as they are once it is queued."""

    recipient: Recipient
    message: OutboundMessage
    key: str


class Surveys(Protocol):
    def get(self, survey_id: str) -> StoredSurvey: ...
    def content(self, survey_id: str, version: int) -> Survey:
        """What one published version asks; version 0 is the draft. Raises NotFound."""


class Campaigns(Protocol):
    def get(self, campaign_id: str) -> Campaign: ...
    def take(self, campaign_id: str) -> Campaign | None:
        """As `get`; None when another worker is at it just now."""

    def save(self, campaign: Campaign) -> None: ...
    def list_triggered_by(self, trigger: Trigger) -> list[Campaign]:
        """The running campaigns with this trigger, oldest first."""


class Recipients(Protocol):
    def get(self, recipient_id: int) -> Recipient: ...
    def find_talking(self, address: Address) -> Recipient | None:
        """Who is being asked at this address: the one to whom a survey spoke last."""

    def save(self, recipient: Recipient) -> None: ...
    def keep_answer(self, recipient: Recipient, question: Question, answer: Answer, now: datetime) -> None:
        """Store an answer, in place of an earlier one to the same question."""

    def plan_slice(
        self, campaign: Campaign, survey: Survey, now: datetime, accounts: Collection[str]
    ) -> Campaign:
        """Plan the next customers of the audience; returns the campaign with its cursor moved."""

    def add_triggered(
        self, campaign: Campaign, customer_id: str, occasion: str, now: datetime, accounts: Collection[str], *,
        survey: Survey, agent_id: str | None = None, address: Address | None = None,
    ) -> bool:
        """Plan one customer for one occasion; the same occasion again adds nothing. True when they will be asked."""

    def plan_settled(
        self, campaign: Campaign, survey: Survey, now: datetime, accounts: Collection[str]
    ) -> None:
        """Plan the customers of the tickets that were closed since the campaign began, each ticket once."""

    def list_due(self, campaign_id: str, account: str, now: datetime, limit: int) -> list[Recipient]: ...
    def check_again(
        self, campaign: Campaign, due: Sequence[Recipient], now: datetime, held_again_in: timedelta
    ) -> list[Recipient]:
        """Those who may be asked at this moment; the others are put off, or left out for a reason that is new."""

    def list_silent(self, campaign_id: str, sent_before: datetime, limit: int) -> list[Recipient]:
        """Who was sent to before this moment, answered nothing and was not reminded."""

    def is_done(self, campaign_id: str, asked_before: datetime) -> bool:
        """Whether nobody waits to be asked, and nobody asked after this moment is still to answer."""

    def end_all(self, campaign_id: str, stage: Stage, now: datetime) -> None:
        """The campaign is over: whoever has not finished ends in this stage."""


class Postbox(Protocol):
    def queue(self, posts: Sequence[Post], now: datetime) -> int:
        """Queue messages in the campaign lane and save their recipients; a key that is there adds nothing."""

    def count_waiting(self, account: str) -> int:
        """How many campaign messages of this account wait for the wire."""

    def take_back(self, campaign_id: str, *, parked: bool) -> int:
        """Unmake what was never sent: its recipients wait again. `parked`: also what waits for a reply window."""


class CampaignTransaction(Transaction, Protocol):
    @property
    def surveys(self) -> Surveys: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def recipients(self) -> Recipients: ...
    @property
    def post(self) -> Postbox: ...
