"""What goes wrong on demand."""

import asyncio
from dataclasses import dataclass

from simulators.faults import FaultSet

WEBHOOK = "webhook"  # the delivery of an update, where a call has its method

KINDS = {
    "flood": "answer 429 with `retry_after` and do nothing",
    "status": "`code`: answer this HTTP status without JSON and do nothing",
    "blocked": "answer 403, the user blocked the bot",
    "chat_not_found": "answer 400, chat not found",
    "migrate": "`new_chat`: answer 400, the group is now this supergroup",
    "bad_token": "answer 401",
    "slow": "`seconds`: wait before doing anything",
    "lost_answer": "do it, then be silent for `seconds` (timeout after delivery)",
    "status_after": "`code`: do it, then answer this HTTP status",
    "garbage_after": "do it, then answer 200 with something unreadable",
    "repeat": "deliver the update once more, although it was answered",
}


@dataclass(slots=True)
class Fault:
    """`count` None: until cleared. `share`: how many of the calls are hit (0..1).

    `user` empty: everybody. `method` empty: all that send messages, so that getMe keeps working; "*": all.
    """

    kind: str
    code: int = 500
    seconds: float = 60.0
    retry_after: int = 1
    new_chat: int = 0
    count: int | None = 1
    share: float = 1.0
    method: str = ""
    user: str = ""

    def hits(self, method: str, user: str) -> bool:
        usual = method == WEBHOOK or (method.startswith("send") and method != "sendChatAction")
        return self.user in ("", user) and (usual if not self.method else self.method in ("*", method))


class Faults(FaultSet[Fault]):
    """The faults now set. `seed` makes shares repeatable."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(Fault, KINDS, ", ".join(KINDS), seed)

    def take(self, kinds: tuple[str, ...], method: str, user: str) -> Fault | None:
        """The first fault of these kinds that hits this call, used up by one."""
        return self.take_where(lambda fault: fault.kind in kinds and fault.hits(method, user))

    async def delay(self, kind: str, method: str, user: str) -> None:
        """Wait if a fault of this kind says so."""
        if fault := self.take((kind,), method, user):
            await asyncio.sleep(fault.seconds)
