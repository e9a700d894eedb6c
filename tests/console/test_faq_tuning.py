"""What an admin sets about search is kept, and what makes no sense is refused where it was written."""

import httpx

from desk.agents import Role
from desk.faq_tuning import Cuts
from tests.console.life import Browser, Life
from wiring.services import Services


async def test_cuts_and_glossary_are_set_on_the_page_and_bad_ones_are_refused(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    assert (await browser.press("/console/faq/tuning/cuts", answer="0.2", offer="0.6")).status_code == 422
    assert (await browser.press("/console/faq/tuning/cuts", answer="0.9")).status_code == 422
    assert (await browser.press("/console/faq/tuning/cuts", answer="0.97", offer="0.01")).status_code == 303
    kept = await services.store.read(lambda tx: tx.faq_tuning.calibration())
    assert kept.cuts == Cuts(0.97, 0.01)
    one = await browser.press("/console/faq/tuning/glossary", names="pool")
    assert one.status_code == 422 and "at least two names" in one.text
    assert (await browser.press("/console/faq/tuning/glossary", names="pool; lido；泳池")).status_code == 303
    page = (await http.get("/console/faq/tuning")).text
    assert "pool; lido; 泳池" in page and 'value="0.97"' in page
    few = await browser.press("/console/faq/tuning/learn")
    assert few.status_code == 422 and "too few confirmed pairs" in few.text
