"""The pages of campaigns: the list, the draft with its audience and plan, and the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from campaigns.audience import VOCABULARY
from campaigns.audience_file import RowFault
from campaigns.campaigns import Campaign, CampaignState, Plan, Purpose, Trigger
from campaigns.plan_json import plan_from_json
from campaigns.planner import Timing
from campaigns.recipients import RecipientState
from campaigns.templates import ALL_LANGUAGES
from console import audience_form, campaign_desk, campaign_form, reading
from console.access import Desk, Staff, needs, signed_in
from console.campaign_desk import NotReady
from console.pages import PageRoute, is_htmx, render, see_other
from crm_store.store import SqlTransaction
from desk.errors import Conflict, Invalid, NotFound
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from wiring.lanes import lanes_of
from wiring.services import Services

HERE = "/console/campaigns"
PAGE = 50
SPEED_OVER = timedelta(seconds=30)
LARGEST_FILE = 20 * 2**20
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])
LEAD = [needs(Permission.LEAD)]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is. `speed`: messages a second lately; `left`: how long sending still takes, None where that
    cannot be said."""

    states: Mapping[RecipientState, int]
    excluded: Mapping[str, int]
    speed: float
    left: timedelta | None

    @property
    def total(self) -> int:
        return sum(many for state, many in self.states.items() if state is not RecipientState.EXCLUDED)

    def share(self, *states: str) -> float:
        """Of all who are asked, how many percent are in these states."""
        found = sum(self.states.get(RecipientState(state), 0) for state in states)
        return round(100 * found / self.total, 1) if self.total else 0.0


@router.get("")
async def show_campaigns(request: Request, services: Desk, before: str = "") -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        found = tx.campaigns.list_page((), before, PAGE)
        return {
            "campaigns": found, "states": {item.id: tx.recipient_views.count_states(item.id) for item in found},
            "surveys": tx.surveys.names(), "owners": reading.agent_names(tx), "counts": reading.counts(tx),
            "newest_event": tx.events.newest_id(),
        }

    return render(request, "campaigns.html", {"page_length": PAGE, **await services.store.read(read)})


@router.get("/new", dependencies=LEAD)
async def new_campaign(
    request: Request, services: Desk, survey: str = "", segment: str = "", audience: str = ""
) -> Response:
    """An empty form, or one whose audience is a segment, or the care list (`audience=care`)."""
    rules = campaign_form.CARE if audience == "care" else campaign_form.of_segment(segment)
    return await _form(request, services, None, "", campaign_form.fresh(survey, rules))


@router.post("/new", dependencies=LEAD)
async def add_campaign(request: Request, services: Desk, staff: Staff) -> Response:
    fields = await _fields(request)
    try:
        data = campaign_form.read_form(fields, services.calendar.hours.zone)
        made = await campaign_desk.add_campaign(services, staff.agent, fields.get("name", ""), data)
    except (Invalid, NotFound) as error:
        return await _form(request, services, None, fields.get("name", ""), _plan_as_written(fields, services),
                           status=422, wrong=error.field if isinstance(error, Invalid) else "survey", fields=fields)
    return see_other(request, f"{HERE}/{made.id}?said=saved")


@router.post("/audience", dependencies=LEAD)
async def count_audience(request: Request, services: Desk) -> Response:
    """How many the rules name at this moment, and a few of them."""
    fields, now = await _fields(request), services.clock.now()
    campaign_id = fields.get("campaign", "")
    try:
        plan = plan_from_json({"survey": "-", "audience": audience_form.read_audience(fields),
                               "from_file": bool(fields.get("from_file"))})
    except Invalid as error:
        return render(request, "_audience_count.html", {"wrong": error.field, "many": 0, "sample": []})

    def read(tx: SqlTransaction) -> dict[str, object]:
        some = tx.audiences.sample(campaign_id, plan, now)
        names = tx.customers.names_of(some)
        return {"many": tx.audiences.count(campaign_id, plan, now),
                "sample": [(each, names.get(each, "")) for each in some]}

    return render(request, "_audience_count.html", {"wrong": "", **await services.store.read(read)})


@router.get("/{campaign_id}")
async def show_campaign(
    request: Request, services: Desk, campaign_id: str, state: RecipientState | None = None, after: int = 0
) -> Response:
    campaign = await services.store.read(lambda tx: tx.campaigns.get(campaign_id))
    if campaign.state is CampaignState.DRAFT:
        return await _form(request, services, campaign, campaign.name, campaign.plan)
    return await _run(request, services, campaign, state, after)


