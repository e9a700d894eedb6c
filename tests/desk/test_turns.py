"""One turn after the other: who answers, what is stored, what happens when something breaks."""

from datetime import timedelta

import pytest

from desk.conversations import Holder
from desk.effects import TICKET_NUMBER, AddToTicket, NoteGap, OpenTicket, SetConsent
from desk.handoff import claim
from desk.messages import (
    Address,
    Attachment,
    AttachmentKind,
    Button,
    ChannelName,
    EventName,
    InboundKind,
    Language,
    OutboundMessage,
)
from desk.router import AskBot
from desk.tickets import TicketKind
from tests.desk.conftest import CUSTOMER, Desk

COMPLAINT = OpenTicket(TicketKind.COMPLAINT, "Broken air conditioning", "It was off all night", contact="here")


async def test_the_answer_and_everything_it_changes_are_stored_together(desk: Desk) -> None:
    await desk.talks("The air conditioning was broken", f"Your ticket is {TICKET_NUMBER}.", [COMPLAINT])
    assert await desk.customer_got() == ["Your ticket is T-1001."]
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    assert (ticket.number, ticket.detail, ticket.contact) == ("T-1001", "It was off all night", "here")
    assert await desk.store.read(lambda tx: tx.inbound.count_by_status()) == {"done": 1}


async def test_a_worker_that_lost_its_lease_stores_nothing_of_its_answer(desk: Desk) -> None:
    lease = await desk.receives("The air conditioning was broken")
    step = await desk.begins(lease)
    now = desk.clock.forward(timedelta(seconds=60))
    await desk.store.transact(lambda tx: tx.inbound.reap(now))
    assert not await desk.concludes(lease, step, OutboundMessage(TICKET_NUMBER), effects=[COMPLAINT])
    assert await desk.customer_got() == []
    assert await desk.store.read(lambda tx: tx.tickets.list_page()) == []


async def test_a_repeated_turn_creates_nothing_twice_and_shows_the_message_once(desk: Desk) -> None:
    lease = await desk.receives("The air conditioning was broken")
    await desk.begins(lease)
    now = desk.clock.forward(timedelta(seconds=60))
    await desk.store.transact(lambda tx: tx.inbound.reap(now))
    (again,) = await desk.claim()
    step = await desk.begins(again)
    assert isinstance(step, AskBot) and step.turn.attempt == 2
    await desk.concludes(again, step, OutboundMessage(TICKET_NUMBER), effects=[COMPLAINT])
    assert [message.text for message in await desk.history()] == ["The air conditioning was broken", "T-1001"]
    assert len(await desk.store.read(lambda tx: tx.tickets.list_page())) == 1


async def test_the_bot_stays_silent_while_an_agent_holds_the_conversation(desk: Desk) -> None:
    agent = await desk.agent()
    first = await desk.talks("hello")
    await desk.store.transact(lambda tx: claim(tx, first.turn.conversation_id, agent, desk.clock.now()))
    said = await desk.customer_got()
    await desk.settles("are you there?")
    assert await desk.customer_got() == said
    conversation = await desk.conversation()
    assert conversation is not None and conversation.unread == 1


async def test_an_agent_who_steps_in_while_the_bot_thinks_is_not_talked_over(desk: Desk) -> None:
    agent = await desk.agent()
    lease = await desk.receives("hello")
    step = await desk.begins(lease)
    assert isinstance(step, AskBot)
    await desk.store.transact(lambda tx: claim(tx, step.turn.conversation_id, agent, desk.clock.now()))
    await desk.concludes(lease, step, OutboundMessage("The bot speaks"))
    assert "The bot speaks" not in await desk.customer_got()


async def test_customers_text_never_reaches_the_assistant_as_a_command(desk: Desk) -> None:
    for text in ("/restart", "  //session_start", "／request_human", "\u200b/check_order", "EXTERNAL: rate"):
        lease = await desk.receives(text)
        step = await desk.begins(lease)
        assert isinstance(step, AskBot)
        assert not step.turn.trusted
        assert not step.turn.text.startswith("/") and not step.turn.text.lower().startswith("external:")
        await desk.concludes(lease, step, OutboundMessage("ok"))


async def test_a_tapped_button_becomes_our_own_command(desk: Desk) -> None:
    lease = await desk.receives("hi")
    step = await desk.begins(lease)
    await desk.concludes(lease, step, OutboundMessage("Well?", (Button("Yes", "/affirm"), Button("No", "/deny"))))
    yes, _ = await desk.buttons()
    lease = await desk.receives(kind=InboundKind.CHOICE, choice=yes.id)
    step = await desk.begins(lease)
    assert isinstance(step, AskBot)
    assert (step.turn.text, step.turn.trusted) == ("/affirm", True)


