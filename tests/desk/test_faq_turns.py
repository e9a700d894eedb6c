"""What an FAQ answer brings along, and how the desk learns whether it helped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_store.gaps import GapState
from crm_store.store import SqlTransaction
from desk import faq_turns, handoff
from desk.conversations import Holder
from desk.effects import FaqAnswered, NoteGap, RequestHandoff
from desk.faq import Extras, FaqArticle, Link, Phrasing, Wish
from desk.faq_drafts import draft
from desk.messages import Address, ChannelName, InboundKind, Language, OutboundMessage
from tests.desk.conftest import CUSTOMER, Desk

EN = Language.EN
POOL = FaqArticle(
    "pool", (Phrasing("When does the pool open?", EN),), {EN: "At seven."},
    extras={EN: Extras((Link("Map", "https://example.com"),), (), (Wish.PERSON,), ("Is it heated?",))},
)
WECHAT = Address(ChannelName.WECHAT, "app", "o1", "o1")


def gave(question: str = "When does the pool open?", article: str = "pool") -> FaqAnswered:
    return FaqAnswered(article, question, "en", "en", 0.9)


async def asks(desk: Desk, question: str = "When does the pool open?", **how: object) -> str:
    step = await desk.talks(question, "At seven.", [gave(question)], **how)
    return step.turn.conversation_id


async def kinds(desk: Desk) -> list[str]:
    return [gap["kind"] for gap in reversed(await desk.store.read(lambda tx: tx.gaps.list_newest()))]


@pytest.fixture
async def with_pool(desk: Desk) -> Desk:
    await desk.store.transact(lambda tx: tx.articles.put_all([POOL], desk.clock.now()))
    return desk


async def tap(desk: Desk, title: str) -> None:
    button = next(each for each in await desk.buttons() if title in each.title)
    await desk.settles("", kind=InboundKind.CHOICE, choice=button.id)


async def test_an_answer_brings_its_links_buttons_and_follow_ups_and_asks_whether_it_helped(with_pool: Desk) -> None:
    await asks(with_pool)
    titles = [each.title for each in await with_pool.buttons()]
    assert titles == ["Map", "Is it heated?", "Talk to a person", "👍 Helpful", "👎 Not helpful"]


async def test_on_wechat_nobody_is_asked_for_a_number_to_say_thanks(with_pool: Desk) -> None:
    await asks(with_pool, address=WECHAT)
    assert [each.title for each in await with_pool.buttons(WECHAT)] == ["Map", "Is it heated?", "Talk to a person"]


async def confirmed(desk: Desk, after: timedelta) -> list[tuple[str, str]]:
    now = desk.clock.now() + after
    await desk.store.transact(lambda tx: tx.faq_tuning.gather(now))
    return [(pair.question, pair.article_id) for pair in await desk.store.read(lambda tx: tx.faq_tuning.list_pairs())]


async def test_an_article_picked_in_did_you_mean_teaches_search_unless_it_turns_out_wrong(with_pool: Desk) -> None:
    desk, picked = with_pool, replace(gave("swimming hours?"), chosen=True)
    await desk.talks("swimming hours?", "At seven.", [picked])
    assert await confirmed(desk, timedelta(minutes=5)) == []  # the customer may still come back
    assert await confirmed(desk, timedelta(hours=1)) == [("swimming hours?", "pool")]
    await tap(desk, "👎")
    assert await confirmed(desk, timedelta(hours=2)) == []


async def test_a_pick_followed_by_other_words_or_by_a_call_for_a_person_teaches_nothing(with_pool: Desk) -> None:
    desk, picked = with_pool, replace(gave("swimming pool hours?"), chosen=True)
    await desk.talks("swimming pool hours?", "At seven.", [picked])
    await asks(desk, "what are the swimming pool hours")
    await desk.talks("gym hours?", "At seven.", [replace(gave("gym hours?"), chosen=True)])
    await desk.talks("a person please", "Sure.", [RequestHandoff("asked")])
    assert await confirmed(desk, timedelta(hours=1)) == []


async def test_a_pair_that_a_supervisor_takes_out_stays_out(with_pool: Desk) -> None:
    desk = with_pool
    await asks(desk)
    await tap(desk, "👍")
    revision = await desk.store.read(lambda tx: tx.faq_tuning.revision())
    assert await confirmed(desk, timedelta(minutes=1)) == [("When does the pool open?", "pool")]
    assert await desk.store.read(lambda tx: tx.faq_tuning.revision()) > revision  # every process hears of it
    [pair] = await desk.store.read(lambda tx: tx.faq_tuning.list_pairs())
    await desk.store.transact(lambda tx: tx.faq_tuning.remove_pair(pair.id, desk.clock.now()))
    assert await confirmed(desk, timedelta(minutes=2)) == []
    assert await desk.store.read(lambda tx: tx.faq_tuning.count_pairs()) == 0


async def test_an_answer_that_was_only_read_teaches_nothing(with_pool: Desk) -> None:
    await asks(with_pool)
    assert await confirmed(with_pool, timedelta(hours=1)) == []


async def test_thumbs_up_is_kept_and_thumbs_down_becomes_a_gap_with_its_reason(with_pool: Desk) -> None:
    talk = await asks(with_pool)
    await tap(with_pool, "👍")
    given = await with_pool.store.read(lambda tx: tx.faq_answers.find_last(talk))
    assert given is not None and given.helpful and await kinds(with_pool) == []
    await asks(with_pool)
    await tap(with_pool, "👎")
    await tap(with_pool, "out of date")
    now = with_pool.clock.now()
    reasons = await with_pool.store.read(lambda tx: tx.faq_answers.reasons(now - timedelta(1), now + timedelta(1)))
    assert (await kinds(with_pool), reasons) == (["unhelpful"], {"wrong": 1})
    assert (await with_pool.customer_got())[-1].startswith("Noted")


async def test_a_typed_number_is_no_opinion_on_the_answer(with_pool: Desk) -> None:
    await with_pool.store.transact(
        lambda tx: tx.articles.put_all([replace(POOL, extras={})], with_pool.clock.now())
    )
    talk = await asks(with_pool)
    await with_pool.talks("1")
    given = await with_pool.store.read(lambda tx: tx.faq_answers.find_last(talk))
    assert given is not None and given.helpful is None


async def test_asking_again_in_other_words_says_that_the_answer_missed(with_pool: Desk) -> None:
    await asks(with_pool)
    await asks(with_pool, "What time does the pool open in the morning?")
    assert await kinds(with_pool) == ["rephrased"]
    await asks(with_pool, "Can I bring my dog?")
    assert await kinds(with_pool) == ["rephrased"]


async def test_a_short_chinese_question_that_gets_the_same_article_again_was_asked_in_other_words(
    with_pool: Desk,
) -> None:
    await asks(with_pool, "几点可以入住")
    await asks(with_pool, "最早几点能办入住")
    assert await kinds(with_pool) == ["rephrased"]
    await with_pool.talks("可以寄存行李吗", "Yes.", [gave("可以寄存行李吗", "luggage")])
    await with_pool.talks("哪里可以充电", "There.", [gave("哪里可以充电", "chargers")])
    assert await kinds(with_pool) == ["rephrased"]  # two matters


async def test_calling_a_person_right_after_an_answer_is_a_gap_but_a_complaint_is_not(with_pool: Desk) -> None:
    await with_pool.agent()
    await asks(with_pool)
    await with_pool.talks("I want to complain", "I see", [RequestHandoff("complaint")])
    assert await kinds(with_pool) == []
    other = replace(CUSTOMER, chat="88", user="88")
    await asks(with_pool, address=other)
    await with_pool.talks("a person please", "Sure", [RequestHandoff("asked")], address=other)
    assert await kinds(with_pool) == ["handed_over"]


async def test_who_asked_in_vain_is_told_once_when_the_answer_is_there(desk: Desk) -> None:
    await desk.talks("Do you rent boats?", "I don't know", [NoteGap("Do you rent boats?", "en")])
    other = replace(CUSTOMER, chat="88", user="88")
    await desk.talks("Boats for rent?", "I don't know", [NoteGap("Boats for rent?", "en")], address=other)
    since, now = desk.clock.now() - timedelta(days=1), desk.clock.now()

    def write(tx: SqlTransaction) -> None:
        found = tx.gaps.list_open(since)
        tx.articles.put_all([replace(POOL, id="boats")], now)
        tx.gaps.set_state([gap.id for gap in found], GapState.DRAFTED, "boats")
        refuser = next(gap for gap in found if gap.question.startswith("Boats"))
        tx.customers.record_consent(refuser.customer_id, False, "stop", "telegram", now, "x")

    def tell(tx: SqlTransaction) -> int:
        askers = tx.gaps.list_askers("boats", since, now)
        return sum(faq_turns.tell_asker(tx, asker, OutboundMessage("Yes, at the pier."), now) for asker in askers)

    await desk.store.transact(write)
    assert await desk.store.read(lambda tx: tx.gaps.list_open(since)) == []
    assert await desk.store.transact(tell) == 1
    assert await desk.store.transact(tell) == 0
    assert (await desk.customer_got())[-1].endswith("Yes, at the pier.")
    assert "Yes, at the pier." not in (await desk.customer_got(other))[-1]


async def test_a_draft_takes_its_answer_from_what_agents_replied(desk: Desk) -> None:
    agent = await desk.agent()
    step = await desk.talks("Do you rent boats?", "I don't know", [NoteGap("Do you rent boats?", "en")])
    talk = step.turn.conversation_id
    await desk.talks("my number is 138 0013 8000", "I don't know", [NoteGap("boat? call 138 0013 8000", "en")])

    def serve(tx: SqlTransaction) -> None:
        conversation = tx.conversations.get(talk)
        tx.conversations.save(replace(conversation, holder=Holder.QUEUE))
        handoff.claim(tx, talk, agent, desk.clock.now())
        for number, text in enumerate(("Hi!", "Yes, boats can be rented at the pier for 20 an hour.")):
            handoff.answer(tx, talk, agent, text, f"key-{number}", desk.clock.now())

    await desk.store.transact(serve)
    gaps = await desk.store.read(lambda tx: tx.gaps.list_open(desk.clock.now() - timedelta(1)))
    replies = await desk.store.read(lambda tx: tx.gaps.replies(gaps))
    made = draft("new", gaps, "Do you rent boats?", replies, "lin@example.com")
    assert [one.text for one in made.phrasings] == ["Do you rent boats?"]
    assert made.answers == {EN: "Yes, boats can be rented at the pier for 20 an hour."}
