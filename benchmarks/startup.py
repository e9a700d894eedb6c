"""How long `frontdesk up` takes with a fresh HOME and with a used one, and the memory of its processes.

    python -m benchmarks.startup      (needs `make setup train`)
"""

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, free_port, process, trained_model
from benchmarks.report import keep, table

READY = "Frontdesk is ready"
LONGEST = 300.0


def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").mkdir()
        shutil.copy(trained_model(), home / "models")
        found = {"first start": _start(home, "first"), "second start": _start(home, "second")}
    keep("startup", found)
    return found


def report(found: dict[str, Any]) -> str:
    rows = [
        [name, f"{run['seconds']:.1f}", ", ".join(f"{who} {size}" for who, size in run["megabytes"].items()),
         str(sum(run["megabytes"].values()))]
        for name, run in found.items()
    ]
    return table(["start", "seconds until ready", "resident MB per process", "sum"], rows)


def _start(home: Path, name: str) -> dict[str, Any]:
    ports = {key: str(free_port()) for key in ("PORT", "ACTIONS_PORT", "SIMULATORS_PORT")}
    environment = {f"FRONTDESK_{key}": value for key, value in ports.items()} | {
        "FRONTDESK_HOME": str(home), "FRONTDESK_DEMO": "1", "FRONTDESK_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "PYTHONUNBUFFERED": "1",
    }
    log = home / f"{name}.log"
    started = time.monotonic()
    with process([str(ROOT / ".venv" / "bin" / "frontdesk"), "up"], environment, log) as running:
        while READY not in log.read_text(encoding="utf-8"):
            if running.poll() is not None or time.monotonic() - started > LONGEST:
                raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)
        seconds = time.monotonic() - started
        return {"seconds": round(seconds, 1), "megabytes": _memory(running.pid)}


def _memory(parent: int) -> dict[str, int]:
    """Resident megabytes of the gateway and its children, which are the assistant and the simulators."""
    command = ["ps", "-o", "pid=,args=", "--ppid", str(parent)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    processes = {"gateway": parent}
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        processes["assistant" if "rasa_parts" in command else "simulators"] = int(pid)
    return {name: _resident(pid) for name, pid in processes.items()}


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) // 1024 if found else 0


if __name__ == "__main__":
    print(report(measure()))
