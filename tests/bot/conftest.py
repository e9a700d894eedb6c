"""The assistant as it runs: Rasa with the really trained model, and our action server over records in memory."""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
import yaml

from bot.actions.catalogue import build_actions
from bot.actions.server import build_app
from bot.client import RasaBot
from desk.effects import Effect
from desk.messages import Language, OutboundMessage
from desk.ports import BotAnswer, Turn
from tests.conftest import free_port
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
SECRET, TOKEN = "a-secret-of-the-tests", "a-token-of-the-tests"


def to_traditional(text: str, language: Language) -> str:
    """Enough of a script conversion to see that it happens."""
    if language is not Language.ZH_HANT:
        return text
    return text.translate(str.maketrans("诉订单们这为转请办", "訴訂單們這為轉請辦"))


@dataclass
class ActionServer:
    """Our action server in a thread, over a CRM and an FAQ in memory. It can be stopped and started again."""

    records: InMemoryRecords
    faq: InMemoryFaq
    port: int
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
        app = build_app(build_actions(self.records, self.faq), domain)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="warning", ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server is not None and self._server.started, 10)

    def stop(self) -> None:
        assert self._server and self._thread
        self._server.should_exit = True
        self._thread.join(10)


@dataclass
class RasaServer:
    """A Rasa server of its own port and tracker file."""

    model: Path
    home: Path
    actions_url: str
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        env = os.environ | {
            "FRONTDESK_ACTIONS_URL": self.actions_url,
            "FRONTDESK_TRACKER_DB": str(self.home / "tracker.db"),
            "FRONTDESK_RASA_SECRET": SECRET,
            "FRONTDESK_RASA_TOKEN": TOKEN,
        }
        command = [
            str(PYTHON), "-m", "bot.rasa_parts.launch", "run", "-m", str(self.model), "--endpoints", "endpoints.yml",
            "--credentials", "credentials.yml", "--enable-api", "--auth-token", TOKEN, "-i", "127.0.0.1",
            "-p", str(self.port),
        ]  # fmt: skip
        with (self.home / "rasa.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        wait_until(self._is_ready, 120)

    def stop(self) -> None:
        assert self._process
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait(5)

    def _is_ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError("Rasa stopped: " + (self.home / "rasa.log").read_text("utf-8")[-2000:])
        try:
            return httpx.get(f"{self.url}/status", params={"token": TOKEN}).status_code == 200
        except httpx.HTTPError:
            return False


@dataclass
class Assistant:
    rasa: RasaServer
    actions: ActionServer

    @property
    def records(self) -> InMemoryRecords:
        return self.actions.records


@dataclass
class Chat:
    """One customer writing to the assistant; keeps what was last answered so that its buttons can be tapped."""

    bot: RasaBot
    language: Language
    id: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex}")
    last: BotAnswer = field(default_factory=lambda: BotAnswer(()))

    async def says(self, text: str, *, key: str = "", attempt: int = 1, files: int = 0) -> "Chat":
        return await self._send(text, trusted=False, key=key, attempt=attempt, files=files)

    async def sends(self, command: str) -> "Chat":
        """The gateway speaks for the customer."""
        return await self._send(command, trusted=True)

    async def taps(self, title: str) -> "Chat":
        button = next((b for m in self.last.messages for b in m.buttons if title in b.title), None)
        assert button, f"no button {title!r} in {self.titles}"
        return await self._send(button.payload, trusted=True)

    async def _send(self, text: str, *, trusted: bool, key: str = "", attempt: int = 1, files: int = 0) -> "Chat":
        turn = Turn(self.id, key or uuid.uuid4().hex, text, self.language, trusted, attempt, files)
        self.last = await self.bot.answer(turn)
        return self

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.last.messages)

    @property
    def titles(self) -> list[str]:
        return [button.title for message in self.last.messages for button in message.buttons]

    @property
    def effects(self) -> tuple[Effect, ...]:
        return self.last.effects

    @property
    def messages(self) -> tuple[OutboundMessage, ...]:
        return self.last.messages


def wait_until(ready: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise AssertionError("not ready in time")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model; trained again only when what it is made of has changed."""
    if not PYTHON.exists():
        pytest.skip("the assistant's virtualenv (.venv-rasa) is not built")
    folder = Path(os.environ.get("FRONTDESK_HOME") or ROOT / "var") / "models"
    command = [sys.executable, "scripts/train_assistant.py", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "assistant.tar.gz"


@pytest.fixture(scope="session")
def assistant(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Rasa and our actions, up for the whole session. Each test talks in conversations of its own."""
    actions = ActionServer(InMemoryRecords(), InMemoryFaq(), free_port())
    actions.start()
    rasa = RasaServer(model, tmp_path_factory.mktemp("rasa"), f"http://127.0.0.1:{actions.port}/webhook")
    try:
        rasa.start()
        yield Assistant(rasa, actions)
    finally:
        if rasa._process:
            rasa.stop()
        actions.stop()


@pytest.fixture
async def bot(assistant: Assistant) -> AsyncIterator[RasaBot]:
    bot = RasaBot(assistant.rasa.url, to_traditional, secret=SECRET, token=TOKEN)
    yield bot
    await bot.close()


@pytest.fixture
def zh(bot: RasaBot) -> Chat:
    return Chat(bot, Language.ZH_HANS)


@pytest.fixture
def hant(bot: RasaBot) -> Chat:
    return Chat(bot, Language.ZH_HANT)


@pytest.fixture
def en(bot: RasaBot) -> Chat:
    return Chat(bot, Language.EN)
