"""What the pages and the REST calls of surveys and campaigns do: one flow each, in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from campaigns.audience_file import MOST_FAULTS, FileFault, RowFault, read_audience
from campaigns.campaigns import Campaign, CampaignFault, CampaignState, Plan, Trigger, find_faults
from campaigns.forecast import Forecast
from campaigns.plan_json import plan_from_json
from campaigns.running import ask_now, change, start
from campaigns.survey_faults import Fault
from campaigns.survey_faults import find_faults as faults_of_survey
from campaigns.survey_json import survey_from_json
from campaigns.surveys import StoredSurvey, Survey, SurveyState
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Conflict, Invalid, NotFound
from desk.messages import Language
from knowledge_base.encodings import decoded
from knowledge_base.import_faults import BadImport
from wiring.services import Services

LONGEST_NAME = 120


class NotReady(Conflict):
    """A campaign or survey that cannot start; `reasons` say why, each in one code."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


async def add_survey(services: Services, agent: Agent, name: str, data: Mapping[str, Any] | Survey) -> StoredSurvey:
    """Raises Invalid naming the place."""
    survey = data if isinstance(data, Survey) else survey_from_json(data)
    title, now = _name(name), services.clock.now()
    return await services.store.transact(lambda tx: tx.surveys.add(title, survey, agent.id, now))


async def edit_survey(
    services: Services, survey_id: str, name: str, data: Mapping[str, Any], seen_at: datetime | None = None
) -> StoredSurvey:
    """Change the draft; it may be unfinished. Raises Invalid, NotFound, or Conflict when it was changed meanwhile."""
    survey, title, now = survey_from_json(data), _name(name), services.clock.now()
    return await services.store.transact(lambda tx: tx.surveys.edit(survey_id, title, survey, seen_at, now))


async def publish_survey(services: Services, agent: Agent, survey_id: str) -> StoredSurvey:
    """The draft becomes the version that campaigns ask from now on. Raises NotReady with what is wrong."""
    now = services.clock.now()

    def publish(tx: SqlTransaction) -> StoredSurvey:
        faults = faults_of_survey(tx.surveys.get(survey_id).draft)
        if faults:
            raise NotReady([describe(fault) for fault in faults])
        tx.audit.record(agent, "survey.published", f"survey:{survey_id}", now)
        return tx.surveys.publish(survey_id, agent.id, now)

    return await services.store.transact(publish)


async def archive_survey(services: Services, agent: Agent, survey_id: str) -> StoredSurvey:
    now = services.clock.now()

    def archive(tx: SqlTransaction) -> StoredSurvey:
        tx.surveys.get(survey_id)
        tx.audit.record(agent, "survey.archived", f"survey:{survey_id}", now)
        return tx.surveys.set_state(survey_id, SurveyState.ARCHIVED, now)

    return await services.store.transact(archive)


def describe(fault: Fault) -> str:
    """A fault as one code: kind, question and detail."""
    return " ".join(filter(None, [fault.kind.value, fault.question, fault.detail]))


async def add_campaign(services: Services, agent: Agent, name: str, data: Mapping[str, Any]) -> Campaign:
    """Raises Invalid naming the field, or NotFound for the survey."""
    plan, title, now = plan_from_json(data), _name(name), services.clock.now()

    def add(tx: SqlTransaction) -> Campaign:
        tx.surveys.get(plan.survey_id)
        return tx.campaigns.add(title, plan, agent.id, now)

    return await services.store.transact(add)


async def edit_campaign(services: Services, campaign_id: str, name: str, data: Mapping[str, Any]) -> Campaign:
    """Only a draft can be changed. Raises Invalid, NotFound or Conflict."""
    plan, title = plan_from_json(data), _name(name)

    def edit(tx: SqlTransaction) -> Campaign:
        campaign = tx.campaigns.get(campaign_id)
        if campaign.state is not CampaignState.DRAFT:
            raise Conflict("only a draft can be changed")
        tx.surveys.get(plan.survey_id)
        changed = replace(campaign, name=title, plan=plan)
        tx.campaigns.save(changed)
        return changed

    return await services.store.transact(edit)


