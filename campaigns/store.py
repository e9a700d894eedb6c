"""The store as the flows of surveys and campaigns see it: what the desk has, and their own records."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from campaigns.answers import Answer
from campaigns.campaigns import Campaign, Trigger
from campaigns.recipients import Recipient
from campaigns.surveys import Question, StoredSurvey, Survey
from desk.messages import Address
from desk.store import Transaction


class Surveys(Protocol):
    def get(self, survey_id: str) -> StoredSurvey: ...
    def content(self, survey_id: str, version: int) -> Survey:
        """What one published version asks; version 0 is the draft. Raises NotFound."""


class Campaigns(Protocol):
    def get(self, campaign_id: str) -> Campaign: ...
    def list_triggered_by(self, trigger: Trigger) -> list[Campaign]:
        """The running campaigns with this trigger, oldest first."""


class Recipients(Protocol):
    def get(self, recipient_id: int) -> Recipient: ...
    def find_talking(self, address: Address) -> Recipient | None:
        """Who is being asked at this address: the one to whom a survey spoke last."""

    def save(self, recipient: Recipient) -> None: ...
    def keep_answer(self, recipient: Recipient, question: Question, answer: Answer, now: datetime) -> None:
        """Store an answer, in place of an earlier one to the same question."""

    def add_triggered(
        self, campaign: Campaign, customer_id: str, occasion: str, now: datetime, accounts: Collection[str], *,
        agent_id: str | None = None, address: Address | None = None,
    ) -> bool:
        """Plan one customer for one occasion; the same occasion again adds nothing. True when they will be asked."""


class CampaignTransaction(Transaction, Protocol):
    @property
    def surveys(self) -> Surveys: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def recipients(self) -> Recipients: ...
