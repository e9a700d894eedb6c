"""Compensation, causes and categories for pages and REST: one flow each, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from console.case_desk import check_key
from crm_store.store import SqlTransaction
from desk import compensating
from desk.agents import Agent, Role
from desk.audit import Fact
from desk.causes import Cause
from desk.compensation import POINTS, Compensation, Remedy
from desk.errors import Invalid
from desk.messages import Language
from desk.tickets import Category
from wiring.services import Services

T = TypeVar("T")
N = TypeVar("N", Cause, Category)
LIMITED_ROLES = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Giving:
    """One agent who decides about compensation and causes, now."""

    services: Services
    agent: Agent

    async def propose(
        self, ticket_id: str, remedy: Remedy, amount: int, unit: str, note: str, key: str
    ) -> Compensation:
        check_key(key)
        return await self._run(
            lambda tx, now: compensating.propose(tx, ticket_id, remedy, amount, unit, note, self.agent, key, now)
        )

    async def approve(self, compensation_id: str) -> Compensation:
        return await self._run(lambda tx, now: compensating.approve(tx, compensation_id, self.agent, now))

    async def refuse(self, compensation_id: str, reason: str) -> Compensation:
        return await self._run(lambda tx, now: compensating.refuse(tx, compensation_id, reason, self.agent, now))

    async def withdraw(self, compensation_id: str) -> Compensation:
        return await self._run(lambda tx, now: compensating.withdraw(tx, compensation_id, self.agent, now))

    async def carry_out(self, compensation_id: str) -> Compensation:
        return await self._run(lambda tx, now: compensating.carry_out(tx, compensation_id, self.agent, now))

    async def set_limits(self, limits: Mapping[tuple[Role, str], int]) -> None:
        """Replace them. Raises Invalid."""
        for (role, unit), amount in limits.items():
            if role not in LIMITED_ROLES or amount < 0 or not is_unit(unit):
                raise Invalid("limits", "a limit is for agent, supervisor or admin, a currency or points, 0 or more")

        def save(tx: SqlTransaction, now: datetime) -> None:
            tx.compensations.set_limits(limits)
            facts = {f"{role}.{unit}": amount for (role, unit), amount in limits.items()}
            tx.audit.record(self.agent, "compensation_limits.changed", "compensation:limits", now, **facts)

        await self._run(save)

    async def add_cause(self, names: Mapping[str, str]) -> Cause:
        written = read_names(names)
        return await self._noted("cause.added", "cause", lambda tx, _now: tx.causes.add(written))

    async def change_cause(self, cause_id: str, names: Mapping[str, str], *, active: bool) -> Cause:
        written = read_names(names)

        def change(tx: SqlTransaction, _now: datetime) -> Cause:
            changed = replace(tx.causes.get(cause_id), names=written, active=active)
            tx.causes.save(changed)
            return changed

        return await self._noted("cause.changed", "cause", change, active=active)

    async def improve(self, cause_id: str, text: str) -> int:
        text = text.strip()
        if not text or len(text) > 2000:
            raise Invalid("text", "say what was changed, in at most 2000 characters")

        def note(tx: SqlTransaction, now: datetime) -> int:
            made = tx.causes.improve(cause_id, text, self.agent.id, now)
            tx.audit.record(self.agent, "cause.improved", f"cause:{cause_id}", now, improvement=made)
            return made

        return await self._run(note)

    async def add_category(self, names: Mapping[str, str], parent_id: str | None) -> Category:
        written = read_names(names)
        return await self._noted(
            "ticket_category.added", "category", lambda tx, _now: tx.categories.add(written, parent_id),
            parent=parent_id,
        )

    async def rename_category(self, category_id: str, names: Mapping[str, str]) -> Category:
        written = read_names(names)
        return await self._noted(
            "ticket_category.renamed", "category", lambda tx, _now: tx.categories.rename(category_id, written)
        )

    async def remove_category(self, category_id: str) -> None:
        def remove(tx: SqlTransaction, now: datetime) -> None:
            tx.categories.remove(category_id)
            tx.audit.record(self.agent, "ticket_category.removed", f"category:{category_id}", now)

        await self._run(remove)

    async def _noted(
        self, action: str, kind: str, flow: Callable[[SqlTransaction, datetime], N], **facts: Fact
    ) -> N:
        """Change a cause or category, and note it in the audit log with its names, which staff wrote."""
        def run(tx: SqlTransaction, now: datetime) -> N:
            made = flow(tx, now)
            names = " / ".join(made.names.values())
            tx.audit.record(self.agent, action, f"{kind}:{made.id}", now, names=names, **facts)
            return made

        return await self._run(run)

    async def _run(self, flow: Callable[[SqlTransaction, datetime], T]) -> T:
        now = self.services.clock.now()
        return await self.services.store.transact(lambda tx: flow(tx, now))


def is_unit(unit: str) -> bool:
    return unit == POINTS or (len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper())


def read_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names by language, without the empty ones. Raises Invalid unless there is one."""
    written = {language: name.strip() for language, name in names.items() if name.strip()}
    if not written or any(len(name) > 120 for name in written.values()) or written.keys() - set(Language):
        raise Invalid("names", "give it a name of at most 120 characters in zh-Hans, zh-Hant or en")
    return written
