"""Kinship: telling a question of an article from one that no article answers."""

import pytest

from knowledge_base import embedding
from knowledge_base.embedding import SentenceEncoder
from knowledge_base.fusion import View
from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import rank
from knowledge_base.vectors import VectorMemory
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


def test_forms_are_kept_on_disk_with_the_vectors(encoder, tmp_path):
    def score(memory: VectorMemory) -> float:
        preparer = Preparer(encoder, memory)
        hotel = Snapshot().changed(preparer.articles(HOTEL), ()).taught()
        return rank(hotel, preparer.query("may I take my dog with me")).best

    fresh = score(VectorMemory(encoder.model_id, encoder.width, tmp_path))
    kept = VectorMemory(encoder.model_id, encoder.width, tmp_path)
    kept.vectors([phrasing.text.lower() for each in HOTEL for phrasing in each.phrasings], lambda _: pytest.fail("new"))
    assert score(kept) == pytest.approx(fresh, abs=1e-4)


def test_another_model_without_forms_has_kinship_by_meaning_and_words(encoder, monkeypatch):
    class Other:
        """What sentence-transformers hands out, as far as it is used."""

        def get_embedding_dimension(self) -> int:
            return encoder.dimensions

        def encode(self, texts, **_):
            return encoder.encode(texts)

    monkeypatch.setattr(embedding, "load_model", lambda _: Other())
    preparer = Preparer(SentenceEncoder("another"))
    hotel = Snapshot().changed(preparer.articles(HOTEL), ()).taught()
    assert kin(hotel, preparer, "can my puppy stay with us")[0] == "pets"
    assert rank(hotel, preparer.query("may I take my dog with me")).ranked[0].article.id == "pets"
    assert rank(hotel, preparer.query("who won the cup in 1998")).best < 0.5


def test_a_chinese_question_is_judged_by_what_was_learned_without_forms(encoder):
    preparer = Preparer(encoder)
    hotel = Snapshot().changed(preparer.articles(HOTEL), ()).taught()
    first = rank(hotel, preparer.query("可以带狗入住吗")).ranked[0]
    assert first.article.id == "pets"
    assert first.signals.view is View.ABROAD_TAUGHT
    assert first.signals.head > 0.4 and "kin" not in first.signals.values()
