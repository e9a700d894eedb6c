"""Questions as people type them: in haste, in pinyin, in another script, in a business's own words."""

import pytest

from desk.faq import Verdict
from desk.faq_tuning import Calibration, Cuts, GlossaryTerm, SearchTuning
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from tests.knowledge_base.shelf import EN, ZH, Shelf, article

SHOP = (
    article("refund", "怎么退款", "退款多久到账", answers={ZH: "三到五个工作日。"}),
    article("invoice", "怎么开发票", answers={ZH: "在订单页申请。"}),
    article("delivery", "How long does delivery take?", "When will my parcel arrive?", answers={EN: "Three days."}),
    article("password", "I forgot my password", answers={EN: "Use the link below the form."}),
    article("x200", "What batteries does the X200 take?", answers={EN: "Two AA."}),
    article("x300", "What batteries does the X300 take?", answers={EN: "Three AAA."}),
)


class Told:
    """A TuningSource in memory."""

    def __init__(self, tuning: SearchTuning) -> None:
        self.tuning = tuning

    async def revision(self) -> int:
        return self.tuning.revision

    async def load(self) -> SearchTuning:
        return self.tuning


async def ready(encoder: BundledEncoder, told: Told | None = None) -> LiveFaq:
    faq = LiveFaq(Shelf(*SHOP), encoder, tuning=told)
    await faq.refresh()
    await faq.settled()
    return faq


@pytest.mark.parametrize(
    ("typed", "meant", "expected"),
    [
        ("tuikuan", "退款", "refund"),
        ("zenme tuikuan", "怎么退款", "refund"),
        ("怎么退宽", "怎么退款", "refund"),
        ("i forgot my pasword", "i forgot my password", "password"),
        ("delivrey", "delivery", "delivery"),
    ],
)
async def test_pinyin_wrong_letters_and_characters_of_the_same_sound_are_read_as_meant(encoder, typed, meant, expected):
    result = await (await ready(encoder)).search(typed)
    assert result.matches[0].article_id == expected
    assert result.verdict is not Verdict.REFUSE
    assert result.read_as in (meant, "")


async def test_pinyin_of_somebody_unknown_is_answered_in_chinese(encoder):
    answers = {ZH: "三到五个工作日。", EN: "Three to five days."}
    both = article("refund", "怎么退款", "How do I get a refund?", answers=answers)
    faq = LiveFaq(Shelf(both, *SHOP[1:]), encoder)
    await faq.refresh()
    await faq.settled()
    assert (await faq.search("zenme tuikuan")).matches[0].answer == "三到五个工作日。"
    assert (await faq.search("how do i get a refnud")).matches[0].answer == "Three to five days."


@pytest.mark.parametrize(("typed", "verdict"), [
    ("请问最晚几点退方", Verdict.ANSWER),
    ("退方时间是几点", Verdict.UNSURE),  # both readings are sure, each of another article
])
async def test_a_wrong_character_does_not_lend_its_question_to_an_article_about_something_else(
    encoder, typed, verdict
):
    faq = LiveFaq(Shelf(
        article("checkin", "入住时间是几点", "几点可以入住", "请问入住时间", answers={ZH: "15:00。"}),
        article("checkout", "最晚几点退房", "退房是几点", answers={ZH: "12:00。"}),
        article("breakfast", "早餐几点开始", answers={ZH: "7:00。"}),
        article("refund", "退款时间", "多久退款", answers={ZH: "三天。"}),
    ), encoder)  # fmt: skip
    await faq.refresh()
    await faq.settled()
    result = await faq.search(typed)
    assert (result.verdict, result.matches[0].article_id) == (verdict, "checkout")


