"""Fit the coefficients of `knowledge_base.fusion` on data whose licence permits it.

    python -m benchmarks.faq_calibrate --articles CLINC.csv --articles BANKING.csv --pairs TATOEBA.txt [--cache DIR]

From every article file, bases with 1, 3 and all phrasings per article are drawn, large and small. Held-back phrasings
of their articles are asked (must be found), those of articles left out and sentences of Tatoeba (must be refused).
Chinese and across languages: the demo's own articles. By words alone: Chinese sentences that Tatoeba gives for the
same English sentence are ways to ask one thing; the word table was fitted on them, so they calibrate no vectors.
"""

import argparse
import itertools
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from desk.faq import FaqArticle, Phrasing
from knowledge_base.embedding import BundledEncoder
from knowledge_base.entries import Script
from knowledge_base.exchange import read_articles
from knowledge_base.fusion import View
from knowledge_base.index import Snapshot
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from knowledge_base.vectors import VectorMemory

LEFT_OUT = 0.2
SMALL_TALK = 150  # questions per base
SMALL_BASE = 30  # articles
SMALL_BASES = 4  # for each number of phrasings
ASKED_PER_ARTICLE = 2
Groups = dict[str, list[str]]
_LEAD_SCALE = 8.0
_LEAD_SHARES = {View.ENGLISH_TAUGHT: 0.05}
"""Where the lead weighs this much of the strength, whatever would fit best: a lead tells the right article from its
neighbours, and held-back phrasings of neighbours are much of what is asked here; strangers are told by the strength."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One candidate: strength and lead as the curve sees them."""

    view: View
    seen: tuple[float, float]
    right: bool


def groups_of(path: Path) -> Groups:
    return {article.id: [phrasing.text for phrasing in article.phrasings] for article in read_articles(path)}


def translations_of(path: Path) -> Groups:
    """Chinese sentences by the English sentence they translate, where there are several."""
    groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        english, chinese, *_ = line.split("\t")
        groups[english].setdefault(normalise(chinese).rstrip("。.!?"), chinese)
    return {english: list(texts.values()) for english, texts in groups.items() if len(texts) > 1}


def small_talk(path: Path, seed: int) -> list[tuple[str, str]]:
    """English sentences long enough to be mistaken for a question, none of them expected to be answered."""
    sentences = dict.fromkeys(line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())
    long = [sentence for sentence in sentences if 20 <= len(sentence) <= 90]
    return [(sentence, "") for sentence in random.Random(seed).sample(long, SMALL_TALK)]


def chinese_talk(path: Path, seed: int) -> list[tuple[str, str]]:
    """Chinese sentences long enough to be mistaken for a question of a base that has no answer."""
    sentences = dict.fromkeys(line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines())
    long = [sentence for sentence in sentences if 7 <= len(sentence) <= 30]
    return [(sentence, "") for sentence in random.Random(seed).sample(long, SMALL_TALK // 2)]


def draws(groups: Groups, shots: Sequence[int], seed: int) -> Iterator[tuple[Groups, list[tuple[str, str]]]]:
    """A base and its questions, each with the article expected ("" for none): the whole file, and small bases."""
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


def samples(preparer: Preparer, base: Groups, questions: list[tuple[str, str]]) -> list[Sample]:
    """What the calibrator sees of the three best articles of every question, and whether each was the right one."""
    articles = [FaqArticle(name, tuple(Phrasing(text) for text in texts), {}) for name, texts in base.items()]
    snapshot = Snapshot().changed(preparer.articles(articles), ()).taught()
    found = []
    for text, expected in questions:
        query = preparer.query(text)
        if snapshot.asked_exactly(query):
            continue
        ranked = sorted(rank(snapshot, query).ranked, key=lambda each: -each.signals.strength)
        for place, each in enumerate(ranked[:3]):
            rival = ranked[0 if place else 1].signals.strength if len(ranked) > 1 else 0.0
            strength = each.signals.strength
            seen = strength, math.tanh(_LEAD_SCALE * (strength - rival))
            found.append(Sample(each.signals.view, seen, each.article.id == expected))
    return found


def fit(found: Sequence[Sample]) -> None:
    for view in View:
        own = [each for each in found if each.view is view]
        if len({each.right for each in own}) < 2:
            continue
        seen, right = np.array([each.seen for each in own]), np.array([each.right for each in own])
        share = _LEAD_SHARES.get(view)
        features = seen if share is None else seen @ np.array([[1.0], [share]])
        model = LogisticRegression(C=100, max_iter=2000).fit(features, right)
        strength, lead = model.coef_[0] if share is None else model.coef_[0, 0] * np.array([1.0, share])
        line = f"View.{view.name}: Curve({model.intercept_[0]:.2f}, {strength:.2f}, {lead:.2f}),"
        scores = model.predict_proba(features)[:, 1]
        cuts = [cut for cut in (0.2, 0.5, 0.8) if (scores >= cut).any()]
        told = ", ".join(f">= {cut}: {right[scores >= cut].mean():.2f}" for cut in cuts)
        print(f"{line:60} # {len(own)} samples; right {told}", flush=True)


def chinese_samples(
    encoder: BundledEncoder, memory: VectorMemory, groups: Groups, pairs: Path, seed: int
) -> list[Sample]:
    """Chinese bases by vectors and by words alone, and bases of one language asked in the other."""
    english, chinese = (
        {name: [text for text in texts if Script.of(text) is script] for name, texts in groups.items()}
        for script in (Script.LATIN, Script.HAN)
    )
    strange, talk = chinese_talk(pairs, seed), small_talk(pairs, seed)
    found = []
    for base, questions in draws(chinese, (1, 100), seed):
        found += samples(Preparer(encoder, memory), base, questions + strange)
        found += samples(Preparer(encoder, memory, worth={}), base, questions + strange)
        found += samples(Preparer(None), base, questions + strange)
        absent = [(text, "") for text, expected in questions if not expected]
        asked = [(text, name) for name in base for text in english[name][:2]]
        found += samples(Preparer(encoder, memory), base, asked + talk[:50])
        asked = [(text, name) for name in base for text in chinese[name][:2]]
        for shot in (2, 100):  # without and with the classifier of the English articles
            abroad = {name: english[name][:shot] for name in base}
            found += samples(Preparer(encoder, memory), abroad, asked + strange + absent)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, action="append", default=[], help="CSV of English articles")
    parser.add_argument("--bilingual", type=Path, default=Path("demo/faq.csv"), help="articles in both languages")
    parser.add_argument("--pairs", type=Path, required=True, help="Tatoeba's English-Chinese sentence pairs")
    parser.add_argument("--cache", type=Path, help="folder for vectors")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    encoder = BundledEncoder(Path("var/encoders"))
    memory = VectorMemory(encoder.model_id, encoder.width, options.cache)
    found: list[Sample] = []
    for seed in range(options.repeats):
        talk = small_talk(options.pairs, seed)
        for path in options.articles:
            for base, questions in draws(groups_of(path), (1, 3, 100), seed):
                found += samples(Preparer(encoder, memory), base, questions + talk)
        found += chinese_samples(encoder, memory, groups_of(options.bilingual), options.pairs, seed)
        for base, questions in draws(translations_of(options.pairs), (1, 100), seed):
            found += samples(Preparer(None), base, questions)
    fit(found)


if __name__ == "__main__":
    main()
