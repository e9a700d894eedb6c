"""How long `frontdesk up` takes with a fresh HOME and with a used one, and the memory of its processes.

    python -m benchmarks.startup [--articles N]      (needs `make setup train`)

With N made articles (six phrasings and two answers each) imported beside the demo's, a third start is measured once it
has learned from them; embedding ten thousand takes a minute and a half of a core.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.faq_import import articles as made_articles
from benchmarks.processes import ROOT, free_port, process, trained_model
from benchmarks.report import keep, table
from knowledge_base.exchange import Format, render_articles

READY = "Frontdesk is ready"
TAUGHT = "faq_taught"
LONGEST = 300.0


def measure(articles: int = 0) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").mkdir()
        shutil.copy(trained_model(), home / "models")
        found = {"first start": _start(home, "first"), "second start": _start(home, "second")}
        if articles:
            _import(home, articles)
            found[f"with {articles:,} articles more"] = _start(home, "third", until=TAUGHT)
    keep("startup", found)
    return found


def report(found: dict[str, Any]) -> str:
    rows = [
        [name, f"{run['seconds']:.1f}", ", ".join(f"{who} {size}" for who, size in run["megabytes"].items()),
         str(sum(run["megabytes"].values()))]
        for name, run in found.items()
    ]
    return table(["start", "seconds until ready", "resident MB per process", "sum"], rows)


def _import(home: Path, count: int) -> None:
    file = home / "made.csv"
    file.write_bytes(render_articles(made_articles(count), Format.CSV))
    environment = os.environ | {"FRONTDESK_HOME": str(home), "FRONTDESK_DEMO": "1"}
    command = [ROOT / ".venv" / "bin" / "frontdesk", "faq", "import", file]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def _start(home: Path, name: str, until: str = READY) -> dict[str, Any]:
    """Memory is looked at when the log says `until`."""
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
        while until not in log.read_text(encoding="utf-8") and time.monotonic() - started < LONGEST:
            time.sleep(0.5)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=0)
    print(report(measure(parser.parse_args().articles)))
