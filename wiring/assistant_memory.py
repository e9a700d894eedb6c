"""What the assistant itself remembers: Rasa's tracker database in HOME."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path


def forget(home: Path, conversation_ids: Sequence[str]) -> int | None:
    """Delete what was said in these conversations; returns how many events are gone, None when there is no
    database here (the assistant runs elsewhere)."""
    file = home / "assistant.db"
    if not file.exists():
        return None
    with closing(sqlite3.connect(file, timeout=10)) as database:
        database.execute("PRAGMA secure_delete=ON")
        known = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'events'").fetchone()
        if known is None:
            return 0
        with database:
            ended = (database.execute("DELETE FROM events WHERE sender_id = ?", (each,)) for each in conversation_ids)
            gone = sum(each.rowcount for each in ended)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still holds what was deleted a moment ago
        return gone
