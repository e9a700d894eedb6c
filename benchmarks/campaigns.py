"""Campaigns: planning, the pace on the wire, and what ordinary customers feel of it.

    python -m benchmarks.campaigns      (about two and a half minutes)

Planning runs on SQLite and, where its programs are installed, PostgreSQL. The wire is three channels that take every
message after 20 ms and note when; the runner, the senders and the turns are the product's own, in one process. Ordinary
customers are answered by an assistant that thinks 50 ms, first without a campaign, then while one runs on all channels.
"""

import asyncio
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, KeysView
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.processes import postgres
from benchmarks.report import keep, percentile, table
from campaigns.campaigns import Plan, QuietHours
from campaigns.planner import limit_of
from campaigns.running import Lanes, start, step
from campaigns.templates import CSAT
from crm_store import queue_rows, rows, schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore, SqlTransaction
from desk.channels import CAPABILITIES, Capabilities
from desk.messages import Address, ChannelName, InboundKind, InboundMessage, OutboundMessage
from desk.ports import BotAnswer, Turn, Understanding
from desk.rendering import Bubble
from gateway.campaign_runner import CampaignRunner
from gateway.deliveries import Sender
from gateway.metrics import Metrics
from gateway.turns import TurnWorker
from wiring.channels import Channels
from wiring.services import Services, build_services
from wiring.settings import load_settings

SIZES = (10_000, 100_000)
WIRE_SECONDS = 20.0
ORDINARY_SECONDS = 12.0
ORDINARY_EVERY = 0.1
THINKS = 0.05
NEVER_QUIET = QuietHours(clock_time(0), clock_time(0))
WIRED = (ChannelName.TELEGRAM, ChannelName.SLACK, ChannelName.WECHAT)


def fill(database: Database, many: int, channels: tuple[ChannelName, ...]) -> None:
    """Customers with one address each, spread over the channels."""
    now = datetime.now(UTC)
    with database.engine.begin() as connection:
        for first in range(0, many, 2000):
            some = range(first, min(many, first + 2000))
            connection.execute(insert(rows.customers), [
                {"id": f"c{n:06}", "name": "", "language": "en", "created_at": now} for n in some
            ])
            connection.execute(insert(rows.identities), [
                {"address": where.key, "customer_id": f"c{n:06}", "channel": where.channel, "person": where.person,
                 "display_name": "", "last_seen_at": now}
                for n in some for where in [address(channels[n % len(channels)], f"u{n:06}")]
            ])
            connection.execute(insert(queue_rows.reply_windows), [
                {"address": address(ChannelName.WECHAT, f"u{n:06}").key, "kind": "message", "sends_left": 5,
                 "open_until": now + timedelta(hours=40)} for n in some
            ])


def address(channel: ChannelName, user: str) -> Address:
    return Address(channel, "bench", user, user)


def begin(tx: SqlTransaction, now: datetime) -> str:
    survey = tx.surveys.add("Bench", CSAT, None, now)
    tx.surveys.publish(survey.id, None, now)
    made = tx.campaigns.add("Bench", Plan(survey.id, quiet=NEVER_QUIET, cap_days=0), "bench", now)
    return start(tx, made, now).id


def lanes() -> Lanes:
    return Lanes({f"{name}:bench": limit_of(CAPABILITIES[name].rate, None) for name in WIRED})


def plan(url: str, many: int) -> dict[str, float]:
    """Seconds until everybody is planned and queued, and by how many MiB the process grew meanwhile."""
    database = Database(url)
    schema.upgrade(database)
    fill(database, many, WIRED)
    store = SqlStore(database, Signals())

    async def run() -> float:
        campaign = await store.transact(lambda tx: begin(tx, datetime.now(UTC)))
        began = time.perf_counter()
        while not (await store.read(lambda tx: tx.campaigns.get(campaign))).planned:
            await store.transact(lambda tx: step(tx, campaign, lanes(), datetime.now(UTC)))
        took = time.perf_counter() - began
        queued = (await store.read(lambda tx: tx.recipient_views.count_states(campaign)))
        assert sum(queued.values()) == many, queued
        return took

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = asyncio.run(run())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    database.close()
    return {"seconds": took, "grown_mib": grown}


class Wire:
    """A channel that takes every message after 20 ms, and notes when it was given each and to whom."""

    account = "bench"

    def __init__(self, name: ChannelName) -> None:
        self.name = name
        self.capabilities: Capabilities = CAPABILITIES[name]
        self.sent: list[tuple[float, str, str]] = []

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def window(self, _message: InboundMessage) -> None:
        return None

    async def send(self, address: Address, bubble: Bubble) -> str:
        self.sent.append((time.monotonic(), address.user, bubble.text))
        await asyncio.sleep(0.02)
        return "1"

    async def show_typing(self, address: Address) -> None: ...


class Parrot:
    """An assistant that thinks a little and always answers the same."""

    async def answer(self, turn: Turn) -> BotAnswer:
        await asyncio.sleep(THINKS)
        return BotAnswer((OutboundMessage(f"answer to {turn.text}"),))

    async def understand(self, _text: str) -> Understanding:
        return Understanding("greet", 0.9)

    async def close(self) -> None: ...


