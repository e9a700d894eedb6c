"""A campaign's plan as JSON, for the database and the REST API; and back, with the fault named."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from campaigns.audience import audience_from_json, audience_to_json
from campaigns.campaigns import ALL_CHANNELS, Plan, Purpose, QuietHours, Trigger
from campaigns.survey_json import texts_from_json, texts_to_json
from desk.errors import Invalid
from desk.messages import ChannelName

E = TypeVar("E", bound=StrEnum)
MOST_ARMS = 2
LONGEST_DAYS = 3650


def plan_to_json(plan: Plan) -> dict[str, Any]:
    return {
        "survey": plan.survey_id, "trigger": plan.trigger.value, "purpose": plan.purpose.value,
        "audience": audience_to_json(plan.audience), "from_file": plan.from_file,
        "channels": [channel.value for channel in plan.channels],
        "openings": [texts_to_json(opening) for opening in plan.openings],
        "quiet_from": f"{plan.quiet.starts:%H:%M}", "quiet_until": f"{plan.quiet.ends:%H:%M}",
        "cap_days": plan.cap_days, "needs_opt_in": plan.needs_opt_in,
        "remind_after_hours": None if plan.remind_after is None else plan.remind_after // timedelta(hours=1),
        "delay_minutes": plan.delay // timedelta(minutes=1), "event": plan.event, "every_days": plan.every_days,
        "starts_at": _moment(plan.starts_at), "ends_at": _moment(plan.ends_at),
    }


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read a plan. Raises Invalid naming the field."""
    openings = data.get("openings") or []
    if not isinstance(openings, list) or len(openings) > MOST_ARMS:
        raise Invalid("openings", f"a list of at most {MOST_ARMS} texts by language")
    channels = data.get("channels", [channel.value for channel in ALL_CHANNELS])
    if not isinstance(channels, list):
        raise Invalid("channels", "give a list")
    remind = data.get("remind_after_hours")
    if not isinstance(data.get("survey"), str) or not data["survey"]:
        raise Invalid("survey", "name the survey")
    return Plan(
        survey_id=data["survey"],
        trigger=_member(Trigger, data.get("trigger", "once"), "trigger"),
        purpose=_member(Purpose, data.get("purpose", "survey"), "purpose"),
        audience=audience_from_json(data.get("audience") or {}), from_file=bool(data.get("from_file", False)),
        channels=tuple(dict.fromkeys(_member(ChannelName, item, "channels") for item in channels)),
        openings=tuple(texts for n, item in enumerate(openings) if (texts := texts_from_json(item, f"openings.{n}"))),
        quiet=QuietHours(_clock(data.get("quiet_from", "21:00"), "quiet_from"),
                         _clock(data.get("quiet_until", "09:00"), "quiet_until")),
        cap_days=_whole(data.get("cap_days", 30), "cap_days", LONGEST_DAYS),
        needs_opt_in=bool(data.get("needs_opt_in", False)),
        remind_after=timedelta(hours=_whole(remind, "remind_after_hours", 24 * 60)) if remind else None,
        delay=timedelta(minutes=_whole(data.get("delay_minutes", 0), "delay_minutes", 60 * 24 * 60)),
        event=str(data.get("event") or "").strip()[:60],
        every_days=_whole(data.get("every_days", 0), "every_days", LONGEST_DAYS),
        starts_at=_instant(data.get("starts_at"), "starts_at"), ends_at=_instant(data.get("ends_at"), "ends_at"),
    )


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _instant(value: object, field: str) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise Invalid(field, "an RFC 3339 time, as 2026-11-30T09:00:00Z") from None
    if at.tzinfo is None:
        raise Invalid(field, "give the time with its zone, as 2026-11-30T09:00:00Z")
    return at.astimezone(UTC)


def _clock(value: object, field: str) -> time:
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise Invalid(field, "a time of day, as 21:00") from None


def _whole(value: object, field: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal() or int(value) > most:
        raise Invalid(field, f"a whole number from 0 to {most}")
    return int(value)


def _member(kind: type[E], value: Any, field: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise Invalid(field, f"one of {', '.join(kind)}") from None
