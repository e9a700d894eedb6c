"""From what customers asked in vain to what they get."""

from collections.abc import Sequence
from dataclasses import replace

import httpx
import numpy as np

from console import faq_gap_desk
from crm_store.gaps import GapState
from desk import handoff
from desk.agents import Role
from desk.effects import NoteGap
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.service import LiveFaq
from knowledge_base.vectors import Vectors
from tests.console.life import ASKS, Browser, Life
from wiring.services import Services, StoredArticles

EN = Language.EN


async def asks_in_vain(life: Life, question: str, user: str) -> str:
    return await life.writes(question, user=user, effects=[NoteGap(question, "en")])


async def test_gaps_are_grouped_ranked_by_customers_and_named_by_the_typical_question(
    services: Services, life: Life
) -> None:
    for user in ("a", "b", "c"):
        await asks_in_vain(life, "Do you rent out boats?", user)
    await asks_in_vain(life, "do you rent boats out", "d")
    for _ in range(2):
        await asks_in_vain(life, "Is the sauna mixed?", "e")
    first, second = await faq_gap_desk.list_groups(services)
    assert (first.question, first.customers, len(first.gaps)) == ("Do you rent out boats?", 4, 4)
    assert (second.customers, len(second.gaps), second.recent) == (1, 2, 2)


