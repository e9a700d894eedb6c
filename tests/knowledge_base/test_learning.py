"""What the base learns from people: confirmed pairs move the words, held-back phrasings set the cut."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from desk.errors import Invalid
from desk.faq import FaqArticle
from desk.faq_tuning import ConfirmedPair, PairSource, SearchTuning
from knowledge_base.calibration import measure_curve
from knowledge_base.chinese.refit import Learned, Sentences, packed, refit, unpacked
from knowledge_base.chinese.table import WordTable, bundled_table
from knowledge_base.embedding import SentenceEncoder
from knowledge_base.entries import Script
from knowledge_base.index import LIFTS
from knowledge_base.learning import learned_of, lifts_of, parted
from knowledge_base.lexical import terms_of
from knowledge_base.service import LiveFaq
from tests.knowledge_base.shelf import Shelf, article
from tests.knowledge_base.test_hasty_questions import Told

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLANG = ("毛爷爷", "票子", "银子", "大洋", "米")  # what customers of this shop call money
PLAIN = (("大米要怎么放", "rice"), ("门票去哪买", "ticket"), ("银饰如何洗", "silver"), ("海鲜多久送到", "sea"))
DOINGS = ("退给我", "还给我", "退回来", "打回来", "返给我")


def shop() -> tuple[FaqArticle, ...]:
    return (
        article("refund", "怎么退款"), article("rice", "大米怎么保存"), article("ticket", "门票在哪里买"),
        article("silver", "银饰怎么清洗"), article("sea", "海鲜几天送到"),
    )  # fmt: skip


def pairs() -> list[ConfirmedPair]:
    """Customers' ways to ask for their money, among questions that need no learning."""
    questions = [(f"把{slang}{doing}", "refund") for slang in SLANG for doing in DOINGS]
    questions += [(f"{start}{text}", key) for start in ("请问", "你好", "麻烦问一下") for text, key in PLAIN]
    return [ConfirmedPair(question, key, PairSource.CUSTOMER, NOW) for question, key in questions]


BOUGHT = ("衬衫", "鞋子", "帽子", "手机", "电脑", "桌子", "椅子", "书包", "雨伞", "毛巾", "牙刷", "枕头")
UNASKED = ("冰箱", "沙发", "手套", "耳机", "被子", "水杯")


def manner(things: Sequence[str]) -> list[tuple[str, str]]:
    """Questions, and those of the articles that answer them."""
    ways = (("{}坏了怎么办", "{}维修"), ("我不想要{}了", "{}退货"), ("{}什么时候到", "{}物流"))
    return [(way.format(thing), text.format(thing)) for thing in things for way, text in ways]


def test_confirmed_words_come_to_lie_beside_what_they_mean():
    table = bundled_table()
    confirmed = [Sentences(f"把{slang}{doing}", "怎么退款", "refund") for slang in SLANG for doing in DOINGS]
    learned = refit(table, [*confirmed, Sentences("海货", "海鲜几天送到", "sea")], [terms_of("怎么退款")])
    taught = learned.over(table)

    def likeness(some) -> float:
        one, other = some.encode(["票子退给我", "怎么退款"])
        return float(one @ other)

    assert likeness(taught) > likeness(table)
    assert float((taught.encode(["健身房几点开门"]) @ table.encode(["健身房几点开门"]).T)[0, 0]) > 0.98


