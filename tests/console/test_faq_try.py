"""The page that tries the search says what the customer would get, word for word and channel by channel."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from console.words import Words
from desk.agents import Role
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.fusion import WEIGHTS, View
from tests.console.life import Browser, Life
from wiring.services import Services

ZH, EN = Language.ZH_HANS, Language.EN
POOL = FaqArticle("pool", (Phrasing("泳池几点开", ZH),), {ZH: "泳池早上七点开门。"})
GYM = FaqArticle("gym", (Phrasing("When does the gym open?", EN),), {EN: "At six."})


@pytest.mark.parametrize(("question", "language", "gets"), [
    ("泳池几点开", "zh-Hant", ["泳池早上七點開門。", "有幫助"]),
    ("你好，泳池几点开呢？", "", ["泳池早上七点开门。"]),
    ("When does the gym open?", "zh-Hans", ["目前只有英文版", "At six."]),
    ("Do unicorns eat meat?", "", ["rather not guess", "Leave the question"]),
])  # fmt: skip
async def test_the_reply_is_the_one_of_the_chat(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient, question: str, language: str,
    gets: list[str],
) -> None:  # fmt: skip
    await services.store.transact(lambda tx: tx.articles.put_all([POOL, GYM], life.now()))
    await services.faq.refresh()
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    page = (await http.get("/console/faq/try", params={"q": question, "language": language})).text
    assert page.count('<section class="phone ') == 4
    for words in gets:
        assert words in page


def test_every_way_of_comparing_and_every_signal_has_a_name() -> None:
    words = Words(EN, ZoneInfo("Asia/Shanghai"), datetime(2026, 1, 1, tzinfo=UTC))
    signals = {name for view in View for name in WEIGHTS[view]} | {"answer_dense", "answer_lexical"}
    names = [f"faq.view.{view.value}" for view in View] + [f"faq.signal.{name}" for name in sorted(signals)]
    assert [name for name in names if not words.has(name)] == []
