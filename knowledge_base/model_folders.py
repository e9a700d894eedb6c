"""What is kept on disk of the texts of each model: a folder per model and version, until nobody uses it any more."""

import fcntl
import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path

import structlog

UNUSED_AFTER = 7 * 86_400.0
"""Seconds without a process that uses a folder, after which it goes: a model may be tried for a day."""
_USED = "used.lock"
_NAME = re.compile("[0-9a-f]{16}")
_OURS = {".npy", ".words", ".graph", ".head", ".lock", ".part"}

log = structlog.get_logger()


def folder_of(model_id: str, root: Path) -> Path:
    return root / hashlib.blake2b(model_id.encode(), digest_size=8).hexdigest()


def claimed(folder: Path) -> int:
    """Make the folder where it is missing, and mark it as used for as long as the returned descriptor is open."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # removed at this very moment
            mark = os.open(folder / _USED, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(mark, fcntl.LOCK_SH)
            if _is_still(mark, folder / _USED):
                os.utime(mark)
                return mark
            os.close(mark)


def forget_unused(root: Path) -> None:
    """Remove the folders of models, and of earlier versions of ours, that no process has used for a week. What is not
    as we make it is left alone."""
    for folder in root.iterdir():
        with suppress(OSError):  # somebody else is at it, or may not: the next start tries again
            if _NAME.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
                _forget_if_unused(folder)


def _forget_if_unused(folder: Path) -> None:
    files = list(folder.iterdir())
    if any(file.suffix not in _OURS or not file.is_file() or file.is_symlink() for file in files):
        return
    if time.time() - max(file.stat().st_mtime for file in (folder, *files)) < UNUSED_AFTER:
        return
    mark = os.open(folder / _USED, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while a process uses it, however long ago it began
        for file in (*(each for each in files if each.name != _USED), folder / _USED):
            file.unlink(missing_ok=True)
        folder.rmdir()
        log.info("faq_folder_forgotten", folder=folder.name, files=len(files))
    finally:
        os.close(mark)


def _is_still(descriptor: int, file: Path) -> bool:
    """Whether this open file has not been removed meanwhile."""
    own, present = os.fstat(descriptor), file.stat()
    return (own.st_dev, own.st_ino) == (present.st_dev, present.st_ino)
