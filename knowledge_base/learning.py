"""Learning from confirmed pairs: refit the Chinese words, compare with what serves now on kept-back pairs, decide."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from desk.faq_tuning import ConfirmedPair
from knowledge_base.chinese.refit import Sentences, packed, refit, unpacked
from knowledge_base.chinese.table import WordTable, bundled_table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.engine import Engine
from knowledge_base.entries import Script
from knowledge_base.glossary import Glossary
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer

FEWEST = 20  # pairs with Chinese questions
_KEPT_BACK = 0.2
_MOST_KEPT_BACK = 200

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


def with_learned(table: WordTable, content: bytes | None) -> WordTable:
    """The table with what was learned; content that cannot be read is left aside, with a line in the log."""
    if not content:
        return table
    try:
        return table.with_words(unpacked(content))
    except ValueError:
        log.error("faq_learned_words_unreadable")
        return table


def learn(
    engine: Engine, encoder: BundledEncoder, glossary: Glossary, pairs: Sequence[ConfirmedPair], seed: int = 0
) -> Lesson | None:
    """Refit on most of the pairs and ask the rest, with the present words and with the new ones.

    None where there are too few usable pairs: the question in Chinese, its article published with a Chinese phrasing.
    """
    usable = [pair for pair in pairs if _is_usable(engine, pair)]
    if len(usable) < FEWEST:
        return None
    random.Random(seed).shuffle(usable)
    kept = usable[: min(int(len(usable) * _KEPT_BACK), _MOST_KEPT_BACK)]
    sentences = [sentence for pair in usable[len(kept) :] for sentence in _sentences(engine, pair)]
    rows = refit(bundled_table(), sentences, seed)
    table = bundled_table().with_words(rows)
    taught = encoder.with_table(glossary.taught(table, encoder.english()), glossary)
    articles = [prepared.article for prepared in engine.snapshot.articles.values()]
    # Both engines without the classifier and without any pair: it has seen the kept-back questions.
    bare = Engine(Preparer(taught, glossary=glossary), calibration=engine.calibration, depth=engine.depth)
    new = replace(bare.changed(articles, set()), reader=engine.reader)
    old = engine.over(engine.snapshot.without_heads())
    content = packed(rows) if rows else b""
    return Lesson(len(usable), len(kept), _found_first(old, kept), _found_first(new, kept), content)


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


def _found_first(engine: Engine, pairs: Sequence[ConfirmedPair]) -> float:
    rankings = [engine.ranking(engine.preparer.query(pair.question)) for pair in pairs]
    right = [
        bool(ranking.ranked) and ranking.ranked[0].article.id == pair.article_id
        for ranking, pair in zip(rankings, pairs, strict=True)
    ]
    return sum(right) / len(right)
