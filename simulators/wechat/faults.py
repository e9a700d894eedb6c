"""What goes wrong on demand."""

import random
from dataclasses import dataclass
from typing import Any

KINDS = {
    "errcode": "`code`: answer this errcode and do nothing",
    "busy": "answer errcode -1 and do nothing",
    "status": "`code`: answer this HTTP status and do nothing",
    "slow": "`seconds`: wait before doing anything",
    "lost_answer": "do it, then be silent for `seconds` (30 where none are given): a timeout after delivery",
    "status_after": "`code`: do it, then answer this HTTP status",
    "unheard": "the answer to a webhook is lost on its way, so the platform asks again",
}
"""Faults that stay until they have hit `count` calls; `expire_token` and `token_lifetime` act at once instead."""


@dataclass(slots=True)
class Fault:
    """`count` None: until cleared. `share`: how many of the calls are hit (0..1).

    `path`: only calls whose path holds it; sends to customers where nothing is said, "/cgi-bin" for every call.
    """

    kind: str
    code: int = 0
    seconds: float = 0.0
    count: int | None = 1
    share: float = 1.0
    path: str = "/custom/send"


class Faults:
    """The faults now set. `seed` makes shares repeatable."""

    def __init__(self, seed: int = 0) -> None:
        self._set: list[Fault] = []
        self._random = random.Random(seed)

    def add(self, spec: dict[str, Any]) -> None:
        """Add one from JSON. Raises ValueError when it is none we know."""
        if spec.get("kind") not in KINDS:
            raise ValueError(f"unknown kind of fault; known: {', '.join(KINDS)}, expire_token, token_lifetime")
        try:
            self._set.append(Fault(**spec))
        except TypeError as error:
            raise ValueError(str(error)) from None

    def clear(self) -> None:
        self._set.clear()

    def take(self, kind: str, path: str | None = None) -> Fault | None:
        """The fault of this kind that hits this call (a webhook: no path), used up by one."""
        for fault in self._set:
            here = path is None or fault.path in path
            if fault.kind == kind and here and self._random.random() < fault.share:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._set.remove(fault)
                return fault
        return None
