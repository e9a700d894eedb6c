"""What a crash test needs: platforms and assistant as processes that survive, gateway processes that do not."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO, Any

import httpx
from sqlalchemy import create_engine, text

from simulators import credentials
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = ("telegram", "slack", "wechat")
_ANSWER = re.compile(r"Answer to (m-\d+)")


@dataclass
class Scene:
    """One run. `roles` are the gateway's processes, each a set of roles; all of them are killed, now and then."""

    home: Path
    database_url: str
    roles: tuple[str, ...]
    random: Random
    port: int = field(default_factory=free_port)
    sims_port: int = field(default_factory=free_port)
    rasa_port: int = field(default_factory=free_port)
    kills: Counter[str] = field(default_factory=Counter)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)  # message: (channel, user)
    _living: dict[str, int] = field(default_factory=dict)
    _launcher: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        base = f"http://127.0.0.1:{self.sims_port}"
        own = {
            "HOME": str(self.home), "DATABASE_URL": self.database_url, "PORT": str(self.port),
            "ACTIONS_PORT": str(free_port()), "RASA_URL": f"http://127.0.0.1:{self.rasa_port}",
            "SECRET_KEY": "a key for tests only", "LEASE_SECONDS": "3", "LOG_LEVEL": "ERROR",
            "WECHAT__APP_ID": credentials.WECHAT_APP_ID, "WECHAT__APP_SECRET": credentials.WECHAT_APP_SECRET,
            "WECHAT__TOKEN": credentials.WECHAT_TOKEN, "WECHAT__ENCODING_AES_KEY": credentials.WECHAT_AES_KEY,
            "WECHAT__API_BASE": base, "TELEGRAM__BOT_TOKEN": credentials.TELEGRAM_BOT_TOKEN,
            "TELEGRAM__WEBHOOK_SECRET": credentials.TELEGRAM_WEBHOOK_SECRET, "TELEGRAM__API_BASE": base,
            "SLACK__BOT_TOKEN": credentials.SLACK_BOT_TOKEN,
            "SLACK__SIGNING_SECRET": credentials.SLACK_SIGNING_SECRET, "SLACK__API_BASE": f"{base}/api/",
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
        return clean | {f"FRONTDESK_{name}": value for name, value in own.items()}

    @contextlib.contextmanager
    def playing(self) -> Iterator[None]:
        """Everything runs inside."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._process("tests.fakes.played_rasa", "--port", str(self.rasa_port)))
            stack.enter_context(
                self._process("tests.crash.platforms", str(self.sims_port), f"http://127.0.0.1:{self.port}")
            )
            self._launcher = stack.enter_context(
                self._process("tests.crash.launcher", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(self._end_gateway)
            assert self._read() == "ready"
            self.await_http(f"http://127.0.0.1:{self.rasa_port}/status", 20)
            self.await_http(f"http://127.0.0.1:{self.sims_port}/sim/telegram/users", 20)
            for roles in self.roles:
                self.start(roles)
                self.await_http(f"http://127.0.0.1:{self.port}/health/live", 30)
            yield

    def start(self, roles: str) -> None:
        assert self._launcher and self._launcher.stdin
        self._launcher.stdin.write(roles + "\n")
        self._launcher.stdin.flush()
        self._living[roles] = int(self._read())

    def kill_one(self) -> None:
        """One gateway process dies without warning and is started again at once."""
        roles = self.random.choice(self.roles)
        os.kill(self._living[roles], signal.SIGKILL)
        self.kills[roles] += 1
        self._until_gone(self._living[roles])
        self.start(roles)

    def write(self, channel: str, user: str, message: str) -> None:
        """A customer writes."""
        self.sent[message] = (channel, user)
        self._post(f"/sim/{channel}/send", {"user": user, "text": message})

    def introduce(self, channel: str, user: str) -> None:
        self._post(f"/sim/{channel}/users", {"id": user, "name": user})

    def fault(self, channel: str, **spec: Any) -> None:
        self._post(f"/sim/{channel}/fault", spec)

    def answers(self) -> dict[str, list[str]]:
        """What reached customers: by channel and user, the messages that were answered, in the order of arrival."""
        got: dict[str, list[str]] = defaultdict(list)
        for channel, user in sorted(set(self.sent.values())):
            lines = self._get(f"/sim/{channel}/messages", user=user)
            for line in lines:
                if line["direction"] == "out":
                    got[f"{channel}:{user}"] += _ANSWER.findall(line["text"])
        return got

    def asked(self) -> Counter[str]:
        return Counter(httpx.get(f"http://127.0.0.1:{self.rasa_port}/played/asked", trust_env=False).json())

    def rows(self, statement: str) -> list[Any]:
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            found = list(connection.execute(text(statement)))
        engine.dispose()
        return found

    def open_work(self) -> int:
        """How many messages are still on their way, in or out."""
        return int(self.rows(
            "SELECT (SELECT count(*) FROM inbound WHERE status IN ('queued', 'leased'))"
            " + (SELECT count(*) FROM outbound WHERE status IN ('queued', 'retry', 'sending'))"
        )[0][0])

    def unsettled(self) -> int:
        """How many messages WeChat still waits for an answer to: it asks three times, five seconds apart."""
        users = sorted({user for channel, user in self.sent.values() if channel == "wechat"})
        lines = [line for user in users for line in self._get("/sim/wechat/messages", user=user)]
        return sum(1 for line in lines if line["direction"] == "in" and line["state"] == "sent")

    def never_heard(self) -> set[str]:
        """The keys of WeChat's messages whose responses were all lost on their way, up to the last one it asked for."""
        attempts = (entry for entry in self._get("/sim/wechat/ledger") if entry["kind"] == "webhook")
        last = {entry["key"]: entry["outcome"] for entry in attempts}
        return {key for key, outcome in last.items() if outcome == "unheard"}

    def until_quiet(self, seconds: float) -> None:
        """Wait until every message was accepted and nothing is on its way any more, with us or with a platform."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (accepted,) = self.rows("SELECT count(*) FROM inbound")[0]
            if accepted >= len(self.sent) and self.open_work() == 0 and self.unsettled() == 0:
                return
            time.sleep(0.5)
        inbound = self.rows("SELECT status, count(*) FROM inbound GROUP BY 1")
        outbound = self.rows("SELECT status, count(*) FROM outbound GROUP BY 1")
        raise AssertionError(f"still open after {seconds} s: {inbound} {outbound} of {len(self.sent)}")

    def command(self, *arguments: str) -> str:
        """What `frontdesk ARGUMENTS` prints."""
        program = Path(sys.executable).with_name("frontdesk")
        done = subprocess.run([program, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @staticmethod
    def await_http(url: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                httpx.get(url, trust_env=False)
                return
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @contextlib.contextmanager
    def _process(self, module: str, *arguments: str, **pipes: Any) -> Iterator[Any]:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environment, **pipes)
        try:
            yield process
        finally:
            process.terminate()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.wait(20)

    def _end_gateway(self) -> None:
        for process in self._living.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _read(self) -> str:
        assert self._launcher and self._launcher.stdout
        output: IO[str] = self._launcher.stdout
        return output.readline().strip()

    @staticmethod
    def _until_gone(process: int) -> None:
        while Path(f"/proc/{process}").exists():
            time.sleep(0.005)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = httpx.post(f"http://127.0.0.1:{self.sims_port}{path}", json=body, trust_env=False)
        assert answer.is_success, answer.text

    def _get(self, path: str, **query: str) -> Any:
        return httpx.get(f"http://127.0.0.1:{self.sims_port}{path}", params=query, trust_env=False).json()