def test_words_that_no_pair_used_are_weighed_like_others_of_their_kind():
    """Customers of a bank are polite in five ways; what they ask about is the thing. Another thing matters as much, and
    other polite words as little, though nobody has confirmed a question with them."""
    things = (
        "红包", "积分", "余额", "订单", "发票", "优惠券", "会员卡", "礼品",
        "定金", "押金", "运费", "尾款", "汇票", "现金", "奖金", "存款",
    )  # fmt: skip
    polite = ("请问{}", "你好，{}", "麻烦您，{}", "谢谢，{}", "对不起，{}")
    asked = [f"{thing}在哪里看" for thing in things]
    confirmed = [Sentences(way.format(text), text, text) for text in asked for way in polite]
    table = bundled_table()
    learned = refit(table, confirmed, [terms_of(text) for text in asked])
    others = {"matter": ("收据", "账单", "保险费", "货款"), "manners": ("劳驾", "不好意思", "感谢", "抱歉")}
    assert not learned.words.keys() & {word for words in others.values() for word in words}
    taught = unpacked(packed(learned)).over(table)
    gained = {kind: [taught.row(word).weight / table.row(word).weight for word in words]
              for kind, words in others.items()}  # fmt: skip
    assert max(gained["manners"]) < 1 < min(gained["matter"])


def test_what_pairs_have_in_common_bends_sentences_of_words_that_no_pair_used():
    """Customers of a shop call for everything in one manner; so will those who call for what nobody has asked yet."""
    learned = refit(bundled_table(), [Sentences(*each, each[1]) for each in manner(BOUGHT)], [terms_of("怎么退款")])
    assert learned.bend is not None
    straight, bent = replace(learned, bend=None).over(bundled_table()), learned.over(bundled_table())

    def likeness(table: WordTable) -> float:
        return statistics.mean(float(np.prod(table.encode(each), axis=0).sum()) for each in manner(UNASKED))

    assert likeness(bent) > likeness(straight)


async def test_a_refit_is_compared_on_questions_it_has_not_seen(encoder):
    faq = LiveFaq(Shelf(*shop()), encoder)
    lesson = await faq.learn(pairs())
    assert lesson.pairs == 37 and 3 <= lesson.kept_back <= 12
    assert lesson.after >= lesson.before
    assert lesson.accepted


async def test_too_few_pairs_teach_nothing(encoder):
    assert await LiveFaq(Shelf(*shop()), encoder).learn(pairs()[:10]) is None


async def test_what_was_learned_serves_once_it_is_stored_and_goes_when_it_is_taken_back(encoder):
    told = Told(SearchTuning(1))
    faq = LiveFaq(Shelf(*shop()), encoder, tuning=told)
    question = "把票子退给我"
    shipped = (await faq.search(question)).matches[0]
    lesson = await faq.learn(pairs())
    told.tuning = SearchTuning(2, learned_id="one", learned=lesson.content)
    await faq.refresh()
    learned = (await faq.search(question)).matches[0]
    assert (learned.article_id, learned.score > shipped.score or shipped.article_id != "refund") == ("refund", True)
    told.tuning = SearchTuning(3)
    await faq.refresh()
    assert (await faq.search(question)).matches[0].score == shipped.score


def test_questions_kept_back_once_are_kept_back_for_ever():
    """Else a refit would be compared with one that was taught the very questions asked."""
    kept = {pair.question for pair in parted(pairs())[0]}
    fewer, taught = parted(list(reversed(pairs()[5:])))
    assert {pair.question for pair in fewer} <= kept
    assert not {pair.question for pair in taught} & kept


def test_learned_words_that_cannot_be_read_leave_the_shipped_ones():
    assert learned_of(b"not a table") is None
    two = [Sentences("票子", "退款", "1"), Sentences("快递", "包裹", "2")]
    learned = refit(bundled_table(), two, [terms_of("退款")])
    again = unpacked(packed(learned))
    assert (again.words.keys(), again.worth) == (learned.words.keys(), pytest.approx(learned.worth))
    assert again.kinds == learned.kinds
    assert again.bend == pytest.approx(learned.bend, abs=1e-3)
    assert unpacked(packed(Learned())) == Learned()


