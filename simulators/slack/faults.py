"""What can be made to go wrong, and how often."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fault:
    """One way to fail.

    `kind` is "timeout_after_delivery" (done, but no answer for `seconds`), "server_error" (500; done first if
    `delivered`), "garbage" (200 that is no JSON; done first), "ratelimited" (429 with `retry_after`), "repeat_events"
    (each event is sent twice), or else the name of a Slack error that is answered ("token_revoked",
    "channel_not_found" ...). It hits `method` ("*": all), only for `user` if given, `times` times (None: for ever).
    """

    kind: str
    method: str = "chat.postMessage"
    user: str = ""
    times: int | None = None
    retry_after: int = 1
    seconds: float = 60.0
    delivered: bool = False

    @property
    def acts_first(self) -> bool:
        """Whether the call is carried out before it fails."""
        return self.kind in {"timeout_after_delivery", "garbage"} or (self.kind == "server_error" and self.delivered)


@dataclass(slots=True)
class Faults:
    active: list[Fault] = field(default_factory=list)

    def set(self, **fields: Any) -> None:
        """Add a fault. Raises TypeError or ValueError for fields that it has not."""
        fault = Fault(**fields)
        if not isinstance(fault.kind, str) or not fault.kind:
            raise ValueError("kind is missing")
        self.active.append(fault)

    def clear(self) -> None:
        self.active.clear()

    def take_call(self, method: str, user: str) -> Fault | None:
        """The fault that hits this call, if any; one of its times is used up."""
        return self._take(
            lambda f: f.kind != "repeat_events" and f.method in ("*", method) and f.user in ("", user)
        )

    def take_repeat(self) -> bool:
        return self._take(lambda f: f.kind == "repeat_events") is not None

    def _take(self, hits: Any) -> Fault | None:
        fault = next((f for f in self.active if hits(f)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.active.remove(fault)
        return fault