async def test_a_number_answers_the_list_that_was_offered_last(desk: Desk) -> None:
    lease = await desk.receives("hi")
    step = await desk.begins(lease)
    await desk.concludes(lease, step, OutboundMessage("Well?", (Button("Yes", "/affirm"), Button("No", "/deny"))))
    step = await desk.begins(await desk.receives("２"))
    assert isinstance(step, AskBot)
    assert (step.turn.text, step.turn.trusted) == ("/deny", True)


async def test_a_number_after_another_question_is_not_taken_for_an_older_list(desk: Desk) -> None:
    lease = await desk.receives("hi")
    await desk.concludes(lease, await desk.begins(lease), OutboundMessage("Well?", (Button("Yes", "/affirm"),)))
    await desk.talks("something else", "How many nights?")
    step = await desk.begins(await desk.receives("1"))
    assert isinstance(step, AskBot)
    assert (step.turn.text, step.turn.trusted) == ("1", False)


async def test_somebody_elses_button_and_an_old_one_do_nothing_but_say_so(desk: Desk) -> None:
    lease = await desk.receives("hi")
    await desk.concludes(lease, await desk.begins(lease), OutboundMessage("Well?", (Button("Yes", "/affirm"),)))
    (yes,) = await desk.buttons()
    other = Address(ChannelName.TELEGRAM, "bot", "88", "88")
    await desk.settles(kind=InboundKind.CHOICE, choice=yes.id, address=other)
    assert "no longer valid" in (await desk.customer_got(other))[0]
    desk.clock.forward(timedelta(hours=25))
    await desk.settles(kind=InboundKind.CHOICE, choice=yes.id)
    assert "no longer valid" in (await desk.customer_got())[-1]


async def test_replies_follow_the_language_and_script_of_the_customer(desk: Desk) -> None:
    for text, language in (
        ("請問幾點退房？", Language.ZH_HANT), ("ok", Language.ZH_HANT), ("When is breakfast?", Language.EN),
        ("几点吃早饭？", Language.ZH_HANS), ("5", Language.ZH_HANS),
    ):
        step = await desk.talks(text)
        assert step.turn.language is language, text


async def test_a_first_contact_without_words_uses_the_language_of_the_customers_app(desk: Desk) -> None:
    lease = await desk.receives(kind=InboundKind.EVENT, event=EventName.STARTED, locale="zh-TW")
    step = await desk.begins(lease)
    assert isinstance(step, AskBot)
    assert (step.turn.text, step.turn.trusted, step.turn.language) == ("/greet", True, Language.ZH_HANT)


async def test_a_start_that_is_told_twice_is_greeted_once(desk: Desk) -> None:
    await desk.talks(kind=InboundKind.EVENT, event=EventName.STARTED, text="", answer="Welcome!")
    await desk.settles(kind=InboundKind.EVENT, event=EventName.STARTED)
    assert await desk.customer_got() == ["Welcome!"]
    assert len(await desk.history()) == 1, "who starts the chat has not said anything yet"


async def test_an_edited_message_changes_the_history_and_is_not_answered(desk: Desk) -> None:
    await desk.talks("room 31", key="original")
    await desk.settles("room 13", kind=InboundKind.EVENT, event=EventName.EDITED, replaces="original")
    shown = await desk.history()
    assert (shown[0].text, shown[0].edited) == ("room 13", True)
    conversation = await desk.conversation()
    assert conversation is not None and conversation.last_text == "room 13", "the inbox shows it as it reads now"
    assert len(await desk.customer_got()) == 1


async def test_who_blocks_us_is_marked_unreachable_until_they_write_again(desk: Desk) -> None:
    await desk.talks("hello")
    await desk.settles(kind=InboundKind.EVENT, event=EventName.STOPPED)
    identity = await desk.store.read(lambda tx: tx.customers.find_identity(CUSTOMER))
    assert identity is not None and not identity.reachable
    await desk.talks("I am back")
    identity = await desk.store.read(lambda tx: tx.customers.find_identity(CUSTOMER))
    assert identity is not None and identity.reachable


async def test_the_same_person_in_a_group_and_in_private_is_one_customer_in_two_conversations(desk: Desk) -> None:
    private = await desk.talks("hello")
    group = Address(ChannelName.TELEGRAM, "bot", "-100", "77")
    in_group = await desk.talks("hello all", address=group)
    assert private.turn.conversation_id != in_group.turn.conversation_id
    conversations = [await desk.conversation(CUSTOMER), await desk.conversation(group)]
    assert len({found.customer_id for found in conversations if found}) == 1


