"""Campaigns: their plans, their states, and everybody they ask."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from campaigns.campaigns import Campaign, CampaignState
from campaigns.forecast import Forecast
from campaigns.plan_json import plan_to_json
from campaigns.planner import Obstacle, Timing
from campaigns.recipients import RecipientState
from console import campaign_desk
from console.access import Caller, Desk, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from crm_store.recipient_views import Listed
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from wiring.lanes import lanes_of
from wiring.services import Services

router = APIRouter(route_class=ApiRoute, tags=["campaigns"])
LEAD = [needs(Permission.LEAD)]
LARGEST_FILE = 20 * 2**20


class CampaignIn(BaseModel):
    """`plan`: {"survey", "trigger", "purpose", "audience": {"join", "rules": [{"field", "op", "value", "of"}]},
    "channels", "openings", "quiet_from", "quiet_until", "cap_days", "needs_opt_in", "remind_after_hours",
    "delay_minutes", "event", "every_days", "starts_at", "ends_at"}; only "survey" must be there."""

    name: str = Field(max_length=200)
    plan: dict[str, Any]


class CampaignOut(BaseModel):
    id: str
    name: str
    state: CampaignState
    plan: dict[str, Any]
    survey_version: int
    wave: int
    owner: str
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, item: Campaign) -> Self:
        return cls(id=item.id, name=item.name, state=item.state, plan=plan_to_json(item.plan), wave=item.wave,
                   survey_version=item.version, owner=item.owner_id, created_at=item.created_at,
                   started_at=item.started_at, finished_at=item.finished_at)


class CampaignWhole(CampaignOut):
    """`states`: recipients by state; `excluded`: who is left out, by reason."""

    states: dict[RecipientState, int]
    excluded: dict[str, int]


class RecipientOut(BaseModel):
    """`why`: the reason of an exclusion, or what the platform said."""

    id: str
    customer: str
    channel: ChannelName | None
    occasion: str
    state: RecipientState
    why: str
    arm: int
    language: Language
    ticket: str
    is_test: bool
    asked_at: Moment | None
    answered_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, item: Listed) -> Self:
        one = item.recipient
        return cls(
            id=str(one.id), customer=one.customer_id, channel=one.address.channel if one.address else None,
            occasion=one.occasion, state=item.state, why=item.why, arm=one.arm, language=one.language,
            ticket=one.ticket_id, is_test=one.is_test, asked_at=one.asked_at, answered_at=one.answered_at,
            finished_at=one.finished_at,
        )


class ForecastOut(BaseModel):
    """What would happen if the campaign started now. `seconds`: how long the wire needs."""

    audience: int
    asked: int
    excluded: dict[str, int]
    never: dict[Obstacle, int]
    channels: dict[ChannelName, dict[Timing, int]]
    obstacles: dict[ChannelName, dict[Obstacle, int]]
    opens_at: dict[ChannelName, Moment]
    seconds: float
    reasons_against: list[str]

    @classmethod
    def of(cls, item: Forecast, seconds: float, reasons: list[str]) -> Self:
        return cls(
            audience=item.audience, asked=item.asked, excluded={key.value: many for key, many in item.excluded.items()},
            never=dict(item.never),
            channels={channel: {timing: item.timings[channel, timing] for timing in Timing
                                if item.timings[channel, timing]} for channel in item.channels},
            obstacles={channel: {why: many for (where, why), many in item.obstacles.items() if where is channel}
                       for channel in item.channels},
            opens_at=dict(item.opens_at), seconds=seconds, reasons_against=reasons,
        )


class TryOut(BaseModel):
    customer: str
    channel: ChannelName
    language: Language = Language.EN
    arm: int = Field(0, ge=0, le=1)


class TriggerIn(BaseModel):
    """`occasion`: the caller's own key of what happened; the same again asks nobody twice."""

    customer: str
    occasion: str = Field(min_length=1, max_length=100)


