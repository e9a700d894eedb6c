"""Who gets the next waiting customer: pure choices over who is there."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from desk.messages import Language
from desk.staffing import AssignmentMode, Candidate, Team

_NEVER = datetime.min.replace(tzinfo=UTC)


def choose(
    mode: AssignmentMode, candidates: Iterable[Candidate], *, language: Language, team_id: str | None = None,
    without: str | None = None,
) -> Candidate | None:
    """The agent for a conversation; None in manual mode, or when nobody who is there may take it.

    An agent needs room, the conversation's language, and to be in its team if it has one. `without` is an agent who
    is not to get it (again).
    """
    fit = [
        one for one in candidates
        if one.load < one.capacity and one.agent_id != without and may_serve(one, language, team_id)
    ]
    if mode is AssignmentMode.MANUAL or not fit:
        return None
    if mode is AssignmentMode.ROUND_ROBIN:
        return min(fit, key=lambda one: (one.last_assigned_at or _NEVER, one.agent_id))
    return min(fit, key=lambda one: (one.load / one.capacity, one.last_assigned_at or _NEVER, one.agent_id))


def may_serve(one: Candidate, language: Language, team_id: str | None) -> bool:
    """Whether this agent speaks the language, and is in the team if there is one."""
    return _speaks(one.languages, language) and (team_id is None or team_id in one.team_ids)


def team_for(teams: Sequence[Team], topic: str, language: Language) -> Team | None:
    """The team that names this topic and speaks this language; None when none names the topic, or the language where
    no team names the topic. A team without members serves nobody."""
    staffed = [team for team in teams if team.members and _speaks(team.languages, language)]
    about = [team for team in staffed if topic and topic in team.topics]
    speaking = [team for team in staffed if not team.topics and team.languages]
    found = about or speaking
    return min(found, key=lambda team: (len(team.topics), team.name)) if found else None


def expected_wait(recent: Sequence[int]) -> int | None:
    """Minutes a customer should expect: the median of what the latest ones waited (seconds), rounded up; None while
    fewer than three are known."""
    if len(recent) < 3:
        return None
    return max(1, -(-sorted(recent)[len(recent) // 2] // 60))


def _speaks(languages: Sequence[Language], wanted: Language) -> bool:
    """Who reads one Chinese script reads the other."""
    return not languages or any(one.is_chinese == wanted.is_chinese for one in languages)
