"""Nothing that a start made holds customers up later."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import gc
from gateway.runtime import keep_for_good
from gateway import app
made = len(gc.get_objects())
keep_for_good()
print(made, len(gc.get_objects()))
"""


def test_collections_do_not_look_again_at_what_the_start_made() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    made, looked_at = map(int, done.stdout.split())
    assert made > 100_000
    assert looked_at < made / 100
