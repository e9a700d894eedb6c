"""Training happens only when it must, and says why when it cannot."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bot.nlu.corpus import ROOT

SCRIPT = ROOT / "scripts/train_assistant.py"


def _train(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.rasa
@pytest.mark.timeout(300)  # may have to train first
def test_a_trained_assistant_is_not_trained_again(model: Path) -> None:
    made = model.stat().st_mtime_ns
    started = time.monotonic()
    done = _train("--out", str(model.parent))
    assert done.returncode == 0
    assert "up to date" in done.stdout
    assert time.monotonic() - started < 5
    assert model.stat().st_mtime_ns == made


def test_a_missing_virtualenv_is_named(tmp_path: Path) -> None:
    done = _train("--out", str(tmp_path), "--python", str(tmp_path / "no-python"))
    assert done.returncode == 1
    assert "make setup" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_training_keeps_the_old_model_and_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'the rules contradict each other'\nexit 3\n")
    broken.chmod(0o755)
    models = tmp_path / "models"
    models.mkdir()
    (models / "assistant.tar.gz").write_bytes(b"the old one")
    done = _train("--out", str(models), "--python", str(broken))
    assert done.returncode == 1
    assert "the rules contradict each other" in done.stderr
    assert [path.name for path in models.iterdir()] == ["assistant.tar.gz"]
    assert (models / "assistant.tar.gz").read_bytes() == b"the old one"
