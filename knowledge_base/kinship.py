"""Is a question of one kin with an article's phrasings, or of none of them?

Probabilistic linear discriminant analysis (Ioffe 2006): an article is a point drawn from how articles differ, its
phrasings are drawn around it by how phrasings of one article differ. So the chance that a question belongs to an
article can be held against the chance that it belongs to one that is not here, which no classifier of the articles
alone can tell. Both spreads are learned from the base's own phrasings, in closed form: milliseconds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.vectors import Vectors

_EVEN = 0.5  # how far both spreads are drawn to the same in every direction, as phrasings are few
_LEAST_SPREAD = 1e-3
_SCALE = 30.0  # log-odds that count as one: the directions are not as independent as the model has it

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Kinship:
    """Per article a row of `means` and `biases`; `bends` has a row per number of phrasings, `sizes` says which."""

    centre: Vectors
    turn: Vectors
    means: Vectors
    bends: Vectors
    sizes: npt.NDArray[np.int64]
    biases: Vectors

    @classmethod
    def fit(cls, seen: Vectors, labels: npt.NDArray[np.int64], classes: int) -> "Kinship":
        """From phrasings as rows and the article of each (0 to `classes` - 1, none without a phrasing)."""
        counts = np.bincount(labels, minlength=classes)
        centre = seen.mean(axis=0)
        moved = (seen - centre).astype(np.float64)
        means = np.zeros((classes, seen.shape[1]))
        np.add.at(means, labels, moved)
        means /= counts[:, None]
        noise = float(np.mean(1 / counts))  # part of the spread within that is still in a mean of phrasings
        turn, between = _axes(moved - means[labels], means, noise, max(len(labels) - classes, 1))
        return cls._of(centre, turn, means @ turn.T, between, counts)

    @classmethod
    def _of(
        cls, centre: Vectors, turn: _Floats, means: _Floats, between: _Floats, counts: npt.NDArray[np.int64]
    ) -> "Kinship":
        """On axes where the spread within is 1 and that between articles is `between`."""
        kinds, sizes = np.unique(counts, return_inverse=True)
        trust = between / (between + 1 / kinds[:, None])  # in a mean of so many phrasings
        spread = 1 + between / (1 + kinds[:, None] * between)
        expected = trust[sizes] * means
        biases = -0.5 * (expected**2 / spread[sizes] + np.log(spread[sizes]) - np.log1p(between)).sum(axis=1)
        floats = np.float32
        return cls(
            centre, turn.astype(floats), (expected / spread[sizes]).astype(floats),
            (0.5 * (1 / (1 + between) - 1 / spread)).astype(floats), sizes, biases.astype(floats),
        )  # fmt: skip

    def opinion(self, seen: Vectors) -> Vectors:
        """Per article 0..1: .5 where the question is as likely one of its own as one of an article not here."""
        turned = self.turn @ (seen - self.centre)
        odds = self.means @ turned + (self.bends @ turned**2)[self.sizes] + self.biases
        return np.asarray(1 / (1 + np.exp(-np.clip(odds / _SCALE, -30, 30))), dtype=np.float32)


def _axes(rest: _Floats, means: _Floats, noise: float, freedom: int) -> tuple[_Floats, _Floats]:
    """The matrix that makes the spread within articles even and that between them diagonal; and that diagonal."""
    width = rest.shape[1]
    within = rest.T @ rest / freedom
    level = max(float(np.trace(within)) / width, 1e-9)
    within = (1 - _EVEN) * within + _EVEN * level * np.eye(width)
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    white = means @ whiten.T
    spread, axes = np.linalg.eigh(white.T @ white / len(means) - noise * np.eye(width))
    evened = (1 - _EVEN) * spread + _EVEN * float(np.maximum(spread, 0).mean())
    return axes.T @ whiten, np.maximum(evened, _LEAST_SPREAD)
