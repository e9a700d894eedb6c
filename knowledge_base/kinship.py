"""Is a question of one kin with an article's phrasings, or of none of them?

Probabilistic linear discriminant analysis (Ioffe 2006): an article is a point drawn from how articles differ, its
phrasings are drawn around it by how phrasings of one article differ. So the chance that a question belongs to an
article can be held against the chance that it belongs to one that is not here, which no classifier of the articles
alone can tell. Both spreads are learned from the base's own phrasings, in closed form: milliseconds.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge_base.vectors import Vectors

_EVEN = 0.5  # how far both spreads are drawn to the same in every direction, as phrasings are few
_LEAST_SPREAD = 1e-3
_NARROW = 0.65  # phrasings to features, below which the space of the phrasings is turned alone: few take milliseconds
_SCALE = 45.0  # log-odds that count as one: the directions are not as independent as the model has it

_Floats = npt.NDArray[np.float64]


class _Axes(NamedTuple):
    """Axes on which the spread within articles is 1 and that between them `between`.

    What lies `beyond` the space of the phrasings is like in all its directions: how much longer it counts there than it
    is, and the spread between articles.
    """

    turn: _Floats
    between: _Floats
    beyond: float
    between_beyond: float


@dataclass(frozen=True, slots=True, eq=False)
class Kinship:
    """Per article a row of `means` and `biases`; `bends` has a row per number of phrasings, `sizes` says which.

    Where phrasings are fewer than features, `span` leads into their space, `turn` on from there, and all that lies
    beyond is one more column of `bends`.
    """

    centre: Vectors
    stretch: Vectors
    span: Vectors | None
    turn: Vectors
    beyond: float
    means: Vectors
    bends: Vectors
    sizes: npt.NDArray[np.int64]
    biases: Vectors

    @classmethod
    def fit(cls, seen: Vectors, labels: npt.NDArray[np.int64], classes: int, stretch: Vectors) -> "Kinship":
        """From phrasings as rows and the article of each (0 to `classes` - 1, none without a phrasing); `stretch` is
        how much each column counts."""
        counts = np.bincount(labels, minlength=classes)
        centre = seen.mean(axis=0)
        moved = ((seen - centre) * stretch).astype(np.float64)
        span = np.linalg.qr(moved.T)[0].T if len(moved) < _NARROW * moved.shape[1] else None
        inside = moved if span is None else moved @ span.T
        means = np.zeros((classes, inside.shape[1]))
        np.add.at(means, labels, inside)
        means /= counts[:, None]
        noise = float(np.mean(1 / counts))  # part of the spread within that is still in a mean of phrasings
        axes = _axes(inside - means[labels], means, noise, max(len(labels) - classes, 1), len(centre))
        return cls._of(centre, stretch, span, axes, means @ axes.turn.T, counts)

    @classmethod
    def _of(
        cls, centre: Vectors, stretch: Vectors, span: _Floats | None, axes: _Axes, means: _Floats,
        counts: npt.NDArray[np.int64],
    ) -> "Kinship":  # fmt: skip
        between, alike = axes.between, np.ones(len(axes.between))  # how many directions each column stands for
        if span is not None:
            between, means = np.append(between, axes.between_beyond), np.pad(means, ((0, 0), (0, 1)))
            alike = np.append(alike, len(centre) - len(span))
        kinds, sizes = np.unique(counts, return_inverse=True)
        trust = between / (between + 1 / kinds[:, None])  # in a mean of so many phrasings
        spread = 1 + between / (1 + kinds[:, None] * between)
        expected = trust[sizes] * means
        biases = -0.5 * (alike * (expected**2 / spread[sizes] + np.log(spread[sizes]) - np.log1p(between))).sum(axis=1)
        floats = np.float32
        return cls(
            centre, stretch, None if span is None else (span * stretch).astype(floats),
            (axes.turn * stretch if span is None else axes.turn).astype(floats), axes.beyond,
            (expected / spread[sizes])[:, : len(axes.turn)].astype(floats),
            (0.5 * (1 / (1 + between) - 1 / spread)).astype(floats), sizes, biases.astype(floats),
        )  # fmt: skip

    def opinion(self, seen: Vectors) -> Vectors:
        """Per article 0..1: .5 where the question is as likely one of its own as one of an article not here."""
        moved = seen - self.centre
        inside = moved if self.span is None else self.span @ moved
        turned = self.turn @ inside
        squares: Vectors = np.asarray(turned**2, dtype=np.float32)
        if self.span is not None:
            outside = float(((self.stretch * moved) ** 2).sum() - (inside**2).sum())
            squares = np.append(squares, self.beyond * max(outside, 0.0)).astype(np.float32)
        odds = self.means @ turned + (self.bends @ squares)[self.sizes] + self.biases
        return np.asarray(1 / (1 + np.exp(-np.clip(odds / _SCALE, -30, 30))), dtype=np.float32)


def _axes(rest: _Floats, means: _Floats, noise: float, freedom: int, width: int) -> _Axes:
    """From the phrasings less their article's mean, and the means, in the space of the phrasings; `width` features."""
    within = rest.T @ rest / freedom
    level = max(float(np.trace(within)) / width, 1e-9)
    within = (1 - _EVEN) * within + _EVEN * level * np.eye(len(within))
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    white = means @ whiten.T
    spread, axes = np.linalg.eigh(white.T @ white / len(means) - noise * np.eye(len(within)))
    even = _EVEN * float(np.maximum(spread, 0).sum()) / width
    between = np.maximum((1 - _EVEN) * spread + even, _LEAST_SPREAD)
    return _Axes(axes.T @ whiten, between, 1 / (_EVEN * level), max(even - (1 - _EVEN) * noise, _LEAST_SPREAD))
