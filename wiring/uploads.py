"""Files of conversations: bytes in HOME/uploads under a random id, what they are in the database."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crm_store.files import StoredFile
from crm_store.store import SqlStore
from desk.attachments import Accepted
from desk.errors import Invalid
from desk.messages import Attachment
from desk.ports import FetchedFile

LARGEST = 20 * 2**20
"""Bytes: what Telegram lets a bot download, so no channel surprises another."""

ON_TRIAL = timedelta(days=7)
"""How long a picture is kept that was chosen in the editor, and that nothing uses that was saved."""


class Uploads:
    """Our own copies of what was sent; nobody ever sees a platform's address with a token in it."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        self._folder = folder
        self._store = store

    async def keep(self, file: FetchedFile, now: datetime, *, on_trial: bool = False) -> StoredFile:
        """Store a file and return what it is called here; `on_trial`, for a week unless an article comes to use it.
        Raises Invalid when it is too large."""
        if len(file.content) > LARGEST:
            raise Invalid("file", f"files may have {LARGEST // 2**20} MB at most")
        stored = StoredFile(secrets.token_urlsafe(24), file.name[:200], file.media_type[:120], len(file.content))
        await asyncio.to_thread(self._write, stored.id, file.content)
        await self._store.transact(lambda tx: tx.files.add(stored, now, now + ON_TRIAL if on_trial else None))
        return stored

    async def keep_all(
        self, files: Sequence[FetchedFile], accepted: Sequence[Accepted], now: datetime
    ) -> tuple[Attachment, ...]:
        """Store files that were looked at, under the names and types found; the channels read them from here."""
        kept = []
        for file, what in zip(files, accepted, strict=True):
            stored = await self.keep(FetchedFile(file.content, what.media_type, what.name), now)
            kept.append(Attachment(what.kind, what.name, what.media_type, stored.size, file_id=stored.id))
        return tuple(kept)

    async def open(self, file_id: str) -> FetchedFile:
        """Raises NotFound."""
        stored = await self._store.read(lambda tx: tx.files.get(file_id))
        content = await asyncio.to_thread((self._folder / stored.id).read_bytes)
        return FetchedFile(content, stored.media_type, stored.name)

    async def sweep(self, now: datetime) -> int:
        """Delete some of what was kept on trial and is not used; returns how many. What a process that died leaves half
        done is done the next time."""
        unused = await self._store.transact(lambda tx: tx.files.list_unused(now))
        for file_id in unused:
            await self.remove(file_id)
        if unused:
            await self._store.transact(lambda tx: tx.files.remove(unused))
        return len(unused)

    async def remove(self, file_id: str) -> None:
        """Delete our copy, if there is one."""
        await asyncio.to_thread((self._folder / file_id).unlink, missing_ok=True)

    def _write(self, file_id: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / file_id).write_bytes(content)
