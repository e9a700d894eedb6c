"""The searchable form of the FAQ: an immutable snapshot, and the way from one snapshot to the next.

Ways to ask and answers are separate entries of an article and never joined into one text. Vectors of ways to ask
and of answers each stand in a FAISS index, beside it their words in a lexical index.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import faiss
import numpy as np

from desk.faq import FaqArticle
from desk.messages import Language
from knowledge_base.head import Head
from knowledge_base.lexical import LexicalIndex, Scores, Terms
from knowledge_base.vectors import Vectors

LEXICAL_SHARE = 0.4  # of a lexical score, added to a cosine; .2 to .4 measured alike on five English sets


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One text of an article. `id` is never used again; `vector` is None where the model lacks the language."""

    id: int
    text: str
    language: Language | None
    skeleton: str
    terms: Terms
    vector: Vectors | None


@dataclass(frozen=True, slots=True, eq=False)
class PreparedArticle:
    """An article with all that is costly to compute."""

    article: FaqArticle
    questions: tuple[Entry, ...]
    answers: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question as the index compares it. `vector` is None where the model lacks its language."""

    skeleton: str
    terms: Terms
    vector: Vectors | None


@dataclass(frozen=True, slots=True)
class Hit:
    """The best entry of one article. `dense` is a cosine (0 without vectors), `lexical` lies in 0..1."""

    entry: Entry
    dense: float
    lexical: float

    @property
    def strength(self) -> float:
        return self.dense + LEXICAL_SHARE * self.lexical


class EntryIndex:
    """Entries of many articles, immutable. `replaced` shares nothing that could change with its origin."""

    def __init__(self, owned: Sequence[tuple[str, Entry]], dense: Any) -> None:
        self._entries = [entry for _, entry in owned]
        self._owners = [owner for owner, _ in owned]
        self._position = {entry.id: position for position, entry in enumerate(self._entries)}
        self._lexical = LexicalIndex([entry.terms for entry in self._entries])
        self._dense = dense  # an IndexIDMap2 over IndexFlatIP: exact, and able to forget

    def __len__(self) -> int:
        return len(self._entries)

    def replaced(self, owned: Sequence[tuple[str, Entry]]) -> "EntryIndex":
        """The same index over other entries: only vectors that came or went are touched."""
        wanted = {entry.id: entry.vector for _, entry in owned if entry.vector is not None}
        held = {entry.id for entry in self._entries if entry.vector is not None}
        added = {identity: vector for identity, vector in wanted.items() if identity not in held}
        return EntryIndex(owned, _with_vectors(self._dense, added, held - wanted.keys()))

    def hits(self, query: Query, depth: int) -> dict[str, Hit]:
        """The best entry of every article that has one among the `depth` nearest by meaning or by words."""
        lexical = self._lexical.scores(query.terms)
        cosines = self._nearest(query.vector, depth)
        hits: dict[str, Hit] = {}
        for position in {*cosines, *_highest(lexical, depth)}:
            cosine = cosines[position] if position in cosines else self._cosine(position, query.vector)
            hit = Hit(self._entries[position], max(cosine, 0.0), float(lexical[position]))
            owner = self._owners[position]
            if owner not in hits or hit.strength > hits[owner].strength:
                hits[owner] = hit
        return hits

    def _nearest(self, vector: Vectors | None, depth: int) -> dict[int, float]:
        if vector is None or self._dense is None or not self._dense.ntotal:
            return {}
        scores, identities = self._dense.search(vector.reshape(1, -1), min(depth, self._dense.ntotal))
        return {
            self._position[int(identity)]: float(score)
            for identity, score in zip(identities[0], scores[0], strict=True)
        }

    def _cosine(self, position: int, vector: Vectors | None) -> float:
        own = self._entries[position].vector
        return float(own @ vector) if own is not None and vector is not None else 0.0


def _with_vectors(index: Any, added: Mapping[int, Vectors], gone: Collection[int]) -> Any:
    """A copy of the FAISS index with some vectors more and some less; None stands for an empty one."""
    if index is not None:
        index = faiss.clone_index(index)
        index.remove_ids(np.fromiter(gone, np.int64, len(gone)))
    if added:
        matrix = np.stack(list(added.values()))
        index = index if index is not None else faiss.IndexIDMap2(faiss.IndexFlatIP(matrix.shape[1]))
        index.add_with_ids(matrix, np.fromiter(added, np.int64, len(added)))
    return index


def _highest(scores: Scores, depth: int) -> Iterable[int]:
    """Positions of the `depth` highest scores above zero."""
    depth = min(depth, len(scores))
    highest = np.argpartition(-scores, depth - 1)[:depth] if depth else np.empty(0, dtype=np.int64)
    return (int(position) for position in highest if scores[position] > 0)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All searchable articles at one revision."""

    articles: Mapping[str, PreparedArticle] = field(default_factory=dict)
    questions: EntryIndex = field(default_factory=lambda: EntryIndex((), None))
    answers: EntryIndex = field(default_factory=lambda: EntryIndex((), None))
    head: Head | None = None

    def changed(self, changed: Iterable[PreparedArticle], removed: Iterable[str]) -> "Snapshot":
        """The snapshot after these edits; this one stays as it is, for searches under way."""
        articles = dict(self.articles)
        for identity in removed:
            articles.pop(identity, None)
        articles.update((prepared.article.id, prepared) for prepared in changed)
        questions = [(key, entry) for key, prepared in articles.items() for entry in prepared.questions]
        answers = [(key, entry) for key, prepared in articles.items() for entry in prepared.answers]
        return Snapshot(
            articles=articles,
            questions=self.questions.replaced(questions),
            answers=self.answers.replaced(answers),
            head=Head.fit(questions),
        )

    @cached_property
    def _askers(self) -> Mapping[str, frozenset[str]]:
        askers: defaultdict[str, set[str]] = defaultdict(set)
        for key, prepared in self.articles.items():
            for entry in prepared.questions:
                askers[entry.skeleton].add(key)
        return {skeleton: frozenset(keys) for skeleton, keys in askers.items() if skeleton}

    def asked_exactly(self, query: Query) -> frozenset[str]:
        """Ids of the articles that hold this very question."""
        return self._askers.get(query.skeleton, frozenset())