@dataclass
class House:
    services: Services
    wires: list[Wire]


@contextmanager
def house(folder: Path, many: int) -> Iterator[House]:
    services = build_services(load_settings(None, home=folder, secret_key="a key for the benchmark"))
    schema.upgrade(services.database)
    fill(services.database, many, WIRED)
    wires = [Wire(name) for name in WIRED]
    yield House(replace(services, channels=Channels(wires), bot=Parrot()), wires)  # type: ignore[arg-type]
    services.database.close()


async def running(built: House, seconds: float, *, campaign: bool, customers: bool) -> list[float]:
    """Everything works for so long; returns the ordinary customers' waits in milliseconds."""
    services, metrics = built.services, Metrics()
    services.signals.bind()
    senders = [Sender(services, wire, "bench", metrics) for wire in built.wires]  # type: ignore[arg-type]
    jobs = [TurnWorker(services, "bench", metrics, {sender.key: sender for sender in senders}).run()]
    jobs += [sender.run() for sender in senders]
    if campaign:
        jobs.append(CampaignRunner(services).run())
    tasks = [asyncio.create_task(job) for job in jobs]
    written: dict[str, float] = {}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if customers:
            user = f"ordinary{len(written)}"
            written[user] = time.monotonic()
            await write(services, user)
        await asyncio.sleep(ORDINARY_EVERY)
    answered = await answers(built.wires, written.keys())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [1000 * (answered[user] - at) for user, at in written.items()]


async def answers(wires: list[Wire], wanted: KeysView[str]) -> dict[str, float]:
    """When each customer's answer was given to the wire; waits for the last of them."""
    for _ in range(100):
        found = {user: at for wire in wires for at, user, text in wire.sent if text.startswith("answer")}
        if found.keys() >= wanted:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(wanted - found.keys())} were not answered")


async def write(services: Services, user: str) -> None:
    now = services.clock.now()
    message = InboundMessage(user, address(ChannelName.TELEGRAM, user), now, 1, InboundKind.TEXT, text="hello")
    await services.store.transact(lambda tx: tx.inbound.add([message], now))


def wire_rates(wires: list[Wire]) -> dict[str, dict[str, float]]:
    """The mean rate once the campaign is under way, and the most in any second, beside the limit."""
    found = {}
    for wire in wires:
        times = sorted(at for at, _, text in wire.sent if not text.startswith("answer"))
        first = times[0] + 2
        steady = [at for at in times if at >= first]
        busiest, start_ = 0, 0
        for end, at in enumerate(times):
            while at - times[start_] >= 1:
                start_ += 1
            busiest = max(busiest, end - start_ + 1)
        rate = (len(steady) - 1) / (steady[-1] - steady[0])
        found[wire.name.value] = {"limit": limit_of(wire.capabilities.rate, None), "rate": rate, "busiest": busiest}
    return found


def main() -> None:
    FieldCipher.install("a key for the benchmark")
    figures: dict[str, Any] = {"plan": defaultdict(dict)}
    for many in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            figures["plan"]["SQLite"][many] = plan(f"sqlite:///{Path(folder) / 'store.db'}", many)
        with postgres() as url:
            if url is not None:
                figures["plan"]["PostgreSQL"][many] = plan(url, many)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), 15_000) as built:
        campaign_of(built)
        asyncio.run(running(built, WIRE_SECONDS, campaign=True, customers=False))
        figures["wire"] = wire_rates(built.wires)
    for name, campaign in (("without", False), ("with", True)):
        with tempfile.TemporaryDirectory() as folder, house(Path(folder), 15_000) as built:
            if campaign:
                campaign_of(built)
            waits = asyncio.run(running(built, ORDINARY_SECONDS, campaign=campaign, customers=True))
            figures[f"ordinary_{name}"] = {"p50": percentile(waits, 0.5), "p95": percentile(waits, 0.95)}
    keep("campaigns", figures)
    show(figures)


def campaign_of(built: House) -> None:
    asyncio.run(built.services.store.transact(lambda tx: begin(tx, datetime.now(UTC))))


def show(figures: dict[str, Any]) -> None:
    head = ["planned and queued", *(f"{many:,}: s" for many in SIZES), *(f"{many:,}: MiB grown" for many in SIZES)]
    print(table(head, [
        [engine, *(f"{found[many]['seconds']:.2f}" for many in SIZES),
         *(f"{found[many]['grown_mib']:.0f}" for many in SIZES)]
        for engine, found in figures["plan"].items()
    ]))
    print("\n" + table(["on the wire", "limit/s", "mean/s", "of the limit", "most in any second"], [
        [name, f"{found['limit']:.1f}", f"{found['rate']:.2f}", f"{100 * found['rate'] / found['limit']:.1f} %",
         f"{found['busiest']}"] for name, found in figures["wire"].items()
    ]))
    print("\n" + table(["ordinary answers, ms", "p50", "p95"], [
        [name, f"{figures[f'ordinary_{name}']['p50']:.0f}", f"{figures[f'ordinary_{name}']['p95']:.0f}"]
        for name in ("without", "with")
    ]))


if __name__ == "__main__":
    main()
