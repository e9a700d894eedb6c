"""Changes of many FAQ articles at once, all or nothing, while others write on.

They are planned on a snapshot, laid down bit by bit where nobody sees them, and made live by one short transaction.
"""

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from crm_store.article_history import FaqAction
from crm_store.articles import ArticleChange
from crm_store.database import DatabaseDown
from crm_store.store import SqlStore, SqlTransaction
from desk.errors import Conflict

STEP = 100
"""Articles laid down in one transaction."""
DEAD_AFTER = timedelta(minutes=10)
"""What a bulk change laid down so long ago was left by a process that died; it has changed nothing."""
_TRIES = 3
_BULK = "bulk-"

Plan = Callable[[SqlTransaction], ArticleChange]
Record = Callable[[SqlTransaction, ArticleChange], None]


async def carry_out(
    store: SqlStore, plan: Plan, now: datetime, *, by: str, action: FaqAction, note: str = "",
    record: Record = lambda _tx, _change: None,
) -> tuple[int, ArticleChange]:
    """Plan a change, make it live in one revision, and return that revision with what was planned.

    `plan` only reads; it is asked again where somebody changes one of its articles meanwhile. `record` runs in the
    transaction that makes it live. Raises what these raise, and Conflict where others keep changing the same articles.
    """
    await clear_dead(store, now)
    for _ in range(_TRIES - 1):
        with contextlib.suppress(_Meanwhile):
            return await _tried(store, plan, now, by, action, note, record)
    return await _tried(store, plan, now, by, action, note, record)


class _Meanwhile(Conflict):
    """Somebody changed one of the articles since the plan was made."""


async def _tried(
    store: SqlStore, plan: Plan, now: datetime, by: str, action: FaqAction, note: str, record: Record
) -> tuple[int, ArticleChange]:
    # The revision first: what is committed between the two is then seen as a change, never missed.
    seen, planned = await store.read(lambda tx: (tx.articles.revision(), plan(tx)))
    key = f"{_BULK}{int(now.timestamp()):011}-{token_hex(8)}"

    def make_live(tx: SqlTransaction) -> int:
        record(tx, planned)
        try:
            return tx.articles.put_laid_down(
                key, now, by=by, action=action, note=note, gone=planned.gone, seen=seen,
                keeps_demo=action is FaqAction.UNDONE,
            )
        except Conflict as error:
            raise _Meanwhile(str(error)) from error

    try:
        for start in range(0, len(planned.rows), STEP):
            rows = planned.rows[start : start + STEP]
            await store.transact(lambda tx, rows=rows, start=start: tx.articles.laid_down.add(key, rows, start))  # type: ignore[misc]
        return await store.transact(make_live), planned
    finally:
        if planned.rows:
            await clear(store, key)


async def clear(store: SqlStore, key: str) -> None:
    """Forget what was laid down under this key."""
    with contextlib.suppress(DatabaseDown):
        left = True
        while left:
            left = await store.transact(lambda tx: tx.articles.laid_down.clear(key, STEP * 4))


def is_bulk(key: str) -> bool:
    """Whether a bulk change laid it down, and no import."""
    return key.startswith(_BULK)


async def clear_dead(store: SqlStore, now: datetime) -> None:
    """Forget what bulk changes laid down whose process died."""
    for key in await store.read(lambda tx: tx.articles.laid_down.keys()):
        if is_bulk(key) and now - _began(key) > DEAD_AFTER:
            await clear(store, key)


def _began(key: str) -> datetime:
    return datetime.fromtimestamp(int(key.removeprefix(_BULK).partition("-")[0]), UTC)


def removal(ids: Sequence[str]) -> Plan:
    """A plan to remove those of the articles that exist."""

    def plan(tx: SqlTransaction) -> ArticleChange:
        found = [article.id for article in tx.articles.list_ids(ids)]
        return ArticleChange((), found, len(found))

    return plan
