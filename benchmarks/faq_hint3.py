"""Three real shop bots (HINT3) beside the published answers of five platforms on the same lines.

    python -m benchmarks.faq_hint3 FOLDER    (with hint3_BOT_train.csv, hint3_BOT_test.csv, hint3pred_PLATFORM_BOT.csv)

"Best MCC" lets every system, ours too, have the cut that suits the test best. "MCC at its own cut" is ours as a
business would have it, measured by cross-validation on the training lines alone, and the platforms' as published.
"""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import matthews_corrcoef

from benchmarks.faq_bases import asked, auroc, built, first, made_of
from benchmarks.report import keep, table
from knowledge_base.calibration import measure_curve
from knowledge_base.embedding import BundledEncoder
from knowledge_base.engine import Engine
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank

BOTS = ("curekart", "powerplay11", "sofmattress")
PLATFORMS = ("rasa", "dialogflow", "luis", "haptik", "bert")
NONE = "NO_NODES_DETECTED"
PRECISE = 0.8


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def figures(name: str, labels: Sequence[str], found: Sequence[str], scores: Sequence[float]) -> list[str]:
    right = np.array([label == other and label != NONE for label, other in zip(labels, found, strict=True)])
    inside = np.array([label != NONE for label in labels])
    values = np.array(scores)
    cuts = np.quantile(values, np.linspace(0, 0.98, 50))
    best = max(matthews_corrcoef(labels, np.where(values > cut, found, NONE)) for cut in cuts)
    order = np.argsort(-values)
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= PRECISE
    share = (np.flatnonzero(precise).max() + 1) / len(order) if precise.any() else 0.0
    return [
        name, f"{right[inside].mean():.3f}", f"{auroc(values[inside], values[~inside]):.3f}", f"{best:.3f}",
        f"{share:.2f}",
    ]  # fmt: skip


def ours(folder: Path, bot: str, encoder: BundledEncoder) -> list[str]:
    train = [(row["sentence"], row["label"]) for row in lines(folder / f"hint3_{bot}_train.csv")]
    test = [(row["sentence"], row["label"]) for row in lines(folder / f"hint3_{bot}_test.csv")]
    preparer = Preparer(encoder)
    snapshot = built(preparer, made_of(bot, train, ()).articles)
    labels = [label for _, label in test]
    rankings = asked(preparer, snapshot, test)
    plain = figures("Frontdesk", labels, [first(ranking) for ranking in rankings], [each.best for each in rankings])
    calibration = measure_curve(Engine(preparer, snapshot)).suggested
    own = [rank(snapshot, preparer.query(text), calibration=calibration) for text, _ in test]
    given = [first(each) if each.best >= each.cuts.answer else NONE for each in own]
    return [*plain, f"{matthews_corrcoef(labels, given):.3f}"]


def main(folder: Path) -> None:
    encoder = BundledEncoder(Path("var/encoders"))
    head = ["system", "right in scope", "AUROC", "best MCC", f"answered at {PRECISE:.0%} precise", "MCC at its own cut"]
    for bot in BOTS:
        rows = []
        for platform in PLATFORMS:
            said = lines(folder / f"hint3pred_{platform}_{bot}.csv")
            labels = [row["label"] for row in said]
            found = [row["predicted_node"] or NONE for row in said]
            scores = [float(row["predicted_node_score"] or 0) for row in said]
            rows.append([*figures(platform, labels, found, scores), f"{matthews_corrcoef(labels, found):.3f}"])
        rows.append(ours(folder, bot, encoder))
        print(f"### {bot}\n\n{table(head, rows)}\n", flush=True)
        keep(f"faq_hint3_{bot}", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
