"""Who may do what: one table of roles and permissions, asked for pages and REST alike."""

from enum import StrEnum

from desk.agents import Role


class Permission(StrEnum):
    OWN = "own"  # what concerns only oneself: language, password, sessions
    READ = "read"  # conversations, customers, tickets, the FAQ
    SERVE = "serve"  # answer customers, change conversations and tickets
    INSPECT = "inspect"  # see what supervisors see: reports about people, campaigns' results
    LEAD = "lead"  # what supervisors decide: merge profiles, write the FAQ, run campaigns
    AUDIT = "audit"  # the log of who did and saw what
    ADMINISTER = "administer"  # accounts, webhooks, settings of the desk, erasing customers


_OWN_AND_READ = frozenset({Permission.OWN, Permission.READ})
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _OWN_AND_READ | {Permission.SERVE},
    Role.SUPERVISOR: _OWN_AND_READ | {Permission.SERVE, Permission.INSPECT, Permission.LEAD},
    Role.ADMIN: frozenset(Permission),
    Role.AUDITOR: _OWN_AND_READ | {Permission.INSPECT, Permission.AUDIT},
}


def may(role: Role, permission: Permission) -> bool:
    return permission in GRANTS[role]
