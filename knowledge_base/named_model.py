"""The model that FRONTDESK_EMBEDDING_MODEL names: a folder, what this machine has kept of a hub, or the hub itself."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desk.errors import Invalid

_HUB_SECONDS = 5.0
_WAY_OUT = (
    "Give FRONTDESK_EMBEDDING_MODEL the folder of a sentence-transformers model, or a name from the model hub that "
    "can be fetched once; empty, the model that comes along serves."
)


def load_model(name: str) -> Any:
    """Takes seconds: the libraries are imported here so that nobody else waits for them.

    What is on this machine is never looked up elsewhere. Raises Invalid("FRONTDESK_EMBEDDING_MODEL"), within seconds
    where the hub does not answer.
    """
    folder = Path(name)
    is_folder = folder.is_dir() or folder.is_absolute() or name.startswith(".")
    is_here = is_folder or _is_kept(name)
    if not is_here:
        _ask_hub(name)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    torch.set_num_threads(1)  # more threads wait for each other in a process that also serves people
    if _is_word_table(folder):  # the library refuses to import classes of others from a folder, and rightly so
        from knowledge_base.chinese.module import ChineseWords

        return _tried(name, lambda: SentenceTransformer(modules=[ChineseWords.load(name)], device="cpu"))
    try:
        return _tried(name, lambda: SentenceTransformer(name, device="cpu", local_files_only=is_here))
    except Invalid:
        if is_folder or not is_here:
            raise
    _ask_hub(name)  # it was not fetched to its end
    return _tried(name, lambda: SentenceTransformer(name, device="cpu"))


def _is_kept(name: str) -> bool:
    """Whether an earlier start has fetched it, or at least begun to."""
    from huggingface_hub import try_to_load_from_cache

    kept = os.environ.get("SENTENCE_TRANSFORMERS_HOME")  # where the library keeps models, else where the hub's own does
    try:
        return any(
            isinstance(try_to_load_from_cache(repository, file, cache_dir=kept), str)
            for repository in (name, f"sentence-transformers/{name}") for file in ("modules.json", "config.json")
            if repository.count("/") < 2
        )  # fmt: skip
    except ValueError:  # no name that a hub could have
        return False


def _tried(name: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (OSError, ValueError) as error:
        raise _lost(name, "there is no sentence-transformers model of that name or in that folder.") from error


def _ask_hub(name: str) -> None:
    """Look whether the hub answers at all: the library would try each file for a minute and a half. Raises Invalid."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError

    if constants.HF_HUB_OFFLINE:
        raise _lost(name, "it is not on this machine, and HF_HUB_OFFLINE forbids to fetch it.")
    try:
        HfApi().model_info(name, timeout=_HUB_SECONDS)
    except Exception as error:  # its own errors, and whatever its HTTP library raises without a network
        answered = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
        if isinstance(error, ValueError) or 0 < answered < 500:  # what it has, the library says best
            return
        reason = f"it is not on this machine, and the model hub cannot be reached ({type(error).__name__})."
        raise _lost(name, reason) from error


def _lost(name: str, reason: str) -> Invalid:
    return Invalid("FRONTDESK_EMBEDDING_MODEL", f"The embedding model {name!r} cannot be loaded: {reason} {_WAY_OUT}")


def _is_word_table(folder: Path) -> bool:
    return (folder / "vectors.npz").is_file() and (folder / "words.tsv.gz").is_file()
