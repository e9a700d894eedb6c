"""The Chinese half of the bundled model: a table of word vectors in the English model's space.

A sentence is the weighted sum of its words, scaled to length 1 (`scripts/train_chinese_encoder.py` fits it). Rows are
bytes with a scale; 256 numbers a word are turned into the English model's 384 only once a sentence.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.chinese.segment import Segmenter, is_han
from knowledge_base.vectors import Vectors

FOLDER = Path(__file__).parent / "model"
VERSION = "zh-words-2"
_DIRECTION = 4.0  # what a word's direction counts beside the other traits
_AT_ONCE = 4096  # words whose traits are worked out together: all at once would take 90 MB


class Latin(Protocol):
    """Meaning of the English words inside Chinese text."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True, eq=False)
class WordEntry:
    """What is known of a word: how it sounds (syllables without tones) and the English that stands for it."""

    pinyin: str
    gloss: str


@dataclass(frozen=True, slots=True, eq=False)
class WordRow:
    """A word's vector before the rotation, and its weight in a sum."""

    vector: Vectors
    weight: float


class WordTable:
    """Words, their vectors and their English. Immutable: `with_words` gives another table over the same bytes."""

    def __init__(
        self, words: Mapping[str, int], entries: Sequence[WordEntry], arrays: Mapping[str, npt.NDArray[np.generic]],
        changed: Mapping[str, WordRow] | None = None, named: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._rows = words
        self._entries = entries
        self._arrays = arrays
        self._bytes = arrays["rows"]
        self._factors = np.asarray(arrays["scales"], np.float32) * np.asarray(arrays["weights"], np.float32)
        self._rotation = np.asarray(arrays["rotation"], np.float32)
        self._outward = np.asarray(arrays.get("outward", self._rotation), np.float32)
        self._changed = dict(changed or {})
        self._named = tuple(named)
        shares = np.asarray(arrays["shares"], np.float32).tolist()
        known = {word: shares[row] for word, row in words.items()}
        likely = float(max(shares, default=0.0))
        self.shares: Mapping[str, float] = known | {word: likely for word in named if is_han(word[0])}
        self.segmenter = Segmenter(self.shares)
        sample = slice(None, None, max(len(self._bytes) // 1000, 1))
        lengths = np.linalg.norm(self._bytes[sample].astype(np.float32), axis=1) * self._factors[sample]
        self.usual_length = float(np.median(lengths))  # of a weighted word

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "WordTable":
        """Read a trained table. Raises OSError, ValueError or KeyError when the folder does not hold one."""
        with np.load(folder / "vectors.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        with gzip.open(folder / "words.tsv.gz", "rt", encoding="utf-8") as lines:
            cells = [line.rstrip("\n").split("\t") for line in lines]
        words = {word: row for row, (word, _, _) in enumerate(cells)}
        return cls(words, [WordEntry(pinyin, gloss) for _, pinyin, gloss in cells], arrays)

    @property
    def dimensions(self) -> int:
        return int(self._rotation.shape[0])

    def with_words(self, changed: Mapping[str, WordRow], named: Sequence[str] = ()) -> "WordTable":
        """The table with other vectors for some words, and new words that text is always cut at."""
        return WordTable(
            self._rows, self._entries, self._arrays, self._changed | dict(changed), (*self._named, *named)
        )  # fmt: skip

    def traits(self, rows: slice | npt.NDArray[np.int64]) -> Vectors:
        """What kind of word each row is: where its vector points, its weight, how many characters it has, and a 1."""
        vectors = self._bytes[rows].astype(np.float32)
        directions = _DIRECTION * vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        weights = np.log(np.asarray(self._arrays["weights"], np.float32))
        usual = (weights[rows] - weights.mean()) / max(float(weights.std()), 1e-6)
        lengths = np.fromiter(map(len, self._rows), np.float32, len(self._rows))[rows] - 2
        return np.column_stack([directions, usual, lengths, np.ones_like(usual)])

    def weighing(self, slopes: Vectors) -> "WordTable":
        """The table with other weights for all words: `slopes`, one a trait, of the logarithm of their factors."""
        weights = np.array(self._arrays["weights"], np.float32)
        for start in range(0, len(weights), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            weights[part] *= np.exp(self.traits(part) @ slopes)
        return WordTable(self._rows, self._entries, {**self._arrays, "weights": weights}, self._changed, self._named)

    def bent(self, by: Vectors) -> "WordTable":
        """The table with the meaning of every sentence, a row, moved by the product of itself and `by`, before English
        words are added to it."""
        outward = self._rotation + self._rotation @ by.T
        return WordTable(self._rows, self._entries, {**self._arrays, "outward": outward}, self._changed, self._named)

    def encode(self, texts: Sequence[str], latin: Latin | None = None) -> Vectors:
        """One row of length 1 per normalised text; `latin` adds the meaning of English words among the Chinese, asked
        once for all texts."""
        cut = [self.segmenter.words(text) for text in texts]
        foreign = [self._foreign(words) if latin is not None else [] for words in cut]
        wanted = list(dict.fromkeys(" ".join(words) for words in foreign if words))
        meant = dict(zip(wanted, latin.encode(wanted), strict=True)) if latin is not None and wanted else {}
        return np.stack([
            self._encoded(words, self.usual_length * len(among) * meant[" ".join(among)] if among else None)
            for words, among in zip(cut, foreign, strict=True)
        ])

    def entry(self, word: str) -> WordEntry | None:
        row = self._rows.get(word)
        return None if row is None else self._entries[row]

    def words(self) -> Mapping[str, int]:
        return self._rows

    def row(self, word: str) -> WordRow | None:
        """A word's present vector and weight, None where the table does not have it."""
        if word in self._changed:
            return self._changed[word]
        row = self._rows.get(word)
        if row is None:
            return None
        weight = float(np.asarray(self._arrays["weights"])[row])
        return WordRow(self._bytes[row].astype(np.float32) * float(np.asarray(self._arrays["scales"])[row]), weight)

    def turned(self, vector: Vectors) -> Vectors:
        """A vector of the English space in the table's own directions."""
        return np.asarray(vector @ self._rotation, np.float32)

    def _foreign(self, words: Sequence[str]) -> list[str]:
        return [word for word in words if not is_han(word[0]) and word not in self._changed]

    def _encoded(self, words: Sequence[str], foreign: Vectors | None) -> Vectors:
        rows = [self._rows[word] for word in words if word in self._rows and word not in self._changed]
        total = self._factors[rows] @ self._bytes[rows].astype(np.float32)
        for word in words:
            if word in self._changed:
                own = self._changed[word]
                total = total + own.weight * own.vector
        vector = self._outward @ total
        if foreign is not None:
            vector = vector + foreign
        length = float(np.linalg.norm(vector))
        return np.asarray(vector / length if length > 1e-6 else vector, dtype=np.float32)


@cache
def bundled_table() -> WordTable:
    """The table that ships with the product, read once a process (0.2 s, 40 MB)."""
    return WordTable.load()
