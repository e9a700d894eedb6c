"""Fit the curves of `knowledge_base.fusion` on data whose licence permits it, and write them there with --write.

    python -m benchmarks.faq_calibrate FOLDER TATOEBA.txt [--write] [--cache DIR]

FOLDER holds clinc150_articles.csv and banking77_10_articles.csv. Takes about three minutes of a core. Run it anew after
any change of what the signals are or weigh, then `faq_reliability` to see what it did.

Bases with 1, 3 and all phrasings an article are drawn from every set of articles, small ones and one large. Held-back
phrasings of their articles are asked (must be found), those of articles left out and sentences of Tatoeba (must be
refused): a third of the weight, half of it each. Every base counts the same, and only the first article found does, as
that is what is decided on. English: CLINC150, BANKING77, the demo's articles. Chinese: the demo's and BANKING77's
questions in Chinese; across languages the same ones. Questions written to measure the demo with are not asked.
"""

import argparse
import itertools
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from benchmarks.faq_bases import Question, built, made_of, questions_of
from desk.faq_tuning import USUAL_OUTSIDE
from knowledge_base import fusion
from knowledge_base.embedding import BundledEncoder
from knowledge_base.entries import Script
from knowledge_base.exchange import read_articles
from knowledge_base.fusion import Curve, View
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from knowledge_base.vectors import VectorMemory

ENGLISH_SETS = ("clinc150", "banking77_10")
CHINESE_QUESTIONS = Path("benchmarks/data/banking77_zh_queries.csv")
LEFT_OUT = 0.2
SMALL_TALK = 150  # questions per base
SMALL_BASE = 30  # articles
SMALL_BASES = 4  # for each number of phrasings
ALL = 100
ASKED_PER_ARTICLE = 2
Groups = dict[str, list[str]]
_MOST_SHARE = 0.25
_MOST_SHARE_TAUGHT = 0.05
"""What the lead may weigh of the strength, whatever would fit best: a lead tells the right article from its neighbours,
and held-back phrasings of neighbours are much of what is asked here; strangers are told by the strength. Less where a
classifier has told the neighbours apart."""
_BY_PLENTY = frozenset({View.ENGLISH_TAUGHT})
"""Where the number of phrasings an article has tells something. Of others it was tried: on other bases it lost."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The first article found. `kind` is why its question was asked: an article's, one of an article left out, talk."""

    base: int
    view: View
    kind: str
    strength: float
    lead: float
    doublings: float
    right: bool


class Bases:
    """Asks drawn bases and keeps what the curves see."""

    def __init__(self, encoder: BundledEncoder, cache: Path | None) -> None:
        memory = VectorMemory(encoder.model_id, encoder.width, cache)
        self.meaning = Preparer(encoder, memory)
        self.learned = Preparer(encoder, memory, worth={})
        self.words = Preparer(None)
        self.samples: list[Sample] = []
        self._asked = 0

    def ask(self, preparer: Preparer, base: Groups, questions: Sequence[Question], talk: Sequence[str]) -> None:
        lines = [(text, name) for name, texts in base.items() for text in texts]
        snapshot = built(preparer, made_of("", lines, ()).articles)
        self._asked += 1
        asked = [(text, name, "inside" if name else "near") for text, name in questions]
        for text, expected, kind in [*asked, *((text, "", "talk") for text in talk)]:
            query = preparer.query(text)
            ranked = rank(snapshot, query).ranked
            if not ranked or snapshot.asked_exactly(query):
                continue
            first, *others = sorted(ranked, key=lambda each: -each.signals.strength)
            strength, view = first.signals.strength, first.signals.view
            lead = strength - (others[0].signals.strength if others else 0.0)
            shelf = snapshot.shelves[query.script.other if view.is_abroad else query.script]
            right = first.article.id == expected
            self.samples.append(Sample(self._asked, view, kind, strength, lead, shelf.plenty.doublings, right))


def groups_of(path: Path) -> Groups:
    return {article.id: [phrasing.text for phrasing in article.phrasings] for article in read_articles(path)}


def in_script(groups: Groups, script: Script) -> Groups:
    return {name: [text for text in texts if Script.of(text) is script] for name, texts in groups.items()}


