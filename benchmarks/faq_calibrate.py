"""Fit the coefficients of `knowledge_base.fusion` on data whose licence permits it.

    python benchmarks/faq_calibrate.py --articles CLINC.csv --articles BANKING.csv --pairs TATOEBA.txt [--cache DIR]

English (by meaning): from every article file, bases with 1, 3 and all phrasings per article are drawn, large and
small. Held-back phrasings of their articles are asked (must be found), those of articles left out and English
sentences of Tatoeba (must be refused). Chinese (by words): Chinese sentences that Tatoeba gives for the same English
sentence are ways to ask one thing.
"""

import argparse
import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.embedding import SentenceEncoder
from knowledge_base.exchange import read_articles
from knowledge_base.fusion import Features, strength_features
from knowledge_base.index import Snapshot
from knowledge_base.normalise import normalise
from knowledge_base.search import Preparer, rank
from knowledge_base.vectors import VectorMemory, Vectors

LEFT_OUT = 0.2
SMALL_TALK = 150  # questions per base
SMALL_BASE = 30  # articles
SMALL_BASES = 4  # for each number of phrasings
ASKED_PER_ARTICLE = 2
Groups = dict[str, list[str]]
Sample = tuple[Features, bool]


class RememberingEncoder(SentenceEncoder):
    """Keeps every vector, since each text is both a phrasing and a question here."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._memory = VectorMemory(self.model_id, self.dimensions, folder)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.stack(self._memory.vectors(texts, super().encode))


def english_groups(path: Path) -> Groups:
    return {article.id: [phrasing.text for phrasing in article.phrasings] for article in read_articles(path)}


def chinese_groups(path: Path) -> Groups:
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


def samples(preparer: Preparer, base: Groups, questions: list[tuple[str, str]], language: Language) -> list[Sample]:
    """Features of the three best articles of every question, and whether each was the right one."""
    articles = [FaqArticle(name, tuple(Phrasing(text, language) for text in texts), {}) for name, texts in base.items()]
    snapshot = Snapshot().changed(preparer.articles(articles), ())
    found = []
    for text, expected in questions:
        query = preparer.query(text)
        if snapshot.asked_exactly(query):
            continue
        by_meaning = query.vector is not None
        if by_meaning is not (language is Language.EN):
            continue
        ranked = rank(snapshot, query).ranked
        strengths = {each.article.id: each.signals.strength(by_meaning=by_meaning) for each in ranked}
        for each in sorted(ranked, key=lambda each: -strengths[each.article.id])[:3]:
            features = strength_features(strengths, each.article.id, each.signals.lexical, len(query.skeleton))
            found.append((features, each.article.id == expected))
    return found


def fit(name: str, found: list[Sample]) -> None:
    features = np.array([each.as_tuple() for each, _ in found])
    right = np.array([is_right for _, is_right in found])
    model = LogisticRegression(C=100, max_iter=2000).fit(features, right)
    weights = ", ".join(f"{weight:.2f}" for weight in model.coef_[0])
    print(f"{name} = Calibrator({model.intercept_[0]:.2f}, ({weights}), ...)  # {len(found)} samples")
    scores = model.predict_proba(features)[:, 1]
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        passed = scores >= threshold
        print(f"  >= {threshold}: {passed.mean():.2f} of candidates, {right[passed].mean():.2f} of them right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, action="append", default=[], help="CSV of English articles")
    parser.add_argument("--pairs", type=Path, required=True, help="Tatoeba's English-Chinese sentence pairs")
    parser.add_argument("--cache", type=Path, help="folder for vectors")
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    by_meaning, by_words = [], []
    if options.articles:
        preparer = Preparer(RememberingEncoder(options.cache))
        for path in options.articles:
            for seed in range(options.repeats):
                for base, questions in draws(english_groups(path), (1, 3, 100), seed):
                    talk = small_talk(options.pairs, seed)
                    by_meaning += samples(preparer, base, questions + talk, Language.EN)
        fit("BY_MEANING", by_meaning)
    for seed in range(options.repeats):
        for base, questions in draws(chinese_groups(options.pairs), (1, 100), seed):
            by_words += samples(Preparer(None), base, questions, Language.ZH_HANS)
    fit("BY_WORDS", by_words)


if __name__ == "__main__":
    main()