@pytest.mark.parametrize(("typed", "meant"), [
    ("tuifang shijian", "退房时间"), ("xingli jicun", "行李寄存"), ("youyongchi", "游泳池"),
])
async def test_pinyin_is_read_as_words_of_the_base_before_lone_characters(encoder, typed, meant):
    faq = LiveFaq(Shelf(
        article("checkout", "退房时间", "房间能不能退", "这是几点退房", "放哪里", answers={ZH: "12:00。"}),
        article("luggage", "行李寄存", "是哪种型号的箱子里", "行李几点取", answers={ZH: "免费。"}),
        article("pool", "游泳池几点开", "在那里吃饭有用吗", answers={ZH: "7:00。"}),
    ), encoder)  # fmt: skip
    await faq.refresh()
    await faq.settled()
    assert (await faq.search(typed)).read_as == meant


async def test_english_that_could_be_pinyin_stays_english(encoder):
    assert (await (await ready(encoder)).search("can women pin a men sun")).read_as == ""


@pytest.mark.parametrize("code", ["x200", "x300"])
async def test_a_product_code_decides_between_articles_that_differ_in_nothing_else(encoder, code):
    result = await (await ready(encoder)).search(f"batteries for {code.upper()}?")
    assert result.matches[0].article_id == code


async def test_chinese_and_english_may_be_mixed(encoder):
    assert (await (await ready(encoder)).search("忘了password怎么办")).matches[0].article_id == "password"


async def test_a_name_from_the_glossary_finds_what_is_written_under_another_name(encoder):
    told = Told(SearchTuning(1))
    faq = LiveFaq(Shelf(article("hb", "花呗怎么还款"), article("gym", "健身房几点开门")), encoder, tuning=told)
    await faq.refresh()
    before = (await faq.search("how do I pay back huabei")).matches[0].score
    told.tuning = SearchTuning(2, glossary=(GlossaryTerm("1", ("花呗", "ant credit pay", "huabei")),))
    assert await faq.refresh() is True
    result = await faq.search("how do I pay back huabei")
    assert result.matches[0].article_id == "hb"
    assert result.matches[0].score > before


async def test_cuts_of_the_business_decide_at_once_and_the_score_says_why(encoder):
    told = Told(SearchTuning(1))
    faq = await ready(encoder, told)
    question = "when do you deliver"
    score = (await faq.search(question)).matches[0].score
    for cuts, verdict in ((Cuts(score - 0.01, 0.01), Verdict.ANSWER), (Cuts(0.999, score - 0.01), Verdict.UNSURE),
                          (Cuts(0.999, 0.999), Verdict.REFUSE)):  # fmt: skip
        told.tuning = SearchTuning(told.tuning.revision + 1, Calibration(cuts=cuts))
        await faq.refresh()
        result = await faq.search(question)
        assert (result.verdict, result.threshold) == (verdict, cuts.answer)
        assert sum(result.matches[0].shares.values()) == pytest.approx(1, abs=0.01)


async def test_nearly_the_same_phrasing_of_another_article_is_found_before_it_is_saved(encoder):
    faq = await ready(encoder)
    similar = await faq.similar("怎么 退款？")
    assert [(each.article_id, each.similarity) for each in similar][:1] == [("refund", 1.0)]
    assert await faq.similar("怎么 退款？", but="refund") == []
    assert await faq.similar("可以带宠物吗") == []


@pytest.mark.parametrize(
    "question", ["", "😀" * 50, "\x00\x07\x1b", "مرحبا كيف يمكنني استرداد أموالي", "a" * 100_000, "退" * 100_000]
)
async def test_no_question_is_too_strange_to_be_refused_politely(encoder, question):
    assert (await (await ready(encoder)).search(question)).verdict is not Verdict.ANSWER


async def test_a_model_that_is_not_there_leaves_words_and_a_sentence_for_the_operator(tmp_path):
    from knowledge_base.embedding import SentenceEncoder

    (tmp_path / "model").mkdir()
    faq = LiveFaq(Shelf(*SHOP), SentenceEncoder(str(tmp_path / "model")))
    assert (await faq.search("怎么退款")).verdict is Verdict.ANSWER
    assert "cannot be loaded" in faq.status().problem
