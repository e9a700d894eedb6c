"""Compensation: what may be given, by whom, and who else must agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desk.agents import Role
from desk.errors import Refused
from desk.money import write_money

POINTS = "points"
"""The unit of loyalty points, where money has its currency."""


class Remedy(StrEnum):
    REFUND = "refund"
    VOUCHER = "voucher"
    POINTS = "points"
    APOLOGY = "apology"


class Stage(StrEnum):
    PROPOSED = "proposed"  # above the proposer's limit: somebody else must approve
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CARRIED_OUT = "carried_out"

    @property
    def is_open(self) -> bool:
        return self in (Stage.PROPOSED, Stage.APPROVED)


@dataclass(frozen=True, slots=True)
class Compensation:
    """One line of the ledger. `amount` is in minor units of `unit` (a currency), or in points; 0 for an apology."""

    id: str
    ticket_id: str
    remedy: Remedy
    amount: int
    unit: str
    note: str  # of a voucher its code, of an apology its words
    stage: Stage
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""  # why it was refused
    carried_out_by: str | None = None
    carried_out_at: datetime | None = None

    @property
    def worth(self) -> str:
        """The amount as people read it."""
        if self.remedy is Remedy.APOLOGY:
            return ""
        return f"{self.amount:,}" if self.unit == POINTS else write_money(self.amount, self.unit)


Limits = Mapping[tuple[Role, str], int]
"""How much a role may give alone, by unit. Without an entry: nothing, but administrators whatever is needed."""


def covers(limits: Limits, role: Role, compensation: Compensation) -> bool:
    """Whether this role may give so much without anybody else."""
    if compensation.remedy is Remedy.APOLOGY:
        return True
    limit = limits.get((role, compensation.unit))
    return role is Role.ADMIN if limit is None else compensation.amount <= limit


def check_settled(compensations: Sequence[Compensation], *, approved_only: bool) -> None:
    """Raises Refused while a proposal waits (`approved_only`), or while something approved is not carried out yet."""
    if any(each.stage is Stage.PROPOSED for each in compensations):
        raise Refused("approval_waits", "a compensation still waits for a second approval")
    if not approved_only and any(each.stage is Stage.APPROVED for each in compensations):
        raise Refused("not_carried_out", "a compensation that was approved has not been carried out yet")
