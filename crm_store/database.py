"""Connections and transactions: the only place that begins and commits.

SQLite has one writer thread that commits many transactions at once, because its writers exclude each other anyway and
one fsync then serves them all. PostgreSQL has a pool of threads, a transaction each.
Work is a plain function over a connection; it runs off the event loop, so it may block but must be short. It may be run
again when nothing of it was stored, so all it changes must be in the database.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from desk.errors import Invalid

GROUP = 64
READERS = 4
CHECKPOINT_PAGES = 8000
"""SQLite moves its log (of at most about 32 MB) into the database file every so many pages. Its own 1000 is reached
several times a second under load, and the writer waits each time."""
PG_THREADS = 8
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_RETRIED_STATES = {"40001", "40P01"}  # serialization failure, deadlock

T = TypeVar("T")


class DatabaseDown(Exception):
    """The database could not take the work: nothing of it was stored."""


class Database:
    """Runs functions over a connection in transactions. `write` commits, `read` never does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        if self.is_sqlite:
            _prepare_folder(url)
            self._write_engine = _sqlite_engine(url, immediate=True)
            self._read_engine = _sqlite_engine(url, immediate=False)
            self._group_writer: _GroupWriter | None = _GroupWriter(self._write_engine)
            self._pg_writers: ThreadPoolExecutor | None = None
        else:
            # Statements are prepared when they come again: parsing and planning them takes longer than running them.
            # A read ends with a rollback, at which the driver forgets what it prepared: so reads have connections of
            # their own. The last used is used next, which has prepared the most.
            self._write_engine = _postgresql_engine(url, PG_THREADS)
            self._read_engine = _postgresql_engine(url, READERS)
            self._single_engine = self._write_engine.execution_options(isolation_level="AUTOCOMMIT")
            self._notify_engine = self._read_engine.execution_options(isolation_level="AUTOCOMMIT")
            self._group_writer = None
            self._pg_writers = ThreadPoolExecutor(PG_THREADS, thread_name_prefix="db-write")

    @property
    def engine(self) -> Engine:
        """For migrations only."""
        return self._write_engine

    async def write(self, work: Callable[[Connection], T], *, single: bool = False) -> T:
        """Run `work` in a transaction of its own and commit it. Raises what `work` raises, or DatabaseDown.

        `single`: it is one statement, harmless when run twice; PostgreSQL keeps it whole without BEGIN and COMMIT.
        """
        if self._group_writer is not None:
            return await asyncio.wrap_future(self._group_writer.submit(work))
        assert self._pg_writers is not None  # noqa: S101 - one of the two is set by the constructor
        return await asyncio.get_running_loop().run_in_executor(self._pg_writers, self._write_alone, work, single)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot. Raises what `work` raises, or DatabaseDown."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_alone, work)

    async def notify(self, channel: str, payload: str) -> None:
        """PostgreSQL's NOTIFY, by itself. Raises DatabaseDown."""
        await asyncio.get_running_loop().run_in_executor(self._readers, self._notify, channel, payload)

    async def truncate_log(self) -> None:
        """Empty SQLite's write-ahead log, which still holds what was deleted a moment ago."""
        if self.is_sqlite:
            await asyncio.get_running_loop().run_in_executor(self._readers, self._checkpoint)

    def close(self) -> None:
        if self._group_writer is not None:
            self._group_writer.stop()
        if self._pg_writers is not None:
            self._pg_writers.shutdown()
        self._readers.shutdown()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _notify(self, channel: str, payload: str) -> None:
        try:
            with self._notify_engine.connect() as connection:
                connection.execute(_NOTIFY, {"channel": channel, "payload": payload})
        except DBAPIError as error:
            raise _in_our_words(error) from error

    def _checkpoint(self) -> None:
        with self._write_engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _write_alone(self, work: Callable[[Connection], T], single: bool) -> T:
        for attempt in (1, 2, 3):
            worked = False
            try:
                with (self._single_engine.connect() if single else self._write_engine.begin()) as connection:
                    result = work(connection)
                    worked = True
                return result
            except DBAPIError as error:
                # A connection that died in the pool shows at its first statement. Once the commit was asked for,
                # nobody can say what became of it.
                died = error.connection_invalidated and not worked
                if attempt < 3 and (died or getattr(error.orig, "sqlstate", None) in _RETRIED_STATES):
                    continue
                raise _in_our_words(error) from error
        raise AssertionError("unreachable")

    def _read_alone(self, work: Callable[[Connection], T]) -> T:
        for attempt in (1, 2):
            try:
                with self._read_engine.connect() as connection:
                    return work(connection)
            except (DBAPIError, OverflowError) as error:
                if attempt == 1 and getattr(error, "connection_invalidated", False):
                    continue
                raise _in_our_words(error) from error
        raise AssertionError("unreachable")


_Piece = tuple[Callable[[Connection], Any], Future[Any]]
_Outcome = tuple[Future[Any], Any, Exception | None]


class _GroupWriter:
    """SQLite's one writer: takes whatever waits, runs it in one transaction, commits once.

    Where a piece fails, the group is run again with a savepoint for each, so that it fails alone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[tuple[Callable[[Connection], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            first = self._queue.get()
            if first is None:
                return
            batch = [first]
            while len(batch) < GROUP:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    stopping = True
                    break
                batch.append(item)
            self._settle(batch)

    def _settle(self, batch: list[_Piece]) -> None:
        try:
            outcomes = self._commit(batch)
        except Exception as error:  # nothing of the group was stored: everybody must know
            outcomes = [(future, None, error) for _, future in batch]
        for future, result, failure in outcomes:
            if not future.set_running_or_notify_cancel():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(_in_our_words(failure))

    def _commit(self, batch: list[_Piece]) -> list[_Outcome]:
        if len(batch) > 1 and (outcomes := self._together(batch)) is not None:
            return outcomes
        with self._engine.begin() as connection:
            if len(batch) > 1:
                return [_in_savepoint(connection, work, future) for work, future in batch]
            work, future = batch[0]
            return [(future, work(connection), None)]

    def _together(self, batch: list[_Piece]) -> list[_Outcome] | None:
        """None when one of them failed: then nothing is stored."""
        with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                outcomes: list[_Outcome] = [(future, work(connection), None) for work, future in batch]
            except Exception:  # whose it was, and why, shows when they are run apart
                transaction.rollback()
                return None
        return outcomes


def _in_savepoint(connection: Connection, work: Callable[[Connection], Any], future: Future[Any]) -> _Outcome:
    try:
        with connection.begin_nested():
            return future, work(connection), None
    except Exception as error:  # handed to whoever waits for it
        return future, None, error


def _in_our_words(error: Exception) -> Exception:
    """Full disk, lost server and the like become DatabaseDown, what no column can hold (a number too large, a NUL)
    becomes Invalid; a broken rule stays what it is."""
    if isinstance(error, OverflowError | DataError):
        return Invalid("", "a value is too large, or holds a character that cannot be stored")
    return DatabaseDown(type(error.orig).__name__) if isinstance(error, OperationalError) else error


def _prepare_folder(url: str) -> None:
    name = make_url(url).database
    if name and name != ":memory:":
        Path(name).parent.mkdir(parents=True, exist_ok=True)


def _postgresql_engine(url: str, connections: int) -> Engine:
    return create_engine(url, pool_size=connections, pool_use_lifo=True, connect_args={"connect_timeout": 5})


def _sqlite_engine(url: str, *, immediate: bool) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, pool_size=1 if immediate else READERS, max_overflow=0,
                           connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON",
                       "secure_delete=ON", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
