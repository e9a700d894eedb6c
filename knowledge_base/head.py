"""What a whole article is about, learned from its phrasings together.

The nearest single phrasing decides most; an article whose phrasings all lean towards the question deserves more
trust than one with a lucky neighbour. Both parts are closed formulas, so every refresh fits them in milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knowledge_base.vectors import Vectors

_RIDGE = 1.0  # penalty of the least-squares classifier; .3 to 3 measured alike


class _HasVector(Protocol):
    @property
    def vector(self) -> Vectors | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Per article with vectors: the mean direction of its phrasings and a linear classifier against all others."""

    rows: Mapping[str, int]
    themes: Vectors
    classifiers: Vectors

    @classmethod
    def fit(cls, owned: Sequence[tuple[str, _HasVector]]) -> "Head | None":
        """Fit on (article id, phrasing) pairs; None when no phrasing has a vector."""
        pairs = [(owner, entry.vector) for owner, entry in owned if entry.vector is not None]
        if not pairs:
            return None
        rows = {owner: row for row, owner in enumerate(dict.fromkeys(owner for owner, _ in pairs))}
        vectors = np.stack([vector for _, vector in pairs])
        sums = np.zeros((len(rows), vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, [rows[owner] for owner, _ in pairs], vectors)
        spread = vectors.T @ vectors + _RIDGE * np.eye(vectors.shape[1], dtype=np.float32)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return cls(rows, sums / np.maximum(lengths, 1e-6), np.linalg.solve(spread, sums.T).T)

    def opinion(self, article_id: str, vector: Vectors) -> tuple[float, float]:
        """Cosine with the article's theme, and the classifier's share for it (about 0..1)."""
        row = self.rows.get(article_id)
        if row is None:
            return 0.0, 0.0
        return float(self.themes[row] @ vector), float(self.classifiers[row] @ vector)
