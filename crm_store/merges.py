"""Merging two profiles of one person, and undoing it while that can be done without guessing.

With a merge its record is kept: both profiles as they were and the keys of all rows that moved. Undoing moves these
back, and with them what came since through the ended profile's own addresses: conversations there, their tickets,
ratings and questions. What came since by no address (orders, tickets opened by hand) stays with the profile that
stayed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, or_, select, update

from crm_store.campaign_rows import campaign_lists, consents, recipients
from crm_store.customers import MOVED, Customers
from crm_store.dialect import add_new, put
from crm_store.merge_rows import customer_merges
from crm_store.rows import consent_log, conversations, customers, identities, tickets
from crm_store.value_rows import customer_values
from desk.customer_merges import UNDO_WITHIN, Apart, Merge, Obstacle, apart
from desk.customers import Customer
from desk.errors import NotFound, Refused
from desk.messages import Language

Snapshot = Mapping[str, Any]


class Merges:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._customers = Customers(connection)

    def merge(self, customer_id: str, ended_id: str, by: str, now: datetime) -> None:
        """Everything of one profile moves to the other, and which is kept on record. Raises NotFound."""
        self._lock(customer_id, ended_id)
        kept, ended = self._customers.get(customer_id), self._customers.get(ended_id)
        snapshot = {
            "kept": _written(kept), "ended": _written(ended),
            "rows": {table.name: self._keys(table, ended_id) for table in (*MOVED, recipients)},
            "occasions": dict(self._pairs(recipients.c.id, recipients.c.occasion, recipients, ended_id)),
            "lists": {who: self._lists(of) for who, of in (("kept", customer_id), ("ended", ended_id))},
            "consents": {who: self._consents(of) for who, of in (("kept", customer_id), ("ended", ended_id))},
        }
        self._customers.merge(customer_id, ended_id)
        self._db.execute(insert(customer_merges).values(
            customer_id=customer_id, ended_id=ended_id, merged_by=by, merged_at=now, snapshot=json.dumps(snapshot),
        ))

    def find(self, customer_id: str, now: datetime) -> Merge | None:
        """The newest merge into this profile, if it may still be undone; the ones before wait for it."""
        row = self._newest(customer_id, now)
        return _merge(row) if row else None

    def obstacle(self, merge: Merge) -> Obstacle | None:
        """Why it cannot be undone, whatever the time."""
        if self._db.scalar(select(customers.c.id).where(customers.c.id == merge.ended.id)) is not None:
            return Obstacle.EXISTS
        returning = set(self._db.scalars(select(tickets.c.id).where(self._returning(merge)[tickets])))
        joined = self._db.execute(select(tickets.c.id, tickets.c.merged_into).where(
            tickets.c.customer_id == merge.kept.id, tickets.c.merged_into.is_not(None)
        ))
        crossed = any((row.id in returning) != (row.merged_into in returning) for row in joined)
        return Obstacle.TICKETS if crossed else None

    def preview(self, merge: Merge) -> tuple[Apart, dict[str, int]]:
        """Both profiles after undoing, and how many rows of each table go with the one that returns."""
        counts = {
            table.name: self._db.scalar(select(func.count()).select_from(table).where(which)) or 0
            for table, which in self._returning(merge).items()
        }
        return self._apart(merge), counts

    def undo(self, customer_id: str, now: datetime) -> Merge:
        """Undo the newest merge into this profile. Raises NotFound when there is none that may be undone, Refused
        naming an obstacle."""
        row = self._newest(customer_id, now, lock=True)
        if row is None:
            raise NotFound("no merge of this profile can be undone")
        self._lock(customer_id)
        merge, snapshot = _merge(row), json.loads(row.snapshot)
        obstacle = self.obstacle(merge)
        if obstacle is not None:
            raise Refused(f"unmerge_{obstacle}", f"it cannot be undone: {obstacle}")
        both, moving = self._apart(merge), self._returning(merge)
        said_since = self._consents(customer_id)
        self._customers.put(both.returns)
        self._customers.put(both.stays)
        for table, which in moving.items():
            self._db.execute(update(table).where(which).values(customer_id=merge.ended.id))
        for key, occasion in snapshot["occasions"].items():
            self._db.execute(update(recipients).where(recipients.c.id == int(key)).values(occasion=occasion))
        self._part_lists(merge, snapshot["lists"])
        self._part_consents(merge, snapshot["consents"], said_since)
        self._db.execute(delete(customer_values).where(customer_values.c.customer_id == customer_id))
        self._db.execute(delete(customer_merges).where(customer_merges.c.id == merge.id))
        return merge

    def forget(self, now: datetime) -> int:
        """Take away the records of merges that can no longer be undone; returns how many."""
        old = customer_merges.c.merged_at < now - UNDO_WITHIN
        return self._db.execute(delete(customer_merges).where(old)).rowcount

    def _lock(self, *customer_ids: str) -> None:
        """Points that are given meanwhile wait."""
        which = customers.c.id.in_(customer_ids)
        self._db.execute(select(customers.c.id).where(which).order_by(customers.c.id).with_for_update())

    def _newest(self, customer_id: str, now: datetime, *, lock: bool = False) -> Row[Any] | None:
        query = (
            select(customer_merges)
            .where(customer_merges.c.customer_id == customer_id, customer_merges.c.merged_at >= now - UNDO_WITHIN)
            .order_by(customer_merges.c.id.desc()).limit(1)
        )
        return self._db.execute(query.with_for_update() if lock else query).one_or_none()

    def _apart(self, merge: Merge) -> Apart:
        said = select(consent_log.c.id).where(
            consent_log.c.customer_id == merge.kept.id, consent_log.c.purpose == "", consent_log.c.at > merge.at
        )
        spoke = self._db.execute(said.limit(1)).first() is not None
        return apart(merge, self._customers.get(merge.kept.id), spoke_since=spoke)

    def _returning(self, merge: Merge) -> dict[Table, ColumnElement[bool]]:
        """Which rows of each table go with the profile that returns."""
        row = self._db.execute(select(customer_merges).where(customer_merges.c.id == merge.id)).one()
        moved: dict[str, list[Any]] = json.loads(row.snapshot)["rows"]
        addresses = self._addresses(merge.kept.id, moved["identities"])
        talks = list(self._db.scalars(select(conversations.c.id).where(
            conversations.c.customer_id == merge.kept.id,
            or_(conversations.c.id.in_(moved["conversations"]), conversations.c.address.in_(addresses)),
        )))
        found: dict[Table, ColumnElement[bool]] = {}
        for table in (*MOVED, recipients):
            which: list[ColumnElement[bool]] = [_key(table).in_(moved[table.name])]
            if table is identities:
                which.append(table.c.address.in_(addresses))
            elif table is recipients:
                which.append(table.c.address.in_(addresses) & (table.c.created_at > merge.at))
            elif table is conversations:
                which.append(table.c.id.in_(talks))
            elif "conversation_id" in table.c:
                which.append(table.c.conversation_id.in_(talks))
            found[table] = (table.c.customer_id == merge.kept.id) & or_(*which)
        return found

    def _addresses(self, customer_id: str, moved: Iterable[str]) -> list[str]:
        """The ended profile's addresses, with those that the same people of the platform came from since."""
        mine = identities.c.customer_id == customer_id
        people = select(identities.c.person).where(mine, identities.c.address.in_(list(moved)))
        return list(self._db.scalars(select(identities.c.address).where(mine, identities.c.person.in_(people))))

    def _part_lists(self, merge: Merge, before: Mapping[str, list[str]]) -> None:
        """On uploaded lists both stand again where they stood."""
        only = [each for each in before["ended"] if each not in before["kept"]]
        mine = campaign_lists.c.customer_id == merge.kept.id
        self._db.execute(delete(campaign_lists).where(mine, campaign_lists.c.campaign_id.in_(only)))
        rows = [{"campaign_id": each, "customer_id": merge.ended.id} for each in before["ended"]]
        if rows:
            add_new(self._db, campaign_lists, rows, [campaign_lists.c.campaign_id, campaign_lists.c.customer_id],
                    campaign_lists.c.campaign_id)

    def _part_consents(
        self, merge: Merge, before: Mapping[str, Mapping[str, list[Any]]], current: Mapping[str, list[Any]]
    ) -> None:
        """What was said about a purpose since stays with the profile that stayed, and a refusal holds for both."""
        kept, ended = before["kept"], before["ended"]
        for purpose in {*kept, *ended, *current}:
            now = current.get(purpose)
            changed = now is None or datetime.fromisoformat(now[1]) > merge.at
            if not changed and purpose in kept:
                self._say(merge.kept.id, purpose, kept[purpose])
            elif not changed:
                self._db.execute(delete(consents).where(
                    consents.c.customer_id == merge.kept.id, consents.c.purpose == purpose
                ))
            refused_since = now is not None and changed and not now[0]
            if refused_since and now is not None:
                self._say(merge.ended.id, purpose, now)
            elif purpose in ended:
                self._say(merge.ended.id, purpose, ended[purpose])

    def _say(self, customer_id: str, purpose: str, said: list[Any]) -> None:
        row = {"customer_id": customer_id, "purpose": purpose, "allowed": said[0],
               "at": datetime.fromisoformat(said[1])}
        put(self._db, consents, row, (consents.c.customer_id, consents.c.purpose))

    def _keys(self, table: Table, customer_id: str) -> list[Any]:
        return list(self._db.scalars(select(_key(table)).where(table.c.customer_id == customer_id)))

    def _pairs(
        self, key: ColumnElement[Any], value: ColumnElement[Any], table: Table, customer_id: str
    ) -> Iterable[tuple[Any, Any]]:
        return [(row[0], row[1]) for row in self._db.execute(select(key, value).where(
            table.c.customer_id == customer_id
        ))]

    def _lists(self, customer_id: str) -> list[str]:
        of = campaign_lists.c
        return list(self._db.scalars(select(of.campaign_id).where(of.customer_id == customer_id)))

    def _consents(self, customer_id: str) -> dict[str, list[Any]]:
        rows = self._db.execute(select(consents).where(consents.c.customer_id == customer_id))
        return {row.purpose: [row.allowed, row.at.isoformat()] for row in rows}


def _key(table: Table) -> ColumnElement[Any]:
    (key,) = table.primary_key
    return key


def _written(customer: Customer) -> dict[str, Any]:
    language = customer.language.value if customer.language else None
    return asdict(customer) | {"created_at": customer.created_at.isoformat(), "language": language}


def _read(written: Mapping[str, Any]) -> Customer:
    language = Language(written["language"]) if written["language"] else None
    created = datetime.fromisoformat(written["created_at"])
    return Customer(**{**written, "language": language, "created_at": created})


def _merge(row: Row[Any]) -> Merge:
    snapshot: Snapshot = json.loads(row.snapshot)
    return Merge(row.id, _read(snapshot["kept"]), _read(snapshot["ended"]), row.merged_by, row.merged_at)