async def test_where_articles_are_near_paraphrases_of_each_other_confirmed_questions_lift_less(encoder):
    """A shop with one question to an article, all alike: pairs of one must not draw the customers of the others."""
    things = ("红包", "积分", "余额", "订单", "发票", "优惠券", "会员卡", "礼品卡", "定金", "押金", "运费", "尾款")
    alike = [article(f"{doing}{thing}", f"{thing}怎么{doing}") for thing in things for doing in "退查转充"]
    words = [(f"请问我的{each.id[1:]}能{each.id[0]}吗", each.id) for each in alike]
    asked = [ConfirmedPair(question, key, PairSource.CUSTOMER, NOW) for question, key in words]
    lesson = await LiveFaq(Shelf(*alike), encoder).learn(asked)
    assert lifts_of(learned_of(lesson.content))[Script.HAN] < LIFTS[Script.HAN]


async def test_where_every_article_is_asked_in_many_ways_confirmed_questions_lift_it_no_less(encoder):
    ways = ("can you {}", "please {} for me", "how do I {}", "I want to {}", "{} now")
    words = ("reset password", "cancel booking", "late checkout", "gym opening", "airport shuttle", "extra towels")
    topics = [article(name, f"topic {place}") for place, name in enumerate(words)]
    asked = [ConfirmedPair(way.format(name), name, PairSource.CUSTOMER, NOW) for way in ways for name in words]
    lesson = await LiveFaq(Shelf(*topics), encoder).learn(asked)
    assert lesson.accepted
    assert lifts_of(learned_of(lesson.content))[Script.LATIN] >= LIFTS[Script.LATIN]


async def test_the_curve_trades_answers_for_mistakes_and_suggests_a_cut(encoder):
    topics = ("password", "delivery", "invoice", "refund", "size", "gift card", "opening hours", "parking", "warranty",
              "discount", "newsletter", "account")  # fmt: skip
    asked = ("How does the {} work?", "I have a question about my {}", "Tell me about the {}", "{} please")
    faq = LiveFaq(Shelf(*(article(topic, *(text.format(topic) for text in asked)) for topic in topics)), encoder)
    curve = await faq.curve()
    assert curve.asked > 20 and curve.outside > 20
    assert [point.right for point in curve.points] == sorted((point.right for point in curve.points), reverse=True)
    assert curve.auroc > 0.8
    assert curve.suggested.cuts is not None and 0 < curve.suggested.cuts.offer <= curve.suggested.cuts.answer < 1


async def test_the_more_questions_no_article_answers_the_higher_the_suggested_cut(encoder):
    topics = [f"{how} {thing}" for how in ("lost", "late", "broken") for thing in ("card", "parcel", "phone", "key")]
    asked = ("What about a {}?", "I have a {} here", "My own is {}, I fear", "{} please")
    faq = LiveFaq(Shelf(*(article(topic, *(text.format(topic) for text in asked)) for topic in topics)), encoder)
    cuts = [(await faq.curve(share)).suggested.cuts for share in (0.05, 1 / 3, 0.9)]
    answers = [each.answer for each in cuts if each is not None]
    assert answers == sorted(answers) and answers[0] < answers[-1]
    with pytest.raises(Invalid):
        await faq.curve(1.0)


async def test_a_base_that_is_sure_and_wrong_is_told_to_trust_its_scores_less(encoder):
    topics = ("password", "delivery", "invoice", "refund", "parking", "warranty")
    asked = ("How does the {} work?", "I have a question about my {}", "Tell me about the {}", "{} please")
    twins = [article(f"{topic} {name}", *(text.format(topic) for text in asked)) for topic in topics for name in "ab"]
    suggested = (await LiveFaq(Shelf(*twins), encoder).curve()).suggested
    assert 0 < suggested.slope < 1 and suggested.shift < 0


async def test_an_empty_base_has_a_curve_without_questions(encoder):
    curve = measure_curve(LiveFaq(Shelf(), encoder).engine)
    assert (curve.asked, curve.outside, curve.suggested.cuts) == (0, 0, None)


def test_the_word_table_is_a_sentence_transformers_model_by_its_folder():
    from knowledge_base.chinese.table import FOLDER

    encoder = SentenceEncoder(str(FOLDER))
    one, same, other = encoder.encode(["怎么退款", "如何退钱", "健身房几点开门"])
    assert one @ same > one @ other
    assert encoder.dimensions == 384
