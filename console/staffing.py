"""The page of how customers reach people: the rules, the teams, what each agent can do."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import people_desk, reading, staffing_desk
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, is_htmx, render, see_other, where_from
from console.people_desk import AccountChange
from crm_store.store import SqlTransaction
from desk.agents import Availability
from desk.dispatch import assign_waiting
from desk.errors import Conflict, Invalid
from desk.messages import Language
from desk.permissions import Permission
from desk.staffing import AssignmentMode, StaffingRules, Team, VipRule
from wiring.services import Services

HERE = "/console/settings/staffing"
TOPICS = ("complaint", "question")
"""What the assistant says a hand-over is about."""
_LIMITS = {"capacity": (1, 100), "reassign_after": (0, 1440), "escalate_after": (0, 1440), "release_after": (0, 10080),
           "misses": (0, 10)}
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("", dependencies=[needs(Permission.READ)])
async def show_staffing(request: Request, services: Desk, team: str = "") -> Response:
    return await _page(request, services, team=team)


@router.post("/rules", dependencies=[needs(Permission.ADMINISTER)])
async def save_rules(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    try:
        rules = read_rules({name: str(value) for name, value in form.items()})
    except Invalid as error:
        return await _page(request, services, wrong=error.field, status=422)
    await staffing_desk.set_rules(services, staff.agent, rules)
    return see_other(request, f"{HERE}?said=saved")


@router.post("/teams", dependencies=[needs(Permission.ADMINISTER)])
async def save_team(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    try:
        await staffing_desk.put_team(services, staff.agent, _read_team(form))
    except (Invalid, Conflict) as error:
        wrong = error.field if isinstance(error, Invalid) else "team.taken"
        return await _page(request, services, wrong=wrong, status=422)
    return see_other(request, f"{HERE}?said=saved#teams")


@router.post("/teams/{team_id}/remove", dependencies=[needs(Permission.ADMINISTER)])
async def remove_team(request: Request, services: Desk, staff: Staff, team_id: str) -> Response:
    await staffing_desk.remove_team(services, staff.agent, team_id)
    return see_other(request, f"{HERE}#teams")


@router.post("/skills/{agent_id}", dependencies=[needs(Permission.ADMINISTER)])
async def save_skills(request: Request, services: Desk, staff: Staff, agent_id: str) -> Response:
    form = await request.form()
    capacity = str(form.get("capacity", "")).strip()
    if capacity and not (capacity.isdigit() and int(capacity) <= people_desk.MOST_AT_A_TIME):
        return await _page(request, services, wrong="skills.capacity", status=422)
    chosen = tuple(Language(one) for one in form.getlist("languages") if one in set(Language))
    wanted = AccountChange(languages=chosen, capacity=int(capacity or 0))
    await people_desk.change(services, staff.agent, agent_id, wanted)
    return see_other(request, f"{HERE}?said=saved#agents")


@router.post("/availability", dependencies=[needs(Permission.OWN)])
async def set_availability(
    request: Request, services: Desk, staff: Staff, availability: Annotated[Availability, Form()]
) -> Response:
    now = services.clock.now()

    def say(tx: SqlTransaction) -> None:
        tx.staffing.set_availability(staff.agent.id, availability)
        assign_waiting(tx, now)

    await services.store.transact(say)
    return Response(status_code=204) if is_htmx(request) else see_other(request, where_from(request))


def read_rules(written: dict[str, str]) -> StaffingRules:
    """Minutes and counts as people write them. Raises Invalid naming the field."""
    numbers = {name: _number(written.get(name, ""), name, *limits) for name, limits in _LIMITS.items()}
    if written.get("mode") not in set(AssignmentMode) or written.get("vip_rule") not in set(VipRule):
        raise Invalid("mode", "unknown mode")
    tiers = tuple(filter(None, (one.strip() for one in written.get("vip_tiers", "").replace("，", ",").split(","))))
    return StaffingRules(
        AssignmentMode(written["mode"]), numbers["capacity"], timedelta(minutes=numbers["reassign_after"]),
        timedelta(minutes=numbers["escalate_after"]), timedelta(minutes=numbers["release_after"]), numbers["misses"],
        bool(written.get("anger")), tiers, VipRule(written["vip_rule"]),
    )


def _number(written: str, name: str, least: int, most: int) -> int:
    if not written.strip().isdigit() or not least <= int(written) <= most:
        raise Invalid(name, f"a number from {least} to {most}")
    return int(written)


def _read_team(form: FormData) -> Team:
    name = " ".join(str(form.get("name", "")).split())
    if not name or len(name) > 60:
        raise Invalid("team.name", "a team's name has 1 to 60 characters")
    return Team(
        str(form.get("id", "")), name, tuple(str(one) for one in form.getlist("topics") if one in TOPICS),
        tuple(Language(str(one)) for one in form.getlist("languages") if one in set(Language)),
        tuple(str(one) for one in form.getlist("members")),
    )


async def _page(
    request: Request, services: Services, *, team: str = "", wrong: str = "", status: int = 200
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        teams = tx.staffing.list_teams()
        people = [one for one in tx.agents.list_all() if one.active]
        return {
            "rules": tx.staffing.rules(), "teams": teams, "people": people, "skills": tx.staffing.list_skills(),
            "names": {one.id: one.name for one in people},
            "editing": next((one for one in teams if one.id == team), Team("", "")), **reading.frame(tx),
        }

    found = await services.store.read(read)
    choices = {"modes": tuple(AssignmentMode), "vip_rules": tuple(VipRule), "topics": TOPICS,
               "spoken": tuple(Language), "limits": _LIMITS}
    return render(request, "staffing.html", {"wrong": wrong, **choices, **found}, status=status)
