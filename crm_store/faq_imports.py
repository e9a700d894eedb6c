"""Imports of FAQ files: where each stands, in every process and after a restart."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from crm_store.faq_rows import faq_imports
from desk.errors import NotFound
from desk.faq_imports import FaqImport, Fault, ImportPlan, ImportState, PlannedChange


class FaqImports:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, import_id: str, name: str, form: str, file_id: str, agent_id: str, now: datetime) -> None:
        self._db.execute(insert(faq_imports).values(
            id=import_id, name=name[:200], form=form, file_id=file_id, state=ImportState.READING, faults=[], plan={},
            agent_id=agent_id, made_at=now, beat_at=now,
        ))

    def get(self, import_id: str) -> FaqImport:
        row = self._db.execute(select(faq_imports).where(faq_imports.c.id == import_id)).one_or_none()
        if row is None:
            raise NotFound("no such import")
        return _import(row)

    def list_newest(self, limit: int = 20) -> list[FaqImport]:
        query = select(faq_imports).order_by(faq_imports.c.made_at.desc(), faq_imports.c.id).limit(limit)
        return [_import(row) for row in self._db.execute(query)]

    def move(
        self, import_id: str, from_: ImportState, to: ImportState, now: datetime, *, faults: Sequence[Fault] = (),
        plan: ImportPlan | None = None, revision: int | None = None,
    ) -> bool:
        """From one state to the next; False when it is in another (somebody cancelled, or pressed twice)."""
        values: dict[str, Any] = {"state": to, "beat_at": now}
        if faults:
            values["faults"] = [asdict(fault) for fault in faults]
        if plan is not None:
            values |= {"plan": asdict(plan), "total": plan.total}
        if revision is not None:
            values["revision"] = revision
        here = (faq_imports.c.id == import_id) & (faq_imports.c.state == from_)
        return self._db.execute(update(faq_imports).where(here).values(values)).rowcount == 1

    def beat(self, import_id: str, done: int, now: datetime) -> bool:
        """Say how far it is; True when somebody wants it stopped."""
        self._db.execute(update(faq_imports).where(faq_imports.c.id == import_id).values(done=done, beat_at=now))
        return bool(self._db.scalar(select(faq_imports.c.cancel).where(faq_imports.c.id == import_id)))

    def ask_to_cancel(self, import_id: str) -> None:
        self._db.execute(update(faq_imports).where(faq_imports.c.id == import_id).values(cancel=True))


def _import(row: Row[Any]) -> FaqImport:
    plan = None
    if row.plan:
        changes = tuple(
            PlannedChange(each["article_id"], each["title"], each["kind"], tuple(tuple(one) for one in each["fields"]))
            for each in row.plan["changes"]
        )
        plan = ImportPlan(**{**row.plan, "changes": changes, "ignored": tuple(row.plan.get("ignored", ())),
                             "warnings": tuple(Fault(**each) for each in row.plan.get("warnings", ()))})
    return FaqImport(
        row.id, row.name, row.form, row.file_id, ImportState(row.state), row.done, row.total,
        tuple(Fault(**each) for each in row.faults), plan, row.agent_id, row.revision, row.cancel, row.made_at,
        row.beat_at,
    )
