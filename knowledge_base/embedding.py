"""Meaning as vectors: the bundled bilingual encoder, or any sentence-transformers model, behind a small protocol."""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge_base.chinese import gloss
from knowledge_base.chinese.segment import HAN
from knowledge_base.chinese.table import VERSION as TABLE_VERSION
from knowledge_base.chinese.table import WordTable, bundled_table
from knowledge_base.glossary import Glossary
from knowledge_base.kept_words import KeptWords
from knowledge_base.minilm import VERSION as ENGLISH_VERSION
from knowledge_base.minilm import MiniLM
from knowledge_base.named_model import load_model
from knowledge_base.vectors import Sense, Vectors

_BATCH = 16  # a question waits for at most one batch of an index under construction
_REMEMBERED_QUERIES = 4096
_HAN = re.compile(f"[{HAN}]")
_FOREIGN = re.compile("[^\\W\\d_a-z" + HAN + "]")  # letters of scripts that the bundled model has never seen
_LATIN = re.compile("[a-z]")


class Encoder(Protocol):
    """Turns normalised texts into unit vectors of one space. Blocking and safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Names the model and its version: vectors of different ids must not be compared."""

    @property
    def dimensions(self) -> int: ...

    @property
    def width(self) -> int:
        """Numbers of a row of `whole`: those of the vector, and those of the form where the model has one."""

    def serves(self, text: str) -> bool:
        """Whether this normalised text may be compared by vectors."""

    def is_quick(self, text: str) -> bool:
        """Whether a text's vector is made so fast that keeping it would cost more."""

    def encode(self, texts: Sequence[str], words: KeptWords | None = None) -> Vectors:
        """One row of length 1 per text; at least one text. `words` may be asked instead of the model."""

    def whole(self, texts: Sequence[str]) -> Vectors:
        """One row per text that is not quick: its vector, and beside it its form where the model has one."""

    def sense(self, text: str) -> Sense:
        """A question."""

    def abroad(self, text: str) -> Vectors:
        """The vector of one text for comparing it with texts of the other language."""

    def glossed(self, text: str) -> str:
        """A text's words in the other language, by dictionary; "" where there is none."""


class BundledEncoder:
    """English by MiniLM, Chinese by our word table, both in one space; needs no model hub.

    `folder` keeps the quantised English weights between starts. Everything is loaded when first used. Raises
    Invalid("FRONTDESK_EMBEDDING_MODEL") when the weights cannot be prepared.
    """

    def __init__(
        self, folder: Path, table: WordTable | None = None, glossary: Glossary | None = None,
        abroad: WordTable | None = None,
    ) -> None:  # fmt: skip
        """`abroad` is the table for looking across languages: what pairs taught about Chinese says nothing there."""
        self._folder = folder
        self._lock = threading.Lock()
        self._english: MiniLM | None = None
        self._table = table
        self._glossary = glossary or Glossary()
        self._table_abroad = abroad
        self._remembered: OrderedDict[tuple[str, bool], Sense] = OrderedDict()

    @property
    def model_id(self) -> str:
        return f"{ENGLISH_VERSION}+{TABLE_VERSION}"

    @property
    def dimensions(self) -> int:
        return MiniLM.dimensions

    @property
    def width(self) -> int:
        return 2 * MiniLM.dimensions

    @property
    def table(self) -> WordTable:
        return self._table or bundled_table()

    def english(self) -> MiniLM:
        with self._lock:
            if self._english is None:
                self._english = MiniLM(self._folder)
            return self._english

    def with_table(
        self, table: WordTable, glossary: Glossary, abroad: WordTable | None = None
    ) -> "BundledEncoder":
        """This encoder over another word table (and one for looking across languages); the English model is shared."""
        other = BundledEncoder(self._folder, table, glossary, abroad)
        other._english = self.english()
        return other

    def is_quick(self, text: str) -> bool:
        return bool(_HAN.search(text))

    def serves(self, text: str) -> bool:
        return bool(_HAN.search(text) or _LATIN.search(text)) and not _FOREIGN.search(text)

    def encode(self, texts: Sequence[str], words: KeptWords | None = None) -> Vectors:
        if len(texts) == 1:
            return self.sense(texts[0]).vector.reshape(1, -1)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        chinese = [place for place, text in enumerate(texts) if _HAN.search(text)]
        others = [place for place, text in enumerate(texts) if not _HAN.search(text)]
        if chinese:
            vectors[chinese] = self.table.encode([texts[place] for place in chinese], _Words(self, words))
        if others:
            vectors[others] = self.english().encode([texts[place] for place in others])
        return vectors

    def whole(self, texts: Sequence[str]) -> Vectors:
        return self.english().whole(texts)

    def sense(self, text: str) -> Sense:
        """A Chinese text has no form."""
        return self._once(text, abroad=False)

    def abroad(self, text: str) -> Vectors:
        """A Chinese text: its words' vectors and the English model's view of their dictionary meanings, half each. A
        row of dictionary words has no form worth looking at."""
        return self._once(text, abroad=True).vector

    def glossed(self, text: str) -> str:
        return gloss.glossed(text, self.table, self._glossary.in_english) if _HAN.search(text) else ""

    def _once(self, text: str, *, abroad: bool) -> Sense:
        key = text, abroad
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]
        sense = self._abroad(text) if abroad else self._home(text)
        with self._lock:
            self._remembered[key] = sense
            if len(self._remembered) > _REMEMBERED_QUERIES:
                self._remembered.popitem(last=False)
        return sense

    def _home(self, text: str) -> Sense:
        if _HAN.search(text):
            return Sense(self.table.encode([text], _Words(self))[0])
        return parted(self.whole([text])[0], self.dimensions)

    def _abroad(self, text: str) -> Sense:
        sense = self._once(text, abroad=False)
        if self._table_abroad is not None and _HAN.search(text):
            sense = Sense(self._table_abroad.encode([text], _Words(self))[0])
        meant = self.glossed(text)
        if not meant:
            return sense
        both = sense.vector + self.english().encode([meant])[0]
        return Sense(np.asarray(both / max(float(np.linalg.norm(both)), 1e-6), dtype=np.float32))


