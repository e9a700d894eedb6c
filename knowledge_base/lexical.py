"""Matching by letters: BM25 over Chinese characters and pairs of them, English words and pieces of words.

A score is divided by what the query would score against itself, so 1 means "the same words" for every query and
one threshold can serve all. Pieces of words forgive typing mistakes and endings.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, ItemsView, Iterator, Mapping, Sequence, ValuesView
from sys import intern

import numpy as np
import numpy.typing as npt
from scipy import sparse

_RUNS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_PIECES = (2, 3, 4)
_SATURATION, _LENGTH = 1.5, 0.75  # BM25's k1 and b
_UNKNOWN_TERM = 0.5  # share of the rarest term's weight that a term unknown to the base counts against the query

Terms = Mapping[str, int]
Worth = Mapping[str, float]
"""Factors of terms that a business's own pairs taught; 1 for all others."""
Scores = npt.NDArray[np.float32]


class Bag(Mapping[str, int]):
    """Terms that are kept, in a tenth of a dictionary's memory: each term is there once for all texts, and only going
    through all of them is quick."""

    __slots__ = ("counts", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = tuple(map(intern, terms))
        counts = terms.values()
        self.counts: Sequence[int] = bytes(counts) if max(counts, default=0) < 256 else tuple(counts)

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[str]:
        return iter(self.terms)

    def __getitem__(self, term: str) -> int:
        try:
            return self.counts[self.terms.index(term)]
        except ValueError:
            raise KeyError(term) from None

    def values(self) -> ValuesView[int]:
        return _Counts(self)

    def items(self) -> ItemsView[str, int]:
        return _Items(self)


class _Counts(ValuesView[int]):
    _mapping: Bag

    def __iter__(self) -> Iterator[int]:
        return iter(self._mapping.counts)


class _Items(ItemsView[str, int]):
    _mapping: Bag

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self._mapping.terms, self._mapping.counts, strict=True)


def terms_of(normalised: str) -> Terms:
    """The terms of a normalised text and how often each occurs."""
    runs = _RUNS.findall(normalised)
    has_han = any(run[0] >= "\u3400" for run in runs)
    terms: Counter[str] = Counter()
    for run in runs:
        if run[0] >= "\u3400":
            terms.update(run)
            terms.update(run[at : at + 2] for at in range(len(run) - 1))
        elif has_han:  # a name among Chinese: its pieces would outweigh the sentence
            terms[run] += 1
        else:
            terms.update(_word_and_pieces(run))
    return terms


def _word_and_pieces(word: str) -> list[str]:
    framed = f"_{word}_"
    pieces = [framed[at : at + size] for size in _PIECES for at in range(len(framed) - size + 1)]
    return [word, *pieces]


class LexicalIndex:
    """An immutable BM25 index over texts given by their terms; one part of a base, or all of it."""

    def __init__(self, texts: Sequence[Terms]) -> None:
        self._columns: dict[str, int] = {}
        columns = [self._columns.setdefault(term, len(self._columns)) for terms in texts for term in terms]
        counts = np.fromiter((count for terms in texts for count in terms.values()), np.float64, len(columns))
        rows = np.repeat(np.arange(len(texts)), [len(terms) for terms in texts])
        lengths = np.bincount(rows, weights=counts, minlength=len(texts))
        self.size = len(texts)
        self.mean_length = max(float(lengths.mean()), 1.0) if texts else 1.0
        self._holders = np.bincount(np.asarray(columns, dtype=np.int64), minlength=len(self._columns))
        weights = saturated(counts, lengths[rows], self.mean_length)
        shape = (len(self._columns), self.size)
        self._weights = sparse.csr_matrix((weights.astype(np.float32), (columns, rows)), shape=shape)

    def columns_of(self, terms: Collection[str]) -> npt.NDArray[np.int64]:
        """Where each term is kept; -1 for one that no text here has."""
        return np.array([self._columns.get(term, -1) for term in terms], dtype=np.int64)

    def holders_of(self, columns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many texts have the term of each column."""
        return np.where(columns >= 0, self._holders[columns], 0) if len(self._holders) else np.zeros_like(columns)

    def totals(self, columns: npt.NDArray[np.int64], worth: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Per text: the weights of these terms in it times what each is worth, all terms in one pass."""
        columns, worth = columns[columns >= 0], worth[columns >= 0]
        starts, ends = self._weights.indptr[columns], self._weights.indptr[columns + 1]
        lengths = ends - starts
        before = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        weights = self._weights.data[places] * np.repeat(worth, lengths)
        totals = np.bincount(self._weights.indices[places], weights=weights, minlength=self.size)
        return np.asarray(totals, dtype=np.float64)


def scores_in(
    parts: Sequence[LexicalIndex], query: Terms, among: Sequence[LexicalIndex] | None = None, worth: Worth | None = None
) -> list[Scores]:
    """One score (0..1) per text of each part, in the order the texts were given.

    A term is as rare as it is in all parts of `among` together (None: in these parts); how long a text usually is, the
    largest of them says. `worth` are factors for some terms.
    """
    among = [part for part in (among or ()) if part.size] or parts
    if not sum(part.size for part in among) or not query:
        return [np.zeros(part.size, dtype=np.float32) for part in parts]
    rarity = rarity_in(among, query)
    if worth:
        rarity *= [worth.get(term, 1.0) for term in query]
    counts = np.fromiter(query.values(), np.float64, len(query))
    usual = max(among, key=lambda part: part.size).mean_length
    best = float((counts * rarity * saturated(counts, counts.sum(), usual)).sum())
    return [
        np.minimum(part.totals(part.columns_of(query), counts * rarity) / best, 1.0).astype(np.float32)
        for part in parts
    ]


def rarity_in(parts: Sequence[LexicalIndex], terms: Collection[str]) -> npt.NDArray[np.float64]:
    """What each term counts in these texts: the fewer have it, the more."""
    size = sum(part.size for part in parts)
    holders = np.sum([part.holders_of(part.columns_of(terms)) for part in parts], axis=0)
    rarity = np.log1p((size - holders + 0.5) / (holders + 0.5))
    rarity[holders == 0] = _UNKNOWN_TERM * math.log1p((size + 0.5) / 0.5)
    return np.asarray(rarity, np.float64)


def shared_letters(one: Terms, other: Terms) -> float:
    """The share of the Chinese characters and foreign words of two texts that both have (Jaccard), 0..1. It asks
    nothing about rarity: where every article speaks of the same few things, what is common still matters."""
    first, second = ({term for term in terms if len(term) == 1 or term[0] < "\u3400"} for terms in (one, other))
    return len(first & second) / max(len(first | second), 1)


def saturated(count: npt.ArrayLike, length: npt.ArrayLike, usual: float) -> npt.NDArray[np.float64]:
    """BM25's weight of a term that occurs `count` times in a text of `length` terms, where `usual` are usual."""
    counts = np.asarray(count, dtype=np.float64)
    relative = 1 - _LENGTH + _LENGTH * np.asarray(length, dtype=np.float64) / usual
    return np.asarray(counts * (_SATURATION + 1) / (counts + _SATURATION * relative))
