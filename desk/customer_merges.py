"""Undoing a merge of two profiles: what each gets back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from desk.customers import Customer, together

UNDO_WITHIN = timedelta(days=30)


class Obstacle(StrEnum):
    """Why a merge cannot be undone (any more)."""

    TICKETS = "tickets"  # tickets of both were merged since: one history that belongs to both
    EXISTS = "exists"  # somebody made a profile with the ended one's id meanwhile


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: `ended` is the profile that ended, as it was; `kept` the one that stayed, as it was before."""

    id: int
    kept: Customer
    ended: Customer
    by: str
    at: datetime

    @property
    def until(self) -> datetime:
        return self.at + UNDO_WITHIN


@dataclass(frozen=True, slots=True)
class Apart:
    """Both profiles after undoing. `short`: points of the ended one that were spent since and cannot be given back."""

    stays: Customer
    returns: Customer
    short: int = 0


def apart(merge: Merge, now: Customer, *, spoke_since: bool) -> Apart:
    """What a profile, as it is now, comes to without the other one.

    What was changed since the merge stays changed. `spoke_since`: whether the customer allowed or stopped messages
    since. Nobody can tell for which profile, so a refusal holds for both and a permission for none that had refused.
    """
    joined = together(merge.kept, merge.ended)
    given = max(0, min(merge.ended.points, now.points))
    stays = replace(
        now,
        name=_own(now.name, joined.name, merge.kept.name),
        phone=_own(now.phone, joined.phone, merge.kept.phone),
        email=_own(now.email, joined.email, merge.kept.email),
        tier=_own(now.tier, joined.tier, merge.kept.tier),
        language=now.language if now.language != joined.language else merge.kept.language,
        time_zone=_own(now.time_zone, joined.time_zone, merge.kept.time_zone),
        points=now.points - given,
        consent=now.consent if spoke_since else merge.kept.consent,
    )
    returns = replace(merge.ended, points=given, consent=merge.ended.consent and (now.consent or not spoke_since))
    return Apart(stays, returns, merge.ended.points - given)


def _own(now: str, joined: str, before: str) -> str:
    """The value of before, unless it was changed since."""
    return before if now == joined else now
