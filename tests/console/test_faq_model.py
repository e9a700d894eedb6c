"""A model that cannot be had: search goes on by words, and whoever looks after it is told."""

from dataclasses import replace

import httpx
import pytest

from console.app import Console
from desk.agents import Role
from desk.errors import Invalid
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from gateway.doctor import examine
from gateway.health import Health
from gateway.metrics import Metrics
from knowledge_base.service import LiveFaq
from tests.console.life import Browser, Life
from wiring.services import Services, StoredArticles

POOL = FaqArticle("pool", (Phrasing("When does the pool open?", Language.EN),), {Language.EN: "At seven."})


class NoModel:
    model_id = "no-such-model"

    @property
    def width(self) -> int:
        raise Invalid("FRONTDESK_EMBEDDING_MODEL", "The embedding model 'no-such-model' cannot be loaded.")


async def test_a_missing_model_is_told_to_operators_and_admins_while_words_are_searched(
    services: Services, life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = replace(services, faq=LiveFaq(StoredArticles(services.store), NoModel()))  # type: ignore[arg-type]
    await lost.store.transact(lambda tx: tx.articles.put_all([POOL], life.now()))
    await lost.faq.refresh()
    part = (await Health(lost, Metrics()).report())["faq"]
    assert not part["ok"] and "no-such-model" in part["problem"]
    await examine(lost)
    assert "FAIL  faq" in (said := capsys.readouterr().out) and "FRONTDESK_EMBEDDING_MODEL" in said
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Console(lost)), base_url="http://desk.test") as http:
        await Browser(http).sign_in(await life.hires("Lin", Role.SUPERVISOR))
        page = (await http.get("/console/faq/try?q=When does the pool open?")).text
        assert "“no-such-model” cannot be loaded" in page and "At seven." in page
