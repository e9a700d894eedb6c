"""A really running Rasa server with the trained model, and a stand-in for the action server that speaks its format."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.nlu.corpus import ROOT
from tests.conftest import free_port

SECRET = "only the gateway knows"
PYTHON = ROOT / ".venv-rasa/bin/python"


class FakeActions(ThreadingHTTPServer):
    """Answers every custom action by saying its name; `broken` and `malformed` make it fail in two ways."""

    broken = False
    malformed = False

    def answer(self, call: dict[str, Any]) -> tuple[int, object]:
        if self.broken:
            return 500, {"error": "the store is down"}
        if self.malformed:
            return 200, {"events": "none", "responses": []}
        return 200, {"events": [], "responses": [{"text": f"did {call['next_action']}"}]}


class _Handler(BaseHTTPRequestHandler):
    server: FakeActions

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, body = self.server.answer(call)
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@dataclass(frozen=True, slots=True)
class Assistant:
    """The running server as the tests talk to it."""

    http: httpx.Client
    log: Path

    def say(self, sender: object, message: object, *, secret: str = "", **metadata: object) -> httpx.Response:
        headers = {"X-Frontdesk-Trusted": secret} if secret else {}
        body = {"sender": sender, "message": message, "metadata": metadata}
        return self.http.post("/webhooks/frontdesk/webhook", json=body, headers=headers)

    def understand(self, text: str) -> dict[str, Any]:
        return dict(self.http.post("/model/parse", json={"text": text}).raise_for_status().json())

    def tracker(self, sender: str) -> dict[str, Any]:
        return dict(self.http.get(f"/conversations/{sender}/tracker?include_events=ALL").raise_for_status().json())


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model; trained now only if what it is made of has changed."""
    home = Path(os.environ.get("FRONTDESK_HOME") or ROOT / "var")
    train = [sys.executable, str(ROOT / "scripts/train_assistant.py"), "--out", str(home / "models")]
    done = subprocess.run(train, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return home / "models/assistant.tar.gz"


@pytest.fixture(scope="session")
def actions() -> Iterator[FakeActions]:
    server = FakeActions(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def assistant(model: Path, actions: FakeActions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("assistant")
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions.server_port}/webhook\n")
    (folder / "credentials.yml").write_text("bot.rasa_parts.channel.FrontdeskInput:\n")
    port = free_port()
    command = [
        str(PYTHON), "-m", "bot.rasa_parts.launch", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port),
        "-m", str(model), "--endpoints", str(folder / "endpoints.yml"),
        "--credentials", str(folder / "credentials.yml"),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FRONTDESK_RASA_SECRET": SECRET}
    log = folder / "rasa.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=sink, stderr=subprocess.STDOUT)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                _wait_for_model(http, process, log)
                yield Assistant(http, log)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def log_since(assistant: Assistant) -> Iterator[Any]:
    """What the server has logged since the test began, without colours."""
    start = assistant.log.stat().st_size

    def read() -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", assistant.log.read_bytes()[start:].decode())

    yield read


def _wait_for_model(http: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if http.get("/status").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
