"""A question in one language, articles in the other: BANKING77's articles asked in Chinese, and the reverse.

    python -m benchmarks.faq_crosslingual FOLDER     (holds banking77_10_* in the form of `frontdesk faq eval`)

Chinese questions: benchmarks/data/banking77_zh_queries.csv, four for each article and thirty that none answers. For the
reverse they are the articles, and the English questions of FOLDER are asked. `--table` sets another word table
beside, as `scripts.train_chinese_encoder --out` writes it.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.faq_bases import Base, auroc, built, made_of, read_base
from benchmarks.report import keep, table
from desk.faq import Verdict
from knowledge_base.chinese.table import WordTable, bundled_table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.glossary import Glossary
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from knowledge_base.vectors import Vectors

QUESTIONS = Path(__file__).parent / "data" / "banking77_zh_queries.csv"
_COLUMNS = ["search", "top-1", "top-3", "answered right", "answered wrong", "outsiders not answered", "refusal AUROC"]


def chinese_questions() -> list[tuple[str, str]]:
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return [(row["query"], row["expected_id"]) for row in csv.DictReader(file)]


def searched(base: Base, encoder: BundledEncoder) -> list[str]:
    """Shares over the questions, by the product's search."""
    preparer = Preparer(encoder)
    snapshot = built(preparer, base.articles)
    rankings = [(rank(snapshot, preparer.query(text)), key) for text, key in base.questions]
    inside = [([found.article.id for found in ranking.ranked[:3]], ranking, key) for ranking, key in rankings if key]
    answered = [(first[:1] == [key]) for first, ranking, key in inside if ranking.verdict is Verdict.ANSWER]
    outside = [ranking for ranking, key in rankings if not key]
    shares = [
        np.mean([first[:1] == [key] for first, _, key in inside]), np.mean([key in first for first, _, key in inside]),
        sum(answered) / len(inside), (len(answered) - sum(answered)) / len(inside),
    ]  # fmt: skip
    cells = [f"{share:.3f}" for share in shares]
    if not outside:
        return [*cells, "", ""]
    refused = np.mean([ranking.verdict is not Verdict.ANSWER for ranking in outside])
    score = auroc([ranking.best for _, ranking, _ in inside], [ranking.best for ranking in outside])
    return [*cells, f"{refused:.3f}", f"{score:.3f}"]


def by_vectors(base: Base, ask: Callable[[list[str]], Vectors], know: Callable[[list[str]], Vectors]) -> list[str]:
    """By the nearest phrasing alone."""
    owned = [(article.id, normalise(each.text)) for article in base.articles for each in article.phrasings]
    asked = [normalise(text) for text, _ in base.inside]
    likeness = ask(asked) @ know([text for _, text in owned]).T
    owners = [owner for owner, _ in owned]
    right, among = [], []
    for row, (_, key) in zip(likeness, base.inside, strict=True):
        order = list(dict.fromkeys(owners[place] for place in np.argsort(-row)[:60]))[:3]
        right.append(order[0] == key)
        among.append(key in order)
    return [f"{np.mean(right):.3f}", f"{np.mean(among):.3f}", "", "", "", ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", type=Path, action="append", default=[], help="another word table to set beside")
    options = parser.parse_args()
    encoder = BundledEncoder(Path("var/encoders"))
    english = encoder.english()
    given = read_base(options.folder, "banking77_10")
    base = Base("banking77_zh", given.articles, chinese_questions())
    rows = [["English model alone", *by_vectors(base, english.encode, english.encode)]]
    tables = {"table of the product": bundled_table()} | {str(path): WordTable.load(path) for path in options.table}
    for name, words in tables.items():
        other = encoder.with_table(words, Glossary())
        rows.append([f"{name}: vectors alone", *by_vectors(base, words.encode, english.encode)])
        rows.append([f"{name}: search", *searched(base, other)])
    print("Chinese questions, English articles:\n" + table(_COLUMNS, rows))
    back = made_of("reverse", [(text, key) for text, key in base.questions if key], given.questions)
    reverse = [
        ["English model alone", *by_vectors(back, english.encode, english.encode)],
        ["table of the product: vectors alone", *by_vectors(back, english.encode, bundled_table().encode)],
        ["table of the product: search", *searched(back, encoder)],
    ]
    print("\nEnglish questions, Chinese articles of four phrasings:\n" + table(_COLUMNS, reverse))
    keep("faq_crosslingual", {"head": _COLUMNS, "chinese": rows, "english": reverse})


if __name__ == "__main__":
    main()