async def test_one_click_makes_a_draft_and_the_gap_is_gone_until_the_draft_is(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    await browser.sign_in(lin)
    await asks_in_vain(life, "Do you rent out boats?", "a")
    (group,) = await faq_gap_desk.list_groups(services)
    made = await browser.press("/console/faq/gaps/draft", ids=group.ids)
    assert made.status_code == 303
    page = (await http.get(made.headers["location"])).text
    assert "Do you rent out boats?" in page
    (article,) = await services.store.read(lambda tx: tx.articles.list_all())
    assert (article.status, article.owner) == (ArticleStatus.DRAFT, "lin@example.com")
    assert await faq_gap_desk.list_groups(services) == []
    await services.store.transact(lambda tx: tx.articles.remove(article.id, life.now()))
    assert len(await faq_gap_desk.list_groups(services)) == 1


class Meaning(LiveFaq):
    """Texts with a boat or a pier are about boats; all others about something else."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        about = [any(word in text.lower() for word in ("boat", "pier")) for text in texts]
        return np.array([[1.0, 0.0] if each else [0.0, 1.0] for each in about], dtype=np.float32).reshape(-1, 2)


async def test_the_proposed_answer_is_what_an_agent_said_about_the_question_and_nothing_else(
    services: Services, life: Life
) -> None:
    services = replace(services, faq=Meaning(StoredArticles(services.store), None))
    lin = await life.hires("Lin", Role.SUPERVISOR)
    asks = [NoteGap("Do you rent out boats?", "en"), *ASKS]
    boats = await life.writes("Do you rent out boats?", user="a", effects=asks)
    points = await life.writes("Do you rent out boats?", user="b", effects=asks)
    for talk, said in ((boats, "Yes, at the pier, 20 euros an hour."), (points, "I added 2,340 points for you.")):
        await services.store.transact(lambda tx, talk=talk: handoff.claim(tx, talk, lin, life.now()))
        spoken = (talk, lin, said, f"key-{talk}", life.now())
        await services.store.transact(lambda tx, spoken=spoken: handoff.answer(tx, *spoken))
    (group,) = await faq_gap_desk.list_groups(services)
    elsewhere = [gap.id for gap in group.gaps if gap.conversation_id == points]
    assert (await faq_gap_desk.make_draft(services, elsewhere, lin)).answers == {}
    both = await faq_gap_desk.make_draft(services, [gap.id for gap in group.gaps], lin)
    assert both.answers == {EN: "Yes, at the pier, 20 euros an hour."}


async def test_what_a_draft_is_being_written_for_is_not_offered_a_second_one(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    await browser.sign_in(lin)
    await asks_in_vain(life, "Do you rent out boats?", "a")
    (group,) = await faq_gap_desk.list_groups(services)
    draft = await faq_gap_desk.make_draft(services, [gap.id for gap in group.gaps], lin)
    await asks_in_vain(life, "do you rent boats out", "b")
    await asks_in_vain(life, "Is the sauna mixed?", "c")
    boats = next(group for group in await faq_gap_desk.list_groups(services) if "boats" in group.question)
    assert (boats.pending, boats.customers) == (draft.id, 1)
    page = (await http.get("/console/faq/gaps")).text
    assert "Add to that draft" in page and page.count("Make a draft") == 1
    await browser.press("/console/faq/gaps/join", ids=boats.ids, article=draft.id)
    grown = await services.store.read(lambda tx: tx.articles.get(draft.id))
    assert [one.text for one in grown.phrasings] == ["Do you rent out boats?", "do you rent boats out"]
    assert [group.question for group in await faq_gap_desk.list_groups(services)] == ["Is the sauna mixed?"]


async def test_what_an_article_nearly_answers_becomes_its_phrasing_and_is_then_answered(
    services: Services, life: Life
) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    boats = FaqArticle("boats", (Phrasing("Do you rent out boats?", EN),), {EN: "At the pier."})
    await services.store.transact(lambda tx: tx.articles.put_all([boats], life.now()))
    await services.faq.refresh()
    await asks_in_vain(life, "Do you rent out small boats to guests?", "a")
    (group,) = await faq_gap_desk.list_groups(services)
    assert group.near is not None and group.near.article_id == "boats"
    await faq_gap_desk.add_to_article(services, [gap.id for gap in group.gaps], "boats", lin)
    await services.faq.refresh()
    result = await services.faq.search("do you rent out small boats to guests", EN)
    assert (result.verdict, result.matches[0].article_id) == ("answer", "boats")
    assert await faq_gap_desk.list_groups(services) == []
    assert [(article.id, count) for article, count in await faq_gap_desk.answered_since(services)] == [("boats", 1)]
    assert [await faq_gap_desk.tell_askers(services, "boats", lin) for _ in range(2)] == [1, 0]


async def test_whoever_publishes_the_answer_may_tell_those_who_asked_from_the_same_page(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    talk = await asks_in_vain(life, "Do you rent out small boats to guests?", "a")
    (group,) = await faq_gap_desk.list_groups(services)
    draft = await faq_gap_desk.make_draft(services, [gap.id for gap in group.gaps], lin)
    await browser.sign_in(lin)
    here = f"/console/faq/article?id={draft.id}"
    assert "Tell them" not in (await http.get(here)).text  # nothing to tell yet
    written = replace(draft, status=ArticleStatus.PUBLISHED, answers={EN: "At the pier."})
    await services.store.transact(lambda tx: tx.articles.save(written, draft.version, life.now(), by=lin.id))
    assert "customers who asked and may be told: 1." in (await http.get(here)).text
    await browser.press("/console/faq/gaps/tell", article=draft.id)
    assert "Tell them" not in (await http.get(here)).text
    told = (await services.store.read(lambda tx: tx.messages.list_of([talk])))[-1].text
    assert told.endswith("At the pier.")


async def test_who_asked_in_traditional_characters_is_told_in_them_whatever_was_written_since(
    services: Services, life: Life
) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    talk = await life.writes("房間裡有麻將桌嗎", user="a", effects=[NoteGap("房間裡有麻將桌嗎", "zh-Hant")])
    await life.writes("谢谢，这个问题先放一放吧", user="a")
    (group,) = await faq_gap_desk.list_groups(services)
    draft = await faq_gap_desk.make_draft(services, [gap.id for gap in group.gaps], lin)
    written = replace(draft, status=ArticleStatus.PUBLISHED, answers={Language.ZH_HANS: "棋牌室里有麻将桌。"})
    await services.store.transact(lambda tx: tx.articles.save(written, draft.version, life.now(), by=lin.id))
    assert await faq_gap_desk.tell_askers(services, draft.id, lin) == 1
    told = (await services.store.read(lambda tx: tx.messages.list_of([talk])))[-1].text
    assert told == "您之前問過「房間裡有麻將桌嗎」，當時我沒能回答。現在有答案了：\n棋牌室裡有麻將桌。"


async def test_a_dismissed_gap_does_not_come_back_in_other_words(services: Services, life: Life) -> None:
    lin = await life.hires("Lin", Role.SUPERVISOR)
    await asks_in_vain(life, "Tell me a joke please", "a")
    (group,) = await faq_gap_desk.list_groups(services)
    await faq_gap_desk.decide(services, [gap.id for gap in group.gaps], GapState.DISMISSED, lin)
    await asks_in_vain(life, "tell me a joke, please!", "b")
    assert await faq_gap_desk.list_groups(services) == []
    (kept,) = await faq_gap_desk.list_groups(services, dismissed=True)
    assert len(kept.gaps) == 2


async def test_an_agent_reads_gaps_but_decides_nothing(life: Life, browser: Browser, http: httpx.AsyncClient) -> None:
    await browser.sign_in(await life.hires("Wu"))
    await asks_in_vain(life, "Do you rent out boats?", "a")
    page = await http.get("/console/faq/gaps")
    assert "Do you rent out boats?" in page.text and "Make a draft" not in page.text
    assert (await browser.press("/console/faq/gaps/draft", ids="1")).status_code == 403
