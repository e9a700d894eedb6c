"""Graphs of large bases kept on disk: building one takes minutes, reading it a second."""

import fcntl
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import structlog

from knowledge_base.model_folders import folder_of
from knowledge_base.nearest import Graph
from knowledge_base.vectors import CHECKSUM, Vectors, checksum, put_whole

_MARK = b"frontdesk-graph-1\n"
_KEY = 16  # bytes of a node's key

log = structlog.get_logger()


class GraphFiles:
    """Graphs of one model, in memory alone without a folder. Processes that share the folder build one only once.

    A file that is damaged, of another model, or of other texts leads to a line in the log and to a new graph.
    """

    def __init__(self, model_id: str, dimensions: int, folder: Path | None) -> None:
        self._model, self._dimensions = model_id, dimensions
        self._folder = folder and folder_of(model_id, folder)

    def graph(self, name: str, vectors: Sequence[Vectors | None], before: Graph | None) -> Graph:
        """A graph of these vectors: the one that served, the one on disk, or a new one. Blocking, up to minutes."""
        if self._folder is None:
            return before.over(vectors) if before else Graph.build(vectors)
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            file = self._folder / f"{name}.graph"
            kept = self._read(file, vectors)
            origin = kept or before
            made = origin.over(vectors) if origin else Graph.build(vectors)
            if kept is None or len(made.keys) != len(kept.keys):
                put_whole(file, *self._written(made))
            log.info("faq_graph_ready", name=name, nodes=len(made.keys), read=kept is not None)
            return made

    def _read(self, file: Path, vectors: Sequence[Vectors | None]) -> Graph | None:
        try:
            graph = self._unpacked(file.read_bytes(), vectors)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            log.warning("faq_graph_unusable", file=file.name, problem=str(error)[:200], then="built anew")
            return None
        return graph

    def _unpacked(self, content: bytes, vectors: Sequence[Vectors | None]) -> Graph:
        """Raises ValueError, KeyError or RuntimeError for a file that is not a whole graph of this model and base."""
        if not content.startswith(_MARK):
            raise ValueError("not one of our graphs")
        body, found = content[len(_MARK) : -CHECKSUM], content[-CHECKSUM:]
        if checksum(body) != found:
            raise ValueError("not as it was written")
        told, _, rest = body.partition(b"\n")
        head = json.loads(told)
        if (head["model"], head["dimensions"]) != (self._model, self._dimensions):
            raise ValueError(f"made for the model {head['model']}")
        size = int(head["nodes"]) * _KEY
        index: Any = faiss.deserialize_index(np.frombuffer(rest[size:], dtype=np.uint8))
        graph = Graph(index, np.frombuffer(rest[:size], dtype=f"S{_KEY}"), vectors)
        if not graph.is_worth_keeping:
            raise ValueError("made for other texts")
        return graph

    def _written(self, graph: Graph) -> tuple[bytes, bytes, bytes]:
        head = {"model": self._model, "dimensions": self._dimensions, "nodes": len(graph.keys)}
        body = json.dumps(head).encode() + b"\n" + graph.keys.tobytes() + faiss.serialize_index(graph.index).tobytes()
        return _MARK, body, checksum(body)
