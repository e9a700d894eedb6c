"""Kinship: telling a question of an article from one that no article answers."""

from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from tests.knowledge_base.shelf import article

HOTEL = (
    article("wifi", "What is the wifi password?", "How do I get online?", "Is there internet in the room?"),
    article("parking", "Where can I park my car?", "Is there a garage?", "How much is parking a night?"),
    article("breakfast", "When is breakfast served?", "Is breakfast included?", "What time can I eat in the morning?"),
    article("late", "Can I check out late?", "May I keep the room until noon?", "Is a later departure possible?"),
    article("pets", "May I bring my dog?", "Are pets allowed?", "Is there a fee for cats?"),
)


def kin(snapshot: Snapshot, preparer: Preparer, text: str) -> tuple[str, float]:
    """The article most akin to a question, and how much."""
    ranked = rank(snapshot, preparer.query(text)).ranked
    first = max(ranked, key=lambda each: each.signals.kin)
    return first.article.id, first.signals.kin


def test_a_question_is_akin_to_its_article_and_a_stranger_to_none(encoder):
    preparer = Preparer(encoder)
    hotel = Snapshot().changed(preparer.articles(HOTEL), ()).taught()
    for text, expected in (("can my puppy stay with us", "pets"), ("is the internet free", "wifi")):
        assert kin(hotel, preparer, text)[0] == expected
    own = min(kin(hotel, preparer, text)[1] for text in ("may I take my dog with me", "is there wifi in my room"))
    strange = max(kin(hotel, preparer, text)[1] for text in ("who won the cup in 1998", "translate hello into french"))
    assert strange < own


def test_kinship_is_named_with_its_share_among_the_signals(encoder):
    preparer = Preparer(encoder)
    hotel = Snapshot().changed(preparer.articles(HOTEL), ()).taught()
    first = rank(hotel, preparer.query("may I take my dog with me")).ranked[0]
    assert first.article.id == "pets"
    assert 0 < first.signals.shares()["kin"] < 0.3


def test_a_single_phrasing_beside_many_is_no_trouble(encoder):
    preparer = Preparer(encoder)
    mixed = Snapshot().changed(preparer.articles([*HOTEL, article("gym", "Do you have a gym?")]), ()).taught()
    assert kin(mixed, preparer, "is there a gym")[0] == "gym"
