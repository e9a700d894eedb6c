"""A backup is one file from which a desk goes on elsewhere, on SQLite and PostgreSQL."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_store import dumps, schema
from crm_store.database import Database
from crm_store.dumps import CannotDump
from desk.agents import Role
from desk.ports import FetchedFile
from gateway import backups
from gateway.cli import app
from gateway.runtime import only_instance
from knowledge_base.service import LiveFaq
from tests.console.life import Life
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import Settings, load_settings

NAME = "王小明 Wang"


def settings_in(home: Path, url: str, key: str = "a key for tests") -> Settings:
    return load_settings(None, home=home, secret_key=key, database_url=url, hours="Mon-Sun 00:00-23:59",
                         rasa_url="http://127.0.0.1:9")


@asynccontextmanager
async def desk_of(settings: Settings) -> AsyncIterator[Services]:
    built = build_services(settings)
    built = replace(built, faq=LiveFaq(StoredArticles(built.store), None))
    built.signals.bind()
    yield built
    await built.close()


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "old", database_url)


@pytest.fixture
def new(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """An empty home and a database without any table, on the same engine."""
    if database_url.startswith("sqlite"):
        yield settings_in(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'desk.db'}")
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield settings_in(tmp_path / "new", server.url(name))
    server.drop(name)


async def lives(settings: Settings) -> str:
    """A customer with a conversation and a file; returns the file's id."""
    async with desk_of(settings) as services:
        life = Life(services)
        await life.hires("Boss", Role.ADMIN)
        await life.asks_for_a_person("房间很吵", name=NAME)
        kept = await services.uploads.keep(FetchedFile(b"a picture", "image/png", "room.png"), life.now())
        await services.store.transact(lambda tx: tx.audit.record("system", "test.done", "file:1", life.now()))
        return kept.id


async def names_in(settings: Settings) -> list[str]:
    async with desk_of(settings) as services:
        found = await services.store.read(lambda tx: tx.customers.list_page("", 1000))
        return [customer.name for customer in found]


def back_up(settings: Settings, to: Path, *, with_key: bool = False) -> Path:
    backups.back_up(settings, to, datetime.now(UTC), with_key=with_key)
    return to


async def test_a_desk_goes_on_elsewhere_though_customers_wrote_while_it_was_backed_up(
    old: Settings, new: Settings, tmp_path: Path
):
    file_id = await lives(old)
    async with desk_of(old) as services:
        life = Life(services, told=100)

        async def keep_writing() -> None:
            for number in range(1000):
                await life.writes(f"message {number}", user=f"guest{number}")

        writing = asyncio.create_task(keep_writing())
        await asyncio.sleep(0.2)
        archive = await asyncio.to_thread(back_up, old, tmp_path / "desk.backup")
        before = life.told
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert before > 101, "nobody wrote meanwhile"
    assert archive.stat().st_mode & 0o077 == 0, "only its owner may read it"
    backups.restore(new, archive, force=False)
    async with desk_of(new) as services:
        names, conversations, audit = await services.store.read(lambda tx: (
            [one.name for one in tx.customers.list_page("", 2000)], tx.conversations.list_page(None, "", 2000),
            tx.audit.verify(),
        ))
        assert NAME in names and len(conversations) == len(names), "whole turns only"
        assert audit.is_intact and audit.entries > 0
        assert (await services.uploads.open(file_id)).content == b"a picture"
        await Life(services, told=5000).writes("it goes on", user="somebody new")


async def test_it_replaces_nobodys_data_unless_it_is_told_to(old: Settings, new: Settings, tmp_path: Path):
    await lives(old)
    archive = back_up(old, tmp_path / "desk.backup")
    async with desk_of(old) as services:
        await Life(services, told=100).writes("after the backup", user="late", name="Late")
    with pytest.raises(CannotDump, match="--force"):
        backups.restore(old, archive, force=False)
    assert "Late" in await names_in(old)
    backups.restore(old, archive, force=True)
    assert await names_in(old) == [NAME]


