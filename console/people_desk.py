"""What administrators do with accounts, and everybody with their own: one audited transaction each."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from console.passwords import hash_password, require_good_password, verify_password
from crm_store.store import SqlTransaction
from desk.accounts import LinkKind
from desk.agents import Agent, Role, is_email
from desk.errors import Conflict, Invalid, NotFound
from desk.messages import Language
from desk.permissions import GRANTS
from desk.staffing import Skills
from wiring.services import Services

LONGEST_NAME = 120
MOST_AT_A_TIME = 100
TOKEN_DAYS = (30, 90, 365, 0)
"""How long a new API token may live; 0: until it is revoked."""


async def invite(services: Services, by: Agent | str, email: str, name: str, role: Role) -> tuple[Agent, str]:
    """A new account and the link by which its owner chooses a password. Raises Invalid or Conflict."""
    email = email.strip().lower()
    if not is_email(email):
        raise Invalid("email", "write an e-mail address")
    name = _clean_name(name) or email.split("@", 1)[0]
    token, now = token_urlsafe(32), services.clock.now()

    def add(tx: SqlTransaction) -> Agent:
        agent = tx.agents.add(email=email, name=name, role=role, password_hash="", now=now)
        tx.accounts.add_link(token, LinkKind.INVITATION, agent.id, _id(by), now)
        tx.audit.record(by, "account.invited", f"agent:{agent.id}", now, role=role)
        return agent

    return await services.store.transact(add), link_address(services, token)


async def make_link(services: Services, by: Agent | str, agent_id: str) -> str:
    """A new one-time link: an invitation while nobody has chosen a password, a reset afterwards."""
    token, now = token_urlsafe(32), services.clock.now()

    def add(tx: SqlTransaction) -> None:
        account = tx.accounts.get(agent_id)
        if not account.agent.active or account.is_service:
            raise Conflict("this account cannot sign in")
        kind = LinkKind.INVITATION if account.is_invited else LinkKind.RESET
        tx.accounts.add_link(token, kind, agent_id, _id(by), now)
        tx.audit.record(by, "account.link-made", f"agent:{agent_id}", now, kind=kind)

    await services.store.transact(add)
    return link_address(services, token)


async def find_link(services: Services, token: str) -> tuple[Agent, LinkKind] | None:
    now = services.clock.now()
    return await services.store.read(lambda tx: tx.accounts.find_link(token, now))


async def use_link(
    services: Services, token: str, agent: Agent, kind: LinkKind, password: str, again: str, name: str
) -> str:
    """Set the password that was chosen. Returns the key of what is wrong; empty when it was done."""
    if problem := password_problem(agent, password, again):
        return problem
    hashed = await asyncio.to_thread(hash_password, password)
    now, chosen = services.clock.now(), _clean_name(name) if kind is LinkKind.INVITATION else ""

    def set_it(tx: SqlTransaction) -> bool:
        if not tx.accounts.use_link(token):
            return False
        tx.agents.set_password(agent.id, hashed)
        if chosen:
            tx.accounts.rename(agent.id, chosen)
        tx.audit.record(agent, "account.password-set", f"agent:{agent.id}", now, by=kind)
        return True

    return "" if await services.store.transact(set_it) else "link.ended"


async def change_password(
    services: Services, agent: Agent, session_token: str, old: str, password: str, again: str
) -> str:
    """One's own password; other sessions end. Returns the key of what is wrong; empty when it was done."""
    found = await services.store.read(lambda tx: tx.agents.find_with_password(agent.id))
    if found is None or not await verify_password(old, found[1]):
        return "password.wrong"
    if problem := password_problem(agent, password, again):
        return problem
    hashed, now = await asyncio.to_thread(hash_password, password), services.clock.now()

    def change(tx: SqlTransaction) -> None:
        tx.agents.change_password(agent.id, hashed)
        tx.keys.end_other_sessions(agent.id, session_token)
        tx.audit.record(agent, "account.password-changed", f"agent:{agent.id}", now)

    await services.store.transact(change)
    return ""


def password_problem(agent: Agent, password: str, again: str) -> str:
    """The key of what is wrong with a password that somebody chose; empty when nothing is."""
    try:
        words = (agent.name, *agent.name.split(), *re.split(r"[@.]", agent.email))
        require_good_password(password, "".join(agent.name.split()), agent.email, *words)
    except Invalid as error:
        return "password.length" if "characters" in str(error) else "password.weak"
    return "" if password == again else "password.differs"


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What an administrator changes of an account; None leaves it. `capacity` 0: the rules' number for everybody."""

    role: Role | None = None
    name: str | None = None
    locale: str | None = None
    languages: tuple[Language, ...] | None = None
    capacity: int | None = None


async def change(services: Services, by: Agent | str, agent_id: str, wanted: AccountChange) -> None:
    """All of it or nothing. Raises Invalid, or Conflict when nobody would administer any more."""
    name = None if wanted.name is None else _clean_name(wanted.name)
    if name == "":
        raise Invalid("name", "a name has 1 character or more")
    if wanted.capacity is not None and not 0 <= wanted.capacity <= MOST_AT_A_TIME:
        raise Invalid("capacity", f"a number from 0 to {MOST_AT_A_TIME}")
    now = services.clock.now()

    def apply(tx: SqlTransaction) -> None:
        before, subject = tx.accounts.get(agent_id).agent, f"agent:{agent_id}"
        if wanted.role is not None and wanted.role is not before.role:
            tx.accounts.set_role(agent_id, wanted.role)
            tx.audit.record(by, "account.role-changed", subject, now, before=before.role, after=wanted.role)
        if name is not None and name != before.name:
            tx.accounts.rename(agent_id, name)
            tx.audit.record(by, "account.renamed", subject, now)
        if wanted.locale is not None and wanted.locale != before.locale:
            tx.agents.set_locale(agent_id, wanted.locale)
            tx.audit.record(by, "account.language-changed", subject, now, after=wanted.locale)
        _change_skills(tx, by, wanted, agent_id, now)

    await services.store.transact(apply)


