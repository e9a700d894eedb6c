"""The inbox: pages over 10,000 open conversations beside 100, and fifty agents' live streams at 20 messages a second.

    python -m benchmarks.inbox

Pages: time from the request to the whole answer inside the server's process, on SQLite and, where its programs are
installed, PostgreSQL. Streams: the console in a process of its own, on SQLite; customers' messages go their whole way
(stored, claimed, taken into the conversation); each agent's page behaves as the browser's does: it fetches the
conversation on its event, says that it was seen, fetches list and bell on theirs. A message is on the screen when the
fetched conversation holds it. What the browser then needs to show it is not in here (a few milliseconds, see
tests/browser/test_console.py).
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.inbox_scene import Staff, fill, hire
from benchmarks.processes import free_port, postgres
from benchmarks.report import keep, middle, percentile, shown, table
from console.app import Console
from crm_store import schema
from knowledge_base.service import LiveFaq
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

SIZES = (100, 10_000)
REPEATS = 15
AGENTS = 50
RATE = 20  # messages a second, over all conversations
SECONDS = 20.0
PAGES = {
    "waiting": "/console/inbox?view=waiting", "mine": "/console/inbox?view=mine",
    "unanswered": "/console/inbox?view=unanswered", "all": "/console/inbox?view=all",
    "list alone": "/console/inbox/list?view=all", "bell": "/console/bell",
    "conversation": "/console/conversations/{talk}?view=mine", "its live part": "/console/conversations/{talk}/live",
    "search 空调": "/console/inbox?q=空调", "search “air conditioning”": "/console/inbox?q=air conditioning",
    "search a name": "/console/inbox?q=Customer 42", "search nothing": "/console/inbox?q=zebra",
}


def services_on(home: Path, url: str = "") -> Services:
    settings = load_settings(None, home=home, secret_key="a key for measuring", database_url=url,
                             hours="Mon-Sun 00:00-23:59", rasa_url="http://127.0.0.1:9")
    built = build_services(settings)
    return replace(built, faq=LiveFaq(StoredArticles(built.store), None))


async def pages_on(home: Path, url: str, size: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each page over so many open conversations."""
    services = services_on(home, url)
    schema.upgrade(services.database)
    services.signals.bind()
    staff = await services.store.transact(lambda tx: hire(tx, 10))
    now = datetime.now(UTC)
    talks = await services.database.write(lambda db: fill(db, size, [one.agent_id for one in staff], now))
    if url:
        await services.database.write(lambda db: db.exec_driver_sql("ANALYZE"))
    figures = {}
    transport = httpx.ASGITransport(Console(services))
    cookies = {"frontdesk_session": staff[0].session}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.bench", cookies=cookies) as http:
        for name, path in PAGES.items():
            times = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                answer = await http.get(path.format(talk=talks[1]))
                times.append((time.perf_counter() - began) * 1000)
                answer.raise_for_status()
            figures[name] = middle(times[1:])
    await services.close()
    return figures


def measure_pages() -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as home:
            figures[f"SQLite {size}"] = asyncio.run(pages_on(Path(home), "", size))
        with postgres() as url, tempfile.TemporaryDirectory() as home:
            if url is not None:
                figures[f"PostgreSQL {size}"] = asyncio.run(pages_on(Path(home), url, size))
    return figures


