"""Fitting heads beside the processes that serve people, once for all that share a folder."""

import asyncio
import fcntl
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from knowledge_base.entries import Script
from knowledge_base.head import VERSION, Head, Material
from knowledge_base.head_files import packed_task, unpacked
from knowledge_base.index import Snapshot
from knowledge_base.model_folders import folder_of
from knowledge_base.vectors import put_whole

_FEW = 100  # phrasings: fitted here before another process would have started
_KEPT = 6  # heads on disk: those of both scripts as they are, and were a while ago
_LOOK = 0.3  # seconds between two looks whether another process has fitted it
_ROOT = Path(__file__).resolve().parent.parent

log = structlog.get_logger()


class LessonFailed(Exception):
    """The process that fits has failed; what served goes on serving."""


class Lessons:
    """Heads of one model's texts. With a folder, the first process that wants a head fits it, at the lowest priority;
    the others, and later starts, read it from there."""

    def __init__(self, model_id: str, folder: Path | None) -> None:
        self._model_id = model_id
        self._folder = folder and folder_of(model_id, folder)

    async def heads(self, snapshot: Snapshot, told: bytes) -> Mapping[Script, Head | None]:
        """The heads of a snapshot; `told` stands for what texts are understood by beside the model. Seconds in a large
        base. Raises LessonFailed."""
        before, matter = snapshot.heads(), await asyncio.to_thread(snapshot.material)
        found: dict[Script, Head | None] = {}
        for script, material in matter.items():
            if material is None:
                found[script] = None
            elif len(material.labels) <= _FEW:
                found[script] = await asyncio.to_thread(Head.fit, material, before[script])
            elif self._folder is None:
                found[script] = unpacked(await _fitted(material, before[script]))
            else:
                texts = await asyncio.to_thread(_texts, snapshot, script)
                found[script] = await self._shared(f"{script}-{self._key(told, texts)}", material, before[script])
        return found

    async def _shared(self, name: str, material: Material, before: Head | None) -> Head:
        """Who holds the lock fits; a process that dies lets go of it."""
        assert self._folder is not None  # noqa: S101 - the caller's branch
        file = self._folder / f"{name}.head"
        while True:
            with _locked(self._folder / "head.lock") as is_ours:
                kept = await asyncio.to_thread(_read, file)
                if kept is not None and kept.rows.keys() == set(material.owners):
                    return kept
                if is_ours:
                    content = await _fitted(material, before)
                    await asyncio.to_thread(self._keep, file, content)
                    return unpacked(content)
            await asyncio.sleep(_LOOK)

    def _keep(self, file: Path, content: bytes) -> None:
        try:
            put_whole(file, content)
        except OSError as error:  # it serves here all the same
            log.warning("faq_head_not_kept", problem=type(error).__name__)
        heads = sorted(file.parent.glob("*.head"), key=_age, reverse=True)
        for old in heads[_KEPT:]:
            old.unlink(missing_ok=True)

    def _key(self, told: bytes, texts: bytes) -> str:
        whole = b"\0".join((str(VERSION).encode(), self._model_id.encode(), told, texts))
        return hashlib.blake2b(whole, digest_size=16).hexdigest()


def _texts(snapshot: Snapshot, script: Script) -> bytes:
    """What the head of a script is learned from, whatever edits led to it."""
    owned = [
        (key, entry.text) for key, prepared in sorted(snapshot.articles.items())
        for entry in (*prepared.questions, *prepared.confirmed) if entry.script is script
    ]  # fmt: skip
    return repr(sorted(owned)).encode()


async def _fitted(material: Material, before: Head | None) -> bytes:
    """The packed head, fitted by a process of its own, which ends with this one's task."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "knowledge_base.head_fit", cwd=_ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise LessonFailed(type(error).__name__) from error
    try:
        made, said = await process.communicate(await asyncio.to_thread(packed_task, material, before))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        reason = said.decode(errors="replace").strip().splitlines()[-1:] or [f"ended with {process.returncode}"]
        raise LessonFailed(reason[0][:200])
    log.info("faq_head_fitted", articles=len(material.owners), phrasings=len(material.labels))
    return made


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Whether the lock is ours; it does not wait. Raises LessonFailed where there can be none."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("w")
    except OSError as error:
        raise LessonFailed(type(error).__name__) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _read(file: Path) -> Head | None:
    try:
        return unpacked(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        log.warning("faq_head_unusable", file=file.name, problem=str(error)[:200], then="fitted anew")
        with suppress(OSError):
            file.unlink()
        return None


def _age(file: Path) -> float:
    with suppress(FileNotFoundError):
        return file.stat().st_mtime
    return 0.0
