"""Matching by letters: BM25 over Chinese characters and pairs of them, English words and pieces of words.

A score is divided by what the query would score against itself, so 1 means "the same words" for every query and
one threshold can serve all. Pieces of words forgive typing mistakes and endings.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

_RUNS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_PIECES = (2, 3, 4)
_SATURATION, _LENGTH = 1.5, 0.75  # BM25's k1 and b
_UNKNOWN_TERM = 0.5  # share of the rarest term's weight that a term unknown to the base counts against the query

Terms = Mapping[str, int]
Scores = npt.NDArray[np.float32]


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
    """An immutable BM25 index over texts given by their terms."""

    def __init__(self, texts: Sequence[Terms]) -> None:
        self._columns: dict[str, int] = {}
        columns = [self._columns.setdefault(term, len(self._columns)) for terms in texts for term in terms]
        counts = np.fromiter((count for terms in texts for count in terms.values()), np.float64, len(columns))
        rows = np.repeat(np.arange(len(texts)), [len(terms) for terms in texts])
        lengths = np.bincount(rows, weights=counts, minlength=len(texts))
        self._size = len(texts)
        self._mean_length = max(float(lengths.mean()), 1.0) if texts else 1.0
        holders = np.bincount(np.asarray(columns, dtype=np.int64), minlength=len(self._columns))
        self._rarity = np.log1p((self._size - holders + 0.5) / (holders + 0.5))
        weights = self._saturated(counts, lengths[rows]) * self._rarity[columns] if columns else counts
        shape = (len(self._columns), self._size)
        self._weights = sparse.csr_matrix((weights.astype(np.float32), (columns, rows)), shape=shape)

    def scores(self, query: Terms) -> Scores:
        """One score (0..1) per text, in the order the texts were given."""
        if not self._size or not query:
            return np.zeros(self._size, dtype=np.float32)
        counts = np.fromiter(query.values(), np.float64, len(query))
        columns = np.array([self._columns.get(term, -1) for term in query])
        known = columns >= 0
        unknown = _UNKNOWN_TERM * math.log1p((self._size + 0.5) / 0.5)
        rarity = np.where(known, self._rarity[columns] if len(self._rarity) else unknown, unknown)
        best = float((counts * rarity * self._saturated(counts, counts.sum())).sum())
        return np.asarray(np.minimum(self._totals(columns[known], counts[known]) / best, 1.0), dtype=np.float32)

    def _totals(self, columns: npt.NDArray[np.int64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Per text: the weights of these terms in it, all terms in one pass."""
        starts, ends = self._weights.indptr[columns], self._weights.indptr[columns + 1]
        lengths = ends - starts
        before = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        weights = self._weights.data[places] * np.repeat(counts, lengths)
        totals = np.bincount(self._weights.indices[places], weights=weights, minlength=self._size)
        return np.asarray(totals, dtype=np.float64)

    def _saturated(self, count: npt.ArrayLike, length: npt.ArrayLike) -> npt.NDArray[np.float64]:
        counts = np.asarray(count, dtype=np.float64)
        relative = 1 - _LENGTH + _LENGTH * np.asarray(length, dtype=np.float64) / self._mean_length
        return np.asarray(counts * (_SATURATION + 1) / (counts + _SATURATION * relative))
