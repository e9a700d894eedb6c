"""Entries of many articles in a form that is searched: by meaning and by words, in at most two parts.

The large part is left alone by edits, but for a list of what is gone from it; what came since stands in a small part
beside it, until both are put together (`settled`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from desk.messages import Language
from knowledge_base.chinese.segment import is_han
from knowledge_base.lexical import LexicalIndex, Scores, Terms, Worth, scores_in
from knowledge_base.nearest import FLAT_UP_TO, Allowed, Flat, Found, Graph, Mask, Nearest
from knowledge_base.vectors import Vectors

SMALL = 4_000  # entries that are put together anew at every edit: about 50 ms
_LOOSE = 0.02  # share of a large base that may stand apart
_FEW_LOOSE = 2_000


class Script(StrEnum):
    """What a text is written in, as far as search cares: with any Chinese character, or without."""

    HAN = "han"
    LATIN = "latin"

    @classmethod
    def of(cls, text: str) -> "Script":
        return cls.HAN if any(is_han(char) for char in text) else cls.LATIN

    @property
    def other(self) -> "Script":
        return Script.LATIN if self is Script.HAN else Script.HAN


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One text of an article. `id` is never used again; `vector` is None where the model lacks the language, `form`
    where it tells none."""

    id: int
    text: str
    language: Language | None
    script: Script
    skeleton: str
    terms: Terms
    vector: Vectors | None
    form: Vectors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question as the index compares it. `vector` is None where the model lacks its language; `abroad` gives it as it
    would be asked in the other language (no terms where no dictionary knows them), worked out when asked for. `worth`
    is what terms were learned to count; None where nothing was learned."""

    text: str
    script: Script
    skeleton: str
    terms: Terms
    vector: Vectors | None
    abroad: "Callable[[], Query] | None" = None
    worth: Worth | None = None
    form: Vectors | None = None


class Graphs(Protocol):
    """Makes graphs, or has them already."""

    def graph(self, name: str, vectors: Sequence[Vectors | None], before: Graph | None) -> Graph:
        """A graph of these vectors; `before` is the one that served so far."""


class Hit(NamedTuple):
    """The best entry of one article, None where only questions confirmed for it are near. `dense` is a cosine (0
    without vectors), `lexical` and `shared` (letters in common, where that is looked at) lie in 0..1."""

    entry: Entry | None
    dense: float
    lexical: float
    shared: float = 0.0


class Owned(NamedTuple):
    """An entry with the id of its article, and whether that article can be asked for in this entry's script only."""

    owner: str
    entry: Entry
    alone: bool


class _Part:
    """Entries put together once; `gone` marks those that edits took away since."""

    def __init__(self, owned: Sequence[Owned], nearest: Nearest | None = None) -> None:
        self.owned = owned
        self.vectors = [each.entry.vector for each in owned]
        self.lexical = LexicalIndex([each.entry.terms for each in owned])
        self.nearest: Nearest = nearest or Flat(self.vectors)
        self.gone: Mask = np.zeros(len(owned), dtype=bool)
        self.has_gone = False

    def without(self, gone: Collection[int]) -> "_Part":
        """Everything is shared but the marks."""
        places = [self._places[identity] for identity in gone if identity in self._places]
        if not places:
            return self
        other = object.__new__(_Part)
        other.__dict__ |= {name: value for name, value in vars(self).items() if name not in ("_living", "_alone")}
        other.gone, other.has_gone = self.gone.copy(), True
        other.gone[places] = True
        return other

    def living(self) -> list[Owned]:
        return [each for each, gone in zip(self.owned, self.gone.tolist(), strict=True) if not gone]

    def places_of(self, owners: Collection[str]) -> list[int]:
        """Where the living entries of these articles stand."""
        found = [place for owner in owners for place in self._owners.get(owner, ())]
        return [place for place in found if not self.gone[place]] if self.has_gone else found

    def near(self, vector: Vectors | None, depth: int) -> Found:
        return self.nearest.search(vector, depth, self._living) if vector is not None else []

    def near_alone(self, vector: Vectors, depth: int) -> Found:
        return self.nearest.search(vector, depth, self._alone)

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {each.entry.id: place for place, each in enumerate(self.owned)}

    @cached_property
    def _owners(self) -> Mapping[str, Sequence[int]]:
        owners: dict[str, list[int]] = {}
        for place, each in enumerate(self.owned):
            owners.setdefault(each.owner, []).append(place)
        return owners

    @cached_property
    def _living(self) -> Allowed | None:
        return Allowed(~self.gone) if self.has_gone else None

    @cached_property
    def _alone(self) -> Allowed:
        return Allowed(np.array([each.alone for each in self.owned], dtype=bool) & ~self.gone)