@router.post("/{campaign_id}", dependencies=LEAD)
async def edit_campaign(request: Request, services: Desk, campaign_id: str) -> Response:
    fields = await _fields(request)
    campaign = await services.store.read(lambda tx: tx.campaigns.get(campaign_id))
    try:
        data = campaign_form.read_form(fields, services.calendar.hours.zone)
        await campaign_desk.edit_campaign(services, campaign_id, fields.get("name", ""), data)
    except (Invalid, NotFound) as error:
        return await _form(request, services, campaign, fields.get("name", ""), _plan_as_written(fields, services),
                           status=422, wrong=error.field if isinstance(error, Invalid) else "survey", fields=fields)
    return see_other(request, f"{HERE}/{campaign_id}?said=saved")


@router.get("/{campaign_id}/plan")
async def show_plan(request: Request, services: Desk, campaign_id: str) -> Response:
    """Before the start: who is reached when, who never, and why."""
    now = services.clock.now()

    def look(tx: SqlTransaction) -> tuple[Campaign, dict[str, float], list[str], dict[str, object]]:
        campaign = tx.campaigns.get(campaign_id)
        frame = {"counts": reading.counts(tx), "newest_event": tx.events.newest_id()}
        reasons = campaign_desk.reasons_against(tx, campaign, now) if campaign.state is CampaignState.DRAFT else []
        return campaign, dict(lanes_of(services, tx).rates), reasons, frame

    campaign, rates, reasons, frame = await services.store.read(look)
    found = await campaign_desk.forecast(services, campaign_id, campaign.plan)
    return render(request, "campaign_plan.html", {
        **frame, "campaign": campaign, "forecast": found, "takes": found.takes(rates), "rates": rates,
        "reasons": reasons, "timings": tuple(Timing)[:3], "notice_key": request.query_params.get("notice", ""),
    })


@router.post("/{campaign_id}/rate", dependencies=LEAD)
async def choose_rate(
    request: Request, services: Desk, staff: Staff, campaign_id: str, account: Annotated[str, Form()] = "",
    per_second: Annotated[str, Form()] = "",
) -> Response:
    """How fast an account sends campaigns, all of them; empty: as fast as is allowed."""
    try:
        rate = float(per_second) if per_second.strip() else None
        await campaign_desk.choose_rate(services, staff.agent, account, rate)
    except (ValueError, Invalid):
        return see_other(request, f"{HERE}/{campaign_id}/plan?notice=rate")
    return see_other(request, f"{HERE}/{campaign_id}/plan?said=saved")


@router.post("/{campaign_id}/start", dependencies=LEAD)
async def start_campaign(request: Request, services: Desk, staff: Staff, campaign_id: str) -> Response:
    try:
        await campaign_desk.start_campaign(services, staff.agent, campaign_id)
    except NotReady:
        return see_other(request, f"{HERE}/{campaign_id}/plan?notice=not_ready")
    return see_other(request, f"{HERE}/{campaign_id}")


@router.post("/{campaign_id}/state", dependencies=LEAD)
async def change_state(
    request: Request, services: Desk, staff: Staff, campaign_id: str, to: Annotated[CampaignState, Form()]
) -> Response:
    await campaign_desk.change_campaign(services, staff.agent, campaign_id, to)
    return see_other(request, f"{HERE}/{campaign_id}")


