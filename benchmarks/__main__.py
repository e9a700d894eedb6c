"""`python -m benchmarks`: every short measurement, each beside its peer; tables here, figures in results/."""

from benchmarks import startup, turns, webhooks

for title, measurement in (
    ("Webhooks stored before they are answered", webhooks), ("Whole turns", turns), ("Start and memory", startup),
):
    print(f"## {title}\n", flush=True)
    print(measurement.report(measurement.measure()) + "\n", flush=True)
