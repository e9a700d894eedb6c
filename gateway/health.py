"""Live, ready, full: three questions that must not be mixed up, and the metrics."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from crm_store import schema
from crm_store.counters import next_value
from crm_store.store import SqlTransaction
from gateway.metrics import Metrics
from wiring.services import Services

MIN_FREE_SHARE = 0.05
PROBE_SECONDS = 2.0
CHANNEL_CHECK_SECONDS = 60.0


class Health:
    """Asks every part how it is. Platforms are asked at most once a minute: their answers count against quotas."""

    def __init__(self, services: Services, metrics: Metrics) -> None:
        self._services = services
        self._metrics = metrics
        self._channels: dict[str, dict[str, Any]] = {}
        self._channels_at = float("-inf")

    def routes(self) -> list[Route]:
        return [
            Route("/health/live", self.live), Route("/health/ready", self.ready), Route("/health/full", self.full),
            Route("/metrics", self.metrics),
        ]

    async def live(self, _: Request) -> Response:
        """The process runs."""
        return PlainTextResponse("live")

    async def ready(self, _: Request) -> Response:
        """A message can be stored: schema, a write, disk. The assistant may be down."""
        problem = (await self._database())["problem"]
        return PlainTextResponse(problem or "ready", 503 if problem else 200)

    async def full(self, _: Request) -> Response:
        """Every part's state; 200 only when all of them serve."""
        report = await self.report()
        serving = all(part["ok"] for part in report.values())
        return JSONResponse({"ok": serving, "parts": report}, 200 if serving else 503)

    async def metrics(self, _: Request) -> Response:
        inbound, outbound, oldest = await self._services.store.read(
            lambda tx: (tx.inbound.count_by_status(), tx.outbound.count_by_status(), tx.inbound.oldest_waiting())
        )
        for status, count in inbound.items():
            self._metrics.inbound.labels(status).set(count)
        for status, count in outbound.items():
            self._metrics.outbound.labels(status).set(count)
        age = (self._services.clock.now() - oldest).total_seconds() if oldest else 0.0
        self._metrics.oldest.set(age)
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def report(self) -> dict[str, dict[str, Any]]:
        """Part by name: {"ok", and "state" or "problem"}."""
        services = self._services
        database, rasa, actions, workers = await asyncio.gather(
            self._database(), _probe(services.bot.check), _probe(self._actions), self._workers()
        )
        return {
            "database": database, "assistant": rasa, "actions": actions, "faq": self._faq(), "workers": workers,
            **await self._check_channels(),
        }

    async def _database(self) -> dict[str, Any]:
        def write(tx: SqlTransaction) -> bool:
            next_value(tx.connection, "health")
            return schema.is_current(tx.connection)

        try:
            current = await asyncio.wait_for(self._services.store.transact(write), PROBE_SECONDS)
        except Exception as error:  # whatever it is, no message could be stored
            return {"ok": False, "problem": f"the database does not take writes: {type(error).__name__}"}
        if not current:
            return {"ok": False, "problem": "the database schema is not at the newest version: run frontdesk migrate"}
        disk = shutil.disk_usage(self._services.settings.home)
        if disk.free < disk.total * MIN_FREE_SHARE:
            return {"ok": False, "problem": "less than 5 % of the disk is free"}
        return {"ok": True, "problem": "", "state": "writable"}

    async def _actions(self) -> str:
        url = f"http://127.0.0.1:{self._services.settings.actions_port}/health"
        async with httpx.AsyncClient(timeout=PROBE_SECONDS) as http:
            (await http.get(url)).raise_for_status()
        return "serving"

    async def _workers(self) -> dict[str, Any]:
        oldest = await self._services.store.read(lambda tx: tx.inbound.oldest_waiting())
        waiting = (self._services.clock.now() - oldest).total_seconds() if oldest else 0.0
        if waiting > 2 * self._services.settings.lease_seconds:
            return {"ok": False, "problem": f"a message has waited for {waiting:.0f} s: is a worker running?"}
        return {"ok": True, "state": "keeping up"}

    def _faq(self) -> dict[str, Any]:
        status = self._services.faq.status()
        held = f"{status.articles} articles, {status.phrasings} phrasings"
        if status.problem:
            return {"ok": False, "problem": f"{status.problem} {held} are searched by words alone.",
                    "model": status.model}
        return {"ok": status.revision is not None, "state": held, "model": status.model}

    async def _check_channels(self) -> dict[str, dict[str, Any]]:
        now = asyncio.get_running_loop().time()
        if now - self._channels_at > CHANNEL_CHECK_SECONDS:
            names = [channel.name.value for channel in self._services.channels]
            states = await asyncio.gather(*(_probe(channel.check) for channel in self._services.channels))
            self._channels = dict(zip(names, states, strict=True))
            # A part that does not serve is asked again at once, so that its return is seen.
            self._channels_at = now if all(state["ok"] for state in states) else float("-inf")
        return self._channels


async def _probe(ask: Callable[[], Awaitable[str]]) -> dict[str, Any]:
    try:
        return {"ok": True, "state": await asyncio.wait_for(ask(), PROBE_SECONDS)}
    except Exception as error:  # the report must be complete whatever is broken
        return {"ok": False, "problem": str(error) or type(error).__name__}
