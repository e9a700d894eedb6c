"""Vectors of the English words inside Chinese texts, kept on disk: a start reads them instead of asking the English
model about each text, which takes it a millisecond."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import structlog

from knowledge_base.vectors import Vectors, put_sealed, sealed

_MANY = 200  # texts at a time from which reading the file is worth it: a base that is prepared, not an edit
_MOST = 200_000  # on disk; beyond, those that nobody asked for go
_FILE = "chinese.words"

log = structlog.get_logger()


class KeptWords:
    """Nothing stays in memory. Processes that share the folder replace the file whole; the last one's is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder and folder / _FILE

    def vectors(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """One row a text, all different; `embed` is asked for those not known."""
        if self._file is None or len(texts) < _MANY:
            return embed(texts)
        known = self._read(self._file)
        missing = [text for text in texts if text not in known]
        if missing:
            fresh = dict(zip(missing, embed(missing), strict=True))
            known |= fresh
            if len(known) > _MOST:
                known = {text: known[text] for text in texts}
            self._write(self._file, known)
        return np.stack([known[text] for text in texts])

    def _read(self, file: Path) -> dict[str, Vectors]:
        try:
            with np.load(io.BytesIO(sealed(file.read_bytes())), allow_pickle=False) as kept:
                return dict(zip(str(kept["texts"]).split("\n"), kept["vectors"], strict=True))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("faq_words_unusable", file=file.name, problem=str(error)[:200], then="embedded again")
            return {}

    def _write(self, file: Path, known: dict[str, Vectors]) -> None:
        content = io.BytesIO()
        np.savez(content, texts=np.array("\n".join(known)), vectors=np.stack(list(known.values())))
        put_sealed(file, content.getvalue())