def parted(row: Vectors, dimensions: int) -> Sense:
    """A row of `Encoder.whole` as vector and form."""
    return Sense(row[:dimensions], row[dimensions:] if len(row) > dimensions else None)


class _Words:
    """English words inside Chinese text, by the English model."""

    def __init__(self, encoder: BundledEncoder, kept: KeptWords | None = None) -> None:
        self._encoder = encoder
        self._kept = kept or KeptWords(None)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._kept.vectors(texts, self._encoder.english().encode)


class SentenceEncoder:
    """Any sentence-transformers model by its stock path, loaded when first used; taken to understand all languages, and
    without a form.

    Raises Invalid("FRONTDESK_EMBEDDING_MODEL") when the model cannot be loaded.
    """

    def __init__(self, model: str) -> None:
        self._name = model
        self._lock = threading.Lock()
        self._model: Any = None
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def model_id(self) -> str:
        return self._name

    @property
    def dimensions(self) -> int:
        with self._lock:
            return int(self._loaded().get_embedding_dimension())

    @property
    def width(self) -> int:
        return self.dimensions

    def serves(self, text: str) -> bool:
        return any(char.isalpha() for char in text)

    def is_quick(self, _: str) -> bool:
        return False

    def encode(self, texts: Sequence[str], words: KeptWords | None = None) -> Vectors:  # noqa: ARG002 - it has none
        if len(texts) == 1:
            return self._remembered_or_new(texts[0])
        # Texts of like length together: a batch costs as much as its longest text in every place.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        batches = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
        vectors = np.concatenate([self._encode([texts[place] for place in batch]) for batch in batches])
        return np.asarray(vectors[np.argsort(order)])

    def whole(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def sense(self, text: str) -> Sense:
        return Sense(self.encode([text])[0])

    def abroad(self, text: str) -> Vectors:
        return self.sense(text).vector

    def glossed(self, _: str) -> str:
        return ""

    def _remembered_or_new(self, text: str) -> Vectors:
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
        vector = self._encode([text])
        with self._lock:
            self._remembered[text] = vector
            if len(self._remembered) > _REMEMBERED_QUERIES:
                self._remembered.popitem(last=False)
        return vector

    def _encode(self, texts: Sequence[str]) -> Vectors:
        with self._lock:  # its tokenizer refuses to be used by two threads at a time
            vectors = self._loaded().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            self._model = load_model(self._name)
        return self._model


def build_encoder(model: str, folder: Path) -> BundledEncoder | SentenceEncoder:
    """The encoder that FRONTDESK_EMBEDDING_MODEL names; the bundled one for "". Nothing is loaded yet."""
    return SentenceEncoder(model) if model else BundledEncoder(folder)
