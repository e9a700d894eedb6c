"""What an admin sets about search is kept, and what makes no sense is refused where it was written."""

import httpx

from desk.agents import Role
from desk.faq_tuning import ConfirmedPair, Cuts, PairSource
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


async def test_a_supervisor_sees_what_customers_confirmed_and_takes_out_what_is_wrong(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    pair = ConfirmedPair("泳池几点关门", "pool", PairSource.CUSTOMER, services.clock.now())
    await services.store.transact(lambda tx: tx.faq_tuning.add_pair(pair, "answer:1"))
    page = (await http.get("/console/faq/tuning")).text
    assert "泳池几点关门" in page and "Customer" in page
    [kept] = await services.store.read(lambda tx: tx.faq_tuning.list_pairs())
    assert (await browser.press("/console/faq/tuning/pairs/remove", pair=kept.id)).status_code == 303
    assert "泳池几点关门" not in (await http.get("/console/faq/tuning")).text


async def test_who_expects_nonsense_measures_with_that_share_and_an_odd_one_is_the_usual(
    life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    assert 'name="outside" type="number" min="0" max="95" step="1" value="60"' in (
        await http.get("/console/faq/tuning?outside=60")
    ).text
    assert 'value="33"' in (await http.get("/console/faq/tuning?outside=many")).text
