"""Does the probability mean what it says? Of questions that search is this sure of: the share that it is right about.

    python -m benchmarks.faq_reliability FOLDER HINT3    (NAME_articles.csv and NAME_queries.csv; hint3_BOT_*.csv)

Real questions, none of which the curves were fitted on, are asked of small and large bases with one and with many
phrasings an article. Those of articles that were taken out and those that never had one count a third together.
"Before" are the curves that were fitted with two thirds of such questions, on the three best articles of each, and did
not look at the number of phrasings. Shares at the shipped cut are by the probability alone, before ties are offered.
"""

import itertools
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from opencc import OpenCC

from benchmarks.faq_bases import Question, questions_of, read_base
from benchmarks.faq_calibrate import Bases, Groups, Sample, groups_of, in_script, weights
from benchmarks.faq_hint3 import BOTS, NONE, lines
from benchmarks.report import keep, table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.entries import Script
from knowledge_base.fusion import CURVES, SHIPPED_CUTS, Curve, View

BEFORE: Mapping[View, Curve] = {
    View.ENGLISH: Curve(-6.06, 9.81, 1.67),
    View.ENGLISH_TAUGHT: Curve(-6.88, 14.24, 0.71),
    View.CHINESE: Curve(-4.34, 7.02, 1.11),
    View.CHINESE_TAUGHT: Curve(-5.92, 10.35, 1.50),
    View.ABROAD: Curve(-5.24, 8.29, 2.54),
    View.ABROAD_GLOSSED: Curve(-7.00, 11.96, 2.41),
    View.ABROAD_TAUGHT: Curve(-6.95, 12.79, 2.06),
    View.WORDS: Curve(-4.44, 7.14, 1.51),
}
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)
FEWEST = 15  # questions in a bin, below which it says nothing
MOST_ASKED = 1200
ALL = 100


def drawn(groups: Groups, articles: int, phrasings: int, seed: int) -> Groups:
    chance = random.Random(seed)
    names = chance.sample(sorted(groups), min(articles, len(groups)))
    return {name: chance.sample(groups[name], min(phrasings, len(groups[name]))) for name in names}


def parted(base: Groups, asked: Sequence[Question], seed: int) -> tuple[list[Question], list[str]]:
    """Questions of the base's articles with those of articles taken out, and those that never had one; no more of the
    latter two than of the first."""
    chance = random.Random(seed)
    inside = [each for each in asked if each[1] in base]
    inside = chance.sample(inside, min(len(inside), MOST_ASKED))
    near = [(text, "") for text, name in asked if name and name not in base]
    far = [text for text, name in asked if not name]
    near, far = (chance.sample(each, min(len(each), max(len(inside), 60))) for each in (near, far))
    return inside + near, far


def by_probability(samples: Sequence[Sample], curves: Mapping[View, Curve]) -> list[str]:
    odds = [curves[each.view].log_odds(each.strength, each.lead, each.doublings) for each in samples]
    chance, weight = 1 / (1 + np.exp(-np.array(odds))), weights(samples)
    right, inside = np.array([each.right for each in samples]), np.array([each.kind == "inside" for each in samples])
    shares = []
    for low, high in itertools.pairwise(EDGES):
        within = (chance >= low) & (chance < high)
        told = within.sum() >= FEWEST and weight[within].any()
        shares.append(f"{np.average(right[within], weights=weight[within]):.2f}" if told else "–")
    given = chance >= SHIPPED_CUTS.answer
    outside = f"{np.average(given[~inside], weights=weight[~inside]):.2f}" if weight[~inside].any() else "–"
    answered = [f"{(given & inside & kind).sum() / inside.sum():.2f}" for kind in (right, ~right)]
    return [*shares, *answered, outside]


Measured = Callable[[str, Groups, Sequence[Question]], None]


def demo_bases(measure: Measured) -> None:
    groups, asked = groups_of(Path("demo/faq.csv")), questions_of(Path("demo/faq_queries.csv"))
    chinese = [each for each in asked if Script.of(each[0]) is Script.HAN]
    english = [each for each in asked if Script.of(each[0]) is Script.LATIN]
    turned = OpenCC("s2twp")
    traditional = [(turned.convert(text), name) for text, name in chinese]
    for language, own in (("Chinese", chinese), ("traditional", traditional), ("English", english)):
        measure(f"demo, 135 articles, {language}", groups, own)
    for script, own in ((Script.HAN, chinese), (Script.LATIN, english)):
        language = "Chinese" if script is Script.HAN else "English"
        measure(f"demo, 40 of them, {language}", drawn(groups, 40, ALL, 0), own)
        measure(f"demo, one phrasing, {language}", drawn(in_script(groups, script), ALL * 2, 1, 0), own)


def shop_bots(folder: Path, measure: Measured) -> None:
    for bot in BOTS:
        train = [(row["sentence"], row["label"]) for row in lines(folder / f"hint3_{bot}_train.csv")]
        groups: Groups = {}
        for text, label in train:
            groups.setdefault(label, []).append(text)
        test = [(row["sentence"], "" if row["label"] == NONE else row["label"])
                for row in lines(folder / f"hint3_{bot}_test.csv")]
        measure(f"{bot}, {len(groups)} articles, {len(train) // len(groups)} phrasings", groups, test)


def other_sets(folder: Path, measure: Measured) -> None:
    for name, sizes in (
        ("clinc150", ((150, 10), (80, 3), (30, 3), (30, 1))), ("banking77_10", ((77, 10), (30, 10), (30, 3))),
        ("epidemic", ((850, 1), (80, 1))), ("atec", ((80, 1),)),
    ):  # fmt: skip
        base = read_base(folder, name)
        groups = groups_of(folder / f"{name}_articles.csv")
        for articles, phrasings in sizes:
            measure(f"{name}, {articles} articles, {phrasings} phrasings", drawn(groups, articles, phrasings, 0),
                    base.questions)


def main(folder: Path, hint3: Path) -> None:
    bases, rows = Bases(BundledEncoder(Path("var/encoders")), None), []

    def measure(name: str, groups: Groups, asked: Sequence[Question]) -> None:
        before = len(bases.samples)
        bases.ask(bases.meaning, groups, *parted(groups, asked, 0))
        samples = bases.samples[before:]
        for told, curves in (("before", BEFORE), ("now", CURVES)):
            rows.append([name if told == "before" else "", told, *by_probability(samples, curves)])
        print(name, file=sys.stderr, flush=True)

    demo_bases(measure)
    shop_bots(hint3, measure)
    other_sets(folder, measure)
    bins = [f"{100 * low:.0f} to {min(100 * high, 100):.0f} %" for low, high in itertools.pairwise(EDGES)]
    head = ["base", "", *bins, "right at once", "wrong", "outsiders answered"]
    print(table(head, rows))
    keep("faq_reliability", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
