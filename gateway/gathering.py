"""Storing together what comes shortly after each other: under load a transaction costs as much as what is in it.

What comes alone is stored at once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

from crm_store.database import DatabaseDown

Item = TypeVar("Item")
Result = TypeVar("Result")

GAP = 0.08
"""Seconds from one transaction to the next; what comes meanwhile waits for it, a third of what a turn takes then."""
MOST = 16
"""Items in one transaction: a failing one makes all of them run again, each by itself."""


class Gathering(Generic[Item, Result]):
    """Stores items by `store`, which takes some at once and returns a result for each, all or nothing."""

    def __init__(
        self, store: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, gap: float = GAP, most: int = MOST
    ) -> None:
        """`gap`: in seconds; with 0 only what comes while a transaction runs goes together into the next."""
        self._store = store
        self._gap = gap
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._next = 0.0  # on the event loop's clock
        self._hurried = asyncio.Event()

    def hurry(self) -> None:
        """Somebody waits for what was added: store it now."""
        if self._waiting:
            self._hurried.set()

    async def add(self, item: Item, *, at_once: bool = False) -> Result:
        """Store it, with others where some come meanwhile; `at_once`: now, and what waits along with it. Raises what
        storing it raises."""
        stored: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, stored))
        self._keep_flushing()
        if at_once:
            self._hurried.set()
        return await stored

    @contextlib.contextmanager
    def lent(self, result: Result) -> Iterator[list[Item]]:
        """What waits now, for somebody's transaction about to be made. When the block ends it is stored, with this
        result; where it fails, everything waits again."""
        taken, self._waiting = self._waiting, []
        try:
            yield [item for item, _ in taken]
        except BaseException:
            self._waiting = [*taken, *self._waiting]
            self._keep_flushing()
            raise
        for _, stored in taken:
            if not stored.done():
                stored.set_result(result)

    def _keep_flushing(self) -> None:
        if self._waiting and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._waiting:
            if self._next > clock():
                await self._hurried_or(self._next)
            self._hurried.clear()
            self._next = clock() + self._gap
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if batch:  # else it was lent meanwhile
                await self._settle(batch)

    async def _hurried_or(self, moment: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await self._hurried.wait()

    async def _settle(self, batch: list[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            results = await self._store([item for item, _ in batch])
        except Exception as error:  # whose it was shows when they are stored apart
            if len(batch) == 1 or isinstance(error, DatabaseDown):
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
                return
            for each in batch:
                await self._settle([each])
            return
        for (_, stored), result in zip(batch, results, strict=True):
            if not stored.done():
                stored.set_result(result)
