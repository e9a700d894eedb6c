"""What terms count when pairs of texts are compared by words, learned from the pairs: factors on their rarity.

Where every article speaks of the same few things, rarity alone misleads: the rare word is a detail, the common one the
matter.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from knowledge_base.lexical import LexicalIndex, Terms, rarity_in, saturated

Array = npt.NDArray[np.float64]
_Weight = Callable[[int, int], float]
_RATE = 1e-2
_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma and Ba 2015) on one array."""

    def __init__(self, value: Array, rate: float) -> None:
        self.value = value
        self._rate = rate
        self._mean = np.zeros_like(value)
        self._square = np.zeros_like(value)
        self._steps = 0

    def step(self, slope: Array, share: float) -> None:
        """One step, of this share of the usual length."""
        self._steps += 1
        self._mean = _BETA1 * self._mean + (1 - _BETA1) * slope
        self._square = _BETA2 * self._square + (1 - _BETA2) * slope**2
        mean = self._mean / (1 - _BETA1**self._steps)
        square = self._square / (1 - _BETA2**self._steps)
        self.value = self.value - share * self._rate * mean / (np.sqrt(square) + _TINY)


class TermFit:
    """The lexical scores of pairs (question, text) as `lexical.scores_in` gives them, with factors that are fitted."""

    def __init__(self, questions: Sequence[Terms], texts: Sequence[Terms], base: Sequence[Terms]) -> None:
        index = LexicalIndex(base)
        self._names = {term: place for place, term in enumerate(sorted({term for each in questions for term in each}))}
        self._rarity = rarity_in([index], list(self._names)) if base else np.ones(len(self._names))
        self._factors = Adam(np.zeros(len(self._names)), _RATE)
        usual = index.mean_length
        self._counts = self._matrix(questions, lambda count, _: count)
        self._best = self._matrix(questions, lambda count, length: count * float(saturated(count, length, usual)))
        self._texts = self._matrix(texts, lambda count, length: float(saturated(count, length, usual)))

    def scores(self, pairs: npt.NDArray[np.int64]) -> Array:
        """Of each question of these pairs with each text of them."""
        worth = self._rarity * np.exp(self._factors.value)
        totals = self._counts[pairs].multiply(worth).tocsr() @ self._texts[pairs].T
        return np.asarray(totals.toarray() / self._lengths(pairs, worth)[:, None])

    def step(self, pairs: npt.NDArray[np.int64], slope: Array, share: float) -> None:
        """Move the factors by the slope of the scores of these pairs."""
        worth = self._rarity * np.exp(self._factors.value)
        lengths = self._lengths(pairs, worth)
        scores = self.scores(pairs)
        gained = self._counts[pairs].multiply(1 / lengths[:, None]).multiply((self._texts[pairs].T @ slope.T).T)
        lost = self._best[pairs].T @ ((slope * scores).sum(axis=1) / lengths)
        self._factors.step(worth * (np.asarray(gained.sum(axis=0)).ravel() - lost), share)

    def worth(self) -> Mapping[str, float]:
        factors = np.exp(self._factors.value).tolist()
        return {term: round(factors[place], 4) for term, place in self._names.items()}

    def _lengths(self, pairs: npt.NDArray[np.int64], worth: Array) -> Array:
        return np.asarray(np.maximum(self._best[pairs] @ worth, 1e-9))

    def _matrix(self, texts: Sequence[Terms], weight: _Weight) -> sparse.csr_matrix:
        rows, columns, values = [], [], []
        for row, terms in enumerate(texts):
            length = sum(terms.values())
            for term, count in terms.items():
                if term in self._names:
                    rows.append(row)
                    columns.append(self._names[term])
                    values.append(weight(count, length))
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(texts), len(self._names)))