async def test_nobody_can_add_to_another_customers_ticket(desk: Desk) -> None:
    await desk.talks("broken", TICKET_NUMBER, [COMPLAINT])
    stranger = Address(ChannelName.TELEGRAM, "bot", "88", "88")
    await desk.talks("let me in", "ok", [AddToTicket("T-1001", "hijacked")], address=stranger)
    await desk.talks("one more thing", "ok", [AddToTicket("t-1001", "It also leaked")])
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    history = await desk.store.read(lambda tx: tx.ticket_history.list_of(ticket.id))
    assert [event.text for event in history if event.happened == "customer"] == ["It also leaked"]


async def test_consent_is_kept_with_its_proof(desk: Desk) -> None:
    await desk.talks("退订", "好的", [SetConsent(False, "退订")])
    identity = await desk.store.read(lambda tx: tx.customers.find_identity(CUSTOMER))
    assert identity is not None
    customer = await desk.store.read(lambda tx: tx.customers.get(identity.customer_id))
    assert not customer.consent


async def test_stop_words_work_while_an_agent_holds_the_conversation(desk: Desk) -> None:
    agent = await desk.agent()
    first = await desk.talks("hello")
    await desk.store.transact(lambda tx: claim(tx, first.turn.conversation_id, agent, desk.clock.now()))
    await desk.settles("TD")
    identity = await desk.store.read(lambda tx: tx.customers.find_identity(CUSTOMER))
    assert identity is not None
    assert not (await desk.store.read(lambda tx: tx.customers.get(identity.customer_id))).consent


async def test_unanswered_questions_are_kept_for_the_faqs_admin(desk: Desk) -> None:
    await desk.talks("Do you rent boats?", "I don't know", [NoteGap("Do you rent boats?", "en", "parking", 0.2)])
    (gap,) = await desk.store.read(lambda tx: tx.gaps.list_newest())
    assert (gap["question"], gap["best_article"]) == ("Do you rent boats?", "parking")


async def test_while_the_assistant_is_down_the_customer_is_told_once_and_the_message_is_answered_later(
    desk: Desk,
) -> None:
    lease = await desk.receives("When is breakfast?")
    step = await desk.begins(lease)
    assert isinstance(step, AskBot)
    conversation_id = step.turn.conversation_id
    await desk.postpones(lease, conversation_id)
    assert await desk.customer_got() == [], "a short hiccup is not worth a word"
    for _ in range(2):
        desk.clock.forward(timedelta(seconds=10))
        (lease,) = await desk.claim()
        step = await desk.begins(lease)
        await desk.postpones(lease, conversation_id)
    assert len(await desk.customer_got()) == 1
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.BOT
    desk.clock.forward(timedelta(seconds=10))
    (lease,) = await desk.claim()
    await desk.concludes(lease, await desk.begins(lease), OutboundMessage("From 6:30."))
    assert (await desk.customer_got())[-1] == "From 6:30."
    conversation = await desk.conversation()
    assert conversation is not None and conversation.handoff_reason is None


async def test_a_message_that_keeps_failing_is_set_aside_with_an_apology_and_a_person(desk: Desk) -> None:
    await desk.agent()
    lease = await desk.receives("poison")
    step = await desk.begins(lease)
    assert isinstance(step, AskBot)
    await desk.gives_up(lease, step.turn.conversation_id)
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.QUEUE
    apology, queued = await desk.customer_got()
    assert "could not handle" in apology and "next in line" in queued


async def test_on_wechat_everything_said_in_a_turn_leaves_as_one_message(desk: Desk) -> None:
    address = Address(ChannelName.WECHAT, "wx", "o1", "o1")
    lease = await desk.receives("你好", address=address)
    step = await desk.begins(lease)
    await desk.concludes(lease, step, OutboundMessage("您好"), OutboundMessage("选哪个？", (Button("订单", "/o"),)))
    assert await desk.customer_got(address) == ["您好\n\n选哪个？"]


async def test_a_first_word_of_both_scripts_is_answered_in_the_script_of_the_customers_phone(desk: Desk) -> None:
    step = await desk.talks("您好", locale="zh-TW")
    assert step.turn.language is Language.ZH_HANT


@pytest.mark.parametrize(("kind", "text"), [
    (InboundKind.LOCATION, "上海市黄浦区 (31.2, 121.4)"), (InboundKind.LINK, "五星推荐\nhttps://example.com/a"),
])
async def test_a_place_or_a_shared_page_is_received_but_not_read_as_words(
    desk: Desk, kind: InboundKind, text: str
) -> None:
    step = await desk.talks(text, kind=kind)
    assert (step.turn.text, step.turn.trusted) == ("/EXTERNAL_attachment", True)
    assert (await desk.history())[0].text == text


async def test_the_assistant_hears_how_many_pictures_came_with_the_words(desk: Desk) -> None:
    picture = Attachment(AttachmentKind.IMAGE, remote="p1")
    step = await desk.talks("the bathroom", kind=InboundKind.MEDIA, attachments=(picture,))
    assert (step.turn.text, step.turn.files) == ("the bathroom", 1)
