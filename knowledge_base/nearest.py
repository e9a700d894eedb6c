"""The nearest vectors by FAISS: exact up to some ten thousand, beyond that by a graph.

docs/decisions/0015-faq-index-by-size.md has the measurements behind the sizes and settings.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from knowledge_base.vectors import Vectors

FLAT_UP_TO = 50_000
"""Vectors up to which looking at all of them is quick enough (about 5 ms on one thread)."""
LINKS = 32
_BUILD_WIDTH = 80
_WIDTH = 128  # how many of the graph's nodes a search keeps in view; more is slower and misses less
_DEAD = 0.25  # share of forgotten nodes from which a graph is built anew

_HNSW_PARAMETERS: Any = getattr(faiss, "SearchParametersHNSW")  # noqa: B009 - the stubs do not know it

Mask = npt.NDArray[np.bool_]
Found = list[tuple[int, float]]


class Nearest(Protocol):
    """Vectors that stand at positions of a list of entries. Immutable, and searched by many threads at a time."""

    def search(self, vector: Vectors, depth: int, allowed: "Allowed | None") -> Found:
        """The `depth` nearest of the allowed positions (None: all) with their cosines."""

    def cosines(self, positions: Sequence[int], vector: Vectors) -> Sequence[float]:
        """The exact cosine of each position; 0 for one without a vector."""


class Allowed:
    """Positions that a search may return, in the form that FAISS asks, made once."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self.nodes: Allowed | None = None  # the same for the nodes of the one graph it is used with

    @cached_property
    def bits(self) -> npt.NDArray[np.uint8]:
        return np.packbits(self.mask, bitorder="little")

    @cached_property
    def selector(self) -> Any:
        select: Any = faiss.IDSelectorBitmap
        return select(self.bits)


class Flat:
    """Every vector is looked at."""

    def __init__(self, vectors: Sequence[Vectors | None]) -> None:
        self.held = np.array([vector is not None for vector in vectors], dtype=bool)
        rows = [vector for vector in vectors if vector is not None]
        width = len(rows[0]) if rows else 1
        absent = np.zeros(width, dtype=np.float32)
        matrix = np.stack([absent if vector is None else vector for vector in vectors]) if rows else None
        self._index = faiss.IndexFlatIP(width)
        if matrix is not None:
            self._index.add(matrix)

    def search(self, vector: Vectors, depth: int, allowed: Allowed | None) -> Found:
        size = self._index.ntotal
        if not size:
            return []
        parameters: Any = faiss.SearchParameters
        how = parameters(sel=allowed.selector) if allowed is not None else None
        scores, positions = self._index.search(vector.reshape(1, -1), min(depth, size), params=how)
        return [
            (position, score) for position, score in zip(positions[0].tolist(), scores[0].tolist(), strict=True)
            if position >= 0 and self.held[position]
        ]  # fmt: skip

    def cosines(self, positions: Sequence[int], vector: Vectors) -> Sequence[float]:
        if not self._index.ntotal or not positions:
            return [0.0] * len(positions)
        found: list[float] = (self._matrix[np.asarray(positions)] @ vector).tolist()
        return found

    @cached_property
    def _matrix(self) -> Vectors:
        """FAISS's own memory, not a copy."""
        size, width = self._index.ntotal, self._index.d
        return np.asarray(faiss.rev_swig_ptr(self._index.get_xb(), size * width).reshape(size, width))


