"""The audit log's page: who did and saw what, as a list with filters, as a file, and whether it is intact."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.exports import Format, as_csv, download
from console.figures import Column, Figure, Table, Unit
from console.pages import PageRoute, render, words_for
from console.words import Words
from crm_store.store import SqlTransaction
from desk.audit import AuditEntry, AuditFilter, Verification
from desk.permissions import Permission
from wiring.anchors import Anchors
from wiring.services import Services

PAGE = 50
LONGEST_EXPORT = 50_000
_PLACES = {"conversation": "conversations", "customer": "customers", "ticket": "tickets"}

router = APIRouter(
    prefix="/console/settings/audit", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.AUDIT)],
)


@router.get("")
async def show_log(request: Request, services: Desk, before: int = 0) -> Response:
    given = request.query_params
    wanted, wrong = read_filter(given, services.calendar.hours.zone)

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "entries": tx.audit.list_page(wanted, before, PAGE + 1), "actions": tx.audit.list_actions(),
            "agents": reading.agent_names(tx), **reading.frame(tx),
        }

    found = await services.store.read(read)
    kept = {name: given.get(name, "") for name in ("actor", "action", "subject", "from", "to")}
    entries: list[AuditEntry] = found.pop("entries")  # type: ignore[assignment]
    return render(request, "audit.html", {
        "entries": entries[:PAGE], "more": len(entries) > PAGE, "kept": kept, "wrong": wrong,
        "address": urlencode({name: value for name, value in kept.items() if value}), "before": before,
        "place_of": place_of, "verification": await verify(services) if "check" in given else None, **found,
    })


@router.get("/export")
async def export_log(request: Request, services: Desk, staff: Staff) -> Response:
    """The filtered log as CSV, newest first."""
    wanted, _ = read_filter(request.query_params, services.calendar.hours.zone)
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[list[AuditEntry], dict[str, str]]:
        return tx.audit.list_page(wanted, 0, LONGEST_EXPORT), reading.agent_names(tx)

    entries, names = await services.store.read(read)
    await services.store.transact(
        lambda tx: tx.audit.record(staff.agent, "audit.exported", "audit:log", now, entries=len(entries))
    )
    words = words_for(request)
    return download(as_csv(_figure(entries, names, words), words), Format.CSV, f"audit-{now:%Y-%m-%d}")


async def verify(services: Services) -> Verification:
    """Check the whole chain, also against what was remembered outside the database."""
    anchors = Anchors(services.settings.home).list_all()
    return await services.store.read(lambda tx: tx.audit.verify(anchors))


def read_filter(given: Mapping[str, str], zone: ZoneInfo) -> tuple[AuditFilter, str]:
    """What to list, and which field of the form is no date (it is left out then)."""
    wrong = ""
    moments: dict[str, datetime | None] = {}
    for name, added in (("from", 0), ("to", 1)):
        try:
            day = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            day, wrong = None, name
        moments[name] = datetime.combine(day + timedelta(days=added), time(), zone) if day else None
    return AuditFilter(
        given.get("actor", "")[:60], given.get("action", "")[:60], given.get("subject", "").strip()[:120],
        moments["from"], moments["to"],
    ), wrong


def place_of(subject: str) -> str:
    """The page about a subject; empty when there is none."""
    kind, _, rest = subject.partition(":")
    return f"/console/{_PLACES[kind]}/{rest}" if kind in _PLACES else ""


def _figure(entries: list[AuditEntry], names: dict[str, str], t: Words) -> Figure:
    titles = ("number", "when", "who", "who.id", "action", "subject", "facts", "seal")
    units = {"number": Unit.COUNT}
    rows = tuple(
        (entry.number, entry.at.isoformat(), names.get(entry.actor, entry.actor), entry.actor, entry.action,
         entry.subject, _facts(entry.facts), entry.seal)
        for entry in entries
    )
    columns = tuple(Column(t(f"audit.{title}"), units.get(title, Unit.TEXT)) for title in titles)
    return Figure("audit", t("audit"), Table(columns, rows))


def _facts(facts: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in facts.items())
