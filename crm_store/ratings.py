"""Ratings of conversations."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from crm_store.columns import one_of
from crm_store.dialect import add_missing
from crm_store.rows import ratings
from desk.messages import Address
from desk.ratings import OPEN_STATES, Rating, RatingState

_PENDING = (  # built once: every turn asks it twice
    select(ratings)
    .where(ratings.c.address == bindparam("at"), ratings.c.asked_at >= bindparam("since"),
           one_of(ratings.c.state, *OPEN_STATES))
    .order_by(ratings.c.id.desc()).limit(1)
)


class Ratings:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def ask(
        self, *, conversation_id: str, customer_id: str, address: Address, agent_id: str | None, now: datetime
    ) -> None:
        row = {"conversation_id": conversation_id, "customer_id": customer_id, "address": address.key,
               "agent_id": agent_id, "state": RatingState.ASKED, "asked_at": now}
        add_missing(self._db, ratings, [row], ratings.c.conversation_id)

    def find_pending(self, address: Address, asked_since: datetime) -> Rating | None:
        row = self._db.execute(_PENDING, {"at": address.key, "since": asked_since}).one_or_none()
        return _rating(row) if row else None

    def find_latest(self, customer_id: str) -> Rating | None:
        row = self._db.execute(
            select(ratings).where(ratings.c.customer_id == customer_id).order_by(ratings.c.id.desc()).limit(1)
        ).one_or_none()
        return _rating(row) if row else None

    def find_of_conversation(self, conversation_id: str) -> Rating | None:
        row = self._db.execute(select(ratings).where(ratings.c.conversation_id == conversation_id)).one_or_none()
        return _rating(row) if row else None

    def list_of_customer(self, customer_id: str, limit: int = 20) -> list[Rating]:
        """What this customer was asked and answered, newest first."""
        rows = self._db.execute(
            select(ratings).where(ratings.c.customer_id == customer_id).order_by(ratings.c.id.desc()).limit(limit)
        )
        return [_rating(row) for row in rows]

    def save(self, rating: Rating) -> None:
        self._db.execute(
            update(ratings).where(ratings.c.id == rating.id).values(
                state=rating.state, score=rating.score, comment=rating.comment, answered_at=rating.answered_at,
                reminded=rating.reminded,
            )
        )


def _rating(row: Row[Any]) -> Rating:
    return Rating(
        row.id, row.conversation_id, row.customer_id, row.agent_id, RatingState(row.state), row.score, row.comment,
        row.asked_at, row.answered_at, row.reminded,
    )
