"""Imports of FAQ files, run in the background: read and checked first, changed only when a person says so."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog

from crm_store.article_history import FaqAction
from crm_store.database import DatabaseDown
from crm_store.store import SqlStore, SqlTransaction
from desk.errors import Conflict, DeskError
from desk.faq import FaqArticle
from desk.faq_imports import FaqImport, Fault, ImportState, completed, lacks_answer, plan
from desk.ports import Clock, FetchedFile
from knowledge_base.exchange import Format, Parsed, format_of, parse_file
from knowledge_base.import_faults import BadImport, RowError, whole_file
from knowledge_base.rows import without_answer
from wiring.faq_changes import clear, clear_dead, is_bulk
from wiring.uploads import Uploads

MOST_FAULTS = 500
BEAT = 0.5
"""Seconds between two signs of life of a running import."""
STEP = 100
"""Articles that are embedded and laid down in one go."""
LOST_AFTER = timedelta(seconds=60)
"""An import without a sign of life for this long died with its process; it has changed nothing."""
_log = structlog.get_logger()


class ImportStopped(DeskError):
    """Somebody cancelled; the transaction is rolled back."""


class FaqImports:
    """Every process may start, follow and cancel imports; each runs in the process that started it."""

    def __init__(
        self, store: SqlStore, uploads: Uploads, clock: Clock,
        embed: Callable[[Sequence[FaqArticle]], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        """`embed` makes the articles' vectors before they become live, so that search follows at once."""
        self._embed = embed or _without_vectors
        self._store = store
        self._uploads = uploads
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._done: dict[str, int] = {}
        self._stops: dict[str, threading.Event] = {}

    async def start(self, name: str, content: bytes, agent_id: str) -> str:
        """Keep the file and begin to read it; returns the import's id. Raises BadImport for a file that cannot be
        one of ours, Invalid when it is too large."""
        form, now, import_id = format_of(name), self._clock.now(), uuid4().hex
        stored = await self._uploads.keep(FetchedFile(content, "application/octet-stream", name), now)
        await self._store.transact(lambda tx: tx.faq_imports.add(import_id, name, form, stored.id, agent_id, now))
        self._run(import_id, self._read(import_id))
        return import_id

    async def apply(self, import_id: str) -> None:
        """Begin to store what was read. Raises Conflict unless it waits for that."""
        now = self._clock.now()
        ready, applying = ImportState.READY, ImportState.APPLYING
        if not await self._store.transact(lambda tx: tx.faq_imports.move(import_id, ready, applying, now)):
            raise Conflict("this import is not waiting to be carried out")
        self._run(import_id, self._apply(import_id))

    async def cancel(self, import_id: str) -> None:
        """Stop it; nothing will have changed. An import that is done already stays done (undo it instead)."""
        now = self._clock.now()
        if stop := self._stops.get(import_id):
            stop.set()
            return

        def ask(tx: SqlTransaction) -> None:
            if not tx.faq_imports.move(import_id, ImportState.READY, ImportState.CANCELLED, now):
                tx.faq_imports.ask_to_cancel(import_id)

        await self._store.transact(ask)

    async def close(self) -> None:
        """Stop what runs in this process; it has changed nothing, and can be started again elsewhere."""
        running = list(self._tasks.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def get(self, import_id: str) -> FaqImport:
        """Where it stands. Raises NotFound."""
        return self._as_seen(await self._store.read(lambda tx: tx.faq_imports.get(import_id)))

    async def list_newest(self) -> list[FaqImport]:
        return [self._as_seen(each) for each in await self._store.read(lambda tx: tx.faq_imports.list_newest())]

    async def settled(self, import_id: str) -> FaqImport:
        """Wait until it stops running in this process."""
        if task := self._tasks.get(import_id):
            await asyncio.wait([task])
        return await self.get(import_id)

    def _as_seen(self, found: FaqImport) -> FaqImport:
        if found.id in self._tasks:
            return replace(found, done=self._done.get(found.id, found.done))
        if found.state.is_running and self._clock.now() - found.beat_at > LOST_AFTER:
            return replace(found, state=ImportState.FAILED, faults=(Fault(0, "", "interrupted"),))
        return found

    def _run(self, import_id: str, work: Coroutine[None, None, None]) -> None:
        self._stops[import_id] = threading.Event()
        task = asyncio.create_task(work)
        self._tasks[import_id] = task
        task.add_done_callback(lambda _task: self._forget(import_id))

    def _forget(self, import_id: str) -> None:
        self._tasks.pop(import_id, None)
        self._done.pop(import_id, None)
        self._stops.pop(import_id, None)

    async def _read(self, import_id: str) -> None:
        """The dry run: faults, or what would change."""
        try:
            parsed = await self._parsed(import_id)
            revision, present = await self._store.read(partial(_look, [article.id for article in parsed.articles]))
            whole = await asyncio.to_thread(_checked, parsed, present)
        except BadImport as error:
            await self._end(import_id, ImportState.READING, ImportState.BROKEN, _faults(error.errors))
            return
        except Exception as error:
            _log.error("faq_import_unread", error=type(error).__name__)
            await self._end(import_id, ImportState.READING, ImportState.FAILED, [Fault(0, "", "unreadable")])
            return
        warnings = _faults(without_answer(parsed.articles, parsed.places, whole))
        made = await asyncio.to_thread(plan, whole, present, revision, parsed.ignored, warnings)
        now, to = self._clock.now(), ImportState.CANCELLED if self._stops[import_id].is_set() else ImportState.READY
        await self._store.transact(lambda tx: tx.faq_imports.move(import_id, ImportState.READING, to, now, plan=made))

    async def _apply(self, import_id: str) -> None:
        """All or nothing: the articles are embedded and laid down bit by bit, unseen, then become live in one short
        transaction. Other writers wait for that one only."""
        beating = asyncio.create_task(self._beat(import_id))
        try:
            found, parsed = await self.get(import_id), await self._parsed(import_id)
            await self._clear_dead()
            await self._lay_down(found, parsed)
            await self._store.transact(lambda tx: self._make_live(tx, found))
        except ImportStopped:
            await self._end(import_id, ImportState.APPLYING, ImportState.CANCELLED, ())
        except Conflict:
            await self._end(import_id, ImportState.APPLYING, ImportState.FAILED, [Fault(0, "", "edited_meanwhile")])
        except (DatabaseDown, DeskError, OSError) as error:
            _log.error("faq_import_failed", error=type(error).__name__)
            await self._end(import_id, ImportState.APPLYING, ImportState.FAILED, [Fault(0, "", "not_stored")])
        finally:
            beating.cancel()
            await clear(self._store, import_id)

    async def _lay_down(self, found: FaqImport, parsed: Parsed) -> None:
        stop = self._stops[found.id]
        for start in range(0, len(parsed.articles), STEP):
            if stop.is_set():
                raise ImportStopped("cancelled")
            part = parsed.articles[start : start + STEP]
            present = await self._store.read(partial(_present, [article.id for article in part]))
            whole = _completed(part, parsed, present)
            await self._embed(whole)
            await self._store.transact(partial(_lay_down, found.id, whole, start))
            self._done[found.id] = min(start + STEP, len(parsed.articles))

    def _make_live(self, tx: SqlTransaction, found: FaqImport) -> None:
        now = self._clock.now()
        if self._stops[found.id].is_set():
            raise ImportStopped("cancelled")
        revision = tx.articles.put_laid_down(
            found.id, now, by=found.agent_id, action=FaqAction.IMPORTED, note=found.name,
            seen=found.plan.revision if found.plan else None,
        )
        tx.faq_imports.move(found.id, ImportState.APPLYING, ImportState.DONE, now, revision=revision)
        tx.faq_imports.beat(found.id, found.total, now)
        tx.audit.record(found.agent_id, "faq.imported", f"import:{found.id}", now, articles=found.total)

    async def _clear_dead(self) -> None:
        """Forget what imports laid down whose process died."""
        laid = await self._store.read(lambda tx: tx.articles.laid_down.keys())
        for key in laid:
            if is_bulk(key):
                continue
            if not (await self.get(key)).state.is_running:
                await clear(self._store, key)
        await clear_dead(self._store, self._clock.now())

    async def _beat(self, import_id: str) -> None:
        """Tell other processes how far it is, and hear from them. On SQLite there are none, and one writer."""
        while not self._store.database.is_sqlite:
            await asyncio.sleep(BEAT)
            done, now = self._done.get(import_id, 0), self._clock.now()
            if await self._store.transact(lambda tx, done=done, now=now: tx.faq_imports.beat(import_id, done, now)):  # type: ignore[misc]
                self._stops[import_id].set()

    async def _parsed(self, import_id: str) -> Parsed:
        found = await self._store.read(lambda tx: tx.faq_imports.get(import_id))
        file = await self._uploads.open(found.file_id)
        return await asyncio.to_thread(parse_file, file.content, Format(found.form))

    async def _end(self, import_id: str, from_: ImportState, to: ImportState, faults: Sequence[Fault]) -> None:
        now = self._clock.now()
        await self._store.transact(lambda tx: tx.faq_imports.move(import_id, from_, to, now, faults=faults))


def _completed(
    articles: Sequence[FaqArticle], parsed: Parsed, present: dict[str, FaqArticle]
) -> list[FaqArticle]:
    return [
        completed(article, present.get(article.id), parsed.given[article.id],
                  has_status=article.id in parsed.with_status)
        for article in articles
    ]


def _checked(parsed: Parsed, present: dict[str, FaqArticle]) -> list[FaqArticle]:
    """The articles as they will be. Raises BadImport for what shows only beside what is there."""
    if not parsed.articles:
        raise whole_file("no_articles")
    whole = _completed(parsed.articles, parsed, present)
    if mute := [article.id for article in whole if lacks_answer(article)]:
        raise BadImport([RowError(parsed.first_rows[each], "answer", "no_answer") for each in mute])
    return whole


def _faults(errors: Sequence[RowError]) -> list[Fault]:
    return [Fault(each.row, each.column, each.message, each.code, each.value) for each in errors[:MOST_FAULTS]]


def _look(ids: Sequence[str], tx: SqlTransaction) -> tuple[int, dict[str, FaqArticle]]:
    return tx.articles.revision(), _present(ids, tx)


def _present(ids: Sequence[str], tx: SqlTransaction) -> dict[str, FaqArticle]:
    return {article.id: article for article in tx.articles.list_ids(ids)}


def _lay_down(import_id: str, articles: Sequence[FaqArticle], place: int, tx: SqlTransaction) -> None:
    tx.articles.laid_down.add(import_id, tx.articles.plan_edit(articles).rows, place)


async def _without_vectors(_: Sequence[FaqArticle]) -> None:
    pass