async def start_campaign(services: Services, agent: Agent, campaign_id: str) -> Campaign:
    """Begin, or wait for the start date. Raises NotReady with every reason against it."""
    now = services.clock.now()

    def begin(tx: SqlTransaction) -> Campaign:
        campaign = tx.campaigns.get(campaign_id)
        if campaign.state is not CampaignState.DRAFT:
            raise Conflict(f"a {campaign.state} campaign cannot be started")
        reasons = reasons_against(tx, campaign, now)
        if reasons:
            raise NotReady(reasons)
        tx.audit.record(agent, "campaign.started", f"campaign:{campaign_id}", now)
        return start(tx, campaign, now)

    return await services.store.transact(begin)


def reasons_against(tx: SqlTransaction, campaign: Campaign, now: datetime) -> list[str]:
    """What keeps a campaign from starting, as codes."""
    plan = campaign.plan
    reasons = [fault.value for fault in find_faults(plan, now)]
    survey = tx.surveys.get(plan.survey_id)
    if survey.version == 0 or survey.state is SurveyState.ARCHIVED:
        reasons.append(CampaignFault.NO_SURVEY)
    else:
        content = tx.surveys.content(survey.id, survey.version)
        missing = [language for language in content.languages for opening in plan.openings if not opening.get(language)]
        reasons += [f"{CampaignFault.MISSING_TEXT} {language}" for language in dict.fromkeys(missing)]
    if plan.trigger.asks_an_audience and not tx.audiences.sample(campaign.id, plan, now, 1):
        reasons.append(CampaignFault.EMPTY_AUDIENCE)
    return reasons


async def change_campaign(services: Services, agent: Agent, campaign_id: str, to: CampaignState) -> Campaign:
    """Pause, resume, cancel or finish. Raises Conflict when that is no step from where it is."""
    now = services.clock.now()

    def move(tx: SqlTransaction) -> Campaign:
        tx.audit.record(agent, f"campaign.{to}", f"campaign:{campaign_id}", now)
        return change(tx, campaign_id, to, now)

    return await services.store.transact(move)


async def forecast(services: Services, campaign_id: str, plan: Plan) -> Forecast:
    """Go through the audience in slices and count; nothing is stored."""
    now, found = services.clock.now(), Forecast()
    accounts, after = services.channels.accounts, ""
    while True:
        places = await services.store.read(
            partial(_place_slice, campaign_id=campaign_id, plan=plan, after=after, now=now, accounts=accounts)
        )
        if not places:
            return found
        for candidate, placement in places:
            found.add(candidate.exclusion, placement)
        after = places[-1][0].id


def _place_slice(tx: SqlTransaction, **asked: Any) -> list[Any]:
    return tx.recipients.place_slice(**asked)


async def try_out(
    services: Services, campaign_id: str, customer_id: str, channel: str, language: Language, arm: int = 0
) -> None:
    """A dry run to one customer's address (the owner's own), as a draft or later; it counts in no result.

    Raises NotFound when the customer has no address on this channel.
    """
    now = services.clock.now()

    def send(tx: SqlTransaction) -> None:
        campaign = tx.campaigns.get(campaign_id)
        version = campaign.version or tx.surveys.get(campaign.plan.survey_id).version
        if version == 0:
            raise NotReady([CampaignFault.NO_SURVEY])
        survey = tx.surveys.content(campaign.plan.survey_id, version)
        reach = next((one for one in tx.reaches.of([customer_id], services.channels.accounts, now).get(customer_id, ())
                      if one.address.channel == channel), None)
        if reach is None:
            raise NotFound("this customer has no private address on this channel")
        recipient = tx.recipients.add_test(replace(campaign, version=version), survey, customer_id, reach.address,
                                           language, arm, now)
        ask_now(tx, campaign, recipient, survey, now)

    await services.store.transact(send)


