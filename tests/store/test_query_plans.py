"""However many messages were dealt with before, what is asked for every message is found through an index."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from crm_store.database import Database
from crm_store.outbound import channel_key
from crm_store.signals import Signals
from crm_store.store import SqlStore
from desk.channels import CAPABILITIES
from desk.conversations import DeliveryStatus
from desk.inbox import accept
from desk.messages import Address, ChannelName, InboundKind, InboundMessage, OutboundMessage
from desk.outbox import settle
from desk.ports import BotAnswer
from desk.queue import Outcome
from desk.router import Answered, AskBot, begin, conclude
from knowledge_base.script import detect_language
from tests.conftest import HandClock
from tests.desk.conftest import OFFICE

ADDRESS = Address(ChannelName.TELEGRAM, "bot", "u1", "u1")
LEASE = timedelta(seconds=30)
GROWING = ("inbound", "outbound", "messages", "conversations", "identities", "customers", "ratings", "recipients",
           "menu_buttons")


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated_sqlite: Path) -> Iterator[SqlStore]:
    database = Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'store.db')}")
    yield SqlStore(database, Signals())
    database.close()


async def a_turn(store: SqlStore, clock: HandClock) -> None:
    """One message from its arrival until its answer was delivered."""
    now = clock.now()
    message = InboundMessage("m1", ADDRESS, now, 1, InboundKind.TEXT, text="hello", display_name="Li")
    await store.transact(lambda tx: accept(tx, [message], now))
    (lease,) = await store.transact(lambda tx: tx.inbound.claim("w", 8, now, LEASE))
    await store.transact(lambda tx: tx.inbound.standing([], now))
    await store.transact(lambda tx: tx.inbound.standing([lease], now))
    step = await store.transact(lambda tx: begin(tx, lease, None, detect_language, now))
    assert isinstance(step, AskBot)
    answer = BotAnswer((OutboundMessage("Good morning."),))
    answered = Answered(lease, step.turn.conversation_id, answer)
    await store.transact(lambda tx: conclude(tx, [answered], OFFICE, now))
    can = CAPABILITIES[ChannelName.TELEGRAM]
    (out,) = await store.transact(lambda tx: tx.outbound.claim(channel_key(ADDRESS), can, "w", 8, now, LEASE))
    await store.transact(lambda tx: settle(tx, [(out, Outcome(DeliveryStatus.SENT, 1))], now))
    await store.transact(lambda tx: tx.outbound.next_due(channel_key(ADDRESS), now))


async def test_no_statement_of_a_turn_reads_a_whole_table(sqlite_store: SqlStore, clock: HandClock) -> None:
    engine = sqlite_store.database.engine
    run: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def remember(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        run.append((statement, values))

    await a_turn(sqlite_store, clock)
    asked = [each for each in run if each[0].startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(asked) > 20
    scans: list[str] = []
    with engine.connect() as connection:
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            scans += [f"{row[3]}: {statement}" for row in plan
                      if re.fullmatch(rf"SCAN ({'|'.join(GROWING)})(_\d+)?", row[3])]
    assert scans == []
