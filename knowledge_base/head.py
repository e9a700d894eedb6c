"""What an article's phrasings say together: their common direction, a classifier of all articles, and kinship.

The nearest single phrasing decides most; an article whose phrasings all lean towards the question deserves more trust
than one with a lucky neighbour. The classifier is multinomial logistic regression over the vector, the form and a
sketch of the words: it tells articles from each other. Kinship (`kinship.py`) tells them from what has no article. They
join in where articles have several phrasings each.
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.classifier import Classifier
from knowledge_base.kinship import Kinship
from knowledge_base.lexical import Terms
from knowledge_base.vectors import Sense, Vectors

VERSION = 2
"""Of what a head is made of: a change of the features or of the fitting raises it, and kept heads are made anew."""
ENOUGH = 3  # phrasings an article has in the middle (median), from which the classifier is worth its time
_LARGEST = 5_000_000  # phrasings times articles: about 20 s of one core, in the background
_SKETCH = 512
_SKETCH_SHARE = 0.5
_FORM_IN_KINSHIP = 1.5  # beside the vector's 1; in the classifier 1


class _Known(Protocol):
    @property
    def vector(self) -> Vectors | None: ...

    @property
    def form(self) -> Vectors | None: ...

    @property
    def terms(self) -> Terms: ...


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a head is fitted from: per phrasing a row of features, and which of the `owners` it is one of.

    `widths` are those of vector and form, the first of the features. `kin`: whether kinship is wanted, too.
    """

    owners: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    seen: Vectors
    widths: tuple[int, int]
    kin: bool

    @classmethod
    def of(cls, owned: Sequence[tuple[str, _Known]], *, kin: bool = True) -> "Material | None":
        """Of (article id, phrasing) pairs; None where a head would not help."""
        pairs = [(owner, entry) for owner, entry in owned if entry.vector is not None]
        if not is_worthwhile([owner for owner, _ in pairs]):
            return None
        rows = {owner: row for row, owner in enumerate(dict.fromkeys(owner for owner, _ in pairs))}
        labels = np.array([rows[owner] for owner, _ in pairs])
        vectors = np.stack([entry.vector for _, entry in pairs if entry.vector is not None])
        forms = _forms([entry for _, entry in pairs])
        seen = _features(vectors, forms, [entry.terms for _, entry in pairs])
        return cls(tuple(rows), labels, seen, (vectors.shape[1], forms.shape[1]), kin)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Per article, in the order of `rows`: the mean direction of its phrasings, what the classifier and, where wanted,
    kinship say.

    Where phrasings have forms, `formless` is a classifier for questions that have none: a Chinese one, by its gloss.
    """

    rows: Mapping[str, int]
    themes: Vectors
    classifier: Classifier
    formless: Classifier | None
    kinship: Kinship | None

    @classmethod
    def fit(cls, material: Material, before: "Head | None" = None) -> "Head":
        """Starting from an earlier fit. Takes up to half a minute of one core."""
        rows = {owner: row for row, owner in enumerate(material.owners)}
        seen, labels, (wide, form) = material.seen, material.labels, material.widths
        sums = np.zeros((len(rows), wide), dtype=np.float32)
        np.add.at(sums, labels, seen[:, :wide])
        themes = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
        classifier = Classifier.fit(seen, labels, rows, before.classifier if before else None)
        formless = None
        if form:
            bare = np.delete(seen, np.s_[wide : wide + form], axis=1)
            formless = Classifier.fit(bare, labels, rows, before.formless if before else None)
        kinship = Kinship.fit(seen, labels, len(rows), _stretch(wide, form)) if material.kin else None
        return cls(rows, themes, classifier, formless, kinship)

    def opinion(self, sense: Sense, terms: Terms) -> tuple[Vectors, Vectors, Vectors]:
        """Per row: cosine with the article's theme, the classifier's probability (all rows sum to 1), and kinship (0
        where it is not known: it looks at forms, and the question has none)."""
        vector, form = sense
        classifier = self.classifier
        if self.formless is None:
            form = None
        elif form is None:
            classifier = self.formless
        beside = np.empty(0, dtype=np.float32) if form is None else form
        seen = _features(vector.reshape(1, -1), beside.reshape(1, -1), [terms])[0]
        odds = classifier.odds(seen)
        kin = self.kinship.opinion(seen) if self.kinship and classifier is self.classifier else np.zeros_like(odds)
        return self.themes @ vector, odds, kin


def is_worthwhile(owners: Sequence[str]) -> bool:
    """Whether phrasings owned like this are enough for a classifier, and not too many to fit one."""
    counts = list(Counter(owners).values())
    return len(counts) > 1 and float(np.median(counts)) >= ENOUGH and len(owners) * len(counts) <= _LARGEST


def _forms(entries: Sequence[_Known]) -> Vectors:
    """A row each; without columns where not all have a form."""
    forms = [entry.form for entry in entries if entry.form is not None]
    return np.stack(forms) if len(forms) == len(entries) else np.empty((len(entries), 0), dtype=np.float32)


def _stretch(wide: int, form: int) -> Vectors:
    """What each feature counts in kinship beside what it counts in the classifier."""
    return np.repeat(np.array([1.0, _FORM_IN_KINSHIP, 1.0], dtype=np.float32), (wide, form, _SKETCH))


def _features(vectors: Vectors, forms: Vectors, texts: Sequence[Terms]) -> Vectors:
    sketches = np.zeros((len(texts), _SKETCH), dtype=np.float32)
    for row, terms in enumerate(texts):
        if terms:
            places, signs = zip(*map(_place, terms), strict=True)
            counts = np.fromiter(terms.values(), np.float64, len(terms))
            sketches[row] = np.bincount(places, np.array(signs) * (1 + np.log(counts)), _SKETCH)
    lengths = np.maximum(np.linalg.norm(sketches, axis=1, keepdims=True), 1e-6)
    return np.hstack([vectors, forms, _SKETCH_SHARE * sketches / lengths]).astype(np.float32)


@lru_cache(maxsize=200_000)
def _place(term: str) -> tuple[int, int]:
    """Where a term stands in a sketch, and with which sign (feature hashing, Weinberger et al. 2009)."""
    code = zlib.crc32(term.encode())
    return code % _SKETCH, 1 if code >> 31 else -1
