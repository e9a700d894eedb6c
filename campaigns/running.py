"""A running campaign, one small transaction at a time: plan the audience in slices, ask who is due, end it.

Every step may be repeated and may be the last before the process dies: where it stands is in the campaign's and the
recipients' rows, and nowhere else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from campaigns.asking import invite, remind
from campaigns.campaigns import Campaign, CampaignState, Trigger, move
from campaigns.progress import begin, pass_thanks
from campaigns.recipients import Recipient, Stage
from campaigns.store import CampaignTransaction, Post
from campaigns.surveys import Survey, Texts
from desk.channels import CAPABILITIES
from desk.errors import Conflict

AT_ONCE = 20
"""Messages made in one transaction: ordinary turns must not wait behind more."""
AHEAD = timedelta(seconds=2)
"""How far ahead of the wire messages are made; a pause or a STOP concerns no more than these."""
HELD_AGAIN_IN = timedelta(minutes=10)
ANSWERS_FOR = timedelta(days=7)
"""A campaign without an end date ends so long after its last message."""


class Step(Enum):
    MORE = auto()  # there is more to do at once
    IDLE = auto()


@dataclass(frozen=True, slots=True)
class Lanes:
    """The accounts that are switched on, with how many campaign messages a second each may send."""

    rates: Mapping[str, float]

    @property
    def accounts(self) -> Collection[str]:
        return self.rates.keys()

    def ahead(self, account: str) -> int:
        """How many messages may wait for the wire."""
        return max(2, round(self.rates.get(account, 0) * AHEAD.total_seconds()))


def start(tx: CampaignTransaction, campaign: Campaign, now: datetime) -> Campaign:
    """Fix the survey's version and begin, or wait for the start date. Raises Conflict."""
    survey = tx.surveys.get(campaign.plan.survey_id)
    if survey.version == 0:
        raise Conflict("the survey is not published")
    campaign = replace(campaign, version=survey.version)
    waits = campaign.plan.starts_at is not None and campaign.plan.starts_at > now
    campaign = move(campaign, CampaignState.SCHEDULED if waits else CampaignState.RUNNING, now)
    campaign = campaign if waits else _first_wave(campaign)
    tx.campaigns.save(campaign)
    return campaign


def change(tx: CampaignTransaction, campaign_id: str, to: CampaignState, now: datetime) -> Campaign:
    """Pause, resume, cancel or finish. What is queued and was never sent comes back to the recipients' list.

    Raises Conflict when that is no step from where the campaign is.
    """
    campaign = move(tx.campaigns.get(campaign_id), to, now)
    tx.campaigns.save(campaign)
    if to is not CampaignState.RUNNING:
        tx.post.take_back(campaign_id, parked=to.is_over)
    if to.is_over:
        stage = Stage.CANCELLED if to is CampaignState.CANCELLED else Stage.EXPIRED
        tx.recipients.end_all(campaign_id, stage, now)
    return campaign


def step(tx: CampaignTransaction, campaign_id: str, lanes: Lanes, now: datetime) -> Step:
    """Do the next small piece of work of one campaign."""
    campaign = tx.campaigns.take(campaign_id)
    if campaign is None:  # another worker has it
        return Step.IDLE
    if not campaign.state.is_over and campaign.state is not CampaignState.SCHEDULED and campaign.is_ended(now):
        change(tx, campaign_id, CampaignState.FINISHED, now)
        return Step.IDLE
    match campaign.state:
        case CampaignState.SCHEDULED:
            return _open(tx, campaign, now)
        case CampaignState.RUNNING:
            return _run(tx, campaign, lanes, now)
        case _:
            return Step.IDLE


def ask_now(tx: CampaignTransaction, campaign: Campaign, recipient: Recipient, survey: Survey, now: datetime) -> None:
    """Make the message that asks one recipient, whatever the hour (a dry run)."""
    tx.post.queue([_invitation(campaign, recipient, survey)], now)


def _open(tx: CampaignTransaction, campaign: Campaign, now: datetime) -> Step:
    if campaign.plan.starts_at is not None and campaign.plan.starts_at > now:
        return Step.IDLE
    tx.campaigns.save(_first_wave(move(campaign, CampaignState.RUNNING, now)))
    return Step.MORE


