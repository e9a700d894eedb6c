"""What customers agreed to or refused, for each purpose, with the proof: their words, when, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from campaigns.campaigns import Purpose
from campaigns.recipients import OPEN_STAGES, Stage
from crm_store.campaign_rows import campaigns, consents, recipients
from crm_store.dialect import add_missing, put
from crm_store.queue_rows import outbound
from crm_store.rows import consent_log, customers
from desk.conversations import DeliveryStatus
from desk.queue import Lane


@dataclass(frozen=True, slots=True)
class Proof:
    """One line of the consent log. `purpose` empty: every message that was not asked for."""

    id: int
    customer_id: str
    purpose: str
    allowed: bool
    words: str
    channel: str
    at: datetime


class Consents:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def record(
        self, customer_id: str, purpose: Purpose | None, allowed: bool, words: str, channel: str, now: datetime,
        source_key: str | None,
    ) -> bool:
        """Set the consent for one purpose (None: for everything unasked) and log the proof. Who had stopped everything
        and allows one purpose has allowed that one only.

        The same `source_key` again adds nothing and returns False. A refusal takes effect at once: what waits in the
        queue is suppressed, and surveys under way end.
        """
        proof = {"customer_id": customer_id, "purpose": purpose or "", "allowed": allowed, "words": words[:500],
                 "channel": channel, "at": now, "source_key": source_key}
        if source_key is None:
            self._db.execute(insert(consent_log).values(proof))
        elif not add_missing(self._db, consent_log, [proof], consent_log.c.source_key):
            return False
        if purpose is None:
            self._db.execute(update(customers).where(customers.c.id == customer_id).values(consent=allowed))
            if allowed:  # "turn them on again" takes back what was refused one by one
                self._db.execute(delete(consents).where(consents.c.customer_id == customer_id,
                                                        ~consents.c.allowed))
        else:
            if allowed:
                self._only(customer_id, purpose, now)
            put(self._db, consents, {"customer_id": customer_id, "purpose": purpose, "allowed": allowed, "at": now},
                (consents.c.customer_id, consents.c.purpose))
        if not allowed:
            self._withdraw(customer_id, purpose, now)
        return True

    def of(self, customer_id: str) -> dict[Purpose, bool | None]:
        """What holds now for each purpose; None: nothing was said (surveys may be sent, marketing may not).

        Service messages answer what customers asked or ordered; only their own refusal of them counts.
        """
        unasked = self._db.scalar(select(customers.c.consent).where(customers.c.id == customer_id))
        rows = self._db.execute(
            select(consents.c.purpose, consents.c.allowed).where(consents.c.customer_id == customer_id)
        )
        said = {row.purpose: row.allowed for row in rows}
        return {
            purpose: False if unasked is False and purpose is not Purpose.SERVICE else said.get(purpose)
            for purpose in Purpose
        }

    def list_log(self, customer_id: str = "", before: int = 0, limit: int = 50) -> list[Proof]:
        """Newest first; `before` is the id of the last line of the page before."""
        query = select(consent_log)
        if customer_id:
            query = query.where(consent_log.c.customer_id == customer_id)
        if before:
            query = query.where(consent_log.c.id < before)
        return [_proof(row) for row in self._db.execute(query.order_by(consent_log.c.id.desc()).limit(limit))]

    def slice_log(self, after: int, limit: int = 1000) -> Sequence[Proof]:
        """The log in the order it was written, for its export."""
        rows = self._db.execute(
            select(consent_log).where(consent_log.c.id > after).order_by(consent_log.c.id).limit(limit)
        )
        return [_proof(row) for row in rows]

    def _only(self, customer_id: str, purpose: Purpose, now: datetime) -> None:
        """Where everything was stopped, it is now every other purpose by name."""
        stopped = update(customers).where(customers.c.id == customer_id, ~customers.c.consent).values(consent=True)
        if self._db.execute(stopped).rowcount:
            for other in Purpose:
                if other is not purpose:
                    put(self._db, consents, {"customer_id": customer_id, "purpose": other, "allowed": False, "at": now},
                        (consents.c.customer_id, consents.c.purpose))

    def _withdraw(self, customer_id: str, purpose: Purpose | None, now: datetime) -> None:
        mine = and_(recipients.c.customer_id == customer_id, recipients.c.stage.in_((Stage.WAITING, *OPEN_STAGES)),
                    ~recipients.c.is_test)
        if purpose is not None:
            mine = and_(mine, recipients.c.campaign_id.in_(
                select(campaigns.c.id).where(campaigns.c.purpose == purpose)
            ))
        keys = self._db.scalars(select(recipients.c.outbound_key).where(mine)).all()
        self._db.execute(
            update(recipients).where(mine).values(stage=Stage.OPTED_OUT, reason="opted_out", finished_at=now)
        )
        waiting = (DeliveryStatus.QUEUED, DeliveryStatus.RETRY, DeliveryStatus.PARKED)
        self._db.execute(
            update(outbound)
            .where(outbound.c.key.in_([key for key in keys if key]), outbound.c.status.in_(waiting),
                   outbound.c.lane == int(Lane.CAMPAIGN))
            .values(status=DeliveryStatus.SUPPRESSED, last_error="no consent")
        )


def _proof(row: Row[Any]) -> Proof:
    return Proof(row.id, row.customer_id, row.purpose, row.allowed, row.words, row.channel, row.at)
