"""Whole turns: a customer's message to the answer leaving for the platform, beside the same Rasa asked directly.

    python -m benchmarks.turns      (needs `make setup train`)

Both sides send the same questions over the same number of connections, in conversations of five messages. Through the
gateway each is a Telegram webhook, stored, answered by Rasa, stored, and sent to a Bot API that takes everything.
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

from benchmarks import posts
from benchmarks.load import Caller, Measured
from benchmarks.processes import (
    await_http,
    cpu_seconds,
    database_cpu_seconds,
    free_port,
    module,
    postgres,
    process,
    trained_model,
)
from benchmarks.report import as_share, keep, middle, percentile, shown, table
from bot.client import CHANNEL_PATH
from gateway.children import rasa_child, rasa_environment
from wiring.settings import load_settings

LOADS = (1, 32)  # customers at the same time: one shows what a turn takes, many what the flow carries
REPEATS = 5
SECONDS = 4.0
QUESTIONS = ("你好", "早餐几点开始？", "我想查一下积分", "thanks a lot", "What time is check-out?")
PROCESSES = ("gateway", "Rasa", "PostgreSQL", "client")
_users = count(200_000)

Ask = Callable[[int, str], Awaitable[None]]
Used = Callable[[], dict[str, float]]
"""CPU seconds of each process so far."""


class Sink:
    """A Bot API that takes every message at once, and tells who waits for it. A bare protocol: what it costs is not
    what is measured.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def expect(self, user: int) -> "asyncio.Future[None]":
        self._waiting[str(user)] = asyncio.get_running_loop().create_future()
        return self._waiting[str(user)]

    async def serve(self, port: int) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: _Wire(self.take), "127.0.0.1", port)

    def take(self, path: str, body: bytes) -> bytes:
        method = path.rsplit("/", 1)[-1]
        if method == "sendMessage":
            waiting = self._waiting.pop(parse_qs(body.decode())["chat_id"][0], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        return json.dumps({"ok": True, "result": _result(method)}).encode()


class _Wire(asyncio.Protocol):
    """HTTP as far as a keep-alive client of ours speaks it."""

    def __init__(self, take: Callable[[str, bytes], bytes]) -> None:
        self._take = take
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(rest) < length:
                return
            answer = self._take(head.split(b" ", 2)[1].decode(), rest[:length])
            self._received = rest[length:]
            self._out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                            + str(len(answer)).encode() + b"\r\n\r\n" + answer)