def _first_wave(campaign: Campaign) -> Campaign:
    return replace(campaign, wave=1, planned=not campaign.plan.trigger.asks_an_audience, cursor="")


def _run(tx: CampaignTransaction, campaign: Campaign, lanes: Lanes, now: datetime) -> Step:
    survey = tx.surveys.content(campaign.plan.survey_id, campaign.version)
    if not campaign.planned:
        campaign = tx.recipients.plan_slice(campaign, survey, now, lanes.accounts)
        if campaign.planned and campaign.plan.trigger is Trigger.SCHEDULE:
            campaign = replace(campaign, next_wave_at=now + timedelta(days=campaign.plan.every_days))
        tx.campaigns.save(campaign)
        return Step.MORE
    if campaign.next_wave_at is not None and campaign.next_wave_at <= now:
        tx.campaigns.save(replace(campaign, wave=campaign.wave + 1, planned=False, cursor="", next_wave_at=None))
        return Step.MORE
    if campaign.plan.trigger is Trigger.TICKET_SETTLED:
        tx.recipients.plan_settled(campaign, survey, now, lanes.accounts)
    made = sum(_ask(tx, campaign, survey, account, lanes, now) for account in lanes.accounts)
    if not made:
        made = _remind(tx, campaign, survey, lanes, now)
    if not made and campaign.plan.trigger is Trigger.ONCE:
        _end_if_done(tx, campaign, now)
    return Step.MORE if made else Step.IDLE


def _ask(
    tx: CampaignTransaction, campaign: Campaign, survey: Survey, account: str, lanes: Lanes, now: datetime
) -> int:
    """Make the messages that are due on one account, as many as the wire takes soon; returns how many."""
    room = min(AT_ONCE, lanes.ahead(account) - tx.post.count_waiting(account))
    if room <= 0:
        return 0
    due = tx.recipients.list_due(campaign.id, account, now, room)
    ready = tx.recipients.check_again(campaign, due, now, HELD_AGAIN_IN)
    tx.post.queue([_invitation(campaign, recipient, survey) for recipient in ready], now)
    return len(due)


def _invitation(campaign: Campaign, recipient: Recipient, survey: Survey) -> Post:
    progress, said = pass_thanks(survey, begin(survey))
    question = survey.find(progress.at) or survey.questions[0]
    language = recipient.language
    openings = campaign.plan.openings
    opening: Texts = dict(openings[recipient.arm]) if recipient.arm < len(openings) else {}
    before = "\n\n".join(filter(None, [opening.get(language, ""), *(each.text(language) for each in said)]))
    assert recipient.address is not None  # noqa: S101 - only recipients with an address wait
    can = CAPABILITIES[recipient.address.channel]
    message = invite({language: before} if before else None, question, language, can, recipient.id)
    return Post(replace(recipient, progress=progress, stage=Stage.ASKED), message, recipient.key)


def _remind(tx: CampaignTransaction, campaign: Campaign, survey: Survey, lanes: Lanes, now: datetime) -> int:
    """The one reminder to who was sent to and never answered; returns how many."""
    if campaign.plan.remind_after is None:
        return 0
    made = 0
    for recipient in tx.recipients.list_silent(campaign.id, now - campaign.plan.remind_after, AT_ONCE):
        question = survey.find(recipient.progress.at) if recipient.progress else None
        if question is None or recipient.address is None:
            continue
        account = f"{recipient.address.channel.value}:{recipient.address.account}"
        if tx.post.count_waiting(account) >= lanes.ahead(account):
            continue
        if tx.recipients.check_again(campaign, [recipient], now, HELD_AGAIN_IN):
            message = remind(question, recipient.language, CAPABILITIES[recipient.address.channel], recipient.id)
            tx.post.queue([Post(replace(recipient, reminded_at=now), message, f"{recipient.key}:again")], now)
            made += 1
    return made


def _end_if_done(tx: CampaignTransaction, campaign: Campaign, now: datetime) -> None:
    """Nobody waits, nobody answers any more: finished."""
    if tx.recipients.is_done(campaign.id, now - ANSWERS_FOR):
        change(tx, campaign.id, CampaignState.FINISHED, now)
