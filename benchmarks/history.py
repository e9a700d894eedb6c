"""A service desk's past, in bulk: conversations, hand-overs, tickets and ratings of the last days, from one seed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert

from crm_store.inbox_rows import conversation_events
from crm_store.level_rows import sla_clocks
from crm_store.rows import agents, conversations, customers, ratings, tickets
from crm_store.topic_rows import conversation_topics

DAYS = 90
ZONE = ZoneInfo("Asia/Shanghai")
CHANNELS = ("wechat", "wechat", "wechat", "telegram", "slack", "webchat")
TOPICS = ("faq:booking", "faq:payment", "faq:stay", "order", "points", "complaint")
LANGUAGES = ("zh-Hans", "zh-Hans", "zh-Hant", "en")
REASONS = ("asked", "asked", "unknown", "complaint", "bot_failed", "taken")
CAUSES = (None, "cleanliness", "waiting", "billing", "waiting")
KINDS = ("complaint", "request", "inquiry")
STAFF = ("林静", "Wu Ming", "陳怡君", "Sarah Tan", "周航", "Amir")
BATCH = 5000


def fill(db: Connection, count: int, now: datetime, seed: int = 7) -> None:
    """Write `count` conversations that began within the last DAYS days."""
    rng = Random(seed)
    staff = [{"id": f"agent-{n}", "email": f"a{n}@example.com", "name": name, "role": "agent", "password_hash": "-",
              "created_at": now - timedelta(days=400)} for n, name in enumerate(STAFF)]
    _put(db, agents, staff)
    people = max(1, count // 4)
    _put(db, customers, ({"id": f"c{n}", "created_at": now - timedelta(days=rng.randint(1, 400))}
                         for n in range(people)))
    talks = [_talk(rng, n, people, now) for n in range(count)]
    _put(db, conversations, talks)
    _put(db, conversation_topics, _topics(rng, talks))
    _put(db, conversation_events, _events(rng, talks, now))
    _put(db, tickets, _tickets(rng, talks, now))
    _put(db, ratings, _ratings(rng, talks))
    _put(db, sla_clocks, _clocks(rng, talks, now))


def _put(db: Connection, table: Table, rows: Any) -> None:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        db.execute(insert(table), batch)


def _talk(rng: Random, number: int, people: int, now: datetime) -> dict[str, Any]:
    opened = _by_day(rng, now - timedelta(days=rng.random() ** 1.2 * DAYS), now)
    person, channel = rng.randrange(people), rng.choice(CHANNELS)
    by_hand = rng.random() < 0.3
    closed = opened + timedelta(minutes=rng.expovariate(1 / (90 if by_hand else 600)))
    is_open = closed > now
    chat = f"talk-{number}" if is_open else f"person-{person}"  # an address has one open conversation
    return {
        "id": f"k{number}", "customer_id": f"c{person}", "address": f"{channel}:ours:{chat}:{person}:",
        "channel": channel, "holder": ("agent" if by_hand else "bot") if is_open else "nobody",
        "agent_id": f"agent-{rng.randrange(len(STAFF))}" if by_hand else None, "language": rng.choice(LANGUAGES),
        "handoff_reason": rng.choice(REASONS) if by_hand else None,
        "queued_at": opened + timedelta(minutes=3) if by_hand else None, "opened_at": opened,
        "closed_at": None if is_open else closed, "last_message_at": min(closed, now), "last_text": "…",
    }


def _by_day(rng: Random, moment: datetime, now: datetime) -> datetime:
    """People write between 8:00 and 23:00 in Shanghai, most of them in the afternoon."""
    day = moment.astimezone(ZONE).replace(hour=0, minute=0, second=0)
    written = (day + timedelta(hours=rng.triangular(8, 23, 15))).astimezone(UTC)
    return written if written < now else moment


def _events(rng: Random, talks: Sequence[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    """Asked for a person, taken by one, answered, closed; a few wait in vain."""
    for talk in talks:
        if talk["agent_id"] is None:
            continue
        queued, waited = talk["queued_at"], round(rng.lognormvariate(4.6, 1.1))
        told = {"conversation_id": talk["id"], "details": {}, "team_id": None, "to_agent_id": None}
        happened = [("queued", queued, None, talk["handoff_reason"], None)]
        if rng.random() < 0.96:
            agent, half = talk["agent_id"], waited // 2
            happened += [("claimed", queued + timedelta(seconds=half), agent, talk["handoff_reason"], half),
                         ("first_reply", queued + timedelta(seconds=waited), agent, "", waited)]
        if talk["closed_at"] is not None:
            length = talk["closed_at"] - talk["opened_at"]
            happened.append(("closed", talk["closed_at"], talk["agent_id"], "", round(length.total_seconds())))
        for kind, at, agent, reason, seconds in happened:
            if at < now:
                yield {**told, "kind": kind, "at": at, "agent_id": agent, "reason": reason, "seconds": seconds}


def _topics(rng: Random, talks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """None, one or two of each conversation."""
    for talk in talks:
        for topic in rng.sample(TOPICS, rng.choice((0, 1, 1, 1, 2))):
            yield {"conversation_id": talk["id"], "topic": topic, "at": talk["opened_at"]}


def _tickets(rng: Random, talks: Sequence[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    number = 0
    for talk in talks:
        if talk["agent_id"] is None or rng.random() > 0.2:
            continue
        number += 1
        done = talk["opened_at"] + timedelta(hours=rng.expovariate(1 / 30))
        settled = done < now
        yield {
            "id": f"t{number}", "number": f"T-{100_000 + number}", "kind": rng.choice(KINDS),
            "status": rng.choice(("resolved", "closed")) if settled else rng.choice(("open", "in_progress")),
            "customer_id": talk["customer_id"], "conversation_id": talk["id"], "subject": "…", "detail": "…",
            "created_at": talk["opened_at"], "updated_at": min(done, now), "resolved_at": done if settled else None,
            "owner_id": talk["agent_id"], "reopened": int(settled and rng.random() < 0.08),
            "cause_id": rng.choice(CAUSES),
        }


def _clocks(rng: Random, talks: Sequence[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    """Each customer who needed a person was promised a first response within ten minutes."""
    for talk in talks:
        if talk["agent_id"] is None:
            continue
        waited = round(rng.lognormvariate(4.6, 1.1))
        is_late, is_over = waited > 600, rng.random() < 0.97
        stopped = talk["queued_at"] + timedelta(seconds=waited)
        yield {
            "subject": "conversation", "matter_id": talk["id"], "metric": "first_response", "policy_id": "p",
            "policy_name": "Ten minutes", "kind": "", "priority": "normal", "channel": talk["channel"], "tier": "",
            "target_seconds": 600, "started_at": talk["queued_at"], "running_since": None, "due_at": None,
            "spent_seconds": waited, "wall_seconds": waited, "warned_at": None, "agent_id": talk["agent_id"],
            "breached_at": stopped if is_late else None, "stopped_at": stopped if is_over and stopped < now else None,
            "outcome": "running" if not is_over else "missed" if is_late else "met",
        }


def _ratings(rng: Random, talks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for talk in talks:
        if talk["closed_at"] is None or talk["agent_id"] is None:
            continue
        answered = rng.random() < 0.4
        yield {
            "conversation_id": talk["id"], "customer_id": talk["customer_id"], "address": talk["address"],
            "agent_id": talk["agent_id"], "state": "done" if answered else "asked",
            "score": rng.choice((1, 2, 3, 4, 4, 5, 5, 5)) if answered else None, "asked_at": talk["closed_at"],
            "answered_at": talk["closed_at"] + timedelta(minutes=5) if answered else None,
        }
