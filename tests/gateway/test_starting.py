"""What keeps a process from starting is said in one sentence that names what to change."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from gateway.runtime import CannotStart, Runtime
from tests.conftest import free_port
from wiring.services import build_services
from wiring.settings import SettingsError, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("FRONTDESK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FRONTDESK_HOME", str(tmp_path))


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("FRONTDESK_TELEGRM__BOT_TOKEN", "x", "FRONTDESK_TELEGRM__BOT_TOKEN is not a setting of Frontdesk"),
    ("FRONTDESK_TELEGRAM__BOT_TOKEN", "1:a", "FRONTDESK_TELEGRAM__WEBHOOK_SECRET is missing"),
    ("FRONTDESK_PORT", "eighty", "FRONTDESK_PORT"),
    ("FRONTDESK_PORT", "0", "FRONTDESK_PORT"),
    ("FRONTDESK_DATABASE_URL", "mysql://somewhere", "FRONTDESK_DATABASE_URL: write sqlite:///FILE"),
    ("FRONTDESK_LOG_LEVEL", "LOUD", "FRONTDESK_LOG_LEVEL: write DEBUG"),
    ("FRONTDESK_HOURS", "Mon-Fri nine to five", "FRONTDESK_HOURS"),
    ("FRONTDESK_TIME_ZONE", "Moon/Tycho", "FRONTDESK_TIME_ZONE"),
    ("FRONTDESK_WORKERS", "0", "FRONTDESK_WORKERS"),
    ("FRONTDESK_PUBLIC_URL", "desk.example.com", "FRONTDESK_PUBLIC_URL: write https://"),
    ("FRONTDESK_PUBLIC_URL", "https://", "FRONTDESK_PUBLIC_URL: write https://"),
    ("FRONTDESK_RASA_URL", "localhost:5005", "FRONTDESK_RASA_URL: write http://"),
    ("FRONTDESK_RASA_URL", "http://rasa:port", "FRONTDESK_RASA_URL: write http://"),
    ("FRONTDESK_ADMIN_EMAIL", "nobody", "FRONTDESK_ADMIN_EMAIL: write an e-mail address"),
])
def test_a_setting_that_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings(env_file=None)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_secret_is_never_repeated_in_the_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_TELEGRAM__BOT_TOKEN", "a-token-without-its-number")
    monkeypatch.setenv("FRONTDESK_TELEGRAM__WEBHOOK_SECRET", "s")
    with pytest.raises(SettingsError) as refused:
        build_services(load_settings(env_file=None))
    assert "a-token-without-its-number" not in str(refused.value)
    assert "BotFather" in str(refused.value)


@pytest.mark.parametrize(("channel", "section", "variable"), [
    ("TELEGRAM", {"BOT_TOKEN": "no-number", "WEBHOOK_SECRET": "s"}, "BOT_TOKEN"),
    ("TELEGRAM", {"BOT_TOKEN": "1:a", "WEBHOOK_SECRET": "two words"}, "WEBHOOK_SECRET"),
    ("WECHAT", {"APP_ID": "wx1", "APP_SECRET": "s", "TOKEN": "t", "ENCODING_AES_KEY": "short"}, "ENCODING_AES_KEY"),
    ("WECHAT", {"APP_ID": "wx1", "APP_SECRET": "s", "TOKEN": "t", "API_BASE": "weixin"}, "API_BASE"),
    ("SLACK", {"BOT_TOKEN": "xoxb-1", "SIGNING_SECRET": "s", "API_BASE": "http://slack.test"}, "API_BASE"),
    ("SLACK", {"BOT_TOKEN": "xoxb-1", "SIGNING_SECRET": ""}, "SIGNING_SECRET"),
])
def test_a_part_of_a_channel_that_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, channel: str, section: dict[str, str], variable: str
) -> None:
    for name, value in section.items():
        monkeypatch.setenv(f"FRONTDESK_{channel}__{name}", value)
    with pytest.raises(SettingsError, match=f"^FRONTDESK_{channel}__{variable}: "):
        build_services(load_settings(env_file=None))


def test_a_first_password_that_is_too_short_stops_the_start_with_its_name() -> None:
    ports = {f"FRONTDESK_{name}": str(free_port()) for name in ("PORT", "ACTIONS_PORT")}
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "frontdesk", "up"], capture_output=True, text=True, cwd=ROOT, timeout=60,
        env=os.environ | ports | {"FRONTDESK_ADMIN_PASSWORD": "short", "FRONTDESK_RASA_URL": "http://rasa.invalid:1"},
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["FRONTDESK_ADMIN_PASSWORD: a password has 10 to 128 characters"]


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nowhere"])
def test_a_home_that_cannot_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("FRONTDESK_HOME", home)
    with pytest.raises(SettingsError, match=f"FRONTDESK_HOME: {home} cannot be written to"):
        build_services(load_settings(env_file=None))


@pytest.mark.parametrize("url", ["postgresql+psycopg://desk:a-secret@127.0.0.1:1/desk", "sqlite:////proc/desk.db"])
def test_a_database_that_cannot_be_opened_is_said_in_one_sentence_without_its_password(url: str) -> None:
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "frontdesk", "migrate"], capture_output=True, text=True, cwd=ROOT, timeout=60,
        env=os.environ | {"FRONTDESK_DATABASE_URL": url},
    )
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "The database cannot be opened" in sentence and "FRONTDESK_DATABASE_URL" in sentence
    assert "a-secret" not in sentence


@pytest.mark.parametrize("variable", ["FRONTDESK_PORT", "FRONTDESK_ACTIONS_PORT"])
def test_a_port_in_use_is_named_with_the_setting_that_moves_it(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("FRONTDESK_PORT", "FRONTDESK_ACTIONS_PORT"):
            monkeypatch.setenv(name, str(port if name == variable else free_port()))
        services = build_services(load_settings(env_file=None))
        with pytest.raises(CannotStart, match=f"Port {port} is in use.*{variable}"):
            Runtime(services, serve=True, work=True).prepare()
        services.database.close()


def test_a_second_instance_on_the_same_home_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = (build_services(load_settings(env_file=None)) for _ in range(2))
    running = Runtime(first, serve=False, work=True)
    running.prepare()
    with pytest.raises(CannotStart, match=f"already runs on {tmp_path}.*FRONTDESK_HOME"):
        Runtime(second, serve=False, work=True).prepare()
    del running
    for services in (first, second):
        services.database.close()


def test_without_python_3_10_it_is_said_what_to_install() -> None:
    tools = {name: shutil.which(name) for name in ("sh", "echo")}
    done = subprocess.run(
        [tools["sh"], ROOT / "scripts" / "find_python.sh", "3.10"], capture_output=True, text=True, cwd="/",
        env={"PATH": "", "HOME": "/nowhere"},
    )
    assert done.returncode == 1
    assert "Python 3.10 is needed" in done.stderr and "pyenv install 3.10" in done.stderr
    assert done.stdout == ""


def test_roles_need_postgresql_and_say_so() -> None:
    program = ROOT / ".venv" / "bin" / "frontdesk"
    done = subprocess.run([program, "worker"], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert "they need PostgreSQL (set FRONTDESK_DATABASE_URL)" in done.stderr
    assert "Traceback" not in done.stderr