async def test_a_damaged_backup_changes_nothing(old: Settings, new: Settings, tmp_path: Path):
    await lives(old)
    archive = back_up(old, tmp_path / "desk.backup")
    whole = archive.read_bytes()
    at = whole.index(b"a picture")
    for wrong in (whole[:at] + b"b" + whole[at + 1:], whole[: len(whole) // 2], b"no backup at all"):
        archive.write_bytes(wrong)
        with pytest.raises(CannotDump, match="damaged"):
            backups.restore(new, archive, force=True)
        assert dumps.is_empty(new.database)


async def test_an_interrupted_restore_leaves_what_was_there(
    old: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file_id = await lives(old)
    archive = back_up(old, tmp_path / "desk.backup")
    async with desk_of(old) as services:
        await Life(services, told=100).writes("after the backup", user="late", name="Late")
    run = dumps._run
    monkeypatch.setattr(dumps, "_run", lambda command, url: run(
        [*command, "--command=SELECT 1/0"] if Path(command[0]).name == "psql" else command, url
    ))

    def stop(*_: object) -> None:
        raise CannotDump("the power failed")

    monkeypatch.setattr(dumps, "_fold_log", stop)
    with pytest.raises(CannotDump):
        backups.restore(old, archive, force=True)
    monkeypatch.undo()
    assert "Late" in await names_in(old)
    async with desk_of(old) as services:
        assert (await services.uploads.open(file_id)).content == b"a picture"
    assert not list(old.home.glob(".restore-*"))


async def test_an_older_schema_is_brought_up_and_a_newer_one_refused(
    old: Settings, new: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await lives(old)
    database = Database(old.database)
    schema.downgrade(database, "-1")
    database.close()
    archive = back_up(old, tmp_path / "desk.backup")
    monkeypatch.setattr(schema, "is_known", lambda _version: False)
    with pytest.raises(CannotDump, match="newer Frontdesk"):
        backups.restore(new, archive, force=True)
    monkeypatch.undo()
    backups.restore(new, archive, force=False)
    async with desk_of(new) as services:
        assert await services.database.read(schema.is_current)


async def test_the_key_is_kept_apart_unless_asked_for_and_must_fit(old: Settings, new: Settings, tmp_path: Path):
    await lives(old)
    keyless = {"home": new.home, "database_url": new.database, "secret_key": ""}
    apart = back_up(old, tmp_path / "apart.backup")
    with pytest.raises(CannotDump, match="does not hold the secret key"):
        backups.restore(load_settings(None, **keyless), apart, force=False)
    with pytest.raises(CannotDump, match="another secret key"):
        backups.restore(settings_in(new.home, new.database, "some other key"), apart, force=False)
    assert dumps.is_empty(new.database)
    assert b"a key for tests" not in apart.read_bytes()
    within = back_up(old, tmp_path / "within.backup", with_key=True)
    elsewhere = load_settings(None, **keyless)
    backups.restore(elsewhere, within, force=False)
    assert (new.home / "secret.key").read_text() == "a key for tests"
    assert await names_in(elsewhere) == [NAME]


async def test_nothing_is_restored_under_a_running_desk(old: Settings, new: Settings, tmp_path: Path, monkeypatch):
    await lives(old)
    archive = back_up(old, tmp_path / "desk.backup")
    for name, value in {"HOME": old.home, "DATABASE_URL": old.database, "SECRET_KEY": "a key for tests"}.items():
        monkeypatch.setenv(f"FRONTDESK_{name}", str(value))
    monkeypatch.chdir(tmp_path)
    if old.is_embedded:
        lock = only_instance(old.home)
        refused = CliRunner().invoke(app, ["restore", str(archive), "--force"])
        assert "already runs" in str(refused.exception)
        lock.close()
    else:
        async with desk_of(old) as services:
            await services.store.read(lambda tx: tx.agents.count())
            refused = CliRunner().invoke(app, ["restore", str(archive), "--force"])
            assert refused.exit_code == 1 and "connected" in refused.output
    done = CliRunner().invoke(app, ["restore", str(archive), "--force"])
    assert done.exit_code == 0, done.output
    assert "NOT in it" in CliRunner().invoke(app, ["backup", str(tmp_path / "again.backup")]).output


def test_without_postgresqls_programs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(Path, "glob", lambda _self, _pattern: iter(()))
    with pytest.raises(CannotDump, match="postgresql-client"):
        dumps.write_dump("postgresql+psycopg://nobody@127.0.0.1:9/x", tmp_path / "dump")


def test_a_damaged_sqlite_database_can_be_replaced(tmp_path: Path):
    broken, whole = tmp_path / "broken.db", tmp_path / "whole.db"
    broken.write_bytes(b"not a database" * 1000)
    with sqlite3.connect(whole) as made:
        made.execute("CREATE TABLE t (a)")
    made.close()
    assert not dumps.is_empty(f"sqlite:///{broken}")
    dumps.replace_sqlite(f"sqlite:///{broken}", whole)
    assert dumps.is_empty(f"sqlite:///{broken}")


async def test_half_told_complaints_come_back_as_they_were_backed_up(old: Settings, tmp_path: Path):
    await lives(old)
    file = old.home / "assistant.db"
    with closing(sqlite3.connect(file)) as memory:
        memory.execute("PRAGMA journal_mode=WAL")
        memory.execute("CREATE TABLE events (data TEXT)")
        memory.execute("INSERT INTO events VALUES ('before')")
        memory.commit()
        archive = back_up(old, tmp_path / "desk.backup")
        memory.execute("INSERT INTO events VALUES ('after')")
        memory.commit()
        log = file.with_name("assistant.db-wal").read_bytes()
    file.with_name("assistant.db-wal").write_bytes(log)  # as an assistant that was killed leaves it
    backups.restore(old, archive, force=True)
    with closing(sqlite3.connect(file)) as memory:
        assert memory.execute("SELECT data FROM events").fetchall() == [("before",)]