def _result(method: str) -> Any:
    if method == "getMe":
        return {"id": 700000001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
    if method.startswith("send"):
        return {"message_id": 1, "date": int(time.time()), "chat": {"id": 1, "type": "private"}}
    return True


def measure() -> dict[str, Any]:
    figures = {"sqlite": uvloop.run(_on_engine(""))}
    with postgres() as url:
        if url:
            figures["postgresql"] = uvloop.run(_on_engine(url))
    keep("turns", {"loads": LOADS, "seconds": SECONDS, "repeats": REPEATS, "engines": figures})
    return figures


def report(figures: dict[str, Any]) -> str:
    rows = [
        [engine, load, way, shown(found["per_second"], 1), as_share(found["share"]), shown(found["p50_ms"], 1),
         shown(found["p95_ms"], 1), *(shown(found["cpu_ms"][name], 1) for name in PROCESSES)]
        for engine, loads in figures.items() for load, ways in loads.items() for way, found in ways.items()
    ]
    return table(["engine", "customers at once", "way", "turns per second", "of Rasa's own", "p50 ms", "p95 ms",
                  *(f"CPU ms, {name}" for name in PROCESSES)], rows)


async def _on_engine(database_url: str) -> dict[str, Any]:
    sink, sink_port = Sink(), free_port()
    ports = {name: free_port() for name in ("gateway", "actions", "rasa")}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").mkdir()
        shutil.copy(trained_model(), home / "models")
        environment = posts.environment(
            f"http://127.0.0.1:{sink_port}", HOME=folder, DATABASE_URL=database_url, PORT=str(ports["gateway"]),
            ACTIONS_PORT=str(ports["actions"]), RASA_URL=f"http://127.0.0.1:{ports['rasa']}",
        )
        async with await sink.serve(sink_port):
            with _gateway_and_rasa(home, environment, ports) as (gateway, rasa):
                await asyncio.to_thread(await_http, f"http://127.0.0.1:{ports['gateway']}/health/live")
                await asyncio.to_thread(await_http, f"http://127.0.0.1:{ports['rasa']}/")
                return await _rounds(sink, ports, lambda: {
                    "gateway": cpu_seconds(gateway), "Rasa": cpu_seconds(rasa),
                    "PostgreSQL": database_cpu_seconds(database_url), "client": time.process_time(),
                })


@contextlib.contextmanager
def _gateway_and_rasa(
    home: Path, environment: dict[str, str], ports: dict[str, int]
) -> Iterator[tuple[Popen[bytes], Popen[bytes]]]:
    settings = load_settings(
        env_file=None, home=home, secret_key=environment["FRONTDESK_SECRET_KEY"], actions_port=ports["actions"],
        rasa_url=environment["FRONTDESK_RASA_URL"],
    )
    with (
        process(module("benchmarks.server", "work"), environment, home / "server.log") as gateway,
        process(rasa_child(settings).command, rasa_environment(settings), home / "rasa.log") as rasa,
    ):
        yield gateway, rasa


async def _rounds(sink: Sink, ports: dict[str, int], used: Used) -> dict[str, Any]:
    rasa, gateway = Caller(ports["rasa"]), Caller(ports["gateway"])
    ways = {
        "Rasa directly": (rasa, _directly(rasa)), "through the gateway": (gateway, _through_the_gateway(gateway, sink)),
    }
    return {str(load): await _compare(ways, load, used) for load in LOADS}


async def _compare(ways: dict[str, tuple[Caller, Ask]], load: int, used: Used) -> dict[str, Any]:
    """Every way in turn, several times, so that whatever else the machine does hits all alike."""
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    cpu: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for repeat in range(REPEATS + 1):
        for name, (caller, ask) in ways.items():
            before = used()
            run = await _drive(ask, load)
            caller.close()  # a server closes what is silent for long
            after = used()
            if repeat:  # the first warms up
                runs[name].append(run)
                cpu[name].append({each: (after[each] - before[each]) / len(run.took) * 1000 for each in PROCESSES})
    found: dict[str, Any] = {
        name: {
            "per_second": middle([run.rate for run in kept]),
            "p50_ms": middle([percentile(run.took, 0.5) * 1000 for run in kept]),
            "p95_ms": middle([percentile(run.took, 0.95) * 1000 for run in kept]),
            "cpu_ms": {each: middle([one[each] for one in cpu[name]]) for each in PROCESSES},
        }
        for name, kept in runs.items()
    }
    # Repeat by repeat: both ways of one repeat meet the machine in about the same mood.
    ceilings = [run.rate for run in runs["Rasa directly"]]
    return {
        name: values | {"share": middle([run.rate / most for run, most in zip(runs[name], ceilings, strict=True)])}
        for name, values in found.items()
    }


def _directly(rasa: Caller) -> Ask:
    async def ask(user: int, text: str) -> None:
        metadata = {"key": f"k{time.time_ns()}", "language": "zh-Hans"}
        body = json.dumps({"sender": f"bench-{user}", "message": text, "metadata": metadata}).encode()
        if not json.loads(await rasa.post(CHANNEL_PATH, body, {"Content-Type": "application/json"})):
            raise RuntimeError("Rasa did not answer: is the model newer than its code (`make train`)?")

    return ask


def _through_the_gateway(gateway: Caller, sink: Sink) -> Ask:
    async def ask(user: int, text: str) -> None:
        answered = sink.expect(user)
        await gateway.post(*posts.telegram(text, user))
        await asyncio.wait_for(answered, 60)

    return ask


async def _drive(ask: Ask, load: int) -> Measured:
    took: list[float] = []
    started = time.perf_counter()
    end = started + SECONDS

    async def one() -> None:
        while True:
            user = next(_users)
            for text in QUESTIONS:
                begun = time.perf_counter()
                if begun > end:
                    return
                await ask(user, text)
                took.append(time.perf_counter() - begun)

    await asyncio.gather(*(one() for _ in range(load)))
    return Measured(time.perf_counter() - started, took, 0)


if __name__ == "__main__":
    print(report(measure()))