async def trigger(services: Services, campaign_id: str, customer_id: str, occasion: str) -> bool:
    """A program names a customer to be asked by a running campaign. True when they will be; the same `occasion` again
    changes nothing. Raises NotFound or Conflict."""
    now, accounts = services.clock.now(), services.channels.accounts

    def add(tx: SqlTransaction) -> bool:
        campaign = tx.campaigns.get(campaign_id)
        if campaign.plan.trigger is not Trigger.API or campaign.state is not CampaignState.RUNNING:
            raise Conflict("this campaign is not running, or not started by programs")
        tx.customers.get(customer_id)
        survey = tx.surveys.content(campaign.plan.survey_id, campaign.version)
        return tx.recipients.add_triggered(campaign, customer_id, f"api:{occasion}", now, accounts, survey=survey)

    return await services.store.transact(add)


async def order_event(services: Services, number: str, event: str, key: str) -> int:
    """Something happened to an order: every running campaign that waits for such an event plans its customer.

    Returns how many campaigns will ask. The same `key` again changes nothing. Raises NotFound for the order.
    """
    now, accounts = services.clock.now(), services.channels.accounts

    def tell(tx: SqlTransaction) -> int:
        order = tx.orders.find(number)
        if order is None:
            raise NotFound("no such order")
        asked = 0
        for campaign in tx.campaigns.list_triggered_by(Trigger.ORDER_EVENT):
            if campaign.plan.event == event:
                survey = tx.surveys.content(campaign.plan.survey_id, campaign.version)
                occasion = f"order:{number}:{key or event}"
                asked += tx.recipients.add_triggered(campaign, order.customer_id, occasion, now, accounts,
                                                     survey=survey)
        return asked

    return await services.store.transact(tell)


async def choose_rate(services: Services, agent: Agent, account: str, per_second: float | None) -> None:
    """How many campaign messages a second an account sends; None: as many as is allowed. Raises Invalid."""
    if account not in services.channels.accounts:
        raise Invalid("account", "no such account is switched on")
    if per_second is not None and not 0.1 <= per_second <= 1000:
        raise Invalid("per_second", "from 0.1 to 1000")
    now = services.clock.now()

    def choose(tx: SqlTransaction) -> None:
        tx.campaigns.choose_rate(account, per_second)
        tx.audit.record(agent, "campaign.rate", f"account:{account}", now, per_second=str(per_second or "most"))

    await services.store.transact(choose)


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("name", f"a name of 1 to {LONGEST_NAME} characters")
    return name



async def upload_audience(services: Services, campaign_id: str, content: bytes) -> tuple[int, list[RowFault]]:
    """The audience of a draft from a file: how many customers, or the faults for which it is refused whole."""
    try:
        file = read_audience(decoded(content))
    except BadImport:
        return 0, [RowFault(0, FileFault.NOT_TEXT)]
    if file.faults:
        return 0, list(file.faults)

    def store(tx: SqlTransaction) -> tuple[int, list[RowFault]]:
        campaign = tx.campaigns.get(campaign_id)
        if campaign.state is not CampaignState.DRAFT:
            raise Conflict("only a draft's audience can be changed")
        faults: list[RowFault] = []
        for first in range(0, len(file.ids), 500):
            part = file.ids[first : first + 500]
            known = tx.campaigns.known_customers([name for _, name in part])
            faults += [RowFault(line, FileFault.UNKNOWN_ID, name) for line, name in part if name not in known]
            if len(faults) >= MOST_FAULTS:
                break
        if faults:
            return 0, faults[:MOST_FAULTS]
        tx.campaigns.save(replace(campaign, plan=replace(campaign.plan, from_file=True)))
        return tx.campaigns.put_list(campaign_id, [name for _, name in file.ids]), []

    return await services.store.transact(store)
