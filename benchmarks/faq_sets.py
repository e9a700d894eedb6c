"""Larger sets from the ATEC contest's file of paired questions, for `benchmarks.faq_learning`.

    python -m benchmarks.faq_sets ATEC.tsv FOLDER       (FOLDER holds the evaluation set atec_*.csv)

Lines are "number<TAB>question<TAB>question<TAB>1 or 0" (1: they mean the same); the file is public but has no licence,
so that it serves for measuring only and is not part of the product. Questions joined by a 1 are one group; groups that
hold a question of the evaluation set are left out. Written into FOLDER:

- `atec_pairs.csv` (query, question): two questions of each group, the shorter as the article, as that set was made;
- `atec_wide_articles.csv`, `atec_wide_queries.csv`: 2,200 articles, up to three questions each, and 400 without.
"""

import csv
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.faq_bases import read_base

_LARGEST = 40  # questions of a group: larger ones were joined by labels that are wrong
_ARTICLES, _OUTSIDE, _ASKED = 2200, 400, 3


def same_meaning(contest: Path) -> Iterator[tuple[str, str]]:
    with contest.open(encoding="utf-8-sig") as lines:
        for line in lines:
            cells = [cell.replace("\ufeff", "").strip() for cell in line.rstrip("\n").split("\t")]
            if len(cells) >= 4 and cells[3] == "1" and cells[1] != cells[2]:
                yield cells[1], cells[2]


def groups_of(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Texts that are joined by pairs, over whatever many steps."""
    groups: dict[str, list[str]] = {}
    for one, other in pairs:
        first, second = groups.setdefault(one, [one]), groups.setdefault(other, [other])
        if first is not second:
            first.extend(second)
            groups.update(dict.fromkeys(second, first))
    unique = {id(group): sorted(group) for group in groups.values()}
    return sorted(group for group in unique.values() if len(group) <= _LARGEST)


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def main(contest: Path, folder: Path) -> None:
    base = read_base(folder, "atec")
    known = {phrasing.text for article in base.articles for phrasing in article.phrasings}
    known |= {text for text, _ in base.questions}
    groups = [group for group in groups_of(same_meaning(contest)) if not known & set(group)]
    chance = random.Random(7)
    chance.shuffle(groups)
    paired = (sorted(group, key=len) for group in groups)
    write(folder / "atec_pairs.csv", ["query", "question"], ([group[1], group[0]] for group in paired))
    articles, queries = [], []
    for place, group in enumerate(groups[: _ARTICLES + _OUTSIDE]):
        first, *others = chance.sample(group, len(group))
        if place < _ARTICLES:
            articles.append([f"a{place}", first, "", "zh"])
            queries += [[text, f"a{place}"] for text in others[:_ASKED]]
        else:
            queries.append([first, ""])
    write(folder / "atec_wide_articles.csv", ["id", "question", "answer", "language"], articles)
    write(folder / "atec_wide_queries.csv", ["query", "expected_id"], queries)
    print(f"{len(groups)} groups: atec_pairs.csv, atec_wide_articles.csv, atec_wide_queries.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
