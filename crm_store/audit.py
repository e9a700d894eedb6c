"""The audit log as a chain: each entry's seal is an HMAC over the seal before it and the entry itself.

The key is derived from FRONTDESK_SECRET_KEY, so whoever can write to the database alone cannot forge a seal. Triggers
refuse to change or delete entries; that keeps honest programs honest, the seals show what a dishonest one did.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, text

from crm_store.columns import FieldCipher
from crm_store.dialect import put
from crm_store.trust_rows import audit_entries, audit_head
from desk.agents import Agent
from desk.audit import AuditEntry, AuditFilter, Fact, Verification

_LOCK = 4_061_020
_BEGINNING = "0" * 64
_MOST_FAULTS = 20
_CHUNK = 2000


class Audit:
    """Implements desk.audit.AuditLog; entries are written when the transaction ends, in the order of commits."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._noted: list[tuple[datetime, str, str, str, dict[str, Fact]]] = []

    def record(self, actor: Agent | str, action: str, subject: str, now: datetime, **facts: Fact) -> None:
        name = actor.id if isinstance(actor, Agent) else actor
        self._noted.append((now.astimezone(UTC), name[:60], action[:60], subject[:120], facts))

    def flush(self) -> None:
        """Write what was noted. The last thing a transaction does: from here to its commit others wait in line."""
        if not self._noted:
            return
        if self._db.dialect.name == "postgresql":
            self._db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        newest = self._db.execute(_columns().order_by(audit_entries.c.number.desc()).limit(1)).one_or_none()
        number, seal = (newest.number, newest.seal) if newest else (0, _BEGINNING)
        rows = []
        for at, actor, action, subject, facts in self._noted:
            number += 1
            entry = AuditEntry(number, at, actor, action, subject, facts)
            seal = _seal(seal, entry)
            rows.append({"number": number, "at": at, "actor": actor, "action": action, "subject": subject,
                         "facts": facts, "seal": seal})
        self._noted.clear()
        self._db.execute(insert(audit_entries), rows)
        put(self._db, audit_head, {"id": 1, "number": number, "seal": _head(number, seal)}, (audit_head.c.id,))

    def list_page(self, wanted: AuditFilter, before: int = 0, limit: int = 50) -> list[AuditEntry]:
        """Newest first; `before` is the number of the last entry of the page before."""
        query = _columns().order_by(audit_entries.c.number.desc()).limit(limit)
        for condition in _conditions(wanted):
            query = query.where(condition)
        if before:
            query = query.where(audit_entries.c.number < before)
        return [_entry(row) for row in self._db.execute(query)]

    def was_recorded(self, actor: str, action: str, subject: str, since: datetime) -> bool:
        found = select(audit_entries.c.number).where(
            audit_entries.c.subject == subject, audit_entries.c.actor == actor, audit_entries.c.action == action,
            audit_entries.c.at >= since,
        ).limit(1)
        return self._db.scalar(found) is not None

    def list_actions(self) -> list[str]:
        return list(self._db.scalars(select(audit_entries.c.action).distinct().order_by(audit_entries.c.action)))

    def seal_of(self, number: int) -> str:
        """The seal of this entry; empty when there is none."""
        return self._db.scalar(select(audit_entries.c.seal).where(audit_entries.c.number == number)) or ""

    def verify(self, anchors: Iterable[tuple[int, str]] = ()) -> Verification:
        """Walk the whole chain. `anchors` are seals of entries by number that were kept elsewhere."""
        faults: list[str] = []
        number, seal = 0, _BEGINNING
        for entry in self._walk():
            if entry.number != number + 1:
                faults.append(f"entries {number + 1} to {entry.number - 1} are missing")
            elif entry.seal != _seal(seal, entry):
                faults.append(f"entry {entry.number} is not what was written")
            number, seal = entry.number, entry.seal
            if len(faults) >= _MOST_FAULTS:
                break
        else:
            head = self._db.execute(select(audit_head)).one_or_none()
            if (head.seal if head else "") != (_head(number, seal) if number else ""):
                faults.append(f"entry {number} is not the newest: what came after it was cut off")
            faults += [f"entry {at} is not the one that was anchored" for at, kept in anchors
                       if self.seal_of(at) != kept]
        return Verification(number, seal if number else "", tuple(faults))

    def _walk(self) -> Iterator[AuditEntry]:
        after = 0
        while True:
            query = _columns().where(audit_entries.c.number > after).order_by(audit_entries.c.number).limit(_CHUNK)
            rows = self._db.execute(query).all()
            yield from (_entry(row) for row in rows)
            if len(rows) < _CHUNK:
                return
            after = rows[-1].number


def _columns() -> Select[Any]:
    return select(audit_entries)


def _conditions(wanted: AuditFilter) -> Iterator[Any]:
    if wanted.actor:
        yield audit_entries.c.actor == wanted.actor
    if wanted.action:
        yield audit_entries.c.action.startswith(wanted.action, autoescape=True)
    if wanted.subject:
        yield audit_entries.c.subject == wanted.subject
    if wanted.since:
        yield audit_entries.c.at >= wanted.since
    if wanted.until:
        yield audit_entries.c.at < wanted.until


def _seal(before: str, entry: AuditEntry) -> str:
    row = [entry.number, entry.at.isoformat(), entry.actor, entry.action, entry.subject, dict(entry.facts)]
    return FieldCipher.sign("audit entry", before, json.dumps(row, sort_keys=True, separators=(",", ":")))


def _head(number: int, seal: str) -> str:
    return FieldCipher.sign("audit head", str(number), seal)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.number, row.at, row.actor, row.action, row.subject, row.facts, row.seal)
