"""The labelled texts as the tests read them: without the marks that annotate entities."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from opencc import OpenCC

ROOT = Path(__file__).resolve().parents[3]
TRAINING = ROOT / "bot" / "data" / "nlu"
HELD_OUT = ROOT / "bot" / "data" / "heldout"
INTENTS = {
    "greet", "goodbye", "thank", "affirm", "deny", "cancel", "small_talk", "ask_question", "check_order",
    "check_points", "check_complaint", "file_complaint", "request_human", "give_rating", "stop_messages",
    "resume_messages",
}  # fmt: skip
_ENTITY = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_SIMPLIFIER = OpenCC("t2s")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    intent: str

    @property
    def is_chinese(self) -> bool:
        return bool(re.search("[㐀-鿿]", self.text))

    @property
    def is_traditional(self) -> bool:
        return simplify(self.text) != self.text

    @property
    def bare(self) -> str:
        """What is left to compare when width, case, script, punctuation and spaces do not count."""
        folded = simplify(unicodedata.normalize("NFKC", self.text).lower())
        return re.sub(r"[\W_]+", "", folded) or folded


def simplify(text: str) -> str:
    return str(_SIMPLIFIER.convert(text))


def read_examples(path: Path) -> Iterator[Example]:
    for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
        for line in block["examples"].splitlines() if "intent" in block else ():
            yield Example(_ENTITY.sub(r"\1", line.removeprefix("- ")), block["intent"])


def training() -> list[Example]:
    return [example for path in sorted(TRAINING.glob("*.yml")) for example in read_examples(path)]


def held_out(language: str) -> list[Example]:
    return list(read_examples(HELD_OUT / f"{language}.yml"))


def attacks() -> list[str]:
    """One JSON string per line, because most of them hide in characters that nobody sees."""
    return [json.loads(line) for line in (HELD_OUT / "attacks.txt").read_text("utf-8").splitlines()]
