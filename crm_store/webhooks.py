"""Outgoing webhooks: endpoints, and the durable queue of what they are told (at least once, in no order)."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, text, update

from crm_store.rows import conversations, ratings, tickets
from crm_store.signals import Signals, Topic
from crm_store.trust_rows import webhook_deliveries, webhooks
from desk.errors import NotFound
from desk.webhooks import STOP_AFTER, Attempt, Webhook, WebhookDelivery, WebhookStatus, new_secret, pause_after

_LOCK = 4_061_021
_LEASED = "leased"
SILENT_SECONDS = 1.0
_SHOWN = {
    "conversation": (conversations, ("channel", "holder", "agent_id", "customer_id", "language", "handoff_reason")),
    "ticket": (tickets, ("number", "kind", "status", "customer_id", "conversation_id", "owner_id")),
}


class Silence:
    """That no endpoint listens, remembered for a second: nearly everything that happens would ask.

    Shared by all transactions of a process. Another process's new endpoint is heard of at once where wake-ups arrive.
    """

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._broken = 0
        self._until: tuple[object, float] = (None, 0.0)

    def holds(self) -> bool:
        moment, ends = self._until
        return moment == self.moment and time.monotonic() < ends

    def begin(self, moment: object) -> None:
        """`moment`: as it was before the endpoints were read."""
        self._until = moment, time.monotonic() + SILENT_SECONDS

    def end(self) -> None:
        """An endpoint was changed here."""
        self._broken += 1

    @property
    def moment(self) -> object:
        """Differs once an endpoint was changed, here or in another process."""
        return self._broken, self._signals.mark(Topic.WEBHOOK)


class Webhooks:
    def __init__(self, connection: Connection, topics: set[Topic], silence: Silence) -> None:
        self._db = connection
        self._topics = topics
        self._silence = silence
        self._happened: list[tuple[str, Mapping[str, str | None]]] = []

    def happened(self, event: str, about: Mapping[str, str | None]) -> None:
        """Note what happened; who listens for it is told when the transaction ends, once for each thing."""
        if (event, about) not in self._happened:
            self._happened.append((event, about))

    def flush(self) -> None:
        """Queue what happened for every endpoint that listens."""
        if not self._happened or self._silence.holds():
            return
        moment = self._silence.moment
        listening = [each for each in self.list_all() if each.active]
        if not listening:
            self._silence.begin(moment)
        now = datetime.now(UTC)
        for event, about in self._happened:
            wanted = [each for each in listening if event in each.events]
            if wanted:
                payload = self._payload(event, about, now)
                self._queue([(each.id, uuid4().hex, event, payload) for each in wanted], now)
        self._happened.clear()

    def add(self, url: str, about: str, events: list[str], now: datetime) -> Webhook:
        webhook_id = uuid4().hex
        self._db.execute(insert(webhooks).values(
            id=webhook_id, url=url, about=about[:120], secret=new_secret(), events=events, created_at=now,
        ))
        self._topics.add(Topic.WEBHOOK)
        return self.get(webhook_id)

    def get(self, webhook_id: str) -> Webhook:
        row = self._db.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
        if row is None:
            raise NotFound("no such webhook")
        return _webhook(row)

    def list_all(self) -> list[Webhook]:
        return [_webhook(row) for row in self._db.execute(select(webhooks).order_by(webhooks.c.created_at))]

    def count_stopped(self) -> int:
        """How many endpoints the desk itself switched off."""
        stopped = select(func.count()).select_from(webhooks).where(webhooks.c.stopped_because != "")
        return self._db.scalar(stopped) or 0

    def change(self, webhook_id: str, *, url: str, about: str, events: list[str], active: bool) -> None:
        """Switching it on forgets how long it has failed."""
        self._topics.add(Topic.WEBHOOK)
        self._db.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(
            url=url, about=about[:120], events=events, active=active, failing_since=None, stopped_because="",
        ))

    def renew_secret(self, webhook_id: str) -> Webhook:
        self._db.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(secret=new_secret()))
        return self.get(webhook_id)

    def remove(self, webhook_id: str) -> None:
        self._db.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
        self._db.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    def try_out(self, webhook_id: str, now: datetime) -> None:
        """Queue a message that says no more than that it is a trial."""
        payload = json.dumps({"type": "webhook.trial", "timestamp": _written(now), "data": {}})
        self._queue([(webhook_id, uuid4().hex, "webhook.trial", payload)], now)

    def list_deliveries(self, webhook_id: str, before: int = 0, limit: int = 50) -> list[WebhookDelivery]:
        """Newest first; `before` is the id of the last one of the page before."""
        query = (select(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id)
                 .order_by(webhook_deliveries.c.id.desc()).limit(limit))
        if before:
            query = query.where(webhook_deliveries.c.id < before)
        return [_delivery(row) for row in self._db.execute(query)]

    def replay(self, webhook_id: str, delivery_id: int, now: datetime) -> None:
        """Send a message once more, with the id it had. Raises NotFound."""
        row = self._db.execute(select(webhook_deliveries).where(
            webhook_deliveries.c.id == delivery_id, webhook_deliveries.c.webhook_id == webhook_id
        )).one_or_none()
        if row is None:
            raise NotFound("no such delivery")
        self._queue([(webhook_id, row.message_id, row.event, row.payload)], now)

    def claim(self, owner: str, limit: int, now: datetime, lease: timedelta) -> list[tuple[WebhookDelivery, Webhook]]:
        """Lease what is due for active endpoints, oldest first."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        free = or_(webhook_deliveries.c.status == WebhookStatus.QUEUED,
                   and_(webhook_deliveries.c.status == _LEASED, webhook_deliveries.c.lease_until < now))
        due = (
            select(webhook_deliveries.c.id)
            .join(webhooks, webhooks.c.id == webhook_deliveries.c.webhook_id)
            .where(webhooks.c.active, webhook_deliveries.c.due_at <= now, free)
            .order_by(webhook_deliveries.c.due_at).limit(limit)
        )
        rows = self._db.execute(
            update(webhook_deliveries).where(webhook_deliveries.c.id.in_(due.scalar_subquery()))
            .values(status=_LEASED, owner=owner, lease_until=now + lease,
                    attempts=webhook_deliveries.c.attempts + 1)
            .returning(webhook_deliveries)
        ).all()
        known = {each.id: each for each in self.list_all()}
        return [(_delivery(row), known[row.webhook_id]) for row in rows]

    def settle(self, delivery: WebhookDelivery, owner: str, attempt: Attempt, now: datetime) -> Webhook | None:
        """Write down how an attempt ended. Returns the endpoint when this switched it off."""
        pause = None if attempt.taken else pause_after(delivery.attempts)
        status = WebhookStatus.SENT if attempt.taken else WebhookStatus.QUEUED if pause else WebhookStatus.DEAD
        settled = self._db.execute(
            update(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery.id, webhook_deliveries.c.owner == owner,
                   webhook_deliveries.c.attempts == delivery.attempts)
            .values(status=status, due_at=now + (pause or timedelta()), lease_until=None, owner=None,
                    answer=attempt.answer, milliseconds=attempt.milliseconds, error=attempt.error[:200],
                    settled_at=now if pause is None else None)
        ).rowcount
        return self._note_health(delivery.webhook_id, attempt, now) if settled else None

    def forget(self, created_before: datetime) -> None:
        """Forget what has been settled long ago."""
        self._db.execute(delete(webhook_deliveries).where(
            webhook_deliveries.c.created_at < created_before, webhook_deliveries.c.settled_at.is_not(None)
        ))

    def _note_health(self, webhook_id: str, attempt: Attempt, now: datetime) -> Webhook | None:
        change = update(webhooks).where(webhooks.c.id == webhook_id)
        if attempt.taken:
            self._db.execute(change.where(webhooks.c.failing_since.is_not(None)).values(failing_since=None))
            return None
        since = self.get(webhook_id).failing_since or now
        is_over = attempt.is_gone or now - since >= STOP_AFTER
        why = "gone" if attempt.is_gone else "failing" if is_over else ""
        self._db.execute(change.values(failing_since=since, active=not is_over, stopped_because=why)
                         if is_over else change.values(failing_since=since))
        return self.get(webhook_id) if is_over else None

    def _queue(self, messages: list[tuple[str, str, str, str]], now: datetime) -> None:
        self._db.execute(insert(webhook_deliveries), [
            {"webhook_id": webhook_id, "message_id": message_id, "event": event, "payload": payload,
             "status": WebhookStatus.QUEUED, "due_at": now, "created_at": now}
            for webhook_id, message_id, event, payload in messages
        ])
        self._topics.add(Topic.WEBHOOK)

    def _payload(self, event: str, about: Mapping[str, str | None], now: datetime) -> str:
        """Ids and states as they are now; never what a customer wrote or is called."""
        data: dict[str, Any] = {name: value for name, value in about.items() if value}
        for kind, (table, names) in _SHOWN.items():
            row = self._db.execute(
                select(*(table.c[name] for name in names)).where(table.c.id == about.get(kind, ""))
            ).one_or_none()
            if row:
                data[kind] = {"id": about[kind], **{name.removesuffix("_id"): getattr(row, name) for name in names}}
        if event == "rating.given":
            data["score"] = self._db.scalar(
                select(ratings.c.score).where(ratings.c.conversation_id == about.get("conversation", ""))
            )
        return json.dumps({"type": event, "timestamp": _written(now), "data": data}, separators=(",", ":"))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(row.id, row.url, row.about, row.secret, tuple(row.events), row.active, row.failing_since,
                   row.stopped_because, row.created_at)


def _delivery(row: Row[Any]) -> WebhookDelivery:
    status = WebhookStatus.QUEUED if row.status == _LEASED else WebhookStatus(row.status)
    return WebhookDelivery(
        row.id, row.webhook_id, row.message_id, row.event, row.payload, status, row.attempts, row.due_at, row.answer,
        row.milliseconds, row.error, row.created_at, row.settled_at,
    )
