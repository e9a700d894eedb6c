"""The console with customers who write, as benchmarks.inbox starts it: HOME PORT AGENTS RATE. Told by a line on
standard input for how many seconds to write; each answer is a line of JSON."""

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from benchmarks.inbox import services_on
from benchmarks.inbox_scene import fill, hire
from console.app import Console
from crm_store import schema
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk import inbox, router
from desk.conversations import Conversation
from desk.handoff import claim
from desk.messages import InboundKind, InboundMessage
from wiring.services import Services


def memory_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def write(services: Services, to: Conversation, number: int) -> None:
    now = services.clock.now()
    message = InboundMessage(f"bench{number}", to.address, now, number, InboundKind.TEXT,
                             text=f"message sent at {time.time():.6f}")
    await services.store.transact(lambda tx: inbox.accept(tx, [message], now))


async def take_in(services: Services) -> None:
    """Until cancelled: messages go into conversations that people hold, woken and waiting as gateway.turns does."""
    while True:
        mark = services.signals.mark(Topic.INBOUND)
        now, pause = services.clock.now(), 1.0
        due = await services.store.transact(lambda tx: take_due(tx, now))  # noqa: B023
        if due is not None:
            pause = min(pause, max(0.0, (due - now).total_seconds()))
        await services.signals.wait(Topic.INBOUND, mark, pause)


def take_due(tx: SqlTransaction, now: datetime) -> datetime | None:
    """Returns when the next message is due."""
    leases = tx.inbound.claim("bench", 16, now, timedelta(seconds=30))
    standing, next_due = tx.inbound.standing(leases, now)
    for lease, known in zip(leases, standing, strict=True):
        router.begin(tx, lease, None, lambda _text, language: language, now, standing=known)
    return next_due


async def keep_writing(services: Services, talks: list[Conversation], rate: int, seconds: float) -> int:
    """Messages at random moments, so many a second on average."""
    loop, sent, tasks = asyncio.get_running_loop(), 0, set()
    taking = asyncio.create_task(take_in(services))
    began = due = loop.time()
    while due - began < seconds:
        due += random.expovariate(rate)
        await asyncio.sleep(max(0.0, due - loop.time()))
        sent += 1
        tasks.add(asyncio.create_task(write(services, random.choice(talks), sent)))
    await asyncio.gather(*tasks)
    await asyncio.wait({taking}, timeout=1)
    if taking.done():
        taking.result()  # it ends by failing only
    taking.cancel()
    return sent


async def main(home: str, port: int, agents: int, rate: int) -> None:
    services = services_on(Path(home))
    schema.upgrade(services.database)
    services.signals.bind()
    sys.setswitchinterval(0.0005)  # as gateway.runtime does
    staff = await services.store.transact(lambda tx: hire(tx, agents))
    now = datetime.now(UTC)
    ids = await services.database.write(lambda db: fill(db, 4 * agents, [one.agent_id for one in staff], now))
    talks = []
    for one, talk in zip(staff, ids[0 :: 4], strict=True):  # those in the queue
        agent = await services.store.read(lambda tx, one=one: tx.agents.get(one.agent_id))  # type: ignore[misc]
        talks.append(await services.store.transact(
            lambda tx, agent=agent, talk=talk: claim(tx, talk, agent, now)  # type: ignore[misc]
        ))
    server = uvicorn.Server(uvicorn.Config(Console(services), port=port, log_level="error", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.02)
    said = {"staff": [asdict(one) for one in staff], "talks": [talk.id for talk in talks], "memory_mib": memory_mib()}
    print(json.dumps(said), flush=True)
    seconds = float(await asyncio.to_thread(sys.stdin.readline))
    used = time.process_time()
    sent = await keep_writing(services, talks, rate, seconds)
    cores = (time.process_time() - used) / seconds
    print(json.dumps({"sent": sent, "memory_mib": memory_mib(), "cores": cores}), flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(value) for value in sys.argv[2:5])))
