"""Everything one search looks at, as one immutable value: swapped whole, so that no search sees half of a change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from desk.faq import FaqArticle, FaqResult
from desk.faq_tuning import Calibration
from desk.messages import Language
from knowledge_base.confirmed import Confirmed
from knowledge_base.entries import Query, Script
from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.presenting import match
from knowledge_base.reading import Reader
from knowledge_base.script import detect_language
from knowledge_base.search import DEPTH, UNBENT, Ranking, beside, rank
from knowledge_base.vectors import Vectors


@dataclass(frozen=True, slots=True)
class SimilarPhrasing:
    """A phrasing of some article, and how near it is to a given text: 1 means the same words."""

    article_id: str
    question: str
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """A snapshot of the articles with what understands questions about them."""

    preparer: Preparer
    snapshot: Snapshot = field(default_factory=Snapshot)
    calibration: Calibration = UNBENT
    reader: Reader | None = None
    confirmed: Confirmed = field(default_factory=dict)
    depth: int = DEPTH

    def changed(self, changed: Sequence[FaqArticle], removed: set[str]) -> "Engine":
        """After these edits. Where only tags, category and the like changed, nothing is prepared anew."""
        known = self.snapshot.articles
        same = {each.id for each in changed if each.id in known and _says_the_same(known[each.id].article, each)}
        kept = [replace(known[each.id], article=each) for each in changed if each.id in same]
        fresh = self.preparer.articles([each for each in changed if each.id not in same], self.confirmed)
        return self.over(self.snapshot.changed([*kept, *fresh], removed))

    def confirming(self, confirmed: Confirmed) -> "Engine":
        """With these confirmed questions: only articles for which others serve than before are touched."""
        known = self.snapshot.articles
        keys = [key for key in {*self.confirmed, *confirmed} if self.confirmed.get(key) != confirmed.get(key)]
        if not keys:
            return self
        changed = self.preparer.confirmed([known[key] for key in keys if key in known], confirmed)
        return replace(self, snapshot=self.snapshot.changed(changed, ()), confirmed=confirmed)

    def emptied(self) -> "Engine":
        """Without articles."""
        lifts = {script: shelf.lift for script, shelf in self.snapshot.shelves.items()}
        return self.over(Snapshot().lifting(lifts))

    def over(self, snapshot: Snapshot) -> "Engine":
        return replace(self, snapshot=snapshot)

    def search(self, text: str, language: Language | None, limit: int) -> FaqResult:
        """The question as it was typed, or as it may have been meant where that is surer."""
        query = self.preparer.query(text)
        ranking, read_as = self._read_again(query, self.ranking(query))
        language = language or detect_language(read_as or text)
        return FaqResult(
            ranking.verdict,
            tuple(match(found, language) for found in ranking.ranked[:limit]),
            ranking.cuts.answer,
            offer_from=ranking.cuts.offer,
            read_as=read_as,
        )

    def _read_again(self, query: Query, typed: Ranking) -> tuple[Ranking, str]:
        """The ranking that counts, and how the question was read for it ("" as typed).

        Chinese is read again even where it is sure as typed: its wrong character says nothing, and the
        rest of "退方时间是几点" is as near to any other time. Where both readings are sure of different articles, both
        are offered.
        """
        is_sure = typed.best >= typed.cuts.answer
        if self.reader is None or (is_sure and query.script is not Script.HAN):
            return typed, ""
        other = self.reader.other(query.text)
        if not other:
            return typed, ""
        meant = self.ranking(self.preparer.query(other))
        if meant.best > typed.best:
            return meant, other
        if is_sure and meant.best >= meant.cuts.answer and meant.ranked[0].article.id != typed.ranked[0].article.id:
            return beside(meant, typed), other
        return typed, ""

    def ranking(self, query: Query) -> Ranking:
        return rank(self.snapshot, query, self.depth, self.calibration)

    def similar(self, text: str, but: str, limit: int) -> list[SimilarPhrasing]:
        """The phrasings of other articles than `but` nearest to a text in its own script, nearest first."""
        query = self.preparer.query(text)
        exact = self.snapshot.asked_exactly(query)
        shelf = self.snapshot.shelves[query.script]
        hits = {key: hit for key, hit in shelf.questions.hits(query, self.depth, 1.0).items() if key != but}
        found = []
        for key, hit in hits.items():
            near = hit.lexical if query.vector is None else (hit.dense + hit.lexical) / 2
            text = hit.entry.text if hit.entry else ""
            found.append(SimilarPhrasing(key, text, 1.0 if key in exact else round(min(near, 0.99), 4)))
        return sorted(found, key=lambda each: (-each.similarity, each.article_id))[:limit]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text: length 1, or zeros where the text has no letters the model knows."""
        rows = [self.preparer.query(text).vector for text in texts]
        width = next((len(row) for row in rows if row is not None), 1)
        return np.stack([row if row is not None else np.zeros(width, np.float32) for row in rows])


def _says_the_same(one: FaqArticle, other: FaqArticle) -> bool:
    return one.phrasings == other.phrasings and one.answers == other.answers