class Screen:
    """One agent's open page."""

    def __init__(self, base: str, staff: Staff, talk: str) -> None:
        self._http = httpx.AsyncClient(base_url=base, cookies={"frontdesk_session": staff.session}, timeout=30,
                                       headers={"X-CSRF": staff.csrf})
        self._talk = talk
        self._seen: set[str] = set()
        self._fetching = False
        self._again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen_soon: asyncio.Task[None] | None = None
        self.delays: list[float] = []

    async def watch(self) -> None:
        """Until cancelled."""
        page = (await self._http.get(f"/console/conversations/{self._talk}?view=mine")).text
        mark = re.findall(r"sse:(customer-[0-9a-f]+)", page)[0]
        after = re.findall(r"events\?after=(\d+)", page)[0]
        async with self._http.stream("GET", f"/console/events?after={after}") as stream:
            async for line in stream.aiter_lines():
                if line == f"event: {mark}":
                    self._start(self._show())
                elif line == "event: inbox":
                    self._start(self._refresh())

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self) -> None:
        if self._fetching:  # as htmx: one fetch of a part at a time, then once more
            self._again = True
            return
        self._fetching = True
        try:
            shown_part = (await self._http.get(f"/console/conversations/{self._talk}/live")).text
            now = time.time()
            for sent in set(re.findall(r"message sent at (\d+\.\d+)", shown_part)) - self._seen:
                self._seen.add(sent)
                self.delays.append((now - float(sent)) * 1000)
            if self._seen_soon is None or self._seen_soon.done():
                self._seen_soon = asyncio.create_task(self._say_seen())
        finally:
            self._fetching = False
        if self._again:
            self._again = False
            await self._show()

    async def _say_seen(self) -> None:
        await asyncio.sleep(2)
        await self._http.post(f"/console/conversations/{self._talk}/looking", data={})

    async def _refresh(self) -> None:
        await self._http.get("/console/inbox/list?view=mine")
        await self._http.get("/console/bell")


async def measure_streams() -> dict[str, Any]:
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "benchmarks.inbox_server", home, str(port), str(AGENTS), str(RATE)]
        server = await asyncio.to_thread(
            subprocess.Popen, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdin is not None and server.stdout is not None
        try:
            ready = json.loads(await asyncio.to_thread(server.stdout.readline))
            screens = [
                Screen(f"http://127.0.0.1:{port}", Staff(**one), talk)
                for one, talk in zip(ready["staff"], ready["talks"], strict=True)
            ]
            watching = [asyncio.create_task(screen.watch()) for screen in screens]
            await asyncio.sleep(4)
            server.stdin.write(f"{SECONDS}\n")
            server.stdin.flush()
            done = json.loads(await asyncio.to_thread(server.stdout.readline))
            await asyncio.sleep(2)
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
        finally:
            server.terminate()
            server.wait()
    delays = [delay for screen in screens for delay in screen.delays]
    return {
        "agents": AGENTS, "rate": RATE, "sent": done["sent"], "on_screen": len(delays),
        "p50_ms": percentile(delays, 0.5), "p95_ms": percentile(delays, 0.95), "max_ms": max(delays),
        "memory_idle_mib": ready["memory_mib"], "memory_mib": done["memory_mib"],
        "server_cores": done["cores"],
    }


def report(pages: dict[str, Any], streams: dict[str, Any]) -> str:
    engines = sorted({name.split()[0] for name in pages}, reverse=True)
    head = ["page (ms)", *(f"{engine}, {size:,}" for engine in engines for size in SIZES)]
    rows = [
        [name, *(shown(pages[f"{engine} {size}"][name]) for engine in engines for size in SIZES)] for name in PAGES
    ]
    live = (
        f"{streams['agents']} agents, {streams['rate']} messages/s: {streams['on_screen']} of {streams['sent']} on the "
        f"screen, p50 {streams['p50_ms']:.0f} ms, p95 {streams['p95_ms']:.0f} ms, longest {streams['max_ms']:.0f} ms; "
        f"server {streams['server_cores']:.2f} cores, {streams['memory_mib']:.0f} MiB "
        f"({streams['memory_idle_mib']:.0f} MiB before the streams)"
    )
    return f"{table(head, rows)}\n\n{live}"


if __name__ == "__main__":
    measured_streams = asyncio.run(measure_streams())
    measured_pages = measure_pages()
    keep("inbox", {"pages": measured_pages, "streams": measured_streams})
    print(report(measured_pages, measured_streams))
