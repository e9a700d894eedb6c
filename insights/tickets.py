"""How cases are doing: what comes in, how long it takes, whether promises are kept, what complaints are about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from insights.service import About, Hits, grouped


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket, as it stands now. `about.agent_id` is its owner, `settled_at` when it was resolved or closed."""

    began: datetime
    about: About
    kind: str
    cause_id: str = ""
    first_response_at: datetime | None = None
    settled_at: datetime | None = None
    was_reopened: bool = False

    @property
    def at(self) -> datetime:
        return self.began

    @property
    def ended(self) -> datetime:
        """Of a settled case."""
        return self.settled_at or self.began


@dataclass(frozen=True, slots=True)
class Promise:
    """One decided clock of the service levels: kept, or its time has passed."""

    at: datetime
    about: About
    subject: str
    metric: str
    kept: bool


def promises_kept(promises: Sequence[Promise]) -> Hits:
    """The SLA hit rate: how many promises that are decided were kept."""
    return sum(each.kept for each in promises), len(promises)


def by_metric(promises: Iterable[Promise]) -> dict[tuple[str, str], list[Promise]]:
    return dict(sorted(grouped(promises, lambda each: (each.subject, each.metric)).items()))


def reopened_cases(settled: Sequence[Case]) -> Hits:
    """Of the settled: how many had been settled before and were opened again."""
    return sum(each.was_reopened for each in settled), len(settled)


def causes(opened: Iterable[Case]) -> list[tuple[str, int]]:
    """What complaints were about, most frequent first; without a cause comes last."""
    counts = Counter(each.cause_id for each in opened if each.kind == "complaint")
    return sorted(counts.items(), key=lambda pair: (pair[0] == "", -pair[1], pair[0]))
