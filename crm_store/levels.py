"""Service levels: policies, and a row for every clock, running or ended (what reports count)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from crm_store.level_rows import sla_clocks, sla_policies
from desk.errors import Conflict, NotFound
from desk.sla import Clock, Matter, Metric, Outcome, Policy, Subject


class Levels:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._policies: list[Policy] | None = None

    def policies(self) -> list[Policy]:
        """In the order in which they are asked."""
        if self._policies is None:
            rows = self._db.execute(select(sla_policies).order_by(sla_policies.c.position, sla_policies.c.id))
            self._policies = [_policy(row) for row in rows]
        return self._policies

    def get_policy(self, policy_id: str) -> Policy:
        found = next((each for each in self.policies() if each.id == policy_id), None)
        if found is None:
            raise NotFound("no such policy")
        return found

    def save_policy(self, policy: Policy) -> Policy:
        """Add a policy (without an id), or change the one of that id. Raises NotFound; Conflict when it has changed
        since version `policy.version`."""
        self._policies = None
        row = _policy_row(policy)
        if not policy.id:
            row["id"] = uuid4().hex
            self._db.execute(insert(sla_policies).values(row | {"version": 1}))
            return self.get_policy(row["id"])
        if self.get_policy(policy.id).version != policy.version:
            raise Conflict("this policy was changed by somebody else meanwhile; load it again")
        self._policies = None
        self._db.execute(update(sla_policies).where(sla_policies.c.id == policy.id)
                         .values(row | {"version": policy.version + 1}))
        return self.get_policy(policy.id)

    def remove_policy(self, policy_id: str) -> None:
        """Clocks that run under it go on to their target."""
        self.get_policy(policy_id)
        self._policies = None
        self._db.execute(delete(sla_policies).where(sla_policies.c.id == policy_id))

    def running(self, subject: Subject, matter_id: str) -> list[Clock]:
        mine = (sla_clocks.c.subject == subject, sla_clocks.c.matter_id == matter_id)
        return self._clocks(select(sla_clocks).where(*mine, sla_clocks.c.outcome == Outcome.RUNNING).with_for_update())

    def list_of(self, subject: Subject, matter_id: str) -> list[Clock]:
        """Every clock of a matter, ended ones too, oldest first."""
        return self._clocks(
            select(sla_clocks).where(sla_clocks.c.subject == subject, sla_clocks.c.matter_id == matter_id)
            .order_by(sla_clocks.c.id)
        )

    def all_running(self) -> list[Clock]:
        return self._clocks(select(sla_clocks).where(sla_clocks.c.outcome == Outcome.RUNNING).order_by(sla_clocks.c.id)
                            .with_for_update())

    def list_page(self, outcomes: Sequence[Outcome], after: int, limit: int) -> list[Clock]:
        """Newest first; `after` is the id of the last clock of the page before."""
        query = select(sla_clocks)
        if outcomes:
            query = query.where(sla_clocks.c.outcome.in_(list(outcomes)))
        if after:
            query = query.where(sla_clocks.c.id < after)
        return self._clocks(query.order_by(sla_clocks.c.id.desc()).limit(limit))

    def lock(self, clock_id: int) -> Clock | None:
        found = self._clocks(select(sla_clocks).where(sla_clocks.c.id == clock_id).with_for_update())
        return found[0] if found else None

    def add(self, clock: Clock, policy_name: str) -> Clock:
        made = self._db.execute(insert(sla_clocks).values(_row(clock, policy_name)).returning(sla_clocks.c.id))
        return replace(clock, id=made.scalar_one())

    def save(self, clock: Clock, policy_name: str) -> None:
        self._db.execute(update(sla_clocks).where(sla_clocks.c.id == clock.id).values(_row(clock, policy_name)))

    def _clocks(self, query: Select[Any]) -> list[Clock]:
        return [_clock(row) for row in self._db.execute(query)]


def _policy_row(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name, "position": policy.position, "around_the_clock": policy.around_the_clock,
        "conditions": {
            "subjects": list(policy.subjects), "kinds": list(policy.kinds), "priorities": list(policy.priorities),
            "channels": list(policy.channels), "tiers": list(policy.tiers),
        },
        "targets": {metric.value: round(target.total_seconds()) for metric, target in policy.targets.items()},
        "warn_percent": policy.warn_percent, "escalate_to": list(policy.escalate_to),
        "reassign_to": policy.reassign_to, "active": policy.active,
    }


def _policy(row: Row[Any]) -> Policy:
    conditions = row.conditions
    return Policy(
        row.id, row.name, row.position, tuple(Subject(each) for each in conditions["subjects"]),
        tuple(conditions["kinds"]), tuple(conditions["priorities"]), tuple(conditions["channels"]),
        tuple(conditions["tiers"]),
        {Metric(metric): timedelta(seconds=seconds) for metric, seconds in row.targets.items()},
        row.around_the_clock, row.warn_percent, tuple(row.escalate_to), row.reassign_to, row.active, row.version,
    )


def _row(clock: Clock, policy_name: str) -> dict[str, Any]:
    return {
        "subject": clock.matter.subject, "matter_id": clock.matter.id, "metric": clock.metric,
        "policy_id": clock.policy_id, "policy_name": policy_name, "kind": clock.matter.kind,
        "priority": clock.matter.priority, "channel": clock.matter.channel, "tier": clock.matter.tier,
        "target_seconds": round(clock.target.total_seconds()), "started_at": clock.started_at,
        "running_since": clock.running_since, "spent_seconds": round(clock.spent.total_seconds()),
        "wall_seconds": round(clock.wall.total_seconds()), "due_at": clock.due_at, "warned_at": clock.warned_at,
        "breached_at": clock.breached_at, "stopped_at": clock.stopped_at, "outcome": clock.outcome,
        "agent_id": clock.agent_id,
    }


def _clock(row: Row[Any]) -> Clock:
    return Clock(
        Matter(Subject(row.subject), row.matter_id, row.kind, row.priority, row.channel, row.tier),
        Metric(row.metric), row.policy_id, timedelta(seconds=row.target_seconds), row.started_at, row.running_since,
        timedelta(seconds=row.spent_seconds), timedelta(seconds=row.wall_seconds), row.due_at, row.warned_at,
        row.breached_at, row.stopped_at, Outcome(row.outcome), row.agent_id, row.id,
    )
