"""Who reaches whom: rules and teams, changed on the page and over REST alike, each change in the audit log."""

from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.staffing import StaffingRules, Team
from wiring.services import Services


async def set_rules(services: Services, by: Agent, rules: StaffingRules) -> None:
    now = services.clock.now()

    def change(tx: SqlTransaction) -> None:
        tx.staffing.set_rules(rules, now)
        tx.audit.record(by, "staffing.rules-changed", "staffing:rules", now, mode=rules.mode, capacity=rules.capacity,
                        misses=rules.misses, anger=rules.anger, vip=rules.vip_rule)

    await services.store.transact(change)


async def put_team(services: Services, by: Agent, team: Team) -> Team:
    """Add (empty id) or change a team. Raises NotFound where it or a member is gone, Conflict where its name is
    taken."""
    now = services.clock.now()

    def put(tx: SqlTransaction) -> Team:
        if team.id:
            tx.staffing.get_team(team.id)
        kept = tx.staffing.put_team(team)
        tx.audit.record(by, "team.changed" if team.id else "team.added", f"team:{kept.id}", now,
                        members=len(kept.members))
        return kept

    return await services.store.transact(put)


async def remove_team(services: Services, by: Agent, team_id: str) -> None:
    """Who waits for it waits for anybody then. Raises NotFound."""
    now = services.clock.now()

    def remove(tx: SqlTransaction) -> None:
        tx.staffing.remove_team(team_id)
        tx.audit.record(by, "team.removed", f"team:{team_id}", now)

    await services.store.transact(remove)
