"""Several gateways and workers on one PostgreSQL, as the real commands start them, answer everybody once."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators import credentials
from tests.conftest import Postgres, free_port, lend_encoders
from tests.fakes import wire

ROOT = Path(__file__).parents[2]
MESSAGES = 60
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(180)]


@contextlib.contextmanager
def processes(commands: list[tuple[list[str], dict[str, str]]], log: Path) -> Iterator[None]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    with log.open("ab") as out:
        running = [subprocess.Popen(command, cwd=ROOT, env=clean | own, stdout=out, stderr=out)
                   for command, own in commands]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(60) for process in running]
    assert all(code in (0, -15) for code in codes), f"a process did not stop cleanly: {codes}"


def until(ready, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def alive(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False).is_success
    return False


def test_two_gateways_and_two_workers_answer_every_message_once(tmp_path: Path, postgres: Postgres) -> None:
    database = postgres.create()
    gateways, rasa, platforms = [free_port(), free_port()], free_port(), free_port()
    shared = {
        "FRONTDESK_DATABASE_URL": postgres.url(database), "FRONTDESK_RASA_URL": f"http://127.0.0.1:{rasa}",
        "FRONTDESK_SECRET_KEY": "a key for tests only",
        "FRONTDESK_TELEGRAM__BOT_TOKEN": credentials.TELEGRAM_BOT_TOKEN,
        "FRONTDESK_TELEGRAM__WEBHOOK_SECRET": credentials.TELEGRAM_WEBHOOK_SECRET,
        "FRONTDESK_TELEGRAM__API_BASE": f"http://127.0.0.1:{platforms}",
    }

    def frontdesk(role: str, port: int = 0) -> tuple[list[str], dict[str, str]]:
        port = port or free_port()
        home = tmp_path / f"{role}{port}"
        lend_encoders(home)
        own = {"FRONTDESK_HOME": str(home), "FRONTDESK_PORT": str(port), "FRONTDESK_ACTIONS_PORT": str(free_port())}
        return [str(Path(sys.executable).with_name("frontdesk")), role], shared | own

    commands = [
        ([sys.executable, "-m", "tests.fakes.played_rasa", "--port", str(rasa)], {}),
        ([sys.executable, "-m", "simulators", "--port", str(platforms), "--gateway", "http://127.0.0.1:9"], {}),
        *(frontdesk("serve", port) for port in gateways), frontdesk("worker"), frontdesk("worker"),
    ]
    phones = f"http://127.0.0.1:{platforms}/sim/telegram"
    with processes(commands, tmp_path / "log"):
        until(lambda: alive(f"{phones}/users"), 30)
        until(lambda: all(alive(f"http://127.0.0.1:{port}/health/ready") for port in gateways), 90)
        people = [str(9000 + n) for n in range(12)]
        for person in people:
            httpx.post(f"{phones}/users", json={"id": person}, trust_env=False)
        for n in range(MESSAGES):
            post = wire.telegram(f"m-{n:03}", user=int(people[n % len(people)]), number=5000 + n)
            for port in gateways:  # each gateway hears of it: one is the repeat
                answer = httpx.post(f"http://127.0.0.1:{port}{post.path}", content=post.body, headers=post.headers,
                                    trust_env=False)
                assert answer.status_code == 200

        def answers() -> Counter[str]:
            shown = (line for person in people
                     for line in httpx.get(f"{phones}/messages", params={"user": person}, trust_env=False).json())
            return Counter(found for line in shown for found in re.findall(r"Answer to (m-\d+)", line["text"]))

        until(lambda: len(answers()) == MESSAGES, 60)
        time.sleep(1)
        assert set(answers().values()) == {1}
        asked = httpx.get(f"http://127.0.0.1:{rasa}/played/asked", trust_env=False).json()
        assert set(asked.values()) == {1}
    postgres.drop(database)
