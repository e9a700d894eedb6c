"""Confirmed questions as further ways to ask of their articles: which of them serve."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from desk.faq_tuning import ConfirmedPair, PairSource
from knowledge_base.normalise import normalise, skeleton

MOST = 50  # an article; the newest serve

Confirmed = Mapping[str, Sequence[ConfirmedPair]]
"""What serves, by the id of its article: one pair a wording."""


def by_article(pairs: Sequence[ConfirmedPair]) -> Confirmed:
    """What serves of these pairs (the newest first).

    The same words confirmed for several articles serve the one for which they were confirmed most often: who taps the
    wrong answer once is outvoted. Staff's word outvotes any number of customers'.
    """
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    first: dict[tuple[str, str], ConfirmedPair] = {}
    for pair in pairs:
        words = _words(pair)
        votes[words][pair.article_id] += 1 if pair.source is PairSource.CUSTOMER else len(pairs) + 1
        known = first.setdefault((words, pair.article_id), pair)
        if known.source is PairSource.CUSTOMER and pair.source is not PairSource.CUSTOMER:
            first[words, pair.article_id] = pair
    found: defaultdict[str, list[ConfirmedPair]] = defaultdict(list)
    for (words, article), pair in first.items():
        if words and votes[words][article] == max(votes[words].values()) and len(found[article]) < MOST:
            found[article].append(pair)
    return {article: tuple(own) for article, own in found.items() if own}


def vouched(pairs: Sequence[ConfirmedPair]) -> frozenset[str]:
    """The bare words of those that staff confirmed."""
    return frozenset(_words(pair) for pair in pairs if pair.source is not PairSource.CUSTOMER)


def _words(pair: ConfirmedPair) -> str:
    return skeleton(normalise(pair.question))
