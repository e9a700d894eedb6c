"""The live FAQ: search that follows the edits in the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
import structlog

from desk.faq import ArticleStatus, FaqArticle, FaqMatch, FaqResult
from desk.messages import Language
from knowledge_base.embedding import Encoder
from knowledge_base.index import Snapshot
from knowledge_base.script import detect_language
from knowledge_base.search import DEPTH, Preparer, Ranked, rank
from knowledge_base.vectors import VectorMemory, Vectors

_LONGEST_WAIT = 0.25  # seconds between two looks at the store: edits are to be live within one

log = structlog.get_logger()


class ArticleSource(Protocol):
    """Where the articles are kept. A revision grows with every edit of any article."""

    async def revision(self) -> int: ...

    async def load(self) -> Sequence[FaqArticle]:
        """All articles, at least as new as the last `revision` returned."""

    async def changed_since(self, revision: int) -> tuple[int, Sequence[FaqArticle], Sequence[str]]:
        """The new revision, the articles that changed after `revision`, and the ids of those deleted."""


@dataclass(frozen=True, slots=True)
class FaqStatus:
    """What search has at hand. `revision` is None until the articles were loaded; `model` is "" without vectors."""

    articles: int
    phrasings: int
    revision: int | None
    model: str


class LiveFaq:
    """FAQ search over the published articles that have an answer (implements desk.ports.FaqSearch).

    All computing happens in threads on immutable snapshots: a search sees one revision, never half an edit.
    """

    def __init__(
        self, source: ArticleSource, encoder: Encoder | None, *, vectors: Path | None = None, depth: int = DEPTH
    ) -> None:
        """`vectors` is the folder that keeps the vectors of phrasings; without `encoder`, words alone count."""
        self._source = source
        self._encoder = encoder
        self._folder = vectors
        self._depth = depth
        self._preparer: Preparer | None = None
        self._snapshot = Snapshot()
        self._revision: int | None = None
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> bool:
        """Take over the edits since last time; true if there were any. Raises what the source raises, Invalid."""
        async with self._refreshing:
            revision = await self._source.revision()
            if revision == self._revision:
                return False
            if self._revision is None or revision < self._revision:  # first time, or an older copy was restored
                await self._take(Snapshot(), await self._source.load(), ())
            else:
                revision, changed, removed = await self._source.changed_since(self._revision)
                await self._take(self._snapshot, changed, removed)
            self._revision = revision
            log.info("faq_refreshed", revision=self._revision, articles=len(self._snapshot.articles))
            return True

    async def watch(self, wake: Callable[[float], Awaitable[None]]) -> NoReturn:
        """Refresh for ever. `wake` returns after the seconds given, or earlier when somebody knows of an edit."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # the store may be away for a while: keep answering from what we have
                log.warning("faq_refresh_failed", error=type(error).__name__)
            await wake(_LONGEST_WAIT)

    async def search(self, text: str, language: Language | None = None, limit: int = 3) -> FaqResult:
        """The articles nearest to `text`, best first.

        Answers are in `language` (that of `text`, unless given) where they exist, else in the other Chinese script
        (turning it over is the caller's, with Script), else in whatever there is; `answer_language` says which.
        """
        if self._revision is None:
            await self.refresh()
        return await asyncio.to_thread(self._search, self._snapshot, text, language, limit)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Meaning as vectors, one row a text (length 1, or zeros): the inner product of two rows is their likeness."""
        return await asyncio.to_thread(self._embed, texts)

    def status(self) -> FaqStatus:
        return FaqStatus(
            articles=len(self._snapshot.articles),
            phrasings=len(self._snapshot.questions),
            revision=self._revision,
            model=self._encoder.model_id if self._encoder else "",
        )

    async def _take(self, origin: Snapshot, changed: Sequence[FaqArticle], removed: Sequence[str]) -> None:
        searchable = [article for article in changed if _is_searchable(article)]
        gone = {*removed, *(article.id for article in changed)} - {article.id for article in searchable}
        self._snapshot = await asyncio.to_thread(self._next_snapshot, origin, searchable, gone)

    def _next_snapshot(self, origin: Snapshot, changed: Sequence[FaqArticle], removed: set[str]) -> Snapshot:
        return origin.changed(self._preparer_ready().articles(changed), removed)

    def _preparer_ready(self) -> Preparer:
        if self._preparer is None:
            encoder = self._encoder
            memory = VectorMemory(encoder.model_id, encoder.dimensions, self._folder) if encoder else None
            self._preparer = Preparer(encoder, memory)
        return self._preparer

    def _embed(self, texts: Sequence[str]) -> Vectors:
        preparer = self._preparer_ready()
        found = [preparer.query(text).vector for text in texts]
        width = next((len(vector) for vector in found if vector is not None), 1)
        rows = np.zeros((len(texts), width), dtype=np.float32)
        for row, vector in zip(rows, found, strict=True):
            if vector is not None:
                row[:] = vector
        return rows

    def _search(self, snapshot: Snapshot, text: str, language: Language | None, limit: int) -> FaqResult:
        ranking = rank(snapshot, self._preparer_ready().query(text), self._depth)
        language = language or detect_language(text)
        matches = tuple(_match(found, language) for found in ranking.ranked[:limit])
        return FaqResult(ranking.verdict, matches, ranking.threshold)


def _is_searchable(article: FaqArticle) -> bool:
    return article.status is ArticleStatus.PUBLISHED and any(text.strip() for text in article.answers.values())


def _match(found: Ranked, language: Language | None) -> FaqMatch:
    answer, answer_language = _answer(found.article, language)
    return FaqMatch(
        article_id=found.article.id,
        question=_question(found, language),
        answer=answer,
        answer_language=answer_language,
        score=round(found.score, 4),
        signals=found.signals.as_mapping(),
    )


def _answer(article: FaqArticle, language: Language | None) -> tuple[str, Language | None]:
    """The answer for an asker of `language`, and the language it is in."""
    answers = {key: text for key, text in article.answers.items() if text.strip()}
    for wanted in _preferences(language):
        if wanted in answers:
            return answers[wanted], wanted or detect_language(answers[wanted])
    raise AssertionError("only articles with an answer are searched")


def _preferences(language: Language | None) -> tuple[Language | None, ...]:
    """Languages in the order in which they serve an asker of `language` (None: an answer of unknown language)."""
    hans, hant, en = Language.ZH_HANS, Language.ZH_HANT, Language.EN
    match language:
        case Language.ZH_HANT:
            return hant, hans, None, en
        case Language.EN:
            return en, None, hans, hant
        case _:
            return hans, hant, None, en


def _question(found: Ranked, language: Language | None) -> str:
    """The way to ask shown to the asker: the nearest one if they can read it, else the first that they can."""
    nearest, phrasings = found.entry, found.article.phrasings
    if language is not None and (nearest is None or nearest.language is not language):
        for wanted in _preferences(language)[: 2 if language.is_chinese else 1]:
            if nearest is not None and nearest.language is wanted:
                return nearest.text
            for phrasing in phrasings:
                if (phrasing.language or detect_language(phrasing.text)) is wanted:
                    return phrasing.text
    if nearest is not None:
        return nearest.text
    return phrasings[0].text if phrasings else ""
