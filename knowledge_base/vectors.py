"""Vectors of phrasings kept on disk, so that a restart embeds only what is new."""

import hashlib
import io
import os
import uuid
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import structlog

from knowledge_base.model_folders import claimed, folder_of, forget_unused

Vectors = npt.NDArray[np.float32]


class Sense(NamedTuple):
    """A text as a model has it, both of length 1: what it means, and how it says so (None where the model tells no
    form). Vectors are compared; forms only help to learn what an article's phrasings have in common."""

    vector: Vectors
    form: Vectors | None = None


CHECKSUM = 16
"""Bytes of a checksum."""
_FILES_WORTH_MERGING = 16

log = structlog.get_logger()


class VectorMemory:
    """Remembers the vector of every text of one model, in memory and, given a folder, on disk.

    Every batch becomes one file with a checksum, complete or not there at all, so several processes may share the
    folder. A file that is damaged or foreign is thrown away, with a line in the log; its texts are embedded again.
    """

    def __init__(self, model_id: str, dimensions: int, folder: Path | None = None) -> None:
        """`folder` is the one of all models; the attribute is this model's own."""
        self._record = np.dtype([("key", "S16"), ("vector", np.float32, (dimensions,))])
        self._known: dict[bytes, Vectors] = {}
        self._seen: set[str] = set()  # files read
        self.folder = folder and folder_of(model_id, folder)
        if self.folder is not None and folder is not None:
            weakref.finalize(self, os.close, claimed(self.folder))
            forget_unused(folder)
            self._read(self.folder)
            self._merge(self.folder)

    def vectors(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> list[Vectors]:
        """The vector of each text; `embed` is asked, once, for those not known yet."""
        keys = [_key(text) for text in texts]
        if self.folder is not None and any(key not in self._known for key in keys):
            self._read(self.folder)  # another process may have embedded them
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing:
            fresh = np.empty(len(missing), dtype=self._record)
            fresh["key"] = list(missing)
            fresh["vector"] = embed(list(missing.values()))
            self._learn(fresh)
            if self.folder is not None:
                self._write(self.folder, f"{uuid.uuid4().hex}.npy", fresh)
        return [self._known[key] for key in keys]

    def _learn(self, records: npt.NDArray[np.void]) -> None:
        self._known.update(zip((bytes(key) for key in records["key"]), records["vector"], strict=True))

    def _read(self, folder: Path) -> None:
        for file in sorted(folder.glob("*.npy")):
            if file.name in self._seen:
                continue
            self._seen.add(file.name)
            try:
                records = np.asarray(np.load(io.BytesIO(sealed(file.read_bytes())), allow_pickle=False))
                if records.dtype != self._record:
                    raise ValueError("vectors of another size")
            except FileNotFoundError:  # merged away by another process
                continue
            except (OSError, ValueError, EOFError) as error:
                log.warning("faq_vectors_unusable", file=file.name, problem=str(error), then="embedded again")
                file.unlink(missing_ok=True)
                continue
            self._learn(records)

    def _merge(self, folder: Path) -> None:
        """Few files are opened sooner. What the same files come to has the same name in every process, so that none
        reads again what it has put together itself."""
        names = sorted(self._seen)
        if len(names) < _FILES_WORTH_MERGING:
            return
        together = f"{checksum(*(name.encode() for name in names)).hex()}.npy"
        if not (folder / together).exists():
            merged = np.empty(len(self._known), dtype=self._record)
            merged["key"], merged["vector"] = list(self._known), list(self._known.values())
            self._write(folder, together, merged)
        self._seen = {together}
        for name in names:
            (folder / name).unlink(missing_ok=True)

    def _write(self, folder: Path, name: str, records: npt.NDArray[np.void]) -> None:
        content = io.BytesIO()
        np.save(content, records, allow_pickle=False)
        self._seen.add(name)
        put_sealed(folder / name, content.getvalue())


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest().encode()


def sealed(content: bytes) -> bytes:
    """What `put_sealed` wrote. Raises ValueError for a file that is not as it was written."""
    whole, found = content[:-CHECKSUM], content[-CHECKSUM:]
    if checksum(whole) != found:
        raise ValueError("not as it was written")
    return whole


def put_sealed(target: Path, content: bytes) -> None:
    """Write a file with a checksum, which is there complete or not at all."""
    put_whole(target, content, checksum(content))


def checksum(*parts: bytes) -> bytes:
    found = hashlib.blake2b(digest_size=CHECKSUM)
    for part in parts:
        found.update(part)
    return found.digest()


def put_whole(target: Path, *parts: bytes) -> None:
    """Write a file that is there complete or not at all."""
    unfinished = target.with_name(f"{uuid.uuid4().hex}.part")
    with unfinished.open("wb") as file:
        file.writelines(parts)
    unfinished.rename(target)
