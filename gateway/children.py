"""The other processes of `frontdesk up`: the assistant's server and, for the demo, the platforms' simulators."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

from gateway.priority import be_as_others
from gateway.runtime import ROOT, CannotStart
from wiring.services import rasa_secret, rasa_token
from wiring.settings import Settings

RESTART_AFTER = (1.0, 2.0, 5.0, 10.0, 30.0)
log = structlog.get_logger()


@dataclass(slots=True)
class Child:
    """A process that is started again when it dies, until it is stopped. Its output goes to `log_file`."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log_file: Path
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _keeper: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 8)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep(self) -> None:
        deaths = 0
        while True:
            with self.log_file.open("ab") as out:
                self._process = await self._spawn(out)
                started = asyncio.get_running_loop().time()
                code = await self._process.wait()
            lived = asyncio.get_running_loop().time() - started
            deaths = 0 if lived > 60 else deaths + 1
            log.error("child_died", child=self.name, code=code, see=str(self.log_file))
            await asyncio.sleep(RESTART_AFTER[min(deaths, len(RESTART_AFTER)) - 1] if deaths else RESTART_AFTER[0])

    async def _spawn(self, out: IO[bytes]) -> asyncio.subprocess.Process:
        # A session of its own: Ctrl-C reaches only us, and we stop it in order.
        return await asyncio.create_subprocess_exec(
            *self.command, cwd=ROOT, env={**os.environ, **self.environment}, stdin=asyncio.subprocess.DEVNULL,
            stdout=out, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
            preexec_fn=_as_a_child if sys.platform == "linux" else None,
        )


def rasa_child(settings: Settings) -> Child:
    """The assistant's server on FRONTDESK_RASA_URL's port. Raises CannotStart when it was not set up."""
    python = ROOT / ".venv-rasa" / "bin" / "python"
    model = settings.home.absolute() / "models" / "assistant.tar.gz"
    if not python.exists():
        raise CannotStart("The assistant's virtualenv .venv-rasa is missing: run `make setup`.")
    if not model.exists():
        raise CannotStart("The assistant is not trained yet: run `make train`.")
    if model.with_name("assistant.stamp").exists():
        _train_if_changed(model.parent)
    port = settings.rasa_url.rstrip("/").rsplit(":", 1)[-1]
    command = [
        str(python), "-m", "bot.rasa_parts.launch", "run", "-m", str(model), "--endpoints", "endpoints.yml",
        "--credentials", "credentials.yml", "--enable-api", "-i", "127.0.0.1", "-p", port,
    ]
    return Child("assistant", command, rasa_environment(settings), settings.home / "logs" / "assistant.log")


def _train_if_changed(folder: Path) -> None:
    """Train again if what the model was made of has changed: a model that does not fit our parts fails every turn."""
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "train_assistant.py"), "--out", str(folder)])  # noqa: S603
    if done.returncode:
        raise CannotStart("The assistant could not be trained; the reason stands above.")


def rasa_environment(settings: Settings) -> dict[str, str]:
    """What Rasa's process needs to know of ours."""
    return {
        "PYTHONPATH": str(ROOT),
        "FRONTDESK_ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
        "FRONTDESK_TRACKER_DB": str(settings.home.absolute() / "assistant.db"),
        "FRONTDESK_RASA_SECRET": rasa_secret(settings),
        "FRONTDESK_RASA_TOKEN": rasa_token(settings),
    }


def simulators_child(settings: Settings) -> Child:
    """The platforms, played on loopback, with the demo's credentials."""
    command = [sys.executable, "-m", "simulators", "--port", str(settings.simulators_port),
               "--gateway", f"http://127.0.0.1:{settings.port}"]
    return Child("simulators", command, {"PYTHONPATH": str(ROOT)}, settings.home / "logs" / "simulators.log")


def _as_a_child() -> None:
    """Ask Linux to end this child if we are killed outright (prctl PR_SET_PDEATHSIG), and not to let it give way as we
    do."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    be_as_others()
