"""Faults on demand, as the simulators hold them: each hits so many calls, or a share of them, until it is used up."""

import random
from collections.abc import Callable, Container
from typing import Any, Generic, Protocol, TypeVar


class Countable(Protocol):
    """`count`: how many calls it will still hit, None: until cleared. `share`: how many of the calls are hit (0..1)."""

    kind: str
    count: int | None
    share: float


F = TypeVar("F", bound=Countable)


class FaultSet(Generic[F]):
    """The faults now set. `make` builds one, `known` are the kinds there are, and `seed` makes shares repeatable."""

    def __init__(self, make: Callable[..., F], known: Container[str], names: str, seed: int = 0) -> None:
        self._make = make
        self._known = known
        self._names = names
        self._set: list[F] = []
        self._random = random.Random(seed)

    def add(self, spec: dict[str, Any]) -> None:
        """Add one from JSON. Raises ValueError when it is none we know."""
        if spec.get("kind") not in self._known:
            raise ValueError(f"unknown kind of fault; known: {self._names}")
        try:
            self._set.append(self._make(**spec))
        except TypeError as error:
            raise ValueError(str(error)) from None

    def clear(self) -> None:
        self._set.clear()

    def take_where(self, hits: Callable[[F], bool]) -> F | None:
        """The first fault that hits this call, used up by one."""
        for fault in self._set:
            if hits(fault) and self._random.random() < fault.share:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._set.remove(fault)
                return fault
        return None
