"""Learning from confirmed pairs: refit the Chinese words, compare with what serves now on kept-back pairs, decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import structlog

from desk.faq_tuning import ConfirmedPair
from knowledge_base.chinese.refit import Learned, Sentences, packed, refit, unpacked
from knowledge_base.chinese.table import bundled_table
from knowledge_base.confirmed import by_article
from knowledge_base.embedding import BundledEncoder
from knowledge_base.engine import Engine
from knowledge_base.entries import Script
from knowledge_base.glossary import Glossary
from knowledge_base.index import LIFTS
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer
from knowledge_base.search import Ranking
from knowledge_base.vectors import VectorMemory

FEWEST = 20  # pairs
_FEWEST_TAUGHT = 15  # with Chinese questions: fewer move no words
_KEPT_BACK = 0.2
_MOST_KEPT_BACK = 200
_LIFTS_TRIED = (0.0, 0.1, 0.3, 0.5, 0.7)
_PULL = 4.0  # towards the usual lift, per square of the distance: as much as some tens of pairs weigh
_SHARPNESS = 24.0  # strengths this far apart (1 / 24) differ by a factor e in likelihood
_MOST_ASKED = 200  # pairs a script

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a refit came to. `before` and `after`: shares of kept-back questions whose article came first."""

    pairs: int
    kept_back: int
    before: float
    after: float
    content: bytes

    @property
    def accepted(self) -> bool:
        """Whether it may serve: not worse than what serves now on questions that it has not seen."""
        return bool(self.content) and self.after >= self.before


def learned_of(content: bytes | None) -> Learned | None:
    """What was learned; content that cannot be read is left aside, with a line in the log."""
    if not content:
        return None
    try:
        return unpacked(content)
    except ValueError:
        log.error("faq_learned_words_unreadable")
        return None


def taught_preparer(
    encoder: BundledEncoder, glossary: Glossary, learned: Learned | None, memory: VectorMemory | None = None
) -> Preparer:
    """What understands questions by the shipped words, those of the glossary, and those learned."""
    shipped = bundled_table()
    told = glossary.taught(shipped, encoder.english())
    if learned is None or not learned.words:
        return Preparer(encoder.with_table(told, glossary), memory, glossary)
    table = glossary.taught(learned.over(shipped), encoder.english())
    return Preparer(encoder.with_table(table, glossary, told), memory, glossary, learned.worth)


def learn(
    engine: Engine, encoder: BundledEncoder, glossary: Glossary, pairs: Sequence[ConfirmedPair], seed: int = 0
) -> Lesson | None:
    """Refit on most of the pairs and ask the rest, with the present words and with the new ones.

    None where there are too few pairs whose article is published. Words are moved by those with a Chinese question and
    a Chinese phrasing only.
    """
    usable = [pair for pair in pairs if pair.article_id in engine.snapshot.articles]
    if len(usable) < FEWEST:
        return None
    kept, taught = parted(usable)
    learned = refitted(engine, taught, seed)
    articles = [prepared.article for prepared in engine.snapshot.articles.values()]
    bare = Engine(taught_preparer(encoder, glossary, None), depth=engine.depth).changed(articles, set())
    learned = replace(learned, lifts=lifts_for(bare, taught))
    # Both engines without the classifier and the pairs kept back: no question may have been seen before.
    confirmed = by_article(taught)
    new = Engine(taught_preparer(encoder, glossary, learned), confirmed=confirmed, depth=engine.depth)
    new = new.over(new.snapshot.lifting(lifts_of(learned))).changed(articles, set())
    old = engine.over(engine.snapshot.without_heads()).confirming(confirmed)
    return Lesson(len(usable), len(kept), _found_first(old, kept), _found_first(new, kept), packed(learned))


def lifts_of(learned: Learned | None) -> Mapping[Script, float]:
    """How far confirmed questions lift their articles, by script."""
    return {**LIFTS, **{Script(name): lift for name, lift in (learned.lifts if learned else {}).items()}}


