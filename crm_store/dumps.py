"""The whole database as one file, and back: SQLite by its online backup, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import DatabaseError

from crm_store import schema
from crm_store.database import Database

_FILLED = ("agents", "customers", "conversations", "articles")
"""A database with rows in any of these is somebody's."""
_OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
""")


class CannotDump(Exception):
    """Why the database could not be written down or brought back, in a sentence for the operator."""


def write_dump(url: str, to: Path) -> tuple[str, ...]:
    """Write a consistent copy while others go on writing. Returns the schema's version."""
    source = make_url(url)
    if _is_sqlite(source):
        if not source.database or not Path(source.database).is_file():
            raise CannotDump(f"There is no database at {source.database}.")
        with closing(sqlite3.connect(source.database)) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy, pages=2000)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        _run([_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={to}",
              f"--dbname={_address(source)}"], source)
    return version_of(f"sqlite:///{to}" if _is_sqlite(source) else url)


def version_of(url: str) -> tuple[str, ...]:
    """The schema's version, empty where there is no table."""
    with _connection(url) as connection:
        return schema.versions_of(connection)


def is_empty(url: str) -> bool:
    """Whether nobody's data is there."""
    source = make_url(url)
    if _is_sqlite(source) and not (source.database and Path(source.database).is_file()):
        return True
    try:
        with _connection(url) as connection:
            there = set(inspect(connection).get_table_names())
            asked = [text(f"SELECT 1 FROM {name} LIMIT 1") for name in _FILLED if name in there]  # noqa: S608 - ours
            return not any(connection.scalar(each) for each in asked)
    except DatabaseError:  # damaged, but somebody's
        if not _is_sqlite(source):
            raise
        return False


def others_connected(url: str) -> int:
    """How many others use a PostgreSQL database now; 0 on SQLite, which is guarded by a lock in HOME."""
    if _is_sqlite(make_url(url)):
        return 0
    with _connection(url) as connection:
        return connection.scalar(_OTHERS) or 0


def prepare_sqlite(dump: Path) -> None:
    """Check a SQLite copy and bring it to the newest schema, before it takes anything's place."""
    with closing(sqlite3.connect(dump)) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise CannotDump("The database in this backup is damaged.")
    database = Database(f"sqlite:///{dump}")
    try:
        schema.upgrade(database)
    finally:
        database.close()
    with closing(sqlite3.connect(dump)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")


def replace_sqlite(url: str, dump: Path) -> None:
    """Put a prepared copy in the database's place: one rename, before which everything is as it was."""
    target = Path(str(make_url(url).database))
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        _fold_log(target)
    beside = target.with_name(f".{target.name}.restoring")
    shutil.move(dump, beside)  # HOME may be another file system
    beside.replace(target)


def _fold_log(database: Path) -> None:
    """Move SQLite's log into its file, or the old log would be taken for the new file's."""
    try:
        with closing(sqlite3.connect(database)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError:  # too damaged to be opened, which may be why it is replaced
        for ending in ("-wal", "-shm"):
            database.with_name(database.name + ending).unlink(missing_ok=True)


def replace_postgres(url: str, dump: Path) -> None:
    """Put a dump in the database's place, in one transaction; then bring it to the newest schema."""
    target = make_url(url)
    script = dump.with_suffix(".sql")
    with script.open("w") as out:
        out.write("DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
    body = dump.with_suffix(".body")
    _run([_program("pg_restore"), "--no-owner", "--no-privileges", f"--file={body}", str(dump)], target)
    _run([_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
          f"--file={script}", f"--file={body}", f"--dbname={_address(target)}"], target)
    database = Database(url)
    try:
        schema.upgrade(database)
    finally:
        database.close()


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _address(url: URL) -> str:
    """Without the password, which every user of the machine could read in a command line."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _program(name: str) -> str:
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: _number(path.parts[4]))
    if found is None and not installed:
        raise CannotDump(f"{name} is missing: install PostgreSQL's client programs (postgresql-client), of the "
                         "server's version or a newer one, or put them on PATH.")
    return str(installed[-1]) if installed else str(found)


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0


def _run(command: list[str], url: URL) -> None:
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise CannotDump(f"{Path(command[0]).name} failed: {said[0]}")
