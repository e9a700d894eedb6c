"""A service desk of any size for the inbox's measurements: customers, conversations with their messages, agents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, insert

from crm_store.rows import conversations, customers, identities, messages
from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.conversations import Author, Holder
from desk.messages import Address, ChannelName

PER_CONVERSATION = 7
ASKED = ("请问几点可以办理入住？", "我的退款什么时候到账", "The air conditioning does not work", "早餐在哪里吃",
         "Can I bring my dog?", "發票怎麼開", "I want to talk to a person")
SAID = ("标准入住时间是下午 2 点，提前到店可以先寄存行李。",
        "Breakfast is served from 06:30 to 10:30 on the second floor.")
HOLDERS = (Holder.QUEUE, Holder.AGENT, Holder.BOT, Holder.AGENT)


@dataclass(frozen=True)
class Staff:
    """An agent's cookie and CSRF token, so that nobody needs to hash fifty passwords."""

    agent_id: str
    session: str
    csrf: str


def fill(db: Connection, size: int, agent_ids: list[str], now: datetime) -> list[str]:
    """Open conversations of so many customers; returns their ids. Who is held is shared among the agents."""
    ids = [uuid4().hex for _ in range(size)]
    db.execute(insert(customers), [
        {"id": f"c{n}", "name": f"客户 Customer {n}", "phone": f"+86 1990000{n:04}", "created_at": now}
        for n in range(size)
    ])
    addresses = [Address(ChannelName.TELEGRAM, "bench", str(n), str(n)) for n in range(size)]
    db.execute(insert(identities), [
        {"address": at.key, "customer_id": f"c{n}", "channel": "telegram", "person": at.person, "last_seen_at": now}
        for n, at in enumerate(addresses)
    ])
    db.execute(insert(conversations), list(_conversations(ids, addresses, agent_ids, now)))
    for start in range(0, size, 1000):
        db.execute(insert(messages), [
            {"conversation_id": ids[n], "author": Author.CUSTOMER if k % 2 == 0 else Author.BOT,
             "text": ASKED[(n + k) % len(ASKED)] if k % 2 == 0 else SAID[(n + k) % len(SAID)], "buttons": [],
             "attachments": [], "source_key": f"{n}:{k}", "created_at": now - timedelta(seconds=60 * (n % 500) + 9 - k)}
            for n in range(start, min(start + 1000, size)) for k in range(PER_CONVERSATION)
        ])
    return ids


def _conversations(
    ids: list[str], addresses: list[Address], agent_ids: list[str], now: datetime
) -> Iterator[dict[str, object]]:
    for n, conversation_id in enumerate(ids):
        holder = HOLDERS[n % len(HOLDERS)]
        since = now - timedelta(seconds=60 * (n % 500))
        by_people = holder is not Holder.BOT
        yield {
            "id": conversation_id, "customer_id": f"c{n}", "address": addresses[n].key, "channel": "telegram",
            "holder": holder, "agent_id": agent_ids[n % len(agent_ids)] if holder is Holder.AGENT else None,
            "language": "zh-Hans", "handoff_reason": "asked" if by_people else None,
            "queued_at": since if by_people else None, "opened_at": since - timedelta(minutes=9),
            "last_message_at": since, "last_text": ASKED[n % len(ASKED)], "unread": n % 3,
            "priority": n % 3 if holder is Holder.QUEUE else 0,
            "unanswered_since": since if by_people and n % 2 else None,
        }


def hire(tx: SqlTransaction, count: int) -> list[Staff]:
    """So many agents, each signed in."""
    now, staff = datetime.now(UTC), []
    for n in range(count):
        agent = tx.agents.add(email=f"a{n}@example.com", name=f"Agent {n}", role=Role.AGENT, password_hash="x", now=now,
                              locale="en")
        one = Staff(agent.id, uuid4().hex, uuid4().hex)
        tx.agents.open_session(agent.id, one.session, one.csrf, now)
        staff.append(one)
    return staff
