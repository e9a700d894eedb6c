"""What a conversation is about follows from what was answered, wished and complained of."""

from dataclasses import replace

import pytest

from crm_store.inbox_lists import InboxQuery, InboxView
from desk.casework import change
from desk.effects import FaqAnswered, OpenTicket, Wished
from desk.faq import FaqArticle, Phrasing
from desk.messages import Address, ChannelName, Language
from desk.tickets import TicketKind
from tests.desk.conftest import Desk

EN = Language.EN
POOL = FaqArticle("pool", (Phrasing("When does the pool open?", EN),), {EN: "At seven."}, category="facilities")
OTHER = Address(ChannelName.TELEGRAM, "bot", "88", "88")


@pytest.fixture
async def hotel(desk: Desk) -> Desk:
    articles = [POOL, replace(POOL, id="odd", category="")]
    await desk.store.transact(lambda tx: tx.articles.put_all(articles, desk.clock.now()))
    return desk


def answered(article: str = "pool") -> FaqAnswered:
    return FaqAnswered(article, "When does it open?", "en", "en", 0.9)


async def topics(desk: Desk, conversation_id: str) -> set[str]:
    found = await desk.store.read(lambda tx: tx.conversation_topics.of([conversation_id]))
    return set(found.get(conversation_id, ()))


async def test_a_conversation_is_about_what_the_faq_answered_and_what_was_wished(hotel: Desk) -> None:
    talk = (await hotel.talks("When does the pool open?", effects=[answered()])).turn.conversation_id
    assert await topics(hotel, talk) == {"faq:facilities"}
    await hotel.talks("and the sauna?", effects=[answered()])
    await hotel.talks("where is my order", effects=[Wished("order")])
    await hotel.talks("something odd", effects=[answered("odd")])
    assert await topics(hotel, talk) == {"faq:facilities", "order"}


async def test_a_complaint_is_a_topic_and_its_category_follows_when_it_is_changed(hotel: Desk) -> None:
    complains = OpenTicket(TicketKind.COMPLAINT, "Noise", "Noise all night")
    talk = (await hotel.talks("It was loud", effects=[complains])).turn.conversation_id
    agent, now = await hotel.agent(), hotel.clock.now()

    async def sorts(category: str | None) -> None:
        ticket = (await hotel.store.read(lambda tx: tx.tickets.list_page()))[0]
        await hotel.store.transact(lambda tx: change(tx, ticket.id, {"category_id": category}, agent, now))

    for name in ("room", "staff"):
        await hotel.store.transact(lambda tx, name=name: tx.categories.add({"en": name}, None, name))
    await sorts("room")
    assert await topics(hotel, talk) == {"complaint", "ticket:room"}
    await sorts("staff")
    assert await topics(hotel, talk) == {"complaint", "ticket:staff"}
    await sorts(None)
    assert await topics(hotel, talk) == {"complaint"}


async def test_the_inbox_shows_only_conversations_about_the_topic_that_was_chosen(hotel: Desk) -> None:
    talk = (await hotel.talks("When does the pool open?", effects=[answered()])).turn.conversation_id
    await hotel.talks("hello", address=OTHER)

    async def shown(topic: str) -> list[str]:
        query = InboxQuery(InboxView.ALL, "a", topic=topic)
        return [item.id for item in (await hotel.store.read(lambda tx: tx.inbox.page(query)))[0]]

    assert (await shown("faq:facilities"), await shown("points"), len(await shown(""))) == ([talk], [], 2)