def _change_skills(tx: SqlTransaction, by: Agent | str, wanted: AccountChange, agent_id: str, now: datetime) -> None:
    before = tx.staffing.skills_of(agent_id)
    languages = before.languages if wanted.languages is None else wanted.languages
    capacity = before.capacity if wanted.capacity is None else wanted.capacity or None
    after = Skills(agent_id, languages, capacity, before.availability)
    if after != before:
        tx.staffing.set_skills(after)
        tx.audit.record(by, "account.skills-changed", f"agent:{agent_id}", now, languages=",".join(languages),
                        capacity=capacity)


async def set_active(services: Services, by: Agent | str, agent_id: str, active: bool) -> None:
    """Raises Conflict when nobody would administer any more."""
    now = services.clock.now()

    def change(tx: SqlTransaction) -> None:
        tx.accounts.get(agent_id)
        (tx.accounts.reactivate if active else tx.accounts.deactivate)(agent_id)
        action = "account.reactivated" if active else "account.deactivated"
        tx.audit.record(by, action, f"agent:{agent_id}", now)

    await services.store.transact(change)


async def remove_second_step(services: Services, by: Agent, agent_id: str) -> None:
    """For somebody who lost their phone, or by its owner."""
    now = services.clock.now()

    def remove(tx: SqlTransaction) -> None:
        tx.accounts.get(agent_id)
        tx.accounts.remove_second_step(agent_id)
        tx.audit.record(by, "second-step.removed", f"agent:{agent_id}", now)

    await services.store.transact(remove)


async def end_sessions(services: Services, by: Agent, agent_id: str, *, session_id: str = "", keep: str = "") -> None:
    """End one session, or all but the one with the token `keep`. Raises NotFound."""
    now = services.clock.now()

    def end(tx: SqlTransaction) -> None:
        if session_id and not tx.keys.end_session(agent_id, session_id):
            raise NotFound("no such session")
        ended = 1 if session_id else tx.keys.end_other_sessions(agent_id, keep)
        tx.audit.record(by, "session.revoked", f"agent:{agent_id}", now, sessions=ended)

    await services.store.transact(end)


async def add_token(
    services: Services, by: Agent | str, agent: Agent, name: str, role: Role | None, days: int
) -> tuple[str, str]:
    """A token for this account and its id. `role`: at most what this role may, and never more than the account."""
    if not name.strip():
        raise Invalid("name", "say what the token is for")
    if role is not None and not GRANTS[role] <= GRANTS[agent.role] | GRANTS[Role.AUDITOR]:
        raise Invalid("role", "a token may not do more than its account")
    token, now = f"fd_{token_urlsafe(32)}", services.clock.now()
    expires = _expiry(now, days)

    def add(tx: SqlTransaction) -> str:
        made = tx.keys.add_token(agent.id, token, name.strip(), now, role=role, expires_at=expires)
        tx.audit.record(by, "token.added", f"token:{made}", now, account=agent.id, role=role or agent.role, days=days)
        return made

    return token, await services.store.transact(add)


async def add_service(services: Services, by: Agent | str, name: str, role: Role) -> Agent:
    """An account for a program: it has tokens, but cannot sign in. Raises Invalid or Conflict."""
    clean = _clean_name(name)
    if not clean:
        raise Invalid("name", "name the service")
    handle = re.sub(r"[^a-z0-9]+", "-", clean.lower()).strip("-") or token_urlsafe(4).lower()
    now = services.clock.now()

    def add(tx: SqlTransaction) -> Agent:
        agent = tx.agents.add(email=f"{handle}@service.invalid", name=clean, role=role, password_hash="", now=now)
        tx.accounts.mark_service(agent.id)
        tx.audit.record(by, "account.service-added", f"agent:{agent.id}", now, role=role)
        return agent

    return await services.store.transact(add)


async def revoke_token(services: Services, by: Agent | str, token_id: str, *, of: str = "") -> None:
    """`of`: only if it belongs to this account. Raises NotFound."""
    now = services.clock.now()

    def revoke(tx: SqlTransaction) -> None:
        if not tx.keys.revoke_token(token_id, of):
            raise NotFound("no such token")
        tx.audit.record(by, "token.revoked", f"token:{token_id}", now)

    await services.store.transact(revoke)


def link_address(services: Services, token: str) -> str:
    return f"{services.settings.base_url}/console/link/{token}"


def _expiry(now: datetime, days: int) -> datetime | None:
    if not 0 <= days <= 3650:
        raise Invalid("days", "a token lives for 1 to 3650 days, or until it is revoked (0)")
    return now + timedelta(days=days) if days else None


def _clean_name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _id(by: Agent | str) -> str:
    return by.id if isinstance(by, Agent) else by
