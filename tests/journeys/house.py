"""The whole product as a customer's business runs it: `frontdesk up` with the demo, on ports of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.conftest import free_port, lend_encoders

ROOT = Path(__file__).resolve().parents[2]
FRONTDESK = Path(sys.executable).with_name("frontdesk")
READY_WITHIN = 240.0
STAFF = {"zhou": "zhou.min@example.com", "lin": "lin.chiahao@example.com", "grace": "grace.tan@example.com"}


@dataclass
class House:
    """A running Frontdesk; `port` is the gateway's, `simulators` the platforms'."""

    home: Path
    port: int = field(default_factory=free_port)
    simulators: int = field(default_factory=free_port)
    actions: int = field(default_factory=free_port)
    rasa: int = field(default_factory=free_port)
    tokens: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def platforms(self) -> str:
        return f"http://127.0.0.1:{self.simulators}"

    @property
    def log_file(self) -> Path:
        return self.home / "up.log"

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", errors="replace")

    def open(self) -> None:
        """Start, and return when it says that it is ready."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [FRONTDESK, "up"], cwd=ROOT, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_WITHIN
        while "Frontdesk is ready" not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"frontdesk up did not become ready:\n{self.log}")
            time.sleep(0.2)
        self.tokens = self._make_tokens()

    def shut(self) -> int:
        """Stop it as Ctrl-C does; returns its exit code."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
        return int(self._process.returncode)

    def password_of(self, who: str) -> str:
        """What the first start showed once."""
        found = re.search(rf"{re.escape(STAFF[who])}  (\S+)", self.log)
        assert found, "the start did not show the demo's passwords"
        return found[1]

    def assistant_pid(self) -> int:
        """The assistant's server among the processes that `up` started; 0 while there is none."""
        assert self._process
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes()
            except OSError:  # it has just ended
                continue
            if parent == self._process.pid and b"bot.rasa_parts.launch" in command:
                return int(folder.name)
        return 0

    def metric(self, name: str, **labels: str) -> float:
        """A figure of /metrics, 0 where it was never counted."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in httpx.get(f"{self.url}/metrics").text.splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name and wanted <= set((found[2] or "").split(",")):
                return float(found[3])
        return 0.0

    def counts(self, table: str) -> float:
        """How many messages are stored in one of the two queues."""
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in httpx.get(f"{self.url}/metrics").text.splitlines()
            if line.startswith(f"frontdesk_{table}{{")
        )

    def log_lines(self, event: str, since: int = 0) -> list[dict[str, object]]:
        """The log's entries of one event, from character `since` on."""
        entries = (json.loads(line) for line in self.log[since:].splitlines() if line.startswith("{"))
        return [entry for entry in entries if entry.get("event") == event]

    def _environment(self) -> dict[str, str]:
        foreign = {name for name in os.environ if name.startswith("FRONTDESK_")}
        return {name: value for name, value in os.environ.items() if name not in foreign} | {
            "FRONTDESK_HOME": str(self.home),
            "FRONTDESK_DEMO": "1",
            "FRONTDESK_PORT": str(self.port),
            "FRONTDESK_SIMULATORS_PORT": str(self.simulators),
            "FRONTDESK_ACTIONS_PORT": str(self.actions),
            "FRONTDESK_RASA_URL": f"http://127.0.0.1:{self.rasa}",
            "FRONTDESK_HOURS": "Mon-Sun 00:00-23:59",
        }

    def _make_tokens(self) -> dict[str, str]:
        """API tokens for the demo's staff, made with the command line while the house is open."""
        making = {
            who: subprocess.Popen(
                [FRONTDESK, "tokens", "add", email], cwd=ROOT, env=self._environment(),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for who, email in STAFF.items()
        }
        tokens = {}
        for who, process in making.items():
            out, complaint = process.communicate(timeout=120)
            assert process.returncode == 0, complaint
            tokens[who] = out.strip().splitlines()[-1]
        return tokens


def trained_model() -> Path:
    """The assistant's model, trained again only when what it is made of has changed."""
    folder = Path(os.environ.get("FRONTDESK_HOME") or ROOT / "var").absolute() / "models"
    command = [sys.executable, "scripts/train_assistant.py", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "assistant.tar.gz"


def furnish(home: Path, model: Path) -> None:
    lend_encoders(home)
    (home / "models").mkdir()
    shutil.copy(model, home / "models" / "assistant.tar.gz")
