"""Collect the sentences that open-source programs show in English and in Chinese, for training the Chinese table.

    python -m scripts.collect_translations CHECKOUTS translations.tsv

CHECKOUTS holds one folder per program of `scripts.chinese.software.PROGRAMS`, each a checkout of the source
named there. Writes lines "English<TAB>Chinese<TAB>program".
"""

import sys
from pathlib import Path

from scripts.chinese.software import PROGRAMS, pairs_of


def main(checkouts: Path, target: Path) -> None:
    lines = []
    for program in PROGRAMS:
        pairs = pairs_of(program, checkouts)
        print(f"{len(pairs):6}  {program.folder} ({program.licence}, {program.source})")
        lines += [f"{english}\t{chinese}\t{program.folder}\n" for english, chinese in pairs]
    target.write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines):6}  in all: {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
