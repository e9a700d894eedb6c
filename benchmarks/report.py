"""Repeats, their middle and spread, tables, and the files in results/."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "results"


def middle(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the repeats."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def as_share(middles: Mapping[str, float]) -> str:
    """A share of the peer's, as "92% (88-95)"."""
    return f"{middles['median']:.0%} ({100 * middles['low']:.0f}-{100 * middles['high']:.0f})"


def shown(value: Mapping[str, float], digits: int = 0) -> str:
    return f"{value['median']:.{digits}f} ({value['low']:.{digits}f}-{value['high']:.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Write results/NAME.json with the machine and the load it was under."""
    RESULTS.mkdir(exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "load_1_5_15": os.getloadavg()}
    written = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
