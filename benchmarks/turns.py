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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import uvicorn

from benchmarks import posts
from benchmarks.load import Measured
from benchmarks.processes import await_http, free_port, module, postgres, process, trained_model
from benchmarks.report import keep, middle, percentile, shown, table
from gateway.children import rasa_child, rasa_environment
from wiring.settings import load_settings

LOADS = (1, 32)  # customers at the same time: one shows what a turn takes, many what the flow carries
REPEATS = 3
SECONDS = 4.0
QUESTIONS = ("你好", "早餐几点开始？", "我想查一下积分", "thanks a lot", "What time is check-out?")
_users = count(200_000)

Ask = Callable[[int, str], Awaitable[None]]


class Sink:
    """A Bot API that takes every message at once, and tells who waits for it."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def expect(self, user: int) -> "asyncio.Future[None]":
        self._waiting[str(user)] = asyncio.get_running_loop().create_future()
        return self._waiting[str(user)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        method = scope["path"].rsplit("/", 1)[-1]
        if method == "sendMessage":
            self._arrived(scope, body)
        answer = json.dumps({"ok": True, "result": _result(method)}).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    def _arrived(self, scope: Any, body: bytes) -> None:
        is_json = (b"content-type", b"application/json") in scope["headers"]
        user = str(json.loads(body)["chat_id"]) if is_json else parse_qs(body.decode())["chat_id"][0]
        waiting = self._waiting.pop(user, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


def _result(method: str) -> Any:
    if method == "getMe":
        return {"id": 700000001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
    if method.startswith("send"):
        return {"message_id": 1, "date": int(time.time()), "chat": {"id": 1, "type": "private"}}
    return True


def measure() -> dict[str, Any]:
    figures = {"sqlite": asyncio.run(_on_engine(""))}
    with postgres() as url:
        if url:
            figures["postgresql"] = asyncio.run(_on_engine(url))
    keep("turns", {"loads": LOADS, "seconds": SECONDS, "repeats": REPEATS, "engines": figures})
    return figures


def report(figures: dict[str, Any]) -> str:
    rows = [
        [engine, load, way, shown(found["per_second"], 1), shown(found["p50_ms"], 1), shown(found["p95_ms"], 1)]
        for engine, loads in figures.items() for load, ways in loads.items() for way, found in ways.items()
    ]
    return table(["engine", "customers at once", "way", "turns per second", "p50 ms", "p95 ms"], rows)


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
        async with _served(sink, sink_port):
            with _gateway_and_rasa(home, environment, ports):
                await asyncio.to_thread(await_http, f"http://127.0.0.1:{ports['gateway']}/health/live")
                await asyncio.to_thread(await_http, f"http://127.0.0.1:{ports['rasa']}/")
                return await _rounds(sink, ports)


@contextlib.contextmanager
def _gateway_and_rasa(home: Path, environment: dict[str, str], ports: dict[str, int]) -> Iterator[None]:
    settings = load_settings(
        env_file=None, home=home, secret_key=environment["FRONTDESK_SECRET_KEY"], actions_port=ports["actions"],
        rasa_url=environment["FRONTDESK_RASA_URL"],
    )
    with (
        process(module("benchmarks.server", "work"), environment, home / "server.log"),
        process(rasa_child(settings).command, rasa_environment(settings), home / "rasa.log"),
    ):
        yield


async def _rounds(sink: Sink, ports: dict[str, int]) -> dict[str, Any]:
    connections = httpx.Limits(max_connections=2 * max(LOADS))
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=connections) as http:
        ways = {
            "Rasa directly": _directly(http, ports["rasa"]),
            "through the gateway": _through_the_gateway(http, ports["gateway"], sink),
        }
        return {str(load): await _compare(ways, load) for load in LOADS}


async def _compare(ways: dict[str, Ask], load: int) -> dict[str, Any]:
    """Every way in turn, several times, so that whatever else the machine does hits all alike."""
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    for repeat in range(REPEATS + 1):
        for name, ask in ways.items():
            run = await _drive(ask, load)
            if repeat:  # the first warms up
                runs[name].append(run)
    return {
        name: {
            "per_second": middle([run.rate for run in kept]),
            "p50_ms": middle([percentile(run.took, 0.5) * 1000 for run in kept]),
            "p95_ms": middle([percentile(run.took, 0.95) * 1000 for run in kept]),
        }
        for name, kept in runs.items()
    }


def _directly(http: httpx.AsyncClient, port: int) -> Ask:
    async def ask(user: int, text: str) -> None:
        metadata = {"key": f"k{time.time_ns()}", "language": "zh-Hans"}
        body = {"sender": f"bench-{user}", "message": text, "metadata": metadata}
        answer = await http.post(f"http://127.0.0.1:{port}/webhooks/frontdesk/webhook", json=body)
        if not answer.is_success or not answer.json():
            raise RuntimeError("Rasa did not answer: is the model newer than its code (`make train`)?")

    return ask


def _through_the_gateway(http: httpx.AsyncClient, port: int, sink: Sink) -> Ask:
    async def ask(user: int, text: str) -> None:
        path, body, headers = posts.telegram(text, user)
        answered = sink.expect(user)
        stored = await http.post(f"http://127.0.0.1:{port}{path}", content=body, headers=headers)
        stored.raise_for_status()
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


@contextlib.asynccontextmanager
async def _served(app: Any, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


if __name__ == "__main__":
    print(report(measure()))
