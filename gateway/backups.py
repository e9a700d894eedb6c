"""Everything a desk needs to go on elsewhere, in one file: database, uploads, the assistant's half-told forms, seals.

The file is a tar: first manifest.json, which names every part with its size and SHA-256, then the parts. Restoring
reads and checks all of it before anything changes; then the database is replaced in one step.
"""

import hashlib
import hmac
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

from crm_store import dumps, schema
from crm_store.dumps import CannotDump
from wiring.settings import Settings

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "database.sqlite", "database.pgdump"
KEY, MEMORY, ANCHORS = "secret.key", "assistant.db", "audit-anchors.txt"
_LARGEST_MANIFEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`key_mark` tells whether a key is the one the personal fields were sealed under, without giving it away."""

    format: int
    program: str
    made_at: str
    engine: str
    schema: tuple[str, ...]
    key_mark: str
    has_key: bool
    parts: tuple[Part, ...]


def back_up(settings: Settings, to: Path, now: datetime, *, with_key: bool) -> Manifest:
    """Write `to`, readable by its owner only, while the desk may run. Raises CannotDump; then there is no such file."""
    with tempfile.TemporaryDirectory(dir=to.absolute().parent, prefix=".backup-") as made:
        folder = Path(made)
        engine, database = ("sqlite", SQLITE) if settings.is_embedded else ("postgresql", POSTGRES)
        found = dumps.write_dump(settings.database, folder / database)
        files = {database: folder / database} | _beside(settings, folder)
        if with_key:
            (folder / KEY).write_text(settings.key)
            files[KEY] = folder / KEY
        # Files are written once and only ever removed; those the database knows of were there before it was copied.
        uploads = sorted(settings.home.joinpath("uploads").glob("*"))
        files |= {f"uploads/{path.name}": path for path in uploads if path.is_file()}
        archive = folder / "archive"
        parts = _measure(files)
        manifest = Manifest(FORMAT, version("frontdesk"), now.isoformat(timespec="seconds"), engine, found,
                            _mark(settings.key), with_key, parts)
        _write(archive, manifest, files)
        archive.replace(to)
    return manifest


def _beside(settings: Settings, folder: Path) -> dict[str, Path]:
    """Copies of what lies beside the database and changes."""
    files = {}
    if (memory := settings.home / MEMORY).is_file():
        with closing(sqlite3.connect(memory)) as live, closing(sqlite3.connect(folder / MEMORY)) as copy:
            live.backup(copy)
        files[MEMORY] = folder / MEMORY
    if (anchors := settings.home / ANCHORS).is_file():
        files[ANCHORS] = Path(shutil.copy(anchors, folder / ANCHORS))
    return files


def _measure(files: dict[str, Path]) -> tuple[Part, ...]:
    parts = []
    for name, path in list(files.items()):
        try:
            with path.open("rb") as content:
                parts.append(Part(name, path.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()))
        except FileNotFoundError:  # erased with its customer just now
            del files[name]
    return tuple(parts)


def _write(archive: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    with _private(archive) as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            written = json.dumps(asdict(manifest), indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(written)
            tar.addfile(head, io.BytesIO(written))
            for part in manifest.parts:
                entry = tarfile.TarInfo(part.name)
                entry.size, entry.mode = part.size, 0o600
                try:
                    with files[part.name].open("rb") as content:
                        tar.addfile(entry, content)
                except OSError as error:
                    raise CannotDump(f"{part.name} changed while it was read ({error}); try again.") from None
        out.flush()
        os.fsync(out.fileno())


def _private(file: Path) -> IO[bytes]:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def read_manifest(archive: Path) -> Manifest:
    """Raises CannotDump when this is no backup, or one of a newer program."""
    try:
        with tarfile.open(archive, "r:") as tar:
            head = tar.next()
            is_manifest = head is not None and head.name == MANIFEST and head.size < _LARGEST_MANIFEST
            content = tar.extractfile(head) if head is not None and is_manifest else None
            written = json.loads(content.read()) if content else None
        if written is None:
            raise ValueError("no manifest")
        if written["format"] != FORMAT:
            raise CannotDump(f"{archive} was made by a newer Frontdesk ({written['program']}): restore it there.")
        parts = tuple(Part(**part) for part in written.pop("parts"))
        manifest = Manifest(**{**written, "schema": tuple(written["schema"]), "parts": parts})
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise CannotDump(f"{archive} is no backup of Frontdesk, or is damaged ({error}).") from None
    if not all(_is_ours(part.name) for part in parts):
        raise CannotDump(f"{archive} holds a part that no backup has.")
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    upload = len(path.parts) == 2 and path.parts[0] == "uploads" and path.parts[1] not in ("..", ".")
    return name in (SQLITE, POSTGRES, KEY, MEMORY, ANCHORS) or upload


def restore(settings: Settings, archive: Path, *, force: bool) -> Manifest:
    """Bring a backup back. Nobody else may use HOME or the database meanwhile; whoever calls this sees to it for HOME.

    Raises CannotDump, and leaves everything as it was, when the backup does not fit, is damaged, or would replace data
    without `force`.
    """
    manifest = read_manifest(archive)
    _require_fit(settings, manifest, force=force)
    settings.home.mkdir(parents=True, exist_ok=True)
    for left in settings.home.glob(".restore-*"):  # by one that was interrupted
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".restore-") as made:
        folder = Path(made)
        _unpack(archive, manifest, folder)
        _require_key(settings, manifest, folder)
        if settings.is_embedded:
            dumps.prepare_sqlite(folder / SQLITE)
        _add_files(settings.home, folder, manifest)
        if settings.is_embedded:
            dumps.replace_sqlite(settings.database, folder / SQLITE)
        else:
            dumps.replace_postgres(settings.database, folder / POSTGRES)
        _follow(settings.home, folder, manifest)
    return manifest


def _require_fit(settings: Settings, manifest: Manifest, *, force: bool) -> None:
    here = "sqlite" if settings.is_embedded else "postgresql"
    if manifest.engine != here:
        raise CannotDump(f"This backup is of {manifest.engine}, and FRONTDESK_DATABASE_URL is {here}.")
    if not all(schema.is_known(each) for each in manifest.schema):
        raise CannotDump("This backup was made by a newer Frontdesk than this one: restore it with that.")
    if others := dumps.others_connected(settings.database):
        raise CannotDump(f"{others} others are connected to this database. Stop every Frontdesk process first.")
    if not force and not dumps.is_empty(settings.database):
        raise CannotDump("There is data in this database. Restoring replaces all of it: add --force if you mean that.")


def _unpack(archive: Path, manifest: Manifest, folder: Path) -> None:
    (folder / "uploads").mkdir()
    try:
        with tarfile.open(archive, "r:") as tar:
            tar.next()
            for part in manifest.parts:
                entry = tar.next()
                content = tar.extractfile(entry) if entry and entry.name == part.name else None
                if content is None or _copy(content, folder / part.name) != part.sha256:
                    raise CannotDump(f"{part.name} in this backup is damaged. Nothing was changed.")
    except (OSError, tarfile.TarError) as error:
        raise CannotDump(f"{archive} is damaged ({error}). Nothing was changed.") from None


def _copy(content: IO[bytes], to: Path) -> str:
    digest = hashlib.sha256()
    with _private(to) as out:
        while block := content.read(2**20):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _require_key(settings: Settings, manifest: Manifest, folder: Path) -> None:
    """The key personal fields were sealed under must be there: without it they could never be read again."""
    kept = settings.home / KEY
    has_one = bool(settings.secret_key.get_secret_value()) or kept.is_file()
    if has_one and hmac.compare_digest(_mark(settings.key), manifest.key_mark):
        return
    if has_one:
        raise CannotDump("This backup was made under another secret key than FRONTDESK_SECRET_KEY or HOME/secret.key. "
                         "Put that key there (or move secret.key away if the backup holds it).")
    if not manifest.has_key:
        raise CannotDump("This backup does not hold the secret key. Set FRONTDESK_SECRET_KEY, or put secret.key into "
                         f"{settings.home}, from where you keep it apart.")
    if not hmac.compare_digest(_mark((folder / KEY).read_text()), manifest.key_mark):
        raise CannotDump("The secret key in this backup is not the one it was made under.")


def _add_files(home: Path, folder: Path, manifest: Manifest) -> None:
    """What takes nothing away from the old state: files under random ids, and a key where there was none."""
    (home / "uploads").mkdir(exist_ok=True)
    for part in manifest.parts:
        if part.name.startswith("uploads/"):
            (folder / part.name).replace(home / part.name)
    if manifest.has_key and not (home / KEY).exists():
        (folder / KEY).replace(home / KEY)


def _follow(home: Path, folder: Path, manifest: Manifest) -> None:
    """What hangs on the database that is there now."""
    names = {part.name for part in manifest.parts}
    for leftover in (f"{MEMORY}-wal", f"{MEMORY}-shm"):  # a log belongs to the file that it was written for
        (home / leftover).unlink(missing_ok=True)
    for name in (MEMORY, ANCHORS):
        if name in names:
            (folder / name).replace(home / name)
        else:
            (home / name).unlink(missing_ok=True)
    for path in home.joinpath("uploads").glob("*"):
        if f"uploads/{path.name}" not in names:
            path.unlink(missing_ok=True)


def _mark(key: str) -> str:
    return hmac.new(key.encode(), b"frontdesk backup", hashlib.sha256).hexdigest()