def lifts_for(bare: Engine, pairs: Sequence[ConfirmedPair]) -> Mapping[str, float]:
    """What makes the right articles likeliest: half of the pairs serve and the others are asked, then the other way
    round, of an engine without what pairs taught. The usual lift counts as some pairs beforehand. How likely each right
    article is tells far more than how many of them come first: with 200 pairs the count was chance."""
    asked: dict[Script, list[ConfirmedPair]] = {script: [] for script in Script}
    for pair in pairs:
        asked[Script.of(pair.question)].append(pair)
    return {
        script.value: _lift_for(bare, script, some[:_MOST_ASKED])
        for script, some in asked.items() if len(some) >= FEWEST
    }  # fmt: skip


def _lift_for(bare: Engine, script: Script, pairs: Sequence[ConfirmedPair]) -> float:
    usual = LIFTS[script]
    likely = {lift: -_PULL * (lift - usual) ** 2 for lift in _LIFTS_TRIED}
    for serving, asked in ((pairs[::2], pairs[1::2]), (pairs[1::2], pairs[::2])):
        engine = bare.confirming(by_article(serving))
        for lift in likely:
            likely[lift] += _likelihood(engine.over(engine.snapshot.lifting({**LIFTS, script: lift})), asked)
    return max(likely, key=lambda lift: (likely[lift], -lift))


def _likelihood(engine: Engine, pairs: Sequence[ConfirmedPair]) -> float:
    """Sum over the pairs of the logarithm of the right article's share among those found, by strength (softmax); one
    not found counts as the weakest found."""
    total = 0.0
    for pair, ranking in zip(pairs, _rankings(engine, pairs), strict=True):
        odds = {found.article.id: _SHARPNESS * found.signals.strength for found in ranking.ranked}
        if odds:
            total += odds.get(pair.article_id, min(odds.values())) - float(np.logaddexp.reduce(list(odds.values())))
    return total


def refitted(engine: Engine, pairs: Sequence[ConfirmedPair], seed: int = 0) -> Learned:
    """What these pairs teach, from the shipped words on."""
    usable = [pair for pair in pairs if _is_usable(engine, pair)]
    if len(usable) < _FEWEST_TAUGHT:
        return Learned()
    sentences = [sentence for pair in usable for sentence in _sentences(engine, pair)]
    base = [
        entry.terms
        for prepared in engine.snapshot.articles.values()
        for entry in prepared.questions
        if entry.script is Script.HAN
    ]
    return refit(bundled_table(), sentences, base, seed)


def parted(pairs: Sequence[ConfirmedPair]) -> tuple[list[ConfirmedPair], list[ConfirmedPair]]:
    """Those kept back and those that teach. Which is which hangs on the words alone, so that no refit is compared on
    questions that the one before it was taught."""
    ordered = sorted(pairs, key=_lot)
    most = max(min(sum(_lot(pair) < _KEPT_BACK for pair in pairs), _MOST_KEPT_BACK), 1)
    return ordered[:most], ordered[most:]


def _lot(pair: ConfirmedPair) -> float:
    """0..1, drawn once for ever."""
    return int.from_bytes(blake2b(normalise(pair.question).encode(), digest_size=4).digest()) / 2**32


def _is_usable(engine: Engine, pair: ConfirmedPair) -> bool:
    prepared = engine.snapshot.articles.get(pair.article_id)
    return (
        prepared is not None
        and Script.of(pair.question) is Script.HAN
        and any(entry.script is Script.HAN for entry in prepared.questions)
    )


def _sentences(engine: Engine, pair: ConfirmedPair) -> list[Sentences]:
    """The question beside each Chinese phrasing of its article."""
    question, entries = normalise(pair.question), engine.snapshot.articles[pair.article_id].questions
    texts = [normalise(entry.text) for entry in entries if entry.script is Script.HAN]
    return [Sentences(question, text, pair.article_id) for text in texts[:3]]


def _rankings(engine: Engine, pairs: Sequence[ConfirmedPair]) -> list[Ranking]:
    return [engine.ranking(engine.preparer.query(pair.question)) for pair in pairs]


def _found_first(engine: Engine, pairs: Sequence[ConfirmedPair]) -> float:
    rankings = _rankings(engine, pairs)
    right = [
        bool(ranking.ranked) and ranking.ranked[0].article.id == pair.article_id
        for ranking, pair in zip(rankings, pairs, strict=True)
    ]
    return sum(right) / len(right)
