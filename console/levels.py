"""The pages of service levels: policies."""

from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import level_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.errors import Conflict, Invalid
from desk.messages import ChannelName
from desk.permissions import Permission
from desk.sla import Metric, Policy, Subject
from desk.tickets import TicketKind, TicketPriority
from wiring.services import Services

HERE = "/console/settings/sla"
UNITS = {"minutes": 1, "hours": 60, "days": 1440}
LISTS = ("subjects", "kinds", "priorities", "channels", "escalate_to")
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_policies(request: Request, services: Desk) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"policies": tx.levels.policies(), "names": reading.agent_names(tx), **reading.frame(tx)}

    return render(request, "sla.html", await services.store.read(read))


@router.get("/new", dependencies=[needs(Permission.ADMINISTER)])
async def show_new(request: Request, services: Desk) -> Response:
    return await _form(request, services, Policy("", ""))


@router.get("/{policy_id}", dependencies=[needs(Permission.ADMINISTER)])
async def show_policy(request: Request, services: Desk, policy_id: str) -> Response:
    return await _form(request, services, await services.store.read(lambda tx: tx.levels.get_policy(policy_id)))


@router.post("/save", dependencies=[needs(Permission.ADMINISTER)])
async def save_policy(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    policy = _shell(form)
    try:
        await level_desk.save_policy(services, staff.agent, _read(form))
    except Invalid as error:
        return await _form(request, services, policy, form, wrong=error.field, status=422)
    except Conflict:
        return await _form(request, services, policy, form, wrong="version", status=409)
    return see_other(request, f"{HERE}?said=saved")


@router.post("/{policy_id}/remove", dependencies=[needs(Permission.ADMINISTER)])
async def remove_policy(request: Request, services: Desk, staff: Staff, policy_id: str) -> Response:
    await level_desk.remove_policy(services, staff.agent, policy_id)
    return see_other(request, f"{HERE}?said=saved")


async def _form(
    request: Request, services: Services, policy: Policy, form: FormData | None = None, *, wrong: str = "",
    status: int = 200,
) -> Response:
    """The form of a policy; `form` is what was written and not taken."""
    targets = {
        metric.value: (str(form.get(f"{metric}-amount", "")), str(form.get(f"{metric}-unit", "hours"))) if form
        else _amount(policy.targets.get(metric)) for metric in Metric
    }
    values = {
        "policy": policy, "wrong": wrong, "targets": targets, "units": tuple(UNITS), "metrics": tuple(Metric),
        "tiers": str(form.get("tiers", "")) if form else ", ".join(policy.tiers),
        "choices": {"subjects": tuple(Subject), "kinds": tuple(TicketKind), "channels": tuple(ChannelName),
                    "priorities": tuple(each.label for each in TicketPriority)},
    }

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"agents": [each for each in tx.agents.list_all() if each.active], **reading.frame(tx)}

    return render(request, "sla_policy.html", values | await services.store.read(read), status=status)


def _shell(form: FormData) -> Policy:
    """What was written, whether it makes sense or not, but for the targets."""
    chosen = {name: tuple(str(each) for each in form.getlist(name)) for name in LISTS}
    tiers = str(form.get("tiers", "")).replace("，", ",").split(",")
    return Policy(
        str(form.get("id", "")), str(form.get("name", "")).strip(), _number(form, "position"),
        tuple(Subject(each) for each in chosen["subjects"] if each in set(Subject)), chosen["kinds"],
        chosen["priorities"], chosen["channels"], tuple(each.strip() for each in tiers if each.strip()), {},
        bool(form.get("around_the_clock")), _number(form, "warn_percent"), chosen["escalate_to"],
        str(form.get("reassign_to", "")) or None, bool(form.get("active")), _number(form, "version"),
    )


def _read(form: FormData) -> Policy:
    """Raises Invalid for targets that are no numbers."""
    targets: dict[Metric, timedelta] = {}
    for metric in Metric:
        written = str(form.get(f"{metric}-amount", "")).strip()
        if written:
            try:
                amount = float(written)
                targets[metric] = timedelta(minutes=amount * UNITS.get(str(form.get(f"{metric}-unit")), 60))
            except (ValueError, OverflowError):
                raise Invalid("targets", "a target is a number") from None
    return replace(_shell(form), targets=targets)


def _number(form: FormData, name: str) -> int:
    written = str(form.get(name, ""))
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else 0


def _amount(target: timedelta | None) -> tuple[str, str]:
    """A target in the largest unit that divides it."""
    if target is None:
        return "", "hours"
    minutes = target.total_seconds() / 60
    unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0 or name == "minutes")
    return f"{minutes / UNITS[unit]:g}", unit
