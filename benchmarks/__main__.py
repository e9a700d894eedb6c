"""`python -m benchmarks [FOLDER]`: every short measurement, each beside its peer; tables here, figures in results/.

FAQ search is measured too where FOLDER, or FRONTDESK_BENCH_DATA, names a folder that holds evaluation files, in it or
in folders of it: those of `benchmarks.faq_eval` and of `benchmarks.faq_hint3`.
"""

import os
import sys
from pathlib import Path

from benchmarks import faq_eval, faq_hint3, startup, turns, webhooks


def measure_faq(data: Path) -> None:
    for title, file, measure in (
        ("FAQ search", "*_articles.csv", lambda folder: faq_eval.main(folder, ())),
        ("FAQ search beside five platforms", "hint3_*_train.csv", faq_hint3.main),
    ):
        for folder in sorted({found.parent for found in data.rglob(file)}):
            print(f"## {title}\n", flush=True)
            measure(folder)
            print(flush=True)


def main() -> None:
    for title, measurement in (
        ("Webhooks stored before they are answered", webhooks), ("Whole turns", turns), ("Start and memory", startup),
    ):  # fmt: skip
        print(f"## {title}\n", flush=True)
        print(measurement.report(measurement.measure()) + "\n", flush=True)
    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FRONTDESK_BENCH_DATA", "")
    if data:
        measure_faq(Path(data))


if __name__ == "__main__":
    main()