def translations_of(path: Path) -> Groups:
    """Chinese sentences by the English sentence they translate, where there are several."""
    groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        english, chinese, *_ = line.split("\t")
        groups[english].setdefault(normalise(chinese).rstrip("。.!?"), chinese)
    return {english: list(texts.values()) for english, texts in groups.items() if len(texts) > 1}


def small_talk(path: Path, seed: int) -> list[str]:
    """English sentences long enough to be mistaken for a question, none of them expected to be answered."""
    sentences = dict.fromkeys(line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())
    return random.Random(seed).sample([each for each in sentences if 20 <= len(each) <= 90], SMALL_TALK)


def chinese_talk(path: Path, seed: int) -> list[str]:
    sentences = dict.fromkeys(line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines())
    return random.Random(seed).sample([each for each in sentences if 7 <= len(each) <= 30], SMALL_TALK // 2)


def draws(groups: Groups, shots: Sequence[int], seed: int) -> Iterator[tuple[Groups, list[Question]]]:
    """A base and its questions, each with the article expected ("" for none): the whole set, and small bases."""
    for shot, size in itertools.product(shots, (None, *[SMALL_BASE] * SMALL_BASES)):
        chance = random.Random(seed)
        seed += 1000
        names = chance.sample(sorted(groups), len(groups))
        present = names[:size] if size else names[int(len(names) * LEFT_OUT) :]
        absent = names[size : 3 * size] if size else names[: int(len(names) * LEFT_OUT)]
        base: Groups = {}
        questions = []
        for name in present:
            texts = chance.sample(groups[name], len(groups[name]))
            asked = texts[:ASKED_PER_ARTICLE] if len(texts) > ASKED_PER_ARTICLE else texts[:1]
            questions += [(text, name) for text in asked]
            base[name] = texts[len(asked) :][:shot]
        yield base, questions + [(chance.choice(groups[name]), "") for name in absent]


def ask_all(bases: Bases, folder: Path, bilingual: Path, pairs: Path, seed: int) -> None:
    demo, talk, strange = groups_of(bilingual), small_talk(pairs, seed), chinese_talk(pairs, seed)
    english = [groups_of(folder / f"{name}_articles.csv") for name in ENGLISH_SETS]
    for groups in (*english, in_script(demo, Script.LATIN)):
        for base, questions in draws(groups, (1, 3, ALL), seed):
            bases.ask(bases.meaning, base, questions, talk)
    banking: Groups = {}
    for text, name in questions_of(CHINESE_QUESTIONS):
        banking.setdefault(name, []).append(text)
    others = banking.pop("")
    for groups, outside in ((in_script(demo, Script.HAN), strange), (banking, strange + others)):
        for base, questions in draws(groups, (1, 3, ALL), seed):
            for preparer in (bases.meaning, bases.learned, bases.words):
                bases.ask(preparer, base, questions, outside)
    for base, questions in draws(translations_of(pairs), (1, ALL), seed):
        bases.ask(bases.words, base, questions, strange)  # not by vectors: the table was fitted on these sentences
    ask_abroad(bases, demo, talk, strange, seed)
    ask_banking_abroad(bases, english[1], banking, strange + others, seed)


def ask_abroad(bases: Bases, demo: Groups, talk: Sequence[str], strange: Sequence[str], seed: int) -> None:
    """The demo's articles in one language, asked in the other."""
    english, chinese = in_script(demo, Script.LATIN), in_script(demo, Script.HAN)
    for base, questions in draws(chinese, (1, ALL), seed):
        absent = [(text, "") for text, expected in questions if not expected]
        gone = [(chosen, "") for name in english if name not in base for chosen in english[name][:1]][: len(absent)]
        bases.ask(bases.meaning, base, [(text, name) for name in base for text in english[name][:2]] + gone, talk)
        asked = [(text, name) for name in base for text in chinese[name][:2]]
        for shot in (2, ALL):  # without and with the classifier of the English articles
            bases.ask(bases.meaning, {name: english[name][:shot] for name in base}, asked + absent, strange)


def ask_banking_abroad(
    bases: Bases, english: Groups, chinese: Groups, strange: Sequence[str], seed: int
) -> None:
    for base, questions in draws(english, (1, 3, ALL), seed):
        asked = [(text, name) for name in base for text in chinese[name][:2]]
        gone = [name for name in chinese if name not in base][: sum(not expected for _, expected in questions)]
        bases.ask(bases.meaning, base, asked + [(chinese[name][0], "") for name in gone], strange)


def weights(found: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """What each sample counts: in every base a third for questions without an answer, and as much as it has samples."""
    counts = Counter((each.base, each.kind) for each in found)
    sizes = Counter(each.base for each in found)
    kinds: defaultdict[int, set[str]] = defaultdict(set)
    for base, kind in counts:
        kinds[base].add(kind)

    def weight(each: Sample) -> float:
        outside = len(kinds[each.base] - {"inside"})
        if outside == len(kinds[each.base]):
            return 0.0  # nothing to tell apart
        share = 1 - USUAL_OUTSIDE if each.kind == "inside" else USUAL_OUTSIDE / outside
        return share / counts[each.base, each.kind] * sizes[each.base]

    return np.array([weight(each) for each in found])


def fitted(view: View, own: Sequence[Sample]) -> tuple[Curve, str]:
    """The curve, with the share of the lead that fits best, and how it does on its own samples."""
    right, weight = np.array([each.right for each in own], dtype=float), weights(own)
    most = _MOST_SHARE_TAUGHT if view.is_taught else _MOST_SHARE
    shares = np.arange(0, most + 0.01, 0.05).tolist()

    def fit(share: float) -> tuple[float, LogisticRegression, npt.NDArray[np.float64]]:
        seen = np.array([_features(each, share, plenty=view in _BY_PLENTY) for each in own])
        model = LogisticRegression(C=100, max_iter=5000).fit(seen, right, sample_weight=weight)
        chance = np.clip(model.predict_proba(seen)[:, 1], 1e-6, 1 - 1e-6)
        loss = -np.average(right * np.log(chance) + (1 - right) * np.log(1 - chance), weights=weight)
        return float(loss), model, chance

    share = min(shares, key=lambda share: fit(share)[0])
    loss, model, chance = fit(share)
    strength, *doubling = model.coef_[0].tolist()
    numbers = [round(float(number), 2) for number in (model.intercept_[0], strength, share * strength, *doubling)]
    bins = [(chance >= low) & (chance < low + 0.2) for low in (0.0, 0.2, 0.4, 0.6, 0.8)]
    told = " ".join(f"{np.average(right[b], weights=weight[b]):.2f}" if weight[b].any() else "-" for b in bins)
    return Curve(*numbers), f"{len(own)} samples, loss {loss:.3f}; right of 0-20 %, 20-40 % …: {told}"


def _features(each: Sample, share: float, *, plenty: bool) -> list[float]:
    sure = each.strength + share * math.tanh(fusion.LEAD_SCALE * each.lead)
    return [sure, min(each.doublings, fusion.MOST_DOUBLINGS)] if plenty else [sure]


def written(curves: dict[View, Curve]) -> str:
    def numbers(curve: Curve) -> str:
        last = [curve.doubling] if curve.doubling else []
        return ", ".join(f"{number:.2f}" for number in (curve.bias, curve.strength, curve.lead, *last))

    return "".join(f"    View.{view.name}: Curve({numbers(curve)}),\n" for view, curve in curves.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="CLINC150 and BANKING77 as articles")
    parser.add_argument("pairs", type=Path, help="Tatoeba's English-Chinese sentence pairs")
    parser.add_argument("--bilingual", type=Path, default=Path("demo/faq.csv"), help="articles in both languages")
    parser.add_argument("--cache", type=Path, help="folder for vectors")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the curves into knowledge_base/fusion.py")
    options = parser.parse_args()
    bases = Bases(BundledEncoder(Path("var/encoders")), options.cache)
    for seed in range(options.repeats):
        ask_all(bases, options.folder, options.bilingual, options.pairs, seed)
    curves = {}
    for view in View:
        curves[view], told = fitted(view, [each for each in bases.samples if each.view is view])
        print(f"{written({view: curves[view]}).strip():60} # {told}", flush=True)
    if options.write:
        replace_curves(Path(fusion.__file__), written(curves))


def replace_curves(file: Path, lines: str) -> None:
    before = file.read_text(encoding="utf-8")
    after = re.sub(r"(\nCURVES: [^\n]*\n).*?(?=\n})", lambda head: head[1] + lines.rstrip(), before, flags=re.DOTALL)
    file.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
