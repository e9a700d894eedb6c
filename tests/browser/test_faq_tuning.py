"""The search settings while the curve is measured, as a supervisor sees them."""

import asyncio

import pytest
from playwright.async_api import expect

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.faq import FaqArticle, Phrasing
from tests.browser.conftest import OpenDesk, Site, axe_violations
from wiring.measuring import begin_measuring, finish_measuring_unattended

pytestmark = pytest.mark.browser
WAYS = ("when does the {} open", "{} hours", "tell me about the {}")
PLACES = ("pool", "gym", "spa", "bar", "sauna", "library", "garden", "kids club")


async def test_the_curve_is_followed_while_it_is_measured_and_shown_when_it_is_done(
    site: Site, open_desk: OpenDesk
) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    services, now = site.services, site.life.now()
    await services.store.transact(lambda tx: tx.articles.put_all([
        FaqArticle(place, tuple(Phrasing(way.format(place)) for way in WAYS), {None: "At seven."}) for place in PLACES
    ], now))
    page = await open_desk(lin, "/console/faq/tuning")
    await expect(page.locator("#curve")).to_have_count(0)
    await begin_measuring(services)  # by a colleague, in another process
    await page.get_by_role("button", name="Measure with our own articles").click()
    await expect(page.locator("#measuring [role=status]")).to_contain_text("Measuring since")
    assert await axe_violations(page) == []

    def half_done(tx: SqlTransaction) -> None:
        tx.faq_measuring.note(0.5, services.clock.now())

    await services.store.transact(half_done)
    await expect(page.locator("#measuring progress")).to_have_attribute("value", "0.5")
    await asyncio.create_task(finish_measuring_unattended(services, 0.4))
    await expect(page.locator("#curve")).to_be_visible()  # by itself
    await expect(page.locator("#measuring")).to_contain_text("with 40 of 100 questions expected")


async def test_what_was_moved_meanwhile_is_not_lost_to_the_new_curve(site: Site, open_desk: OpenDesk) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await begin_measuring(site.services)
    page = await open_desk(lin, "/console/faq/tuning")
    slider = page.locator("input[name=answer]")
    await slider.focus()
    await slider.press("ArrowRight")
    moved = await slider.input_value()
    await finish_measuring_unattended(site.services, 0.4)
    await expect(page.get_by_role("link", name="Show the new curve")).to_be_visible()
    assert await slider.input_value() == moved
    await page.get_by_role("link", name="Show the new curve").click()
    await expect(page.locator("#measuring")).to_contain_text("Measured today")
