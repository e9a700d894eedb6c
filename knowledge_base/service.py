"""The live FAQ: search that follows the edits in the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol

import structlog

from desk.errors import Invalid
from desk.faq import ArticleStatus, FaqArticle, FaqResult
from desk.faq_tuning import USUAL_OUTSIDE, CalibrationCurve, ConfirmedPair, SearchTuning
from desk.messages import Language
from knowledge_base.calibration import measure_curve
from knowledge_base.confirmed import by_article
from knowledge_base.embedding import BundledEncoder, Encoder
from knowledge_base.engine import Engine, SimilarPhrasing
from knowledge_base.glossary import Glossary
from knowledge_base.graph_files import GraphFiles
from knowledge_base.index import Snapshot
from knowledge_base.learning import Lesson, learn, learned_of, lifts_of, taught_preparer
from knowledge_base.lessons import LessonFailed, Lessons
from knowledge_base.prepare import Preparer
from knowledge_base.reading import Reader
from knowledge_base.search import DEPTH
from knowledge_base.teaching import Pace, Readings
from knowledge_base.vectors import VectorMemory, Vectors

_LONGEST_WAIT = 0.25  # seconds between two looks at the store: edits are to be live within one
_SIMILAR = 0.8  # from here on two phrasings ask nearly the same

log = structlog.get_logger()


class ArticleSource(Protocol):
    """Where the articles are kept. A revision grows with every edit of any article."""

    async def revision(self) -> int: ...

    async def load(self) -> Sequence[FaqArticle]:
        """All articles, at least as new as the last `revision` returned."""

    async def changed_since(self, revision: int) -> tuple[int, Sequence[FaqArticle], Sequence[str]]:
        """The new revision, the articles that changed after `revision`, and the ids of those deleted."""


class TuningSource(Protocol):
    """Where cuts, glossary and what was learned are kept. Its revision grows with every change of any of them."""

    async def revision(self) -> int: ...

    async def load(self) -> SearchTuning: ...


@dataclass(frozen=True, slots=True)
class FaqStatus:
    """What search has at hand. `revision` is None until the articles were loaded; `model` is "" without vectors.

    `problem` is a sentence for the operator, "" when there is none; search keeps answering with what it has.
    """

    articles: int
    phrasings: int
    revision: int | None
    model: str
    problem: str = ""
    taught: bool = True  # the classifier knows all edits


class LiveFaq:
    """FAQ search over the published articles that have an answer (implements desk.ports.FaqSearch).

    All computing happens in threads on immutable engines: a search sees one revision, never half an edit. Edits are
    searchable at once; the classifier of articles follows in the background when nobody has edited for some seconds.
    """

    def __init__(
        self, source: ArticleSource, encoder: Encoder | None, *, tuning: TuningSource | None = None,
        vectors: Path | None = None, depth: int = DEPTH,
    ) -> None:  # fmt: skip
        """`vectors` is the folder that keeps the vectors of phrasings; without `encoder`, words alone count."""
        self._source = source
        self._tuning_source = tuning
        self._encoder = encoder
        self._folder = vectors
        self._memory: VectorMemory | None = None
        self._graphs = GraphFiles("", 0, None)
        self._engine = Engine(Preparer(None), depth=depth)
        self._tuning = SearchTuning(revision=-1)
        self._revision: int | None = None
        self._problem = ""
        self._refreshing = asyncio.Lock()
        self._teaching: asyncio.Task[None] | None = None
        self._taught: Snapshot | None = None
        self._pace = Pace()
        self._lessons = Lessons(encoder.model_id if encoder else "", vectors)
        self._readings = Readings(encoder) if isinstance(encoder, BundledEncoder) else None

    async def refresh(self) -> bool:
        """Take over the edits since last time; true if there were any. Raises what the sources raise."""
        async with self._refreshing:
            tuned = await self._refresh_tuning()
            edited = await self._refresh_articles()
            if tuned or edited:
                log.info("faq_refreshed", revision=self._revision, articles=len(self._engine.snapshot.articles))
                self._teach_soon()
            return tuned or edited

    async def settled(self) -> None:
        """Wait until the classifier knows the edits taken over so far; it does not rest then."""
        with self._pace.awaited():
            while self._teaching is not None and not self._teaching.done():
                await asyncio.shield(self._teaching)

    async def watch(self, wake: Callable[[float], Awaitable[None]]) -> NoReturn:
        """Refresh for ever. `wake` returns after the seconds given, or earlier when somebody knows of an edit."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # the store may be away for a while: keep answering from what we have
                log.warning("faq_refresh_failed", error=type(error).__name__)
            await wake(_LONGEST_WAIT)

    async def search(self, text: str, language: Language | None = None, limit: int = 3) -> FaqResult:
        """The articles nearest to `text`, best first; the same everywhere: chat, test page, API, command line.

        Answers are in `language` (that of `text`, unless given) where they exist, else in the other Chinese script
        (turning it over is the caller's, with Script), else in whatever there is; `answer_language` says which.
        """
        engine = await self._ready()
        return await asyncio.to_thread(engine.search, text, language, limit)

    async def similar(self, text: str, *, but: str = "", limit: int = 3) -> Sequence[SimilarPhrasing]:
        """Phrasings of published articles (other than `but`) that ask nearly the same as `text`, nearest first."""
        engine = await self._ready()
        found = await asyncio.to_thread(engine.similar, text, but, limit)
        return [each for each in found if each.similarity >= _SIMILAR]

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Meaning as vectors, one row a text (length 1, or zeros): the inner product of two rows is their likeness."""
        engine = await self._ready()
        return await asyncio.to_thread(engine.embed, texts)

    async def embed_ahead(self, articles: Sequence[FaqArticle]) -> None:
        """Make the vectors that these articles will need, so that they are searchable at once when they come."""
        engine = await self._ready()
        await asyncio.to_thread(engine.preparer.articles, [each for each in articles if _is_searchable(each)])

    async def curve(
        self, outside_share: float = USUAL_OUTSIDE, done: Callable[[float], None] = lambda _: None
    ) -> CalibrationCurve:
        """Cross-validate on the base's own phrasings and known misses; seconds to a minute of one thread.

        `outside_share` of customers' questions are expected to have no article. `done` hears, in that thread, what
        share of the work is. Raises Invalid for a share that cannot be.
        """
        engine = await self._ready()
        told = await self._tuning_source.load() if self._tuning_source else self._tuning
        return await asyncio.to_thread(measure_curve, engine, told.misses, outside_share=outside_share, done=done)

    async def learn(self, pairs: Sequence[ConfirmedPair]) -> Lesson | None:
        """Refit the Chinese words from confirmed pairs and compare; nothing is swapped. Seconds of one thread.

        None where there are too few usable pairs or another model than the bundled one serves.
        """
        engine, encoder = await self._ready(), self._encoder
        if not isinstance(encoder, BundledEncoder) or self._problem:
            return None
        return await asyncio.to_thread(learn, engine, encoder, Glossary(self._tuning.glossary), pairs)

    def status(self) -> FaqStatus:
        snapshot = self._engine.snapshot
        return FaqStatus(
            articles=len(snapshot.articles),
            phrasings=snapshot.phrasings,
            revision=self._revision,
            model=self._encoder.model_id if self._encoder else "",
            problem=self._problem,
            taught=self._taught is snapshot,
        )

    @property
    def engine(self) -> Engine:
        """What searches look at now."""
        return self._engine

    async def _ready(self) -> Engine:
        if self._revision is None:
            await self.refresh()
        return self._engine

    async def _refresh_tuning(self) -> bool:
        """Other cuts, glossary or learned words: a new engine over the articles known so far."""
        if self._tuning_source is None and self._tuning.revision >= 0:
            return False
        tuning = SearchTuning()
        if self._tuning_source is not None:
            if await self._tuning_source.revision() == self._tuning.revision:
                return False
            tuning = await self._tuning_source.load()
        self._engine = await asyncio.to_thread(self._retuned, tuning)
        self._tuning = tuning
        return True

    def _retuned(self, tuning: SearchTuning) -> Engine:
        """The engine with what it is told now; where words and glossary stay, no article is prepared anew."""
        confirmed = by_article(tuning.pairs)
        before = self._tuning
        if (before.learned_id, before.glossary) == (tuning.learned_id, tuning.glossary) and before.revision >= 0:
            return replace(self._engine.confirming(confirmed), calibration=tuning.calibration)
        known = [prepared.article for prepared in self._engine.snapshot.articles.values()]
        return replace(self._tuned(tuning), confirmed=confirmed).changed(known, set())

    async def _refresh_articles(self) -> bool:
        revision = await self._source.revision()
        if revision == self._revision:
            return False
        if self._revision is None or revision < self._revision:  # first time, or an older copy was restored
            await self._take(self._engine.emptied(), await self._source.load(), ())
        else:
            revision, changed, removed = await self._source.changed_since(self._revision)
            await self._take(self._engine, changed, removed)
        self._revision = revision
        return True

    async def _take(self, origin: Engine, changed: Sequence[FaqArticle], removed: Sequence[str]) -> None:
        searchable = [article for article in changed if _is_searchable(article)]
        gone = {*removed, *(article.id for article in changed)} - {article.id for article in searchable}
        self._engine = await asyncio.to_thread(origin.changed, searchable, gone)

    def _tuned(self, tuning: SearchTuning) -> Engine:
        """An engine without articles. A model that cannot be had leaves words, and a sentence for the operator."""
        glossary, encoder = Glossary(tuning.glossary), self._encoder
        try:
            if encoder is not None and self._memory is None:
                self._memory = VectorMemory(encoder.model_id, encoder.width, self._folder)
                self._graphs = GraphFiles(encoder.model_id, encoder.dimensions, self._folder)
            if isinstance(encoder, BundledEncoder):
                learned = learned_of(tuning.learned)
                preparer = taught_preparer(encoder, glossary, learned, self._memory)
                snapshot = Snapshot().lifting(lifts_of(learned))
                return Engine(preparer, snapshot, tuning.calibration, depth=self._engine.depth)
        except Invalid as error:
            self._problem, encoder = str(error), None
            log.error("faq_model_missing", problem=self._problem)
        preparer = Preparer(encoder, self._memory if encoder else None, glossary)
        return Engine(preparer, calibration=tuning.calibration, depth=self._engine.depth)

    def _teach_soon(self) -> None:
        if self._taught is not None:
            self._pace.edited()
        if self._teaching is None or self._teaching.done():
            self._teaching = asyncio.create_task(self._teach())

    async def _teach(self) -> None:
        """Learn what takes longer than an edit may wait; once more, after a rest, where edits came meanwhile."""
        while self._taught is not self._engine.snapshot:
            await self._pace.rest()
            engine, told = self._engine, self._tuning.told
            try:
                with self._pace.lesson():
                    heads = await self._lessons.heads(engine.snapshot, told)
                    reader = await asyncio.to_thread(self._read, engine.snapshot)
            except LessonFailed as error:  # the next edit tries again
                log.error("faq_lesson_failed", problem=str(error))
                return
            async with self._refreshing:
                now = self._engine
                taught = now.snapshot.with_heads(heads)
                self._engine = replace(now, snapshot=taught, reader=reader)
                if now.snapshot is engine.snapshot:
                    self._taught = taught
            log.info("faq_taught", articles=len(taught.articles))
            await self._settle()

    async def _settle(self) -> None:
        """Work many edits into the index, make a graph of a large one; searches go on in the old one meanwhile."""
        before = self._engine.snapshot
        if before.is_settled:
            return
        settled = await asyncio.to_thread(before.settled, self._graphs)
        async with self._refreshing:
            now = self._engine.snapshot
            tidy = await asyncio.to_thread(now.upon, settled)
            self._engine = self._engine.over(tidy)
            if self._taught is now:
                self._taught = tidy

    def _read(self, snapshot: Snapshot) -> Reader | None:
        return self._readings.of(snapshot.articles) if self._readings and not self._problem else None


def _is_searchable(article: FaqArticle) -> bool:
    return article.status is ArticleStatus.PUBLISHED and any(text.strip() for text in article.answers.values())
