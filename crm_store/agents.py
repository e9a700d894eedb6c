"""Staff accounts and their sessions. Only hashes of secrets are kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from crm_store.rows import agents, api_tokens, sessions, sign_in_failures
from crm_store.trust_rows import account_security, one_time_links
from desk.agents import Agent, Role
from desk.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `csrf` must come with every unsafe request."""

    agent: Agent
    csrf: str
    created_at: datetime
    seen_at: datetime
    has_second_step: bool = False


class Agents:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, *, email: str, name: str, role: Role, password_hash: str, now: datetime, locale: str = "zh-Hans",
        is_demo: bool = False,
    ) -> Agent:
        """Raises Conflict when the e-mail address has an account."""
        if self.find_by_email(email):
            raise Conflict(f"{email} already has an account")
        agent_id = uuid4().hex
        self._db.execute(insert(agents).values(
            id=agent_id, email=email.strip().lower(), name=name, role=role, password_hash=password_hash, locale=locale,
            is_demo=is_demo, created_at=now,
        ))
        return self.get(agent_id)

    def get(self, agent_id: str) -> Agent:
        row = self._db.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
        if row is None:
            raise NotFound("no such agent")
        return agent_of(row)

    def find_by_email(self, email: str) -> tuple[Agent, str] | None:
        """The account and its password hash."""
        row = self._db.execute(select(agents).where(agents.c.email == email.strip().lower())).one_or_none()
        return (agent_of(row), row.password_hash) if row else None

    def find_with_password(self, agent_id: str) -> tuple[Agent, str] | None:
        """The account and its password hash, by id."""
        row = self._db.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
        return (agent_of(row), row.password_hash) if row else None

    def set_password(self, agent_id: str, password_hash: str) -> None:
        """Change the password; every session of the agent ends, and no link that was made before opens anything."""
        self.change_password(agent_id, password_hash)
        self._db.execute(delete(sessions).where(sessions.c.agent_id == agent_id))
        self._db.execute(delete(one_time_links).where(one_time_links.c.agent_id == agent_id))

    def change_password(self, agent_id: str, password_hash: str) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(password_hash=password_hash))

    def list_all(self) -> list[Agent]:
        return [agent_of(row) for row in self._db.execute(select(agents).order_by(agents.c.name))]

    def count(self) -> int:
        return self._db.scalar(select(func.count()).select_from(agents)) or 0

    def count_present(self, since: datetime) -> int:
        present = select(func.count()).select_from(agents).where(agents.c.active, agents.c.seen_at >= since)
        return self._db.scalar(present) or 0

    def name_of(self, agent_id: str) -> str:
        return self._db.scalar(select(agents.c.name).where(agents.c.id == agent_id)) or ""

    def is_active(self, agent_id: str) -> bool:
        return bool(self._db.scalar(select(agents.c.active).where(agents.c.id == agent_id)))

    def seen(self, agent_id: str, now: datetime) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(seen_at=now))

    def left(self, agent_id: str) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(seen_at=None))

    def set_locale(self, agent_id: str, locale: str) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(locale=locale))

    def list_demo(self) -> list[str]:
        """The ids of the demo's staff."""
        return list(self._db.scalars(select(agents.c.id).where(agents.c.is_demo)))

    def remove_demo(self) -> int:
        """Demo staff can no longer sign in; their names stay in the history they made."""
        demo = select(agents.c.id).where(agents.c.is_demo)
        self._db.execute(delete(sessions).where(sessions.c.agent_id.in_(demo)))
        self._db.execute(delete(api_tokens).where(api_tokens.c.agent_id.in_(demo)))
        return self._db.execute(update(agents).where(agents.c.is_demo, agents.c.active).values(active=False)).rowcount

    def open_session(
        self, agent_id: str, token: str, csrf: str, now: datetime, *, address: str = "", browser: str = ""
    ) -> None:
        self._db.execute(insert(sessions).values(
            token_hash=hash_token(token), agent_id=agent_id, csrf=csrf, created_at=now, seen_at=now,
            address=address[:60], browser=browser[:200],
        ))

    def find_session(self, token: str, *, idle_since: datetime, made_since: datetime) -> Session | None:
        row = self._db.execute(
            select(sessions.c.csrf, sessions.c.created_at.label("opened_at"), sessions.c.seen_at.label("used_at"),
                   account_security.c.totp_since, agents)
            .join(agents, agents.c.id == sessions.c.agent_id)
            .outerjoin(account_security, account_security.c.agent_id == agents.c.id)
            .where(sessions.c.token_hash == hash_token(token), sessions.c.seen_at >= idle_since,
                   sessions.c.created_at >= made_since, agents.c.active)
        ).one_or_none()
        return Session(agent_of(row), row.csrf, row.opened_at, row.used_at, row.totp_since is not None) if row else None

    def touch_session(self, token: str, now: datetime) -> None:
        self._db.execute(update(sessions).where(sessions.c.token_hash == hash_token(token)).values(seen_at=now))

    def close_session(self, token: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.token_hash == hash_token(token)))

    def count_failures(self, subject: str, since: datetime) -> int:
        return self._db.scalar(
            select(func.count()).select_from(sign_in_failures)
            .where(sign_in_failures.c.subject == subject, sign_in_failures.c.at >= since)
        ) or 0

    def add_failure(self, subject: str, now: datetime) -> None:
        self._db.execute(insert(sign_in_failures).values(subject=subject[:200], at=now))
        self._db.execute(delete(sign_in_failures).where(sign_in_failures.c.at < now - timedelta(days=1)))


def hash_token(token: str) -> str:
    """Tokens are random and long: a fast hash is enough, and an index finds it."""
    return hashlib.sha256(token.encode()).hexdigest()


def agent_of(row: Row[Any]) -> Agent:
    return Agent(row.id, row.email, row.name, Role(row.role), row.locale, row.active, row.seen_at)
