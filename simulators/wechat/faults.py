"""What goes wrong on demand."""

from dataclasses import dataclass

from simulators.faults import FaultSet

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


class Faults(FaultSet[Fault]):
    """The faults now set. `seed` makes shares repeatable."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(Fault, KINDS, f"{', '.join(KINDS)}, expire_token, token_lifetime", seed)

    def take(self, kind: str, path: str | None = None) -> Fault | None:
        """The fault of this kind that hits this call (a webhook: no path), used up by one."""
        return self.take_where(lambda fault: fault.kind == kind and (path is None or fault.path in path))
