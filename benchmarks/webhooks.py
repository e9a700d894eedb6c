"""How many webhooks a second are stored before they are answered, beside a handler that does nothing.

    python -m benchmarks.webhooks
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import posts
from benchmarks.load import Measured, drive
from benchmarks.processes import await_http, cpu_seconds, free_port, module, postgres, process
from benchmarks.report import keep, middle, percentile, shown, table

CONNECTIONS = 32
REPEATS = 3
SECONDS = 3.0
KINDS = ("empty", "telegram", "slack")


def measure() -> dict[str, Any]:
    """All engines; figures by engine and kind."""
    figures = {"sqlite": _on_engine("")}
    with postgres() as url:
        if url:
            figures["postgresql"] = _on_engine(url)
    keep("webhooks", {"connections": CONNECTIONS, "seconds": SECONDS, "repeats": REPEATS, "engines": figures})
    return figures


def report(figures: dict[str, Any]) -> str:
    rows = [
        [engine, kind, shown(found["per_second"]), f"{found['share_of_empty']:.0%}", shown(found["p50_ms"], 1),
         shown(found["p99_ms"], 1), shown(found["cpu_ms"], 2)]
        for engine, kinds in figures.items() for kind, found in kinds.items()
    ]
    return table(["engine", "webhook", "per second", "of the empty handler", "p50 ms", "p99 ms", "CPU ms each"], rows)


def _on_engine(database_url: str) -> dict[str, Any]:
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = posts.environment(
            "http://127.0.0.1:9", HOME=home, DATABASE_URL=database_url, PORT=str(port), ACTIONS_PORT=str(free_port())
        )
        with process(module("benchmarks.server"), environment, Path(home) / "server.log") as server:
            await_http(f"http://127.0.0.1:{port}/health/live")
            return _rounds(port, server)


def _rounds(port: int, server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The kinds in turn, several times, so that a change of the machine's mood hits all of them."""
    runs: dict[str, list[Measured]] = {kind: [] for kind in KINDS}
    used: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for repeat in range(REPEATS + 1):
        for kind in KINDS:
            prepared = iter(posts.many(kind, int(SECONDS * 8000)))
            before = cpu_seconds(server)
            run = asyncio.run(drive(port, prepared, CONNECTIONS, SECONDS))
            if run.refused:
                raise RuntimeError(f"{run.refused} {kind} requests were refused")
            if repeat:  # the first warms up
                runs[kind].append(run)
                used[kind].append((cpu_seconds(server) - before) / len(run.took) * 1000)
    found = {
        kind: {
            "per_second": middle([run.rate for run in kept]),
            "p50_ms": middle([percentile(run.took, 0.5) * 1000 for run in kept]),
            "p99_ms": middle([percentile(run.took, 0.99) * 1000 for run in kept]),
            "cpu_ms": middle(used[kind]),
        }
        for kind, kept in runs.items()
    }
    ceiling = found["empty"]["per_second"]["median"]
    return {kind: values | {"share_of_empty": values["per_second"]["median"] / ceiling}
            for kind, values in found.items()}


if __name__ == "__main__":
    print(report(measure()))
