"""What an article's phrasings say together: their common direction, a classifier of all articles, and kinship.

The nearest single phrasing decides most; an article whose phrasings all lean towards the question deserves more trust
than one with a lucky neighbour. The classifier is multinomial logistic regression over the vector and a sketch of the
words: it tells articles from each other. Kinship (`kinship.py`) tells them from what has no article. They join in where
articles have several phrasings each.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from knowledge_base.kinship import Kinship
from knowledge_base.lexical import Terms
from knowledge_base.vectors import Vectors

ENOUGH = 3  # phrasings an article has in the middle (median), from which the classifier is worth its time
_LARGEST = 5_000_000  # phrasings times articles: about 20 s of one core, in the background
_PENALTY = 20.0  # C of the usual notation: higher trusts the phrasings more
_SKETCH = 512
_SKETCH_SHARE = 0.5
_ROUNDS = 100


class _Known(Protocol):
    @property
    def vector(self) -> Vectors | None: ...

    @property
    def terms(self) -> Terms: ...


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Per article: the mean direction of its phrasings and its row of the classifier; and kinship, where wanted."""

    rows: Mapping[str, int]
    themes: Vectors
    weights: Vectors
    biases: Vectors
    kinship: Kinship | None

    @classmethod
    def fit(
        cls, owned: Sequence[tuple[str, _Known]], before: "Head | None" = None, *, kin: bool = True
    ) -> "Head | None":
        """Fit on (article id, phrasing) pairs, starting from an earlier fit; None where it would not help.

        `kin`: whether kinship is wanted, too.
        """
        pairs = [(owner, entry) for owner, entry in owned if entry.vector is not None]
        rows = {owner: row for row, owner in enumerate(dict.fromkeys(owner for owner, _ in pairs))}
        if not is_worthwhile([owner for owner, _ in pairs]):
            return None
        labels = np.array([rows[owner] for owner, _ in pairs])
        vectors = np.stack([entry.vector for _, entry in pairs if entry.vector is not None])
        sums = np.zeros((len(rows), vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, labels, vectors)
        themes = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
        seen = _features(vectors, [entry.terms for _, entry in pairs])
        weights, biases = _fit(seen, labels, len(rows), _start(rows, seen.shape[1], before))
        kinship = Kinship.fit(seen, labels, len(rows)) if kin else None
        return cls(rows, themes, weights, biases, kinship)

    def opinion(self, vector: Vectors, terms: Terms) -> tuple[Vectors, Vectors, Vectors]:
        """Per row: cosine with the article's theme, the classifier's probability (all rows sum to 1), and kinship."""
        seen = _features(vector.reshape(1, -1), [terms])[0]
        logits = self.weights @ seen + self.biases
        odds = np.exp(logits - logits.max())
        kin = self.kinship.opinion(seen) if self.kinship else np.zeros_like(odds)
        return self.themes @ vector, odds / odds.sum(), kin


def is_worthwhile(owners: Sequence[str]) -> bool:
    """Whether phrasings owned like this are enough for a classifier, and not too many to fit one."""
    counts = np.unique(np.array(owners), return_counts=True)[1]
    return len(counts) > 1 and float(np.median(counts)) >= ENOUGH and len(owners) * len(counts) <= _LARGEST


def _features(vectors: Vectors, texts: Sequence[Terms]) -> Vectors:
    sketches = np.zeros((len(texts), _SKETCH), dtype=np.float32)
    for row, terms in enumerate(texts):
        for term, count in terms.items():
            place, sign = _place(term)
            sketches[row, place] += sign * (1 + np.log(count))
    lengths = np.maximum(np.linalg.norm(sketches, axis=1, keepdims=True), 1e-6)
    return np.hstack([vectors, _SKETCH_SHARE * sketches / lengths]).astype(np.float32)


@lru_cache(maxsize=200_000)
def _place(term: str) -> tuple[int, int]:
    """Where a term stands in a sketch, and with which sign (feature hashing, Weinberger et al. 2009)."""
    code = zlib.crc32(term.encode())
    return code % _SKETCH, 1 if code >> 31 else -1


def _start(rows: Mapping[str, int], width: int, before: Head | None) -> npt.NDArray[np.float64]:
    start = np.zeros((len(rows), width + 1))
    if before is not None and before.weights.shape[1] == width:
        for owner, row in rows.items():
            if owner in before.rows:
                start[row, :-1], start[row, -1] = before.weights[before.rows[owner]], before.biases[before.rows[owner]]
    return start


def _fit(
    seen: Vectors, labels: npt.NDArray[np.int64], classes: int, start: npt.NDArray[np.float64]
) -> tuple[Vectors, Vectors]:
    chosen = np.zeros((len(labels), classes), dtype=np.float32)
    chosen[np.arange(len(labels)), labels] = 1
    strength = 1 / (_PENALTY * len(labels))

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(classes, -1).astype(np.float32)
        logits = seen @ table[:, :-1].T + table[:, -1]
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        totals = shares.sum(axis=1, keepdims=True)
        shares /= totals
        cost = float(np.log(totals).mean() - (logits * chosen).sum() / len(labels))
        miss = (shares - chosen) / len(labels)
        slope = np.hstack([miss.T @ seen + strength * table[:, :-1], miss.sum(axis=0)[:, None]])
        return cost + strength / 2 * float((table[:, :-1] ** 2).sum()), slope.astype(np.float64).ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    table = found.x.reshape(classes, -1).astype(np.float32)
    return table[:, :-1], table[:, -1]