class OrderEventIn(BaseModel):
    """`event`: what happened, in the words campaigns use (delivered, checked_out, ...); `key`: the event's own id."""

    event: str = Field(min_length=1, max_length=60)
    key: str = Field("", max_length=60)


class RateIn(BaseModel):
    per_second: float | None = Field(ge=0.1, le=1000)


class RateOut(BaseModel):
    """`chosen`: somebody set it; else it is the most that campaigns may take, 70 % of what the platform allows."""

    account: str
    per_second: float
    chosen: bool


class WillAsk(BaseModel):
    asked: int


class FileFaultOut(BaseModel):
    line: int
    kind: str
    value: str


class UploadOut(BaseModel):
    """How many customers the file names; with faults, none of it was taken."""

    customers: int
    faults: list[FileFaultOut]


@router.get("/campaigns")
async def list_campaigns(
    services: Desk, state: Annotated[list[CampaignState] | None, Query()] = None, cursor: str = "", limit: Limit = 50
) -> Page[CampaignOut]:
    """Newest first."""
    found = await services.store.read(lambda tx: tx.campaigns.list_page(state or (), cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[CampaignOut.of(item) for item in items], next=items[-1].id if more else None)


@router.post("/campaigns", status_code=201, dependencies=LEAD)
async def add_campaign(services: Desk, caller: Caller, body: CampaignIn) -> CampaignOut:
    return CampaignOut.of(await campaign_desk.add_campaign(services, caller, body.name, body.plan))


@router.get("/campaigns/{campaign_id}")
async def get_campaign(services: Desk, campaign_id: str) -> CampaignWhole:
    def read(tx: SqlTransaction) -> CampaignWhole:
        whole = CampaignOut.of(tx.campaigns.get(campaign_id)).model_dump()
        return CampaignWhole(**whole, states=tx.recipient_views.count_states(campaign_id),
                             excluded=tx.recipient_views.count_exclusions(campaign_id))

    return await services.store.read(read)


@router.put("/campaigns/{campaign_id}", dependencies=LEAD)
async def edit_campaign(services: Desk, campaign_id: str, body: CampaignIn) -> CampaignOut:
    """Only a draft can be changed."""
    return CampaignOut.of(await campaign_desk.edit_campaign(services, campaign_id, body.name, body.plan))


@router.put("/campaigns/{campaign_id}/audience-file", dependencies=LEAD)
async def upload_audience(services: Desk, campaign_id: str, request: Request) -> UploadOut:
    """The body is a CSV file (UTF-8) with a column `customer`; it takes the place of the rules."""
    content = await request.body()
    if len(content) > LARGEST_FILE:
        raise Invalid("body", "at most 20 MB")
    many, faults = await campaign_desk.upload_audience(services, campaign_id, content)
    return UploadOut(customers=many, faults=[
        FileFaultOut(line=fault.line, kind=fault.kind, value=fault.value) for fault in faults
    ])


@router.get("/campaigns/{campaign_id}/plan")
async def preview_plan(services: Desk, campaign_id: str) -> ForecastOut:
    """Who would be asked when, who never, and why; and what keeps the campaign from starting."""
    now = services.clock.now()

    def look(tx: SqlTransaction) -> tuple[Campaign, dict[str, float], list[str]]:
        campaign = tx.campaigns.get(campaign_id)
        return campaign, dict(lanes_of(services, tx).rates), campaign_desk.reasons_against(tx, campaign, now)

    campaign, rates, reasons = await services.store.read(look)
    found = await campaign_desk.forecast(services, campaign_id, campaign.plan)
    return ForecastOut.of(found, found.takes(rates).total_seconds(), reasons)


@router.post("/campaigns/{campaign_id}/start", dependencies=LEAD)
async def start_campaign(services: Desk, caller: Caller, campaign_id: str) -> CampaignOut:
    """409 with every reason when it cannot start."""
    return CampaignOut.of(await campaign_desk.start_campaign(services, caller, campaign_id))


@router.post("/campaigns/{campaign_id}/pause", dependencies=LEAD)
async def pause_campaign(services: Desk, caller: Caller, campaign_id: str) -> CampaignOut:
    """Nothing leaves any more once this has answered; what the platforms are just being given still does."""
    return await _change(services, caller, campaign_id, CampaignState.PAUSED)


@router.post("/campaigns/{campaign_id}/resume", dependencies=LEAD)
async def resume_campaign(services: Desk, caller: Caller, campaign_id: str) -> CampaignOut:
    return await _change(services, caller, campaign_id, CampaignState.RUNNING)


@router.post("/campaigns/{campaign_id}/cancel", dependencies=LEAD)
async def cancel_campaign(services: Desk, caller: Caller, campaign_id: str) -> CampaignOut:
    return await _change(services, caller, campaign_id, CampaignState.CANCELLED)


@router.post("/campaigns/{campaign_id}/finish", dependencies=LEAD)
async def finish_campaign(services: Desk, caller: Caller, campaign_id: str) -> CampaignOut:
    """End it before its end date; who has not answered is not waited for."""
    return await _change(services, caller, campaign_id, CampaignState.FINISHED)


@router.get("/campaigns/{campaign_id}/recipients")
async def list_recipients(
    services: Desk, campaign_id: str, state: Annotated[list[RecipientState] | None, Query()] = None, cursor: str = "",
    limit: Limit = 50,
) -> Page[RecipientOut]:
    after = int(cursor) if cursor.isdecimal() else 0

    def read(tx: SqlTransaction) -> list[Listed]:
        tx.campaigns.get(campaign_id)
        return tx.recipient_views.list_page(campaign_id, state or (), after, limit + 1)

    items, more = cut(await services.store.read(read), limit)
    return Page(items=[RecipientOut.of(item) for item in items], next=str(items[-1].recipient.id) if more else None)


@router.post("/campaigns/{campaign_id}/try", status_code=202, dependencies=LEAD)
async def try_out(services: Desk, campaign_id: str, body: TryOut) -> None:
    """A dry run to one customer's own address; it counts in no result."""
    await campaign_desk.try_out(services, campaign_id, body.customer, body.channel, body.language, body.arm)


@router.post("/campaigns/{campaign_id}/recipients", status_code=202, dependencies=LEAD)
async def ask_customer(services: Desk, campaign_id: str, body: TriggerIn) -> WillAsk:
    """For campaigns that programs start: ask this customer, unless something speaks against it (`asked` 0)."""
    asked = await campaign_desk.trigger(services, campaign_id, body.customer, body.occasion)
    return WillAsk(asked=int(asked))


@router.get("/campaign-rates")
async def list_rates(services: Desk) -> list[RateOut]:
    """Every account that is switched on, with the campaign messages a second it sends."""
    return await services.store.read(lambda tx: _rates(services, tx))


@router.put("/campaign-rates/{account}", dependencies=LEAD)
async def choose_rate(services: Desk, caller: Caller, account: str, body: RateIn) -> list[RateOut]:
    """Send more slowly than is allowed; null: as fast as is allowed. Holds at once, for every campaign."""
    await campaign_desk.choose_rate(services, caller, account, body.per_second)
    return await services.store.read(lambda tx: _rates(services, tx))


@router.post("/orders/{number}/events", status_code=202, tags=["orders"])
async def order_event(services: Desk, number: str, body: OrderEventIn) -> WillAsk:
    """Something happened to an order; campaigns that wait for that ask its customer."""
    return WillAsk(asked=await campaign_desk.order_event(services, number, body.event, body.key))


def _rates(services: Services, tx: SqlTransaction) -> list[RateOut]:
    chosen = tx.campaigns.chosen_rates()
    return [RateOut(account=account, per_second=rate, chosen=account in chosen)
            for account, rate in sorted(lanes_of(services, tx).rates.items())]


async def _change(services: Desk, caller: Caller, campaign_id: str, to: CampaignState) -> CampaignOut:
    return CampaignOut.of(await campaign_desk.change_campaign(services, caller, campaign_id, to))
