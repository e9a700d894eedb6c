"""Accounts as administrators manage them, one-time links, and the second step of signing in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from crm_store.agents import agent_of, hash_token
from crm_store.columns import FieldCipher
from crm_store.dialect import add_missing
from crm_store.rows import agents, api_tokens, sessions
from crm_store.trust_rows import account_security, one_time_links
from desk.accounts import Account, LinkKind, SecondStep
from desk.agents import Agent, Role
from desk.errors import Conflict, NotFound


class Accounts:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_all(self) -> list[Account]:
        """Everybody, by name; whoever left comes last."""
        return [_account(row) for row in self._db.execute(_accounts().order_by(agents.c.active.desc(), agents.c.name))]

    def get(self, agent_id: str) -> Account:
        row = self._db.execute(_accounts().where(agents.c.id == agent_id)).one_or_none()
        if row is None:
            raise NotFound("no such account")
        return _account(row)

    def mark_service(self, agent_id: str) -> None:
        self._ensure(agent_id)
        self._change(agent_id, is_service=True)

    def rename(self, agent_id: str, name: str) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(name=name))

    def set_role(self, agent_id: str, role: Role) -> None:
        """Sessions go on with the new role. Raises Conflict when it would leave nobody who administers."""
        if role is not Role.ADMIN:
            self._require_another_admin(agent_id)
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(role=role))

    def deactivate(self, agent_id: str) -> None:
        """Nothing of this account opens anything any more; its name stays in the history it made.

        Raises Conflict when it would leave nobody who administers.
        """
        self._require_another_admin(agent_id)
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(active=False, seen_at=None))
        for table in (sessions, api_tokens, one_time_links):
            self._db.execute(delete(table).where(table.c.agent_id == agent_id))

    def reactivate(self, agent_id: str) -> None:
        self._db.execute(update(agents).where(agents.c.id == agent_id).values(active=True))

    def add_link(self, token: str, kind: LinkKind, agent_id: str, made_by: str, now: datetime) -> None:
        """A one-time link; earlier ones of this account stop working."""
        self._db.execute(delete(one_time_links).where(one_time_links.c.agent_id == agent_id))
        self._db.execute(insert(one_time_links).values(
            token_hash=hash_token(token), kind=kind, agent_id=agent_id, made_by=made_by, created_at=now,
            expires_at=now + kind.lasts,
        ))

    def find_link(self, token: str, now: datetime) -> tuple[Agent, LinkKind] | None:
        row = self._db.execute(
            select(agents, one_time_links.c.kind).join(one_time_links, one_time_links.c.agent_id == agents.c.id)
            .where(one_time_links.c.token_hash == hash_token(token), one_time_links.c.expires_at > now, agents.c.active)
        ).one_or_none()
        return (agent_of(row), LinkKind(row.kind)) if row else None

    def use_link(self, token: str) -> bool:
        """False when somebody was first."""
        used = delete(one_time_links).where(one_time_links.c.token_hash == hash_token(token))
        return self._db.execute(used).rowcount == 1

    def find_second_step(self, agent_id: str) -> SecondStep | None:
        row = self._db.execute(
            select(account_security).where(account_security.c.agent_id == agent_id)
        ).one_or_none()
        if row is None or not row.totp_secret:
            return None
        return SecondStep(row.totp_secret, row.totp_since, row.totp_last_step, len(row.recovery_codes))

    def prepare_second_step(self, agent_id: str, secret: str) -> None:
        """A secret that counts once its first code was given. Raises Conflict when there is one already."""
        self._ensure(agent_id)
        found = self.find_second_step(agent_id)
        if found and found.since:
            raise Conflict("there is a second step already")
        self._change(agent_id, totp_secret=secret, totp_since=None, totp_last_step=0)

    def confirm_second_step(self, agent_id: str, step: int, codes: list[str], now: datetime) -> None:
        self._change(agent_id, totp_since=now, totp_last_step=step,
                     recovery_codes=[_recovery(agent_id, code) for code in codes])

    def replace_recovery_codes(self, agent_id: str, codes: list[str]) -> None:
        self._change(agent_id, recovery_codes=[_recovery(agent_id, code) for code in codes])

    def use_step(self, agent_id: str, step: int) -> bool:
        """A code opens once: False when this one, or a later one, was used already."""
        used = update(account_security).where(
            account_security.c.agent_id == agent_id, account_security.c.totp_last_step < step
        ).values(totp_last_step=step)
        return self._db.execute(used).rowcount == 1

    def use_recovery_code(self, agent_id: str, code: str) -> bool:
        kept: list[str] | None = self._db.scalar(
            select(account_security.c.recovery_codes).where(account_security.c.agent_id == agent_id).with_for_update()
        )
        sealed = _recovery(agent_id, code)
        if not kept or sealed not in kept:
            return False
        self._change(agent_id, recovery_codes=[each for each in kept if each != sealed])
        return True

    def remove_second_step(self, agent_id: str) -> None:
        self._change(agent_id, totp_secret="", totp_since=None, totp_last_step=0, recovery_codes=[])

    def _ensure(self, agent_id: str) -> None:
        row = {"agent_id": agent_id, "recovery_codes": []}
        add_missing(self._db, account_security, [row], account_security.c.agent_id)

    def _change(self, agent_id: str, **values: Any) -> None:
        self._db.execute(update(account_security).where(account_security.c.agent_id == agent_id).values(values))

    def _require_another_admin(self, agent_id: str) -> None:
        # Locked, so that the last two cannot remove each other at the same moment.
        admins = select(agents.c.id).where(agents.c.active, agents.c.role == Role.ADMIN).with_for_update()
        ids = set(self._db.scalars(admins))
        if ids == {agent_id}:
            raise Conflict("this is the last administrator")


def _recovery(agent_id: str, code: str) -> str:
    return FieldCipher.sign("recovery code", agent_id, code.replace("-", "").replace(" ", "").lower())


def _accounts() -> Any:
    open_sessions = (
        select(sessions.c.agent_id, func.count().label("sessions"), func.max(sessions.c.seen_at).label("last_seen_at"))
        .group_by(sessions.c.agent_id).subquery()
    )
    return (
        select(agents, account_security.c.is_service, account_security.c.totp_since, open_sessions.c.sessions,
               open_sessions.c.last_seen_at)
        .outerjoin(account_security, account_security.c.agent_id == agents.c.id)
        .outerjoin(open_sessions, open_sessions.c.agent_id == agents.c.id)
    )


def _account(row: Row[Any]) -> Account:
    return Account(
        agent_of(row), bool(row.is_service), not row.password_hash and not row.is_service,
        row.totp_since is not None, row.sessions or 0, row.last_seen_at, row.created_at,
    )
