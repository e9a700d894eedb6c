"""The frame around every page of the console."""

import pytest
from playwright.async_api import expect

from desk.agents import Role
from tests.browser.conftest import OpenDesk, Site

pytestmark = pytest.mark.browser


async def test_on_a_phone_the_sections_open_and_close_by_a_menu_button(site: Site, open_desk: OpenDesk):
    page = await open_desk(await site.life.hires("Lin"), "/console/tickets", viewport={"width": 375, "height": 740})
    faq = page.get_by_role("link", name="FAQ")
    await expect(faq).to_be_hidden()
    await page.get_by_role("button", name="Menu").press("Enter")
    await expect(faq).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(faq).to_be_hidden()
    await page.get_by_role("button", name="Menu").click()
    await faq.click()
    await expect(page.locator("h1")).to_have_text("FAQ")


async def test_light_or_dark_is_remembered_whatever_the_system_says(site: Site, open_desk: OpenDesk):
    page = await open_desk(await site.life.hires("Lin"), color_scheme="light")
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(background)
    await page.locator("#me summary").click()
    await page.get_by_role("button", name="Dark").click()
    await page.wait_for_load_state()
    dark = await page.evaluate(background)
    assert dark != light
    await page.goto(f"{site.url}/console/faq")
    assert await page.evaluate(background) == dark


async def test_an_auditor_sees_what_was_said_but_nothing_to_press(site: Site, open_desk: OpenDesk):
    talk = await site.life.asks_for_a_person("Can I change my room?")
    page = await open_desk(await site.life.hires("Wu", Role.AUDITOR), f"/console/conversations/{talk}")
    await expect(page.locator("#history")).to_contain_text("Can I change my room?")
    await expect(page.get_by_role("button", name="Claim")).to_have_count(0)
    await expect(page.locator("#composer")).to_have_count(0)
