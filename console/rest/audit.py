"""The audit log over REST."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from console.access import Desk, needs
from console.audit import verify
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from desk.audit import AuditEntry, AuditFilter, Fact
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute, prefix="/audit", tags=["audit"], dependencies=[needs(Permission.AUDIT)])
Text = Annotated[str, Query(max_length=120)]


class AuditEntryOut(BaseModel):
    """`actor` is an agent's id, "system" or "command line"; `subject` is "kind:id"; `seal` chains the entries."""

    number: int
    at: Moment
    actor: str
    action: str
    subject: str
    facts: dict[str, Fact]
    seal: str

    @classmethod
    def of(cls, item: AuditEntry) -> Self:
        return cls(number=item.number, at=item.at, actor=item.actor, action=item.action, subject=item.subject,
                   facts=dict(item.facts), seal=item.seal)


class VerificationOut(BaseModel):
    """`faults` is empty when every entry is as it was written."""

    intact: bool
    entries: int
    newest: str
    faults: list[str]


@router.get("")
async def list_entries(
    services: Desk, actor: Text = "", action: Text = "", subject: Text = "", since: AwareDatetime | None = None,
    until: AwareDatetime | None = None, cursor: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "", limit: Limit = 50,
) -> Page[AuditEntryOut]:
    """Newest first. `action` matches from its beginning: `ticket.` lists all about tickets."""
    wanted = AuditFilter(actor, action, subject, since, until)
    found = await services.store.read(lambda tx: tx.audit.list_page(wanted, int(cursor or 0), limit + 1))
    items, more = cut(found, limit)
    return Page(items=[AuditEntryOut.of(item) for item in items], next=str(items[-1].number) if more else None)


@router.get("/verification")
async def verify_entries(services: Desk) -> VerificationOut:
    """Walk the whole chain and say whether anything was altered, deleted or reordered."""
    found = await verify(services)
    return VerificationOut(
        intact=found.is_intact, entries=found.entries, newest=found.newest, faults=list(found.faults)
    )
