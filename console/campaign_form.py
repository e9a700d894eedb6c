"""The campaign's form: fields to a plan and back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audience import EVERYBODY, Audience, Field, Op, Rule
from campaigns.campaigns import Plan, Trigger
from campaigns.templates import ALL_LANGUAGES
from console.audience_form import read_audience
from desk.customer_value import AbcClass, Segment
from desk.errors import Invalid
from desk.messages import ChannelName
from insights.value_report import AT_RISK_FROM

Fields = Mapping[str, str]


def read_form(fields: Fields, zone: ZoneInfo) -> dict[str, Any]:
    """What was written, as `plan_from_json` takes it; times are the business's. Raises Invalid."""
    return {
        "survey": fields.get("survey", ""), "trigger": fields.get("trigger", "once"),
        "purpose": fields.get("purpose", "survey"), "audience": read_audience(fields),
        "from_file": bool(fields.get("from_file")),
        "channels": [channel.value for channel in ChannelName if fields.get(f"channel-{channel.value}")],
        "openings": [
            {language.value: fields.get(f"opening{arm}-{language.value}", "") for language in ALL_LANGUAGES}
            for arm in (0, 1)
        ],
        "quiet_from": fields.get("quiet_from") or "00:00", "quiet_until": fields.get("quiet_until") or "00:00",
        "cap_days": fields.get("cap_days") or 0, "needs_opt_in": bool(fields.get("needs_opt_in")),
        "remind_after_hours": fields.get("remind_after_hours") or None,
        "delay_minutes": fields.get("delay_minutes") or 0, "event": fields.get("event", ""),
        "every_days": fields.get("every_days") or 0, "starts_at": _moment(fields, "starts_at", zone),
        "ends_at": _moment(fields, "ends_at", zone),
    }


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as the browser's own field takes it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def hours(span: timedelta | None) -> str:
    return "" if span is None else str(span // timedelta(hours=1))


CARE = Audience(rules=(
    Rule(Field.ABC, Op.IS_NOT, AbcClass.C), Rule(Field.CHURN, Op.AT_LEAST, str(round(100 * AT_RISK_FROM))),
))
"""The customers of the care list (`crm_store.value_reports`), by rules."""


def of_segment(name: str) -> Audience:
    """Everybody in this segment; what is no segment: everybody."""
    return Audience(rules=(Rule(Field.SEGMENT, Op.IS, name),)) if name in set(Segment) else EVERYBODY


def fresh(survey_id: str, audience: Audience = EVERYBODY) -> Plan:
    """What a new campaign begins with."""
    return Plan(survey_id, Trigger.ONCE, audience=audience)


def _moment(fields: Fields, name: str, zone: ZoneInfo) -> str | None:
    written = fields.get(name, "").strip()
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except ValueError:
        raise Invalid(name, "a date and a time") from None
