"""Changes to Rasa's inside hold only for the very Rasa they were written for."""

import json
import os
import subprocess

import pytest

from tests.bot.nlu.conftest import PYTHON, Assistant
from tests.bot.nlu.corpus import ROOT

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]  # the first test may have to train

_REPORT = """
import json, sys
from bot.rasa_parts.no_tensorflow import leave_out_tensorflow
leave_out_tensorflow()
import rasa.version
from bot.rasa_parts.patches import PATCHES, apply_patches
fits = {patch.name: patch.fits() for patch in PATCHES}
applied = apply_patches()
again = {patch.name: patch.fits() for patch in PATCHES}
print(json.dumps({"version": rasa.version.__version__, "fits": fits, "applied": applied, "again": again}))
"""


def _report(**environment: str) -> dict[str, object]:
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-c", _REPORT],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_patch_still_meets_the_function_it_was_written_for() -> None:
    report = _report()
    assert report["version"] == "3.6.21"
    assert report["fits"] == {"schema": True, "failures": True}
    assert report["applied"] == ["schema", "failures"]
    assert report["again"] == report["fits"]


@pytest.mark.parametrize(
    ("without", "applied"),
    [("schema", ["failures"]), ("failures", ["schema"]), ("schema, failures", [])],
)
def test_each_patch_can_be_switched_off(without: str, applied: list[str]) -> None:
    assert _report(FRONTDESK_RASA_WITHOUT=without)["applied"] == applied


def test_the_start_is_quiet(assistant: Assistant) -> None:
    log = assistant.log.read_text()
    assert "Warning" not in log.split("Rasa server is up and running.")[0]
