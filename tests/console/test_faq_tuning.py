"""What an admin sets about search is kept, and what makes no sense is refused where it was written."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.errors import NotFound
from desk.faq import FaqArticle, Phrasing
from desk.faq_tuning import ConfirmedPair, Cuts, LearnedModel, PairSource
from tests.console.life import Browser, Life
from tests.console.test_rest import caller
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
    assert few.status_code == 422 and "too few confirmed questions" in few.text


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


def undo_on(page: str, action: str) -> dict[str, str]:
    """The fields of the page's form to this address, as a click on it would send them."""
    start = f'<form method="post" action="/console/faq/tuning{action}" class="single">'
    [form] = re.findall(rf"{start}(.*?)</form>", page, re.DOTALL)
    fields = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))
    return {name: html.unescape(value) for name, value in fields.items() if name != "csrf"}


async def test_what_was_changed_by_mistake_comes_back_by_one_click(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    tuning = "/console/faq/tuning"
    pair = ConfirmedPair("泳池几点关门", "pool", PairSource.CUSTOMER, services.clock.now())
    await services.store.transact(lambda tx: tx.faq_tuning.add_pair(pair, "answer:1"))
    [kept] = await services.store.read(lambda tx: tx.faq_tuning.list_pairs())
    gone = await browser.press(f"{tuning}/pairs/remove", pair=kept.id)
    page = (await http.get(gone.headers["location"])).text
    assert "泳池几点关门" not in page
    await browser.press(f"{tuning}/pairs/restore", **undo_on(page, "/pairs/restore"))
    [back] = await services.store.read(lambda tx: tx.faq_tuning.list_pairs())
    assert (back.question, back.source) == ("泳池几点关门", PairSource.CUSTOMER)

    await browser.press(f"{tuning}/glossary", names="pool; lido", note="the big one")
    [term] = await services.store.read(lambda tx: tx.faq_tuning.list_glossary())
    gone = await browser.press(f"{tuning}/glossary/remove", term=term.id)
    page = (await http.get(gone.headers["location"])).text
    await browser.press(f"{tuning}/glossary", **undo_on(page, "/glossary"))
    [term] = await services.store.read(lambda tx: tx.faq_tuning.list_glossary())
    assert (term.names, term.note) == (("pool", "lido"), "the big one")
    await browser.press(f"{tuning}/glossary", term=term.id, names="pool; lido; 泳池")
    [term] = await services.store.read(lambda tx: tx.faq_tuning.list_glossary())
    assert term.names == ("pool", "lido", "泳池")

    await browser.press(f"{tuning}/cuts", answer="0.7", offer="0.3")
    changed = await browser.press(f"{tuning}/cuts", answer="0.9", offer="0.1")
    page = (await http.get(changed.headers["location"])).text
    [undo] = re.findall(r'<div class="notice good undo".*?</div>', page, re.DOTALL)
    await browser.press(f"{tuning}/cuts", **undo_on(undo, "/cuts"))
    assert (await services.store.read(lambda tx: tx.faq_tuning.calibration())).cuts == Cuts(0.7, 0.3)


async def test_a_supervisor_sees_that_search_is_learning_and_why_a_result_does_not_serve(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    assert "learning begins with 20" in (await http.get("/console/faq/tuning")).text
    now = services.clock.now()

    def confirm(tx: SqlTransaction) -> None:
        for number in range(25):
            pair = ConfirmedPair(f"question {number}", "pool", PairSource.AGENT, now)
            tx.faq_tuning.add_pair(pair, f"agent:{number}")

    await services.store.transact(confirm)
    assert await services.store.transact(lambda tx: tx.faq_tuning.begin_refit(now))
    page = (await http.get("/console/faq/tuning")).text
    assert "Learning since" in page and "Learn from the 25 questions now" not in page
    begun = await browser.press("/console/faq/tuning/learn")
    assert begun.status_code == 303  # it runs already: nothing is begun twice, and nothing is wrong
    await services.store.transact(lambda tx: tx.faq_tuning.end_refit(broke_off=True))
    assert "learning broke off by a fault" in (await http.get("/console/faq/tuning")).text
    worse = LearnedModel("", now, 25, 8, 0.75, 0.5, active=False, accepted=False)
    await services.store.transact(lambda tx: (tx.faq_tuning.add_model(worse, b"words"), tx.faq_tuning.end_refit()))
    page = (await http.get("/console/faq/tuning")).text
    assert "of 8 unseen questions, 6 found before, 4 after" in page and "worse than before, not used" in page
    assert "Learn from the 25 questions now" in page and "broke off" not in page


async def test_a_refit_that_died_with_its_process_hinders_no_other(services: Services) -> None:
    began = services.clock.now()
    assert await services.store.transact(lambda tx: tx.faq_tuning.begin_refit(began))
    assert not await services.store.transact(lambda tx: tx.faq_tuning.begin_refit(began + timedelta(minutes=1)))
    assert await services.store.transact(lambda tx: tx.faq_tuning.begin_refit(began + timedelta(minutes=11)))


async def test_the_words_of_what_was_taken_out_are_forgotten_after_a_day(services: Services) -> None:
    now = services.clock.now()
    pair = ConfirmedPair("call me on 13900001234", "pool", PairSource.CUSTOMER, now)
    await services.store.transact(lambda tx: tx.faq_tuning.add_pair(pair, "answer:1"))
    [kept] = await services.store.read(lambda tx: tx.faq_tuning.list_pairs())
    await services.store.transact(lambda tx: tx.faq_tuning.remove_pair(kept.id, now))
    later = now + timedelta(hours=25)
    await services.store.transact(lambda tx: tx.faq_tuning.gather(later))
    with pytest.raises(NotFound):
        await services.store.transact(lambda tx: tx.faq_tuning.restore_pair(kept.id, later))


async def _has_articles(services: Services) -> None:
    ways = ("when does the {} open", "{} hours", "tell me about the {}")
    places = ("pool", "gym", "spa", "bar", "sauna", "library", "garden", "kids club")
    await services.store.transact(lambda tx: tx.articles.put_all([
        FaqArticle(place, tuple(Phrasing(way.format(place)) for way in ways), {None: "At seven."}) for place in places
    ], services.clock.now()))


async def test_measuring_goes_on_after_the_page_is_left_and_is_there_for_whoever_comes_back(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    await _has_articles(services)
    begun = await browser.press("/console/faq/tuning/measure", outside="60")
    assert begun.status_code == 303
    page = (await http.get("/console/faq/tuning")).text
    assert "with 60 of 100 questions expected" in page and "What each value would bring" in page
    assert 'name="outside" type="number" min="0" max="95" step="1" value="60"' in page
    state = await services.store.read(lambda tx: tx.faq_measuring.state(services.clock.now()))
    assert state.curve is not None and state.curve.suggested.cuts is not None
    taken = state.curve.suggested
    await services.store.transact(lambda tx: tx.faq_tuning.set_calibration(taken, services.clock.now()))
    page = (await http.get("/console/faq/tuning")).text
    assert "What each value would bring" in page and "Use what was measured as best" not in page
    other = replace(taken, slope=taken.slope + 1)
    await services.store.transact(lambda tx: tx.faq_tuning.set_calibration(other, services.clock.now()))
    page = (await http.get("/console/faq/tuning")).text
    assert "The scale was changed since" in page and "What each value would bring" not in page


async def test_what_is_measured_already_is_not_begun_twice_and_a_fault_is_said(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    now = services.clock.now()
    assert await services.store.transact(lambda tx: tx.faq_measuring.begin(now))
    await services.store.transact(lambda tx: tx.faq_measuring.note(0.25, now))
    page = (await http.get("/console/faq/tuning")).text
    assert "Measuring since" in page and 'max="1" value="0.25"' in page
    assert (await browser.press("/console/faq/tuning/measure", outside="many")).status_code == 303
    assert (await services.store.read(lambda tx: tx.faq_measuring.state(now))).done == 0.25
    await services.store.transact(lambda tx: tx.faq_measuring.end(None, 0.3, now))
    assert "The last measuring broke off" in (await http.get("/console/faq/tuning")).text


async def test_a_measuring_that_died_with_its_process_hinders_no_other(services: Services) -> None:
    began = services.clock.now()
    assert await services.store.transact(lambda tx: tx.faq_measuring.begin(began))
    later = began + timedelta(minutes=3)
    dead = await services.store.read(lambda tx: tx.faq_measuring.state(later))
    assert (dead.began_at, dead.broke_off) == (None, True)
    assert not await services.store.transact(lambda tx: tx.faq_measuring.begin(began + timedelta(minutes=1)))
    assert await services.store.transact(lambda tx: tx.faq_measuring.begin(later))


async def test_a_program_begins_the_measuring_follows_it_and_reads_the_curve(
    services: Services, life: Life, http: httpx.AsyncClient
) -> None:
    lead = await caller(http, life, "Lin", Role.SUPERVISOR)
    await _has_articles(services)
    assert (await lead("GET", "/faq/curve")).json()["curve"] is None  # nothing was measured, and looking begins nothing
    begun = await lead("POST", "/faq/curve?outside=0.6")
    assert begun.status_code == 202 and begun.headers["Location"] == "/api/v1/faq/curve"
    assert begun.json()["began_at"] and begun.json()["curve"] is None  # answered before it was measured
    found = (await lead("GET", "/faq/curve")).json()
    assert found["began_at"] is None and found["measured_at"] and found["outside"] == 0.6
    assert found["curve"]["asked"] > 0 and found["curve"]["suggested"]["answer"] is not None


async def test_a_program_sees_how_far_the_measuring_of_another_process_is(
    services: Services, life: Life, http: httpx.AsyncClient
) -> None:
    lead, agent = await caller(http, life, "Lin", Role.SUPERVISOR), await caller(http, life, "Grace")
    now = services.clock.now()
    assert await services.store.transact(lambda tx: tx.faq_measuring.begin(now))
    await services.store.transact(lambda tx: tx.faq_measuring.note(0.25, now))
    state = (await lead("GET", "/faq/curve")).json()
    assert state["began_at"] and state["done"] == 0.25
    assert (await lead("POST", "/faq/curve")).status_code == 409
    assert (await agent("POST", "/faq/curve")).status_code == 403
    await services.store.transact(lambda tx: tx.faq_measuring.end(None, 0.4, now))
    assert (await lead("GET", "/faq/curve")).json()["broke_off"]
