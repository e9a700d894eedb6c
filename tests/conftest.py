"""What every test may use: a throw-away PostgreSQL, a store on each engine, a clock that is moved by hand."""

import gc
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest

from crm_store import schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore

FieldCipher.install("a key for tests")
gc.disable()  # until everything is imported, which stays to the end

ENCODERS = Path(__file__).parents[1] / "var" / "encoders"  # where a running product keeps them, too
IN_MEMORY, ROOM = Path("/dev/shm"), 3 * 1024**3
if "TMPDIR" not in os.environ and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    # Thousands of small databases are written and removed: on a slow disk that is most of the run's time.
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: where tests run side by side, nobody waits for one that began last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Collections need not look at what was imported, nor come as often as among few objects: a tenth of the time."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: some test always waits for a process, a browser or a promised time."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Who runs what where tests run side by side (`make test`)."""
    from tests.side_by_side import SharedFixtures  # only then is it there to import

    return SharedFixtures(config, log)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai

    def now(self) -> datetime:
        return self._now

    def forward(self, step: timedelta) -> datetime:
        self._now += step
        return self._now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


PORTS_EACH = 5_000
_given: set[int] = set()


def free_port() -> int:
    """A loopback port nobody listens on, from below the range that outgoing connections are given theirs from. Each of
    the processes that run tests side by side has its own range, and gives none twice."""
    first = 12_000 + PORTS_EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
    while True:
        port = random.randrange(first, first + PORTS_EACH)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def skip_or_fail(reason: str) -> None:
    """Where something is missing: skip with the reason, but never in CI, where that would hide a gap."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {reason}")
    pytest.skip(reason)


def lend_encoders(home: Path) -> None:
    """Let a product that is started there find the encoder prepared, which takes ten seconds of a core."""
    ENCODERS.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    (home / "encoders").symlink_to(ENCODERS)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, made for this run and thrown away after it."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb")
    initdb = binaries[-1] if binaries else (Path(found) if found else None)
    if initdb is None:
        skip_or_fail("no PostgreSQL binaries (initdb) on this machine")
    assert initdb is not None
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-pg-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder}
    subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
                   check=True, user=user, **quiet)
    options = ["-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (folder / "server.log").open("wb") as log:  # a pipe that nobody empties would hold it up once that is full
        server = subprocess.Popen([initdb.with_name("postgres"), *options], user=user, **quiet | {"stderr": log})
    try:
        address = f"127.0.0.1:{port}"
        _await_server(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown, whoever is still connected
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _await_server(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@{address}/postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Postgres:
    """Databases on the server of this run."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._names = count()

    def create(self, template: str = "template1") -> str:
        """A new database's name."""
        name = f"t{next(self._names)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def rename(self, name: str, to: str) -> None:
        """Take a database away from whoever uses it: its connections are ended, its name is another."""
        self._run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # or somebody is back before it is renamed
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self._run(f"ALTER DATABASE {name} RENAME TO {to}")
        self._run(f"ALTER DATABASE {to} ALLOW_CONNECTIONS true")

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@{self._address}/{name}"

    def _run(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://postgres@{self._address}/postgres", autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> Postgres:
    return Postgres(postgres_server)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a migrated database, to be copied: migrating takes longer than most tests."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "store.db"
    _migrate(f"sqlite:///{file}")
    return file


def _migrate(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.close()


ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database, on each engine."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "store.db")
        yield f"sqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("migrated_postgres"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """A store on each engine."""
    database = Database(database_url)
    signals = Signals()
    signals.bind()
    opened = SqlStore(database, signals)
    yield opened
    await opened.close()
    database.close()
