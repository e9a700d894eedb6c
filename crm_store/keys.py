"""What opens the desk: sessions of browsers and API tokens of programs. Only hashes of them are kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from crm_store.agents import agent_of, hash_token
from crm_store.rows import agents, api_tokens, sessions
from desk.accounts import ApiToken, OpenSession
from desk.agents import Agent, Role

_ID = 16
"""How many characters of a hash name a session or token."""


class Keys:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_sessions(self, agent_id: str) -> list[OpenSession]:
        rows = self._db.execute(
            select(sessions).where(sessions.c.agent_id == agent_id).order_by(sessions.c.seen_at.desc())
        )
        return [
            OpenSession(row.token_hash[:_ID], row.agent_id, row.created_at, row.seen_at, row.address, row.browser)
            for row in rows
        ]

    def id_of(self, token: str) -> str:
        """The id under which a session or token is listed."""
        return hash_token(token)[:_ID]

    def end_session(self, agent_id: str, session_id: str) -> bool:
        """False when there is none."""
        ended = delete(sessions).where(sessions.c.agent_id == agent_id, sessions.c.token_hash.startswith(
            session_id[:_ID], autoescape=True))
        return len(session_id) == _ID and self._db.execute(ended).rowcount > 0

    def end_other_sessions(self, agent_id: str, token: str = "") -> int:
        """End all sessions of this account but the one with this token. Returns how many."""
        ended = delete(sessions).where(sessions.c.agent_id == agent_id, sessions.c.token_hash != hash_token(token))
        return self._db.execute(ended).rowcount

    def forget_sessions(self, seen_before: datetime) -> None:
        self._db.execute(delete(sessions).where(sessions.c.seen_at < seen_before))

    def add_token(
        self, agent_id: str, token: str, name: str, now: datetime, *, role: Role | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """Returns the id under which it is listed."""
        self._db.execute(insert(api_tokens).values(
            token_hash=hash_token(token), agent_id=agent_id, name=name[:120], role=role or "", expires_at=expires_at,
            created_at=now,
        ))
        return self.id_of(token)

    def list_tokens(self, agent_id: str = "") -> list[ApiToken]:
        """Newest first; of everybody when no account is named."""
        query = select(api_tokens).order_by(api_tokens.c.created_at.desc())
        if agent_id:
            query = query.where(api_tokens.c.agent_id == agent_id)
        return [_token(row) for row in self._db.execute(query)]

    def find_by_token(self, token: str, now: datetime) -> tuple[Agent, ApiToken] | None:
        """The account behind a token that has not expired."""
        row = self._db.execute(
            select(agents).add_columns(*(column.label(f"t_{column.name}") for column in api_tokens.c))
            .join(api_tokens, api_tokens.c.agent_id == agents.c.id)
            .where(api_tokens.c.token_hash == hash_token(token), agents.c.active,
                   or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now))
        ).one_or_none()
        return (agent_of(row), _token(row, "t_")) if row else None

    def token_used(self, token_id: str, now: datetime) -> None:
        self._db.execute(
            update(api_tokens).where(api_tokens.c.token_hash.startswith(token_id, autoescape=True)).values(used_at=now)
        )

    def revoke_token(self, token_id: str, agent_id: str = "") -> bool:
        """False when there is none (of this account)."""
        gone = delete(api_tokens).where(api_tokens.c.token_hash.startswith(token_id[:_ID], autoescape=True))
        if agent_id:
            gone = gone.where(api_tokens.c.agent_id == agent_id)
        return len(token_id) == _ID and self._db.execute(gone).rowcount > 0


def _token(row: Row[Any], prefix: str = "") -> ApiToken:
    def value(name: str) -> Any:
        return getattr(row, prefix + name)

    return ApiToken(
        value("token_hash")[:_ID], value("agent_id"), value("name"), Role(value("role")) if value("role") else None,
        value("created_at"), value("expires_at"), value("used_at"),
    )
