"""The classifier of articles by their phrasings."""

from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from tests.knowledge_base.shelf import article

WAYS = ("my card {}", "the card {} today", "why has my card {}", "help, the card {}", "card {} again", "is card {}")


def test_an_article_asked_in_many_ways_does_not_draw_the_customers_of_one_asked_in_few(encoder):
    """Both lost their words to "card": only how many phrasings they have tells them apart there."""
    many = [way.format(what) for way in WAYS for what in ("was declined", "got refused", "is not accepted")]
    few = ("my card was stolen", "the card got lost", "somebody took my card")
    snapshot = Snapshot().changed(Preparer(encoder).articles([article("declined", *many), article("lost", *few)]), ())
    ranked = rank(snapshot.taught(), Preparer(encoder).query("a question about my card")).ranked
    heads = {each.article.id: each.signals.head for each in ranked}
    assert 0.3 < heads["lost"] < 0.7
