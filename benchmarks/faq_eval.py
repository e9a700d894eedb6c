"""Measure FAQ search on pairs of files NAME_articles.csv and NAME_queries.csv and print a table for the docs.

    python benchmarks/faq_eval.py FOLDER
"""

import json
import sys
from pathlib import Path

from knowledge_base.embedding import BundledEncoder
from knowledge_base.evaluation import evaluate


def main(folder: Path) -> None:
    encoder = BundledEncoder(Path("var/encoders"))
    for number, articles in enumerate(sorted(folder.glob("*_articles.csv"))):
        name = articles.name.removesuffix("_articles.csv")
        report = json.loads(evaluate(articles, folder / f"{name}_queries.csv", encoder).as_json())
        if number == 0:
            print("| set |", " | ".join(report), "|")
            print("|---|" + "---|" * len(report))
        cells = ["–" if value is None else f"{value:g}" for value in report.values()]
        print("|", " | ".join([name, *cells]), "|", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