@router.post("/{campaign_id}/audience-file", dependencies=LEAD)
async def upload_audience(request: Request, services: Desk, campaign_id: str) -> Response:
    file = (await request.form()).get("file")
    content = await file.read(LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    campaign = await services.store.read(lambda tx: tx.campaigns.get(campaign_id))
    if len(content) > LARGEST_FILE:
        return await _form(request, services, campaign, campaign.name, campaign.plan, status=422, wrong="file")
    _, faults = await campaign_desk.upload_audience(services, campaign_id, content)
    if faults:
        return await _form(request, services, campaign, campaign.name, campaign.plan, status=422, faults=faults)
    return see_other(request, f"{HERE}/{campaign_id}?said=uploaded#audience")


@router.post("/{campaign_id}/try", dependencies=LEAD)
async def try_out(
    request: Request, services: Desk, campaign_id: str, customer: Annotated[str, Form()] = "",
    channel: Annotated[str, Form()] = "", language: Annotated[Language, Form()] = Language.EN,
    arm: Annotated[int, Form()] = 0,
) -> Response:
    try:
        await campaign_desk.try_out(services, campaign_id, customer.strip(), channel, language, arm)
    except (NotFound, Conflict):
        campaign = await services.store.read(lambda tx: tx.campaigns.get(campaign_id))
        return await _form(request, services, campaign, campaign.name, campaign.plan, status=422, wrong="try",
                           tried=customer)
    return see_other(request, f"{HERE}/{campaign_id}?said=tried#try")


async def _run(
    request: Request, services: Services, campaign: Campaign, state: RecipientState | None, after: int
) -> Response:
    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        listed = tx.recipient_views.list_page(campaign.id, (state,) if state else (), after, PAGE)
        return {
            "progress": progress_of(tx, services, campaign, now), "listed": listed,
            "names": tx.customers.names_of(item.recipient.customer_id for item in listed),
            "survey": tx.surveys.get(campaign.plan.survey_id).name, "owner": tx.agents.name_of(campaign.owner_id),
            "counts": reading.counts(tx), "newest_event": tx.events.newest_id(),
        }

    values = {"campaign": campaign, "states": tuple(RecipientState), "state": state, "after": after,
              "page_length": PAGE}
    template = "_campaign_progress.html" if is_htmx(request) else "campaign_run.html"
    return render(request, template, {**values, **await services.store.read(read)})


def progress_of(tx: SqlTransaction, services: Services, campaign: Campaign, now: datetime) -> Progress:
    """Counts, the speed of the last half minute, and what that says of the time left."""
    views = tx.recipient_views
    speed = views.count_sent_since(campaign.id, now - SPEED_OVER) / SPEED_OVER.total_seconds()
    rates = lanes_of(services, tx).rates
    waiting = views.count_waiting_by_account(campaign.id)
    times = [timedelta(seconds=many / rates[account]) for account, many in waiting.items() if rates.get(account)]
    running = campaign.state is CampaignState.RUNNING
    return Progress(views.count_states(campaign.id), views.count_exclusions(campaign.id), speed,
                    max(times, default=timedelta()) if running else None)


async def _form(
    request: Request, services: Services, campaign: Campaign | None, name: str, plan: Plan, *, status: int = 200,
    wrong: str = "", faults: list[RowFault] | None = None, tried: str = "", fields: Mapping[str, str] | None = None,
) -> Response:
    now, zone = services.clock.now(), services.calendar.hours.zone
    campaign_id = campaign.id if campaign else ""

    def read(tx: SqlTransaction) -> dict[str, object]:
        some = tx.audiences.sample(campaign_id, plan, now)
        return {
            "surveys": tx.surveys.list_page(limit=200), "many": tx.audiences.count(campaign_id, plan, now),
            "sample": [(each, tx.customers.names_of([each]).get(each, "")) for each in some],
            "listed": tx.campaigns.count_list(campaign_id) if campaign else 0,
            "counts": reading.counts(tx), "newest_event": tx.events.newest_id(),
        }

    values = {
        "campaign": campaign, "name": name, "plan": plan, "wrong": wrong, "faults": faults or [], "tried": tried,
        "shown": audience_form.as_written(fields, wrong) if fields else audience_form.show(plan.audience),
        "groups": audience_form.GROUPS, "rule_choices": audience_form.choices(),
        "triggers": tuple(Trigger), "words": VOCABULARY,
        "purposes": tuple(Purpose), "channels": tuple(ChannelName), "languages_all": ALL_LANGUAGES,
        "connected": {channel.name for channel in services.channels}, "zone": zone.key,
        "starts_at": campaign_form.local(plan.starts_at, zone), "ends_at": campaign_form.local(plan.ends_at, zone),
        "remind": campaign_form.hours(plan.remind_after), "delay": plan.delay // timedelta(minutes=1),
    }
    return render(request, "campaign.html", {**values, **await services.store.read(read)}, status=status)


def _plan_as_written(fields: Mapping[str, str], services: Services) -> Plan:
    """As much of what was written as can be shown again."""
    zone = services.calendar.hours.zone
    for dropped in ((), ("starts_at", "ends_at"), ("starts_at", "ends_at", "cap_days", "every_days", "delay_minutes",
                                                   "remind_after_hours", "quiet_from", "quiet_until")):
        kept = {key: value for key, value in fields.items() if key not in dropped}
        try:
            return plan_from_json({**campaign_form.read_form(kept, zone), "survey": fields.get("survey") or "-"})
        except Invalid:
            continue
    without = {key: value for key, value in fields.items() if key.startswith(("channel", "opening", "survey"))}
    return plan_from_json({**campaign_form.read_form(without, zone), "survey": fields.get("survey") or "-"})


async def _fields(request: Request) -> dict[str, str]:
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
