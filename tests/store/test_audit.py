"""The audit log keeps what was done, and shows when somebody tampered with it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_store.store import SqlStore, SqlTransaction
from desk.audit import AuditFilter
from tests.conftest import HandClock

ANY = AuditFilter()


async def note(store: SqlStore, clock: HandClock, count: int = 5) -> None:
    for number in range(1, count + 1):
        subject = f"ticket:{number}"
        await store.transact(
            lambda tx, subject=subject: tx.audit.record("lin", "ticket.closed", subject, clock.now(), by="hand")
        )


async def tampered(store: SqlStore, *statements: str) -> None:
    """What somebody does who has the database's password: without triggers, in plain SQL."""
    def change(tx: SqlTransaction) -> None:
        if tx.connection.dialect.name == "postgresql":
            tx.connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        else:
            for event in ("update", "delete"):
                tx.connection.execute(text(f"DROP TRIGGER audit_append_only_{event}"))
        for statement in statements:
            tx.connection.execute(text(statement))

    await store.transact(change)


async def test_what_was_done_is_listed_newest_first_and_by_filter(store: SqlStore, clock: HandClock):
    await note(store, clock, 3)
    await store.transact(lambda tx: tx.audit.record("wu", "customer.viewed", "customer:9", clock.now()))
    listed = await store.read(lambda tx: tx.audit.list_page(ANY))
    assert [(entry.number, entry.actor, entry.subject) for entry in listed] == [
        (4, "wu", "customer:9"), (3, "lin", "ticket:3"), (2, "lin", "ticket:2"), (1, "lin", "ticket:1"),
    ]
    for wanted, found in (
        (AuditFilter(actor="wu"), [4]), (AuditFilter(action="ticket."), [3, 2, 1]),
        (AuditFilter(subject="ticket:2"), [2]), (AuditFilter(until=clock.now()), []),
    ):
        assert [entry.number for entry in await store.read(lambda tx, w=wanted: tx.audit.list_page(w))] == found
    assert [entry.number for entry in await store.read(lambda tx: tx.audit.list_page(ANY, before=3, limit=1))] == [2]


async def test_what_is_undone_leaves_no_entry(store: SqlStore, clock: HandClock):
    def fail(tx: SqlTransaction) -> None:
        tx.audit.record("lin", "ticket.closed", "ticket:1", clock.now())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transact(fail)
    assert await store.read(lambda tx: tx.audit.list_page(ANY)) == []


async def test_entries_written_at_the_same_time_make_one_unbroken_chain(store: SqlStore, clock: HandClock):
    await asyncio.gather(*(note(store, clock, 5) for _ in range(8)))
    found = await store.read(lambda tx: tx.audit.verify())
    assert (found.entries, found.faults) == (40, ())


@pytest.mark.parametrize("statement", [
    "UPDATE audit_entries SET actor = 'wu' WHERE number = 3", "DELETE FROM audit_entries WHERE number = 3",
])
async def test_the_database_refuses_to_change_an_entry(store: SqlStore, clock: HandClock, statement: str):
    await note(store, clock)
    with pytest.raises(DBAPIError, match="append-only"):
        await store.transact(lambda tx: tx.connection.execute(text(statement)))
    assert (await store.read(lambda tx: tx.audit.verify())).is_intact


@pytest.mark.parametrize(("statements", "fault"), [
    (("UPDATE audit_entries SET actor = 'wu' WHERE number = 3",), "entry 3 is not what was written"),
    (("UPDATE audit_entries SET facts = '{}' WHERE number = 5",), "entry 5 is not what was written"),
    (("DELETE FROM audit_entries WHERE number = 3",), "entries 3 to 3 are missing"),
    (("DELETE FROM audit_entries WHERE number = 3", "UPDATE audit_entries SET number = number - 1 WHERE number > 3"),
     "entry 3 is not what was written"),
    (("DELETE FROM audit_entries WHERE number > 3",), "entry 3 is not the newest"),
    (("DELETE FROM audit_entries",), "entry 0 is not the newest"),
    (("DELETE FROM audit_entries WHERE number > 3", "UPDATE audit_head SET number = 3"), "entry 3 is not the newest"),
    (("UPDATE audit_entries SET number = 99 WHERE number = 2", "UPDATE audit_entries SET number = 2 WHERE number = 3",
      "UPDATE audit_entries SET number = 3 WHERE number = 99"), "entry 2 is not what was written"),
], ids=["altered", "facts altered", "deleted", "deleted and renumbered", "cut off", "emptied", "cut off with its head",
        "reordered"])
async def test_tampering_is_found(store: SqlStore, clock: HandClock, statements: tuple[str, ...], fault: str):
    await note(store, clock)
    await tampered(store, *statements)
    found = await store.read(lambda tx: tx.audit.verify())
    assert not found.is_intact and any(fault in each for each in found.faults), found.faults


async def test_a_log_put_back_to_an_older_state_is_found_by_an_anchor_kept_elsewhere(store: SqlStore, clock: HandClock):
    await note(store, clock, 3)
    heads = await store.read(lambda tx: tx.connection.execute(text("SELECT number, seal FROM audit_head")).one())
    await note(store, clock, 2)
    anchor = (5, await store.read(lambda tx: tx.audit.seal_of(5)))
    await tampered(store, "DELETE FROM audit_entries WHERE number > 3",
                   f"UPDATE audit_head SET number = 3, seal = '{heads.seal}'")
    assert (await store.read(lambda tx: tx.audit.verify())).is_intact
    assert "entry 5 is not the one that was anchored" in (await store.read(lambda tx: tx.audit.verify([anchor]))).faults