class Graph:
    """A hierarchical navigable small world (Malkov and Yashunin 2018) over vectors of bytes.

    What it finds is weighed by the true vectors.

    `keys` tell a node's vector apart from all others, so that a graph outlives the list of entries it was made for.
    """

    def __init__(self, index: Any, keys: npt.NDArray[np.bytes_], vectors: Sequence[Vectors | None]) -> None:
        """Of the graph's nodes, those whose vector stands among `vectors` are in use."""
        self.index, self.keys = index, keys
        self._vectors = vectors
        places: dict[bytes, list[int]] = {}
        for position, key in enumerate(keys_of(vectors)):
            if key is not None:
                places.setdefault(key, []).append(position)
        self._wanted = len(places)
        own = [places.pop(key, ()) for key in keys.tolist()]
        self._first = np.array([each[0] if each else -1 for each in own], dtype=np.int64)
        self._more = {node: each[1:] for node, each in enumerate(own) if len(each) > 1}
        self.missing = [place for rest in places.values() for place in rest]
        self._live = self._first >= 0

    @classmethod
    def build(cls, vectors: Sequence[Vectors | None]) -> "Graph":
        """Takes minutes of one thread for hundreds of thousands."""
        keyed = {key: vector for key, vector in zip(keys_of(vectors), vectors, strict=True) if key is not None}
        matrix = np.stack([vector for vector in keyed.values() if vector is not None])
        make: Any = faiss.IndexHNSWSQ
        index = make(matrix.shape[1], faiss.ScalarQuantizer.QT_8bit, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = _BUILD_WIDTH
        faiss.omp_set_num_threads(1)  # of this thread: the others serve people
        index.train(matrix)
        index.add(matrix)
        return cls(index, np.array(list(keyed), dtype="S16"), vectors)

    def over(self, vectors: Sequence[Vectors | None]) -> "Graph":
        """The graph for another list: known vectors keep their nodes, new ones are added to a copy.

        Built anew where too many nodes would be dead.
        """
        same = Graph(self.index, self.keys, vectors)
        if not same.is_worth_keeping:
            return Graph.build(vectors)
        if not same.missing:
            return same
        fresh: dict[bytes, Vectors] = {}
        own = keys_of([vectors[place] for place in same.missing])
        for place, key in zip(same.missing, own, strict=True):
            vector = vectors[place]
            if vector is not None and key is not None:
                fresh[key] = vector
        index = faiss.clone_index(self.index)
        index.add(np.stack(list(fresh.values())))
        return Graph(index, np.concatenate([self.keys, np.array(list(fresh), dtype="S16")]), vectors)

    @property
    def is_worth_keeping(self) -> bool:
        live = int(self._live.sum())
        return live >= (1 - _DEAD) * len(self.keys) and live >= self._wanted / 2

    def search(self, vector: Vectors, depth: int, allowed: Allowed | None) -> Found:
        among = self._allowed_nodes(allowed)
        parameters = _HNSW_PARAMETERS
        selector = {"sel": among.selector} if among is not None else {}
        how = parameters(efSearch=max(_WIDTH, depth), **selector)
        _, found = self.index.search(vector.reshape(1, -1), min(depth, self.index.ntotal), params=how)
        nodes_found = [node for node in found[0].tolist() if node >= 0 and self._live[node]]
        positions = [place for node in nodes_found for place in (int(self._first[node]), *self._more.get(node, ()))]
        if allowed is not None:
            positions = [place for place in positions if allowed.mask[place]]
        return list(zip(positions, self.cosines(positions, vector), strict=True))

    def cosines(self, positions: Sequence[int], vector: Vectors) -> Sequence[float]:
        own = [self._vectors[position] for position in positions]
        return [float(each @ vector) if each is not None else 0.0 for each in own]

    def _allowed_nodes(self, allowed: Allowed | None) -> Allowed | None:
        if allowed is None:
            return None if self._live.all() else self._all_live
        if allowed.nodes is None:
            mask = self._live & allowed.mask[self._first]
            for node, more in self._more.items():
                mask[node] |= any(allowed.mask[place] for place in more)
            allowed.nodes = Allowed(mask)
        return allowed.nodes

    @cached_property
    def _all_live(self) -> Allowed:
        return Allowed(self._live)


def keys_of(vectors: Sequence[Vectors | None]) -> list[bytes | None]:
    """What tells equal vectors from others, None for none."""
    return [
        None if vector is None else hashlib.blake2b(vector.tobytes(), digest_size=8).hexdigest().encode()
        for vector in vectors
    ]
