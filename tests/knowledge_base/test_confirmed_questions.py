"""What was confirmed once is found the next time, by whoever asks; a wrong click does no lasting harm."""

from datetime import UTC, datetime

import pytest

from desk.faq import Verdict
from desk.faq_tuning import ConfirmedPair, PairSource, SearchTuning
from knowledge_base.confirmed import MOST, by_article
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from tests.knowledge_base.shelf import EN, ZH, Shelf, article
from tests.knowledge_base.test_hasty_questions import Told

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMER, AGENT = PairSource.CUSTOMER, PairSource.AGENT
SHOP = (
    article("refund", "怎么退款", answers={ZH: "三到五个工作日。"}),
    article("invoice", "怎么开发票", answers={ZH: "在订单页申请。"}),
    article("points", "积分怎么用", answers={ZH: "结账时抵扣。"}),
    article("parking", "Where can I park?", answers={EN: "Behind the shop."}),
)
SLANG = "毛爷爷啥时候回我兜里"


def pair(question: str, article_id: str, source: PairSource = CUSTOMER) -> ConfirmedPair:
    return ConfirmedPair(question, article_id, source, NOW)


class Confirming:
    """A shop whose confirmed questions change while it is open."""

    def __init__(self, encoder: BundledEncoder) -> None:
        self.told = Told(SearchTuning(1))
        self.faq = LiveFaq(Shelf(*SHOP), encoder, tuning=self.told)

    async def knows(self, *pairs: ConfirmedPair) -> LiveFaq:
        self.told.tuning = SearchTuning(self.told.tuning.revision + 1, pairs=pairs)
        await self.faq.refresh()
        await self.faq.settled()
        return self.faq


@pytest.fixture
def shop(encoder: BundledEncoder) -> Confirming:
    return Confirming(encoder)


async def test_a_question_that_helped_one_customer_is_answered_for_the_next(shop):
    faq = await shop.knows()
    assert (await faq.search(SLANG)).verdict is not Verdict.ANSWER
    faq = await shop.knows(pair(SLANG, "refund"))
    result = await faq.search(SLANG + "？")
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, "refund")
    nearly = await faq.search("毛爷爷啥时候能回我兜里呀")
    assert nearly.matches[0].article_id == "refund"


async def test_a_pair_that_is_taken_out_serves_no_longer(shop):
    before = await (await shop.knows()).search(SLANG)
    await shop.knows(pair(SLANG, "refund"))
    assert await (await shop.knows()).search(SLANG) == before


async def test_nobody_is_shown_what_another_customer_typed(shop):
    faq = await shop.knows(pair("我手机号13800138000退款了没", "refund"), pair("停车在哪儿我车牌沪A12345", "parking"))
    for question in ("手机号13900139000退款了没", "停车在哪儿"):
        shown = {match.question for match in (await faq.search(question)).matches}
        assert shown <= {"怎么退款", "怎么开发票", "积分怎么用", "Where can I park?"}


async def test_what_an_admin_entered_outranks_a_wrong_click_in_the_same_words(shop):
    faq = await shop.knows(pair("怎么退款", "points"))
    result = await faq.search("怎么退款")
    assert (result.matches[0].article_id, result.matches[0].score) == ("refund", 1.0)


async def test_the_word_of_staff_counts_as_entered(shop):
    faq = await shop.knows(pair(SLANG, "refund", AGENT), pair(SLANG, "points"), pair(SLANG, "points"))
    result = await faq.search(SLANG)
    assert (result.matches[0].article_id, result.matches[0].score) == ("refund", 1.0)


async def test_one_wrong_tap_is_outvoted(shop):
    faq = await shop.knows(pair(SLANG, "points"), pair(SLANG, "refund"), pair(SLANG + "！", "refund"))
    assert (await faq.search(SLANG)).matches[0].article_id == "refund"


async def test_a_chinese_question_confirmed_for_an_english_article_finds_it(shop):
    faq = await shop.knows(pair("铁马搁哪儿", "parking"))
    result = await faq.search("铁马搁哪儿")
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, "parking")


async def test_other_questions_are_answered_as_before(shop):
    faq = await shop.knows()
    before = [await faq.search(text) for text in ("发票怎么开", "积分能抵钱吗", "where to park")]
    faq = await shop.knows(pair(SLANG, "refund"))
    assert [await faq.search(text) for text in ("发票怎么开", "积分能抵钱吗", "where to park")] == before


def test_the_newest_fifty_of_an_article_serve_each_wording_once():
    pairs = [pair(f"第{number}种问法", "refund") for number in range(60)]
    served = by_article([*pairs, *pairs])
    assert [each.question for each in served["refund"]] == [each.question for each in pairs[:MOST]]
