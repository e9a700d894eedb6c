"""A survey in the chat: answered in the customer's own way, left and taken up again, and never in the way."""

from datetime import timedelta

from campaigns.campaigns import Campaign, Trigger
from campaigns.interview import SurveyTalk
from campaigns.recipients import RecipientState
from campaigns.surveys import Branch, Option, Question, QuestionKind, Survey, When
from crm_store.store import SqlTransaction
from desk.channels import ReplyWindow
from desk.conversations import Holder
from desk.handoff import claim, close
from desk.messages import Address, Button, ChannelName, Language
from desk.ports import Understanding
from desk.router import AskBot, Settled
from desk.tickets import TicketKind
from tests.campaigns.conftest import LANES, House, at

ANNA = at("anna")


def texts(english: str, chinese: str = "") -> dict[Language, str]:
    return {Language.EN: english, Language.ZH_HANS: chinese or english}


STAY = Survey((
    Question("stars", QuestionKind.STARS, texts("How was your stay?", "住得怎么样？"), complaint_at_most=2,
             branches=(Branch(When.AT_MOST, "why", "3"),)),
    Question("liked", QuestionKind.MULTIPLE, texts("What did you like?", "您喜欢什么？"), options=(
        Option("room", texts("Room", "房间")), Option("food", texts("Food", "餐饮")),
        Option("pool", texts("Pool", "泳池")),
    )),
    Question("again", QuestionKind.YES_NO, texts("Would you come back?", "还会再来吗？"),
             branches=(Branch(When.ALWAYS, "thanks"),)),
    Question("why", QuestionKind.TEXT, texts("What went wrong?", "哪里不好？")),
    Question("thanks", QuestionKind.THANKS, texts("Thank you!", "谢谢！")),
), (Language.EN, Language.ZH_HANS))


async def asked(house: House, channel: ChannelName = ChannelName.TELEGRAM, **how: object) -> tuple[Campaign, Address]:
    address = await house.customer("anna", channel, **how)
    campaign = await house.starts(STAY)
    await house.runs(campaign, 0.2, channel)
    return campaign, address


async def last(house: House, address: Address = ANNA) -> str:
    return (await house.heard(address))[-1]


async def test_buttons_lead_through_every_kind_of_question_to_the_thanks(house: House) -> None:
    campaign, anna = await asked(house)
    await house.taps(anna, "★★★★★")
    await house.taps(anna, "Room")
    await house.taps(anna, "Pool")
    await house.taps(anna, "Done")
    await house.taps(anna, "Yes")
    assert await last(house) == "Thank you!"
    assert await house.state_of(campaign, "anna") is RecipientState.FINISHED
    assert await house.answers(campaign, "anna") == [
        ("stars", 5, (), "5"), ("liked", None, ("room", "pool"), ""), ("again", None, ("yes",), ""),
    ]


async def test_where_there_are_no_buttons_numbers_and_words_do(house: House) -> None:
    address = at("wang", ChannelName.WECHAT)
    await house.customer("wang", ChannelName.WECHAT, Language.ZH_HANS)
    now = house.clock.now()
    await house.do(lambda tx: tx.windows.open(address, ReplyWindow("message", timedelta(hours=48), 5), now))
    campaign = await house.starts(STAY)
    await house.runs(campaign, 0.2, ChannelName.WECHAT)
    await house.says(address, "四颗星")
    assert "1. 房间\n2. 餐饮\n3. 泳池" in await last(house, address)
    await house.says(address, "1 和 3")
    await house.says(address, "会的")
    assert [answer[:3] for answer in await house.answers(campaign, "wang")] == [
        ("stars", 4, ()), ("liked", None, ("room", "pool")), ("again", None, ("yes",)),
    ]


async def test_who_asks_something_else_is_answered_and_brought_back_once(house: House) -> None:
    campaign, anna = await asked(house)
    question = Understanding("ask_question", 0.9)
    step = await house.says(anna, "When is breakfast", means=question, bot="From seven.")
    assert isinstance(step, AskBot)
    assert "From seven." in (await house.heard(anna))[-3:]
    assert await last(house) == "How was your stay?"
    await house.says(anna, "And lunch?", means=question, bot="From noon.")
    assert await last(house) == "From noon.", "once is enough"
    await house.taps(anna, "★★★★")
    assert (await house.answers(campaign, "anna"))[0][:2] == ("stars", 4)


async def test_was_that_helpful_does_not_keep_the_survey_away_but_a_real_choice_does(house: House) -> None:
    _, anna = await asked(house)
    question = Understanding("ask_question", 0.9)
    await house.says(anna, "Is there a pool", means=question, bot="Did you mean:", offers=(Button("Pool hours", "/x"),))
    assert await last(house) == "Did you mean:"
    await house.says(anna, "When is breakfast", means=question, bot="From seven.", offers=(Button("👍", "faq:yes:1"),))
    assert await last(house) == "How was your stay?"


async def test_the_survey_does_not_come_back_while_the_assistant_waits_for_an_answer(house: House) -> None:
    _, anna = await asked(house)
    await house.says(anna, "I want to complain about noise", means=Understanding("file_complaint", 0.9),
                     bot="What happened?")
    assert await last(house) == "What happened?"