class EntryIndex:
    """Entries of many articles, immutable."""

    def __init__(self, parts: Sequence[_Part] = ()) -> None:
        self._parts = [part for part in parts if len(part.owned)]

    def __len__(self) -> int:
        return sum(len(part.owned) - int(part.gone.sum()) for part in self._parts)

    def changed(self, gone: Collection[int], added: Sequence[Owned]) -> "EntryIndex":
        """The same index without the entries of these ids, and with others: what is large and stays is not touched."""
        if not gone and not added:
            return self
        large = self._parts[0].without(gone) if self._parts else None
        loose = [each for part in self._parts[1:] for each in part.without(gone).living()] + list(added)
        if large is None or len(large.owned) <= max(SMALL, len(loose)):
            return EntryIndex([_Part([*(large.living() if large else ()), *loose])])
        return EntryIndex([large, _Part(loose)])

    @property
    def is_settled(self) -> bool:
        """Whether it may stay as it is."""
        if not self._parts:
            return True
        large, *others = self._parts
        apart = int(large.gone.sum()) + sum(len(part.owned) for part in others)
        if apart > max(_FEW_LOOSE, _LOOSE * len(large.owned)):
            return False
        return isinstance(large.nearest, Graph) or sum(each is not None for each in large.vectors) <= FLAT_UP_TO

    def settled(self, name: str, graphs: Graphs) -> "EntryIndex":
        """All in one part; a large one with a graph, known by `name`. Blocking: up to minutes for a large base."""
        if self.is_settled:
            return self
        owned = [each for part in self._parts for each in part.living()]
        vectors = [each.entry.vector for each in owned]
        if sum(vector is not None for vector in vectors) <= FLAT_UP_TO:
            return EntryIndex([_Part(owned)])
        before = self._parts[0].nearest
        return EntryIndex([_Part(owned, graphs.graph(name, vectors, before if isinstance(before, Graph) else None))])

    def upon(self, settled: "EntryIndex") -> "EntryIndex":
        """These entries in the form of an index that was settled while edits went on here."""
        own = {each.entry.id: each for part in self._parts for each in part.living()}
        other = {each.entry.id for part in settled._parts for each in part.living()}
        return settled.changed(other - own.keys(), [each for key, each in own.items() if key not in other])

    def hits(
        self, query: Query, depth: int, share: float, also: Collection[str] = (), among: "EntryIndex | None" = None
    ) -> dict[str, Hit]:
        """The best entry of every article that has one among the `depth` nearest by meaning or by words.

        `share` is what a lexical score counts beside a cosine when entries of one article are compared. Articles of
        `also` are looked at whether near or not. How rare a word is, the entries of `among` say (None: these).
        """
        hits: dict[str, Hit] = {}
        for part, lexical in zip(self._parts, self._scores(query, among or self), strict=True):
            cosines = dict(part.near(query.vector, depth))
            worded = [place for place in (*_highest(lexical, depth), *part.places_of(also)) if place not in cosines]
            if query.vector is not None:
                cosines.update(zip(worded, part.nearest.cosines(worded, query.vector), strict=True))
            else:
                cosines.update(dict.fromkeys(worded, 0.0))
            for (place, cosine), words in zip(cosines.items(), lexical[list(cosines)].tolist(), strict=True):
                owner, entry, _ = part.owned[place]
                dense = max(cosine, 0.0)
                best = hits.get(owner)
                if best is None or dense + share * words > best.dense + share * best.lexical:
                    hits[owner] = Hit(entry, dense, words)
        return hits

    def nearest_alone(self, vector: Vectors, depth: int) -> dict[str, Hit]:
        """By meaning, of articles that can be asked for in this script only: the best entry of each that has one among
        the `depth` nearest."""
        hits: dict[str, Hit] = {}
        for part in self._parts:
            for place, cosine in part.near_alone(vector, depth):
                owner, entry, _ = part.owned[place]
                if owner not in hits or cosine > hits[owner].dense:
                    hits[owner] = Hit(entry, max(cosine, 0.0), 0.0)
        return hits

    def _scores(self, query: Query, among: "EntryIndex") -> list[Scores]:
        common = [part.lexical for part in among._parts]
        scores = scores_in([part.lexical for part in self._parts], query.terms, common, query.worth)
        for part, own in zip(self._parts, scores, strict=True):
            if part.has_gone:
                own[part.gone] = 0.0
        return scores


def _highest(scores: Scores, depth: int) -> Iterable[int]:
    """Positions of the `depth` highest scores above zero."""
    depth = min(depth, len(scores))
    highest = np.argpartition(-scores, depth - 1)[:depth] if depth else np.empty(0, dtype=np.int64)
    highest = highest[scores[highest] > 0]
    places: list[int] = highest.tolist()
    return places
