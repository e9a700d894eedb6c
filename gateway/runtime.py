"""One process of ours: the roles it plays, started and stopped together."""

import asyncio
import contextlib
import fcntl
import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Generator, Sequence
from pathlib import Path
from typing import IO, Any

import structlog
import uvicorn
import yaml

from bot.actions import build_actions
from bot.actions.server import build_app as build_action_server
from crm_store import schema
from crm_store.signals import Topic
from gateway.app import build_app
from gateway.campaign_runner import CampaignRunner
from gateway.deliveries import Sender
from gateway.housekeeping import Housekeeper
from gateway.listener import listen
from gateway.metrics import Metrics
from gateway.priority import give_way
from gateway.turns import TurnWorker
from gateway.value_counter import count_when_due
from gateway.webhook_sender import WebhookSender
from wiring.learning import refit_now_and_then
from wiring.services import Services

ROOT = Path(__file__).resolve().parent.parent
SWITCH_SECONDS = 0.0005
"""The database's threads need the interpreter often and briefly; with Python's usual 5 ms each of their statements
would wait that long for a busy event loop."""
log = structlog.get_logger()


def keep_for_good() -> None:
    """What a start has made stays to the end: no garbage collection need look at it again. Each full one held all
    else up for 0.2 s."""
    gc.collect()
    gc.freeze()


class CannotStart(Exception):
    """Why this process cannot run, in a sentence for the person who started it."""


class Runtime:
    """Plays the roles asked for until it is told to stop."""

    def __init__(self, services: Services, *, serve: bool, work: bool) -> None:
        self.services = services
        self._serve = serve
        self._work = work
        self._owner = f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._metrics = Metrics()
        self._lock: IO[str] | None = None

    def prepare(self) -> None:
        """Migrate, and take over what a process that died had in hand. Raises CannotStart."""
        services = self.services
        services.settings.home.mkdir(parents=True, exist_ok=True)
        if services.settings.is_embedded:
            self._lock = only_instance(services.settings.home)
        if self._serve:
            check_port(services.settings.host, services.settings.port, "FRONTDESK_PORT")
            check_port("127.0.0.1", services.settings.actions_port, "FRONTDESK_ACTIONS_PORT")
        schema.upgrade(services.database)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside; leaving stops new work, finishes what is under way and closes."""
        services = self.services
        services.signals.bind()
        sys.setswitchinterval(SWITCH_SECONDS)
        if services.settings.is_embedded:
            await self._recover()
        tasks = [asyncio.create_task(self._forever(name, job)) for name, job in self._jobs()]
        servers: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        try:
            for channel in services.channels:
                await channel.start()
            if self._serve:
                servers = [await _start(server) for server in self._servers()]
            yield
        finally:
            for server, _ in servers:
                server.should_exit = True
            await asyncio.gather(*(task for _, task in servers), return_exceptions=True)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await services.close()
            if self._lock is not None:
                self._lock.close()

    async def run(self) -> None:
        """Run until SIGINT or SIGTERM."""
        give_way()
        async with self.running():
            keep_for_good()
            await until_stopped()

    def _jobs(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        services = self.services
        jobs: list[tuple[str, Coroutine[Any, Any, None]]] = [("calendar", services.calendar.watch())]
        if self._serve:  # the actions ask it; a worker needs neither its articles nor its half gigabyte
            jobs.append(("faq", services.faq.watch(self._faq_edited)))
            jobs.append(("faq_learning", refit_now_and_then(services)))
        if not services.settings.is_embedded:
            jobs.append(("listener", listen(services.settings.database, services.signals)))
        if self._work:
            senders = [Sender(services, channel, self._owner, self._metrics) for channel in services.channels]
            jobs.append(("turns", self._work_on_turns(senders)))
            jobs.append(("webhooks", WebhookSender(services, self._owner).run()))
            jobs.append(("campaigns", CampaignRunner(services).run()))
            jobs.append(("values", count_when_due(services)))
            jobs.append(("housekeeping", Housekeeper(services, self._owner, self._metrics).run()))
            jobs += [(f"sender-{sender.key}", sender.run()) for sender in senders]
        return jobs

    def _servers(self) -> list[uvicorn.Server]:
        services, settings = self.services, self.services.settings
        domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
        can = build_actions(services.records, services.faq, lambda: services.calendar.hours.zone)
        actions = build_action_server(can, domain)
        app = build_app(services, self._metrics)
        return [_server(app, settings.host, settings.port), _server(actions, "127.0.0.1", settings.actions_port)]

    async def _work_on_turns(self, senders: Sequence[Sender]) -> None:
        """Answer customers, but not before the FAQ of this process is there: until then their messages wait, stored."""
        while self._serve and self.services.faq.status().revision is None:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.1)
        to_send = {sender.key: sender for sender in senders}
        await TurnWorker(self.services, self._owner, self._metrics, to_send).run()

    async def _faq_edited(self, timeout: float) -> None:  # noqa: ASYNC109 - a poll interval, not a failure
        signals = self.services.signals
        await signals.wait(Topic.FAQ, signals.mark(Topic.FAQ), timeout)

    async def _recover(self) -> None:
        now = self.services.clock.now()
        inbound, doubtful = await self.services.store.transact(
            lambda tx: (tx.inbound.recover(now), tx.outbound.recover())
        )
        if inbound or doubtful:
            log.warning("recovered", turns=inbound, in_doubt=doubtful)

    async def _forever(self, name: str, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except asyncio.CancelledError:
            raise
        except Exception:
            log.critical("job_died", job=name, exc_info=True)
            os.kill(os.getpid(), signal.SIGTERM)  # whoever watches this process starts a whole one


def check_port(host: str, port: int, variable: str) -> None:
    """Raises CannotStart when the port is taken, saying by which setting to change it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise CannotStart(f"Port {port} is in use. Stop what uses it, or set {variable} to another.") from None


async def until_stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def only_instance(home: Path) -> IO[str]:
    file = (home / "frontdesk.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise CannotStart(
            f"Another Frontdesk already runs on {home}. Stop it, set FRONTDESK_HOME to another folder, or use "
            "PostgreSQL (FRONTDESK_DATABASE_URL) to run several processes."
        ) from None
    return file


class _Server(uvicorn.Server):
    """Leaves SIGINT and SIGTERM to the runtime, which has more to stop than a web server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _server(app: Any, host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=5,
        server_header=False, ws_max_size=2**17,
    )
    return _Server(config)


async def _start(server: uvicorn.Server) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
            raise CannotStart("the web server did not start")
        await asyncio.sleep(0.02)
    return server, task