async def test_an_answer_that_is_none_is_asked_for_once_more_and_then_kept_as_text(house: House) -> None:
    campaign, anna = await asked(house)
    unsure = Understanding("nlu_fallback", 0.2)
    await house.says(anna, "well it depends", means=unsure)
    assert "number from 1 to 5" in await last(house)
    await house.says(anna, "hard to put a number on it", means=unsure)
    assert await house.answers(campaign, "anna") == [("stars", None, (), "hard to put a number on it")]
    assert "What did you like?" in await last(house)


async def test_skip_back_and_quit_are_understood_and_what_was_answered_stays(house: House) -> None:
    campaign, anna = await asked(house)
    await house.says(anna, "4")
    await house.says(anna, "back")
    assert await last(house) == "How was your stay?"
    await house.says(anna, "5 stars")
    await house.says(anna, "skip")
    await house.says(anna, "quit")
    assert await house.state_of(campaign, "anna") is RecipientState.LEFT
    assert await house.answers(campaign, "anna") == [("stars", 5, (), "5 stars"), ("liked", None, (), "")]
    step = await house.says(anna, "4", means=Understanding("give_rating", 0.9))
    assert isinstance(step, AskBot), "the survey is over: a number is for the assistant again"


async def test_a_low_answer_offers_a_complaint_and_opens_it_only_with_consent(house: House) -> None:
    _, anna = await asked(house)
    await house.taps(anna, "★")
    assert "complaint ticket" in await last(house)
    assert await house.store.read(lambda tx: tx.tickets.list_page()) == []
    await house.taps(anna, "Yes, please")
    (ticket,) = await house.store.read(lambda tx: tx.tickets.list_page())
    assert (ticket.kind, ticket.owner_id) == (TicketKind.COMPLAINT, house.owner)
    assert ticket.number in (await house.heard(anna))[-2] and await last(house) == "What went wrong?"
    await house.says(anna, "The air conditioning was off", means=Understanding("file_complaint", 0.9))
    history = await house.store.read(lambda tx: tx.ticket_history.list_of(ticket.id))
    assert "The air conditioning was off" in [event.text for event in history]


async def test_no_ticket_is_opened_for_who_declines(house: House) -> None:
    campaign, anna = await asked(house)
    await house.says(anna, "2")
    await house.says(anna, "no thanks")
    assert await house.store.read(lambda tx: tx.tickets.list_page()) == []
    assert await last(house) == "What went wrong?"
    assert await house.state_of(campaign, "anna") is RecipientState.ANSWERED


async def test_while_a_person_holds_the_conversation_the_survey_waits(house: House) -> None:
    campaign, anna = await asked(house)
    await house.says(anna, "5")
    await house.says(anna, "Can I speak to a person?", means=Understanding("request_human", 0.9))
    now = house.clock.now()
    agent = await house.do(lambda tx: tx.agents.get(house.owner))
    conversation = await house.do(lambda tx: tx.conversations.find_open(anna))
    assert conversation is not None
    await house.do(lambda tx: claim(tx, conversation.id, agent, now))
    said = len(await house.heard(anna))
    await house.says(anna, "Room")
    assert len(await house.heard(anna)) == said, "what is said now is for the person"
    later = house.clock.forward(timedelta(minutes=1))
    await house.do(lambda tx: close(tx, conversation.id, agent, later, SurveyTalk(tx, LANES.accounts)))
    assert "What did you like?" in await last(house), "the survey goes on, and no second question is asked"
    await house.taps(anna, "Room")
    await house.taps(anna, "Done")
    assert (await house.answers(campaign, "anna"))[1][2] == ("room",)


async def test_a_button_tapped_days_later_is_still_an_answer(house: House) -> None:
    campaign, anna = await asked(house)
    house.clock.forward(timedelta(days=3))
    await house.taps(anna, "★★★★")
    assert (await house.answers(campaign, "anna"))[0][:2] == ("stars", 4)


async def test_a_survey_after_each_conversation_takes_the_place_of_the_rating_question(house: House) -> None:
    anna = await house.customer("anna")
    campaign = await house.starts(STAY, trigger=Trigger.CONVERSATION_CLOSED)
    await house.says(anna, "Hello", means=Understanding("greet", 0.9))
    agent = await house.do(lambda tx: tx.agents.get(house.owner))

    async def ends(conversation_id: str) -> None:
        now = house.clock.now()

        def end(tx: SqlTransaction) -> None:
            claim(tx, conversation_id, agent, now)
            close(tx, conversation_id, agent, now, SurveyTalk(tx, LANES.accounts))

        await house.do(end)

    conversation = await house.do(lambda tx: tx.conversations.find_open(anna))
    await ends(conversation.id)
    await house.runs(campaign, 0.5)
    assert "How was your stay?" in await last(house)
    await house.says(anna, "5")
    (item,) = await house.store.read(lambda tx: tx.recipient_views.list_page(campaign.id))
    assert item.recipient.agent_id == house.owner
    assert item.recipient.occasion == f"conversation:{conversation.id}"
    assert (await house.do(lambda tx: tx.conversations.get(conversation.id))).holder is Holder.NOBODY


async def test_answering_opens_no_conversation_of_its_own(house: House) -> None:
    _, anna = await asked(house)
    step = await house.says(anna, "5")
    assert isinstance(step, Settled)
    assert await house.do(lambda tx: tx.conversations.find_open(anna)) is None
