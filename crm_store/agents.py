"""Staff accounts, their sessions and API tokens. Only hashes of secrets are kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from crm_store.rows import agents, api_tokens, sessions, sign_in_failures
from desk.agents import Agent, Role
from desk.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `csrf` must come with every unsafe request."""

    agent: Agent
    csrf: str
    created_at: datetime
    seen_at: datetime


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
        return _agent(row)

    def find_by_email(self, email: str) -> tuple[Agent, str] | None:
        """The account and its password hash."""
        row = self._db.execute(select(agents).where(agents.c.email == email.strip().lower())).one_or_none()
        return (_agent(row), row.password_hash) if row else None

    def set_password(self, agent_id: str, password_hash: str) -> None:
        """Change the password; every session of the agent ends."""
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(password_hash=password_hash))
        self._db.execute(delete(sessions).where(sessions.c.agent_id == agent_id))

    def list_all(self) -> list[Agent]:
        return [_agent(row) for row in self._db.execute(select(agents).order_by(agents.c.name))]

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

    def remove_demo(self) -> int:
        """Demo staff can no longer sign in; their names stay in the history they made."""
        demo = select(agents.c.id).where(agents.c.is_demo)
        self._db.execute(delete(sessions).where(sessions.c.agent_id.in_(demo)))
        self._db.execute(delete(api_tokens).where(api_tokens.c.agent_id.in_(demo)))
        return self._db.execute(update(agents).where(agents.c.is_demo, agents.c.active).values(active=False)).rowcount

    def open_session(self, agent_id: str, token: str, csrf: str, now: datetime) -> None:
        self._db.execute(insert(sessions).values(
            token_hash=_hash(token), agent_id=agent_id, csrf=csrf, created_at=now, seen_at=now,
        ))

    def find_session(self, token: str, *, idle_since: datetime, made_since: datetime) -> Session | None:
        row = self._db.execute(
            select(sessions.c.csrf, sessions.c.created_at.label("opened_at"), sessions.c.seen_at.label("used_at"),
                   agents)
            .join(agents, agents.c.id == sessions.c.agent_id)
            .where(sessions.c.token_hash == _hash(token), sessions.c.seen_at >= idle_since,
                   sessions.c.created_at >= made_since, agents.c.active)
        ).one_or_none()
        return Session(_agent(row), row.csrf, row.opened_at, row.used_at) if row else None

    def touch_session(self, token: str, now: datetime) -> None:
        self._db.execute(update(sessions).where(sessions.c.token_hash == _hash(token)).values(seen_at=now))

    def close_session(self, token: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    def add_token(self, agent_id: str, token: str, name: str, now: datetime) -> None:
        self._db.execute(insert(api_tokens).values(
            token_hash=_hash(token), agent_id=agent_id, name=name, created_at=now,
        ))

    def find_by_token(self, token: str) -> Agent | None:
        row = self._db.execute(
            select(agents).join(api_tokens, api_tokens.c.agent_id == agents.c.id)
            .where(api_tokens.c.token_hash == _hash(token), agents.c.active)
        ).one_or_none()
        return _agent(row) if row else None

    def count_failures(self, subject: str, since: datetime) -> int:
        return self._db.scalar(
            select(func.count()).select_from(sign_in_failures)
            .where(sign_in_failures.c.subject == subject, sign_in_failures.c.at >= since)
        ) or 0

    def add_failure(self, subject: str, now: datetime) -> None:
        self._db.execute(insert(sign_in_failures).values(subject=subject[:200], at=now))
        self._db.execute(delete(sign_in_failures).where(sign_in_failures.c.at < now - timedelta(days=1)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _agent(row: Row[Any]) -> Agent:
    return Agent(row.id, row.email, row.name, Role(row.role), row.locale, row.active, row.seen_at)
