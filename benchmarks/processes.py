"""What a measurement stands on: processes of their own, started, awaited and stopped."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with FRONTDESK_* variables of its own only; its output goes to `log`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    with log.open("ab") as out:
        running = subprocess.Popen(command, cwd=ROOT, env=clean | dict(environment), stdout=out, stderr=out)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """What a process has used so far, all its threads together: unlike the clock it does not count others' work."""
    return _cpu_seconds(process.pid)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def database_cpu_seconds(url: str) -> float:
    """What all processes of the PostgreSQL server behind this address have used so far; 0 without one."""
    if not url:
        return 0.0
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        server = _parent(connection.info.backend_pid)
    used = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if server in (int(entry.name), _parent(int(entry.name))):
                used += _cpu_seconds(int(entry.name))
    return used


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def trained_model() -> Path:
    """What `make train` leaves."""
    return Path(os.environ.get("FRONTDESK_HOME") or ROOT / "var") / "models" / "assistant.tar.gz"


def module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def await_http(url: str, seconds: float = 90) -> None:
    """Return when it answers with success."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer within {seconds:.0f} s")
        time.sleep(0.1)


@contextlib.contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of a throw-away database with its real durability (fsync on); None without PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    initdb = found[-1]
    if not initdb.is_file():
        yield None
        return
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-bench-"))
    if user:
        shutil.chown(folder, user)
    subprocess.run([initdb, "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
                   check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    port = free_port()
    server = subprocess.Popen(
        [initdb.with_name("postgres"), "-D", folder / "data", "-p", str(port), "-k", folder,
         "-c", "listen_addresses=127.0.0.1"],
        user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        _await_postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown, whoever is still connected
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _await_postgres(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
