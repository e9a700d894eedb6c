"""Surveys and campaigns in Chromium: built, planned, started and watched with the keyboard, readable by everybody."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from campaigns.running import step
from desk.agents import Role
from desk.customers import Customer, Identity
from desk.messages import Address, ChannelName
from tests.browser.conftest import OpenDesk, Site, axe_violations
from wiring.lanes import lanes_of

pytestmark = pytest.mark.browser
LOOK = os.environ.get("LOOK")  # a folder for pictures, for whoever wants to see the pages


async def look(page: Page, name: str) -> None:
    """No violation, nothing cut off at the sides, at desk and at phone width, light and dark."""
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await axe_violations(page) == [], (name, width, scheme)
            if LOOK:
                await page.screenshot(path=Path(LOOK) / f"{name}-{width}-{scheme}.png", full_page=True)
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.emulate_media(color_scheme="light")


async def populate(site: Site) -> None:
    now = site.services.clock.now()

    def add(tx):
        for n in range(30):
            name = f"guest{n:02}"
            where = Address(ChannelName.WEBCHAT, "web", name, name)
            tx.customers.add(Customer(name, f"Guest {n}", None, "gold" if n % 2 else "", n, "", "", n != 7, now))
            tx.customers.add_identity(Identity(where, name, name, True, now))

    await site.services.store.transact(add)


@contextlib.asynccontextmanager
async def at_work(site: Site, campaign: str):
    """The runner, as a worker would run it."""

    async def work() -> None:
        while True:
            await site.services.store.transact(
                lambda tx: step(tx, campaign, lanes_of(site.services, tx), site.services.clock.now())
            )
            await asyncio.sleep(0.1)

    task = asyncio.create_task(work())
    yield
    task.cancel()


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_a_survey_becomes_a_running_campaign_by_keyboard(site: Site, open_desk: OpenDesk, locale: str) -> None:
    await populate(site)
    page = await open_desk(await site.life.hires("Owner", Role.SUPERVISOR, locale), "/console/surveys")
    await look(page, f"surveys-{locale}") if locale == "en" else None
    await page.focus("#field-name")
    await page.keyboard.type("How was your stay?")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console/surveys/*")
    survey = page.url.rsplit("/", 1)[1]
    await expect(page.locator("#preview .said").first).to_be_visible()
    await page.locator("button[value='up:1']").press("Enter")
    await page.wait_for_url("**/console/surveys/*")
    first = page.locator(".question legend").first
    await expect(first).to_contain_text({"en": "Free text", "zh-Hans": "开放题"}[locale])
    await page.locator("button[value='down:0']").press("Enter")
    await look(page, f"builder-{locale}")
    await page.locator("button[value='publish']").press("Enter")
    await page.wait_for_url("**said=published")

    await page.goto(f"{site.url}/console/campaigns/new?survey={survey}")
    await page.fill("#field-name", "Autumn")
    await page.fill("#field-quiet_from", "00:00")
    await page.fill("#field-quiet_until", "00:00")
    await page.select_option("select[name=rule0]", "points at_least")
    await page.fill("input[name=rule0-value]", "20")
    await expect(page.locator("#audience-count")).to_contain_text("10")
    await look(page, f"campaign-{locale}")
    await page.focus("#field-name")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**said=saved*")
    campaign = page.url.rsplit("/", 1)[1].split("?")[0]

    await page.goto(f"{site.url}/console/campaigns/{campaign}/plan")
    await look(page, f"plan-{locale}")
    await page.locator("[commandfor=start]").first.press("Enter")
    await page.locator("dialog#start button.main").press("Enter")
    await page.wait_for_url(f"**/console/campaigns/{campaign}")
    async with at_work(site, campaign):
        await expect(page.locator("#progress .tile .big").first).to_have_text("10", timeout=8000)
    await look(page, f"run-{locale}")
    await page.locator("header button.main").press("Enter")
    await expect(page.locator(".run-state")).to_contain_text({"en": "Paused", "zh-Hans": "已暂停"}[locale])
    await page.goto(f"{site.url}/console/consents?customer=guest03")
    await look(page, f"consents-{locale}")
    await page.goto(f"{site.url}/console/campaigns")
    await look(page, f"campaigns-{locale}")
