"""The searchable form of the FAQ: an immutable snapshot, and the way from one snapshot to the next.

Ways to ask and answers are separate entries of an article and never joined into one text. Vectors of ways to ask
and of answers each stand in a FAISS index, beside it their words in a lexical index.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import faiss
import numpy as np

from desk.faq import FaqArticle
from desk.messages import Language
from knowledge_base.chinese.segment import is_han
from knowledge_base.head import Head
from knowledge_base.lexical import LexicalIndex, Scores, Terms
from knowledge_base.vectors import Vectors


class Script(StrEnum):
    """What a text is written in, as far as search cares: with any Chinese character, or without."""

    HAN = "han"
    LATIN = "latin"

    @classmethod
    def of(cls, text: str) -> "Script":
        return cls.HAN if any(is_han(char) for char in text) else cls.LATIN


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One text of an article. `id` is never used again; `vector` is None where the model lacks the language."""

    id: int
    text: str
    language: Language | None
    script: Script
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
    """A question as the index compares it. `vector` is None where the model lacks its language; `abroad` gives the
    vector for the other language, computed when asked for."""

    text: str
    script: Script
    skeleton: str
    terms: Terms
    vector: Vectors | None
    abroad: Callable[[], Vectors] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """The best entry of one article. `dense` is a cosine (0 without vectors), `lexical` lies in 0..1."""

    entry: Entry
    dense: float
    lexical: float


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

    def hits(self, query: Query, depth: int, share: float) -> dict[str, Hit]:
        """The best entry of every article that has one among the `depth` nearest by meaning or by words.

        `share` is what a lexical score counts beside a cosine when entries of one article are compared.
        """
        lexical = self._lexical.scores(query.terms)
        cosines = self._nearest(query.vector, depth)
        hits: dict[str, Hit] = {}
        for position in {*cosines, *_highest(lexical, depth)}:
            cosine = cosines[position] if position in cosines else self._cosine(position, query.vector)
            hit = Hit(self._entries[position], max(cosine, 0.0), float(lexical[position]))
            owner = self._owners[position]
            if owner not in hits or hit.dense + share * hit.lexical > hits[owner].dense + share * hits[owner].lexical:
                hits[owner] = hit
        return hits

    def nearest(self, vector: Vectors, depth: int, wanted: Collection[str]) -> dict[str, Hit]:
        """By meaning alone: the best entry of every article in `wanted` that has one among the `depth` nearest."""
        hits: dict[str, Hit] = {}
        ids = [entry.id for entry, owner in zip(self._entries, self._owners, strict=True) if owner in wanted]
        for position, cosine in self._nearest(vector, depth, ids if len(ids) < len(self._entries) else None).items():
            owner = self._owners[position]
            if owner not in hits or cosine > hits[owner].dense:
                hits[owner] = Hit(self._entries[position], max(cosine, 0.0), 0.0)
        return hits

    def _nearest(
        self, vector: Vectors | None, depth: int, among: Sequence[int] | None = None
    ) -> dict[int, float]:
        if vector is None or self._dense is None or not self._dense.ntotal:
            return {}
        how = _only(among) if among is not None else None
        found = self._dense.search(vector.reshape(1, -1), min(depth, self._dense.ntotal), params=how)
        return {
            self._position[int(identity)]: float(score)
            for score, identity in zip(found[0][0], found[1][0], strict=True)
            if identity >= 0
        }

    def _cosine(self, position: int, vector: Vectors | None) -> float:
        own = self._entries[position].vector
        return float(own @ vector) if own is not None and vector is not None else 0.0


def _only(identities: Sequence[int]) -> Any:
    parameters: Any = faiss.SearchParameters
    return parameters(sel=faiss.IDSelectorBatch(np.asarray(identities, dtype=np.int64)))


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


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """All entries of one script: ways to ask, answers, and what was learned from the ways to ask."""

    questions: EntryIndex
    answers: EntryIndex
    head: Head | None = None

    def replaced(self, script: Script, articles: Mapping[str, PreparedArticle]) -> "Shelf":
        """The shelf over other articles; the head stays until `taught`, and knows no new article yet."""
        return Shelf(
            self.questions.replaced(_entries(articles, script, answers=False)),
            self.answers.replaced(_entries(articles, script, answers=True)),
            self.head,
        )


def _entries(articles: Mapping[str, PreparedArticle], script: Script, *, answers: bool) -> list[tuple[str, Entry]]:
    return [
        (key, entry)
        for key, prepared in articles.items()
        for entry in (prepared.answers if answers else prepared.questions)
        if entry.script is script
    ]


def _bare() -> dict[Script, Shelf]:
    return {script: Shelf(EntryIndex((), None), EntryIndex((), None)) for script in Script}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All searchable articles at one revision."""

    articles: Mapping[str, PreparedArticle] = field(default_factory=dict)
    shelves: Mapping[Script, Shelf] = field(default_factory=_bare)

    def changed(self, changed: Iterable[PreparedArticle], removed: Iterable[str]) -> "Snapshot":
        """The snapshot after these edits; this one stays as it is, for searches under way."""
        articles = dict(self.articles)
        for identity in removed:
            articles.pop(identity, None)
        articles.update((prepared.article.id, prepared) for prepared in changed)
        return Snapshot(articles, {script: shelf.replaced(script, articles) for script, shelf in self.shelves.items()})

    def taught(self, lessons: Sequence[tuple[str, Entry]] = ()) -> "Snapshot":
        """With heads fitted on the present phrasings, and on `lessons`: confirmed questions of articles. Takes seconds
        in a large base, and is meant to follow an edit, not to delay it."""
        shelves = {}
        for script, shelf in self.shelves.items():
            owned = _entries(self.articles, script, answers=False)
            confirmed = [(key, entry) for key, entry in lessons if entry.script is script and key in self.articles]
            shelves[script] = replace(shelf, head=Head.fit([*owned, *confirmed], shelf.head))
        return Snapshot(self.articles, shelves)

    def taking_heads(self, other: "Snapshot") -> "Snapshot":
        """These articles with the heads of a snapshot that was taught meanwhile."""
        heads = {script: shelf.head for script, shelf in other.shelves.items()}
        return Snapshot(
            self.articles, {script: replace(shelf, head=heads[script]) for script, shelf in self.shelves.items()}
        )

    @cached_property
    def phrasings(self) -> int:
        return sum(len(shelf.questions) for shelf in self.shelves.values())

    @cached_property
    def foreign(self) -> Mapping[Script, frozenset[str]]:
        """By the asker's script: ids of articles that cannot be asked for in it."""
        return {
            script: frozenset(
                key for key, prepared in self.articles.items()
                if prepared.questions and all(entry.script is not script for entry in prepared.questions)
            )
            for script in Script
        }  # fmt: skip

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
