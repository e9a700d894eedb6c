"""Where CPUs are scarce the assistant goes first."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POLICY = "import os; print(os.sched_getscheduler(0), flush=True)"
SCRIPT = f"""
import asyncio, os, sys, threading
from pathlib import Path
from gateway.children import Child
from gateway.priority import give_way

async def main(log):
    child = Child("assistant", [sys.executable, "-c", {POLICY + '; import time; time.sleep(60)'!r}], {{}}, log)
    await child.start()
    while not (log.exists() and log.read_text()):
        await asyncio.sleep(0.05)
    await child.stop()

stop = threading.Event()
earlier = threading.Thread(target=stop.wait)
earlier.start()
give_way()
print(os.sched_getscheduler(0), os.sched_getscheduler(earlier.native_id))
stop.set()
later = threading.Thread(target=lambda: print(os.sched_getscheduler(0)))
later.start()
later.join()
asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="SCHED_BATCH is Linux's")
def test_our_threads_do_not_interrupt_the_assistant_and_it_is_not_made_to_give_way_itself(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "assistant.log"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(log)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    other, batch = "0", "3"  # sched.h
    assert done.stdout.split() == [batch, batch, batch]
    assert log.read_text().split() == [other]
