"""What follows an edit and may take its time: when to learn, and what is learned from the whole base."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from knowledge_base.embedding import BundledEncoder
from knowledge_base.index import PreparedArticle
from knowledge_base.normalise import normalise
from knowledge_base.reading import Reader

QUIET = 5.0  # seconds without an edit, after which there is time to learn
LONGEST = 60.0  # seconds that edits may put it off
_REST = 3.0  # times as long as it took: customers confirm all the time, and a large base takes long to fit


class Pace:
    """Lessons wait until nobody edits: while somebody does, the edits have the machine to themselves."""

    def __init__(self) -> None:
        self._edited = 0.0
        self._not_before = 0.0
        self._awaited = 0
        self._hurry = asyncio.Event()

    def edited(self) -> None:
        self._edited = time.monotonic()

    @contextmanager
    def lesson(self) -> Iterator[None]:
        """Around a lesson: the longer it took, the longer until the next."""
        began = time.monotonic()
        yield
        now = time.monotonic()
        self._not_before = now + _REST * (now - began)

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """While somebody waits for a lesson, none is put off."""
        self._awaited += 1
        self._hurry.set()
        try:
            yield
        finally:
            self._awaited -= 1
            if not self._awaited:
                self._hurry.clear()

    async def rest(self) -> None:
        """Until it is time for the next lesson."""
        asked = time.monotonic()
        while not self._hurry.is_set():
            until = max(min(self._edited + QUIET, asked + LONGEST), self._not_before)
            left = until - time.monotonic()
            if left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), left)


class Readings:
    """The reader of a base, kept up with its edits."""

    def __init__(self, encoder: BundledEncoder) -> None:
        self._encoder = encoder
        self._articles: Mapping[str, PreparedArticle] = {}
        self._reader: Reader | None = None

    def of(self, articles: Mapping[str, PreparedArticle]) -> Reader:
        """Blocking; the first time as long as it takes to cut every phrasing into words, then that of those changed."""
        before, encoder = self._articles, self._encoder
        gone = [each for key, each in before.items() if articles.get(key) is not each]
        come = [each for key, each in articles.items() if before.get(key) is not each]
        reader = self._reader or Reader((), encoder.table, encoder.english().knows_word)
        self._reader, self._articles = reader.changed(_asked(gone), _asked(come)), articles
        return self._reader


def _asked(articles: Sequence[PreparedArticle]) -> Iterator[str]:
    return (normalise(entry.text) for prepared in articles for entry in prepared.questions)
