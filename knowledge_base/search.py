"""One search, start to finish, on an immutable snapshot: understand, find, weigh, decide. Blocking, no I/O."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from desk.faq import FaqArticle, Verdict
from desk.messages import Language
from knowledge_base.embedding import Encoder
from knowledge_base.fusion import Signals, calibrator_for, strength_features
from knowledge_base.index import Entry, Hit, PreparedArticle, Query, Snapshot
from knowledge_base.lexical import terms_of
from knowledge_base.normalise import normalise, skeleton
from knowledge_base.script import detect_language
from knowledge_base.vectors import VectorMemory, Vectors

DEPTH = 64  # entries looked at per signal
TIE = 0.02  # scores nearer than this decide nothing
_LETTERS_READ = 1000  # of a question; who writes more has said it by then


@dataclass(frozen=True, slots=True)
class Ranked:
    """One article found. `entry` is its way to ask nearest to the question, None when only its answer was near."""

    article: FaqArticle
    entry: Entry | None
    score: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class Ranking:
    """All articles found, best first, and what the best one's score allows."""

    verdict: Verdict
    threshold: float
    ranked: tuple[Ranked, ...]


class Preparer:
    """Makes articles and questions comparable with one encoder, which may be None: then words alone count."""

    def __init__(self, encoder: Encoder | None, memory: VectorMemory | None = None) -> None:
        self._encoder = encoder
        self._memory = memory or (VectorMemory(encoder.model_id, encoder.dimensions) if encoder else None)
        self._identities = itertools.count(1)

    def articles(self, articles: Sequence[FaqArticle]) -> list[PreparedArticle]:
        """Every article with terms and vectors; texts seen before are not embedded again."""
        bare = [self._without_vectors(article) for article in articles]
        entries = [entry for prepared in bare for entry in (*prepared.questions, *prepared.answers)]
        vectors = self._vectors(entries)

        def filled(some: Sequence[Entry]) -> tuple[Entry, ...]:
            return tuple(replace(entry, vector=vectors.get(entry.id)) for entry in some)

        return [replace(each, questions=filled(each.questions), answers=filled(each.answers)) for each in bare]

    def query(self, text: str) -> Query:
        text = text[:_LETTERS_READ]
        normalised = normalise(text)
        served = self._encoder is not None and bool(normalised) and self._encoder.serves(detect_language(text))
        vector = self._encoder.encode([normalised])[0] if served and self._encoder else None
        return Query(skeleton(normalised), terms_of(normalised), vector)

    def _without_vectors(self, article: FaqArticle) -> PreparedArticle:
        return PreparedArticle(
            article,
            tuple(self._entry(phrasing.text, phrasing.language) for phrasing in article.phrasings),
            tuple(self._entry(text, language) for language, text in article.answers.items() if text.strip()),
        )

    def _entry(self, text: str, language: Language | None) -> Entry:
        normalised = normalise(text)
        language = language or detect_language(text)
        return Entry(next(self._identities), text, language, skeleton(normalised), terms_of(normalised), None)

    def _vectors(self, entries: Sequence[Entry]) -> dict[int, Vectors]:
        if self._encoder is None or self._memory is None:
            return {}
        served = [entry for entry in entries if self._encoder.serves(entry.language)]
        vectors = self._memory.vectors([normalise(entry.text) for entry in served], self._encoder.encode)
        return {entry.id: vector for entry, vector in zip(served, vectors, strict=True)}


def rank(snapshot: Snapshot, query: Query, depth: int = DEPTH) -> Ranking:
    """Weigh every article that has an entry among the `depth` nearest by meaning or by words.

    A question entered for one article is answered by it; one entered for several is asked back. An article found
    by its answer's text alone is offered, never given.
    """
    by_meaning = query.vector is not None
    calibrator = calibrator_for(by_meaning=by_meaning)
    exact = snapshot.asked_exactly(query)
    asked = snapshot.questions.hits(query, depth)
    answered = snapshot.answers.hits(query, depth)
    found = {*asked, *answered, *exact}
    signals = {key: _signals(snapshot, query, key, asked.get(key), answered.get(key)) for key in found}
    strengths = {key: some.strength(by_meaning=by_meaning) for key, some in signals.items()}
    ranked = []
    for key, some in signals.items():
        features = strength_features(strengths, key, some.lexical, len(query.skeleton))
        score = calibrator.probability(features)
        if key in exact:
            score = 1.0 if len(exact) == 1 else calibrator.thresholds.doubtful
        elif some.rests_on_answer(by_meaning=by_meaning):
            score = min(score, calibrator.thresholds.doubtful)
        ranked.append(Ranked(snapshot.articles[key].article, asked[key].entry if key in asked else None, score, some))
    ranked.sort(key=lambda found: (found.article.id not in exact, -found.score, found.article.id))
    ranked = _undecided(ranked, calibrator.thresholds.doubtful) if not exact else ranked
    best = ranked[0].score if ranked else 0.0
    return Ranking(calibrator.thresholds.verdict(best), calibrator.thresholds.answer, tuple(ranked))


def _undecided(ranked: list[Ranked], doubtful: float) -> list[Ranked]:
    """Articles that tie for the first place are offered beside each other: a bare "check-out" may mean any of them."""
    tied = [found for found in ranked if ranked[0].score - found.score < TIE]
    if len(tied) < 2:
        return ranked
    return [replace(found, score=min(found.score, doubtful)) for found in tied] + ranked[len(tied) :]


def _signals(snapshot: Snapshot, query: Query, key: str, asked: Hit | None, answered: Hit | None) -> Signals:
    theme, head = 0.0, 0.0
    if snapshot.head is not None and query.vector is not None:
        theme, head = snapshot.head.opinion(key, query.vector)
    return Signals(
        dense=asked.dense if asked else 0.0,
        lexical=asked.lexical if asked else 0.0,
        theme=theme,
        head=head,
        answer_dense=answered.dense if answered else 0.0,
        answer_lexical=answered.lexical if answered else 0.0,
    )
