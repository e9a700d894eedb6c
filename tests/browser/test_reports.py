"""Reports in Chromium: charts are drawn under the page's policy, can be read by keyboard, and come as files."""

import csv
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Page, expect

from benchmarks.history import fill
from desk.agents import Role
from desk.messages import ChannelName
from tests.browser.conftest import OpenDesk, Site, axe_violations
from tests.console.asked import campaign_with_answers

pytestmark = pytest.mark.browser


async def a_supervisor_reads(site: Site, open_desk: OpenDesk, path: str, locale: str = "en", **how: object) -> Page:
    await site.life.writes("Hello", user="ann", channel=ChannelName.TELEGRAM)
    await site.life.writes("你好", user="bo", channel=ChannelName.WECHAT)
    await site.life.writes("您好", user="cai", channel=ChannelName.WECHAT)
    return await open_desk(await site.life.hires("Chen", Role.SUPERVISOR, locale), path, **how)


async def test_a_chart_is_drawn_and_its_table_downloads_as_it_is_shown(
    site: Site, open_desk: OpenDesk, tmp_path: Path
):
    page = await a_supervisor_reads(site, open_desk, "/console/reports?range=7d")
    await expect(page.locator("#volume canvas")).to_be_visible()
    shown = await page.locator("#volume table tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    assert shown[0] == ["Day", "Telegram", "WeChat", "Total"] and shown[-1] == ["Total", "1", "2", "3"]
    async with page.expect_download() as pending:
        await page.get_by_role("link", name="Download as CSV: New conversations").click()
    download = await pending.value
    today = site.life.services.clock.now() + timedelta(hours=8)
    assert download.suggested_filename == f"overview-volume-{today - timedelta(days=6):%Y-%m-%d}-{today:%Y-%m-%d}.csv"
    await download.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file)) == shown
    async with page.expect_download() as pending:
        await page.get_by_role("link", name="Download as XLSX: New conversations").click()
    await (await pending.value).save_as(tmp_path / "table.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "table.xlsx").active.values)
    assert len(rows) == len(shown) and rows[-1] == ("Total", 1, 2, 3)


async def test_a_chart_is_read_with_the_arrow_keys(site: Site, open_desk: OpenDesk):
    page = await a_supervisor_reads(site, open_desk, "/console/reports?range=7d")
    await page.locator("#volume .plot").focus()
    await page.keyboard.press("End")
    today = (site.life.services.clock.now() + timedelta(hours=8)).date()
    await expect(page.locator("p[aria-live]")).to_have_text(f"{today}: Telegram 1, WeChat 2")


async def test_days_that_are_no_period_are_refused_in_place_and_kept(site: Site, open_desk: OpenDesk):
    page = await a_supervisor_reads(site, open_desk, "/console/reports")
    await page.fill("input[name=from]", "2026-05-02")
    await page.fill("input[name=to]", "2026-05-01")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("alert").first).to_contain_text("The first day lies after the last")
    await expect(page.locator("input[name=from]")).to_have_value("2026-05-02")


@pytest.mark.parametrize("how", [{"color_scheme": "light"}, {"color_scheme": "dark"},
                                 {"viewport": {"width": 390, "height": 844}}], ids=["light", "dark", "phone"])
async def test_reports_have_no_accessibility_violation_and_nothing_is_cut(
    site: Site, open_desk: OpenDesk, how: dict[str, object]
):
    page = await a_supervisor_reads(site, open_desk, "/console/reports?range=7d", "zh-Hant", **how)
    await expect(page.locator("#volume canvas")).to_be_visible()
    assert await axe_violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_wallboard_shows_who_waits_as_it_happens_and_can_be_read_from_afar(site: Site, open_desk: OpenDesk):
    lin, chen = await site.life.hires("Lin"), await site.life.hires("Chen", Role.SUPERVISOR)
    await site.life.staff_is_present(lin)
    page = await open_desk(chen, "/console/wallboard", viewport={"width": 1920, "height": 1080})
    waiting = page.locator(".stat", has=page.get_by_role("heading", name="Waiting")).locator(".huge")
    await expect(waiting).to_have_text("0")
    await site.life.asks_for_a_person()
    await expect(waiting).to_have_text("1")
    await expect(page.locator(".loads li", has_text="Lin")).to_contain_text("0 / ")
    height = await waiting.evaluate("number => parseFloat(getComputedStyle(number).fontSize)")
    assert height >= 90, "under a twelfth of a screen of 1080 lines"
    assert await page.evaluate("document.getElementById('main').scrollHeight <= innerHeight")
    assert await axe_violations(page) == []
    await page.get_by_role("button", name="Full screen").click()
    await expect(page.locator(".wallboard:fullscreen")).to_be_visible()


async def test_a_screen_on_the_wall_is_no_agent_who_is_there(site: Site, open_desk: OpenDesk):
    page = await open_desk(await site.life.hires("Chen", Role.SUPERVISOR), "/console/wallboard")
    chen = (await site.services.store.read(lambda tx: tx.agents.list_all()))[0]
    await site.services.store.transact(lambda tx: tx.agents.left(chen.id))
    await page.reload()
    await expect(page.locator(".nobody")).to_be_visible()
    await site.life.writes("Hello")
    await expect(page.locator("#board")).to_contain_text("No agent is here right now.")


async def test_results_are_read_compared_searched_and_lead_to_the_ticket(site: Site, open_desk: OpenDesk):
    chen = await site.life.hires("Chen", Role.SUPERVISOR)
    await campaign_with_answers(site.services, chen.id, happy=0.1)
    campaign = await campaign_with_answers(site.services, chen.id, people=80, happy=0.9)
    page = await open_desk(chen, f"/console/campaigns/{campaign}/results")
    nps = page.locator(".tile", has=page.get_by_text("NPS", exact=True))
    await expect(nps).to_contain_text("hardly chance")
    await expect(page.locator("#waves canvas")).to_be_visible()
    await page.get_by_role("combobox", name="Broken down by").select_option("language")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#by-language table")).to_contain_text("Simplified Chinese")
    assert await axe_violations(page) == []
    await page.get_by_role("link", name="In their words").click()
    await page.get_by_role("searchbox").fill("DIRTY")
    await page.get_by_role("button", name="Apply").click()
    rows = page.locator("#verbatims tbody tr")
    assert all("dirty" in row.lower() for row in await rows.all_inner_texts()) and await rows.count()
    assert await axe_violations(page) == []
    await page.goto(f"{site.url}/console/campaigns/{campaign}/results/verbatims")
    await page.locator("#verbatims tbody a").first.click()
    await page.wait_for_url("**/console/tickets/*")
    await expect(page.locator("#main")).to_contain_text("Dirty room")


async def test_the_printed_results_hold_every_table(site: Site, open_desk: OpenDesk):
    chen = await site.life.hires("Chen", Role.SUPERVISOR)
    campaign = await campaign_with_answers(site.services, chen.id)
    page = await open_desk(chen, f"/console/campaigns/{campaign}/results", color_scheme="dark")
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await page.emulate_media(media="print")
    assert await page.locator(".figure details:not([open])").count() == 0
    await expect(page.locator("nav.rail, .tabs, .downloads").first).to_be_hidden()
    assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert len(await page.pdf(format="A4")) > 20_000


@pytest.mark.parametrize("how", [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
                         ids=["dark", "phone"])
async def test_an_indicator_that_fell_short_asks_for_a_plan(site: Site, open_desk: OpenDesk, how: dict[str, object]):
    await site.services.store.transact(lambda tx: fill(tx.connection, 300, site.services.clock.now()))
    chen = await site.life.hires("Chen", Role.SUPERVISOR)
    page = await open_desk(chen, "/console/programme", **how)
    await page.get_by_label("Name").fill("Happy guests")
    await page.get_by_role("textbox", name="Target").fill("99")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator(".notice.warn")).to_contain_text("fell short")
    await page.get_by_label("Cause").fill("Too few at noon")
    await page.get_by_label("What we do").fill("A shift over lunch")
    await page.get_by_label("Due").fill("2030-01-31")
    await page.get_by_role("button", name="Save the plan").click()
    await expect(page.locator(".plan")).to_contain_text("A shift over lunch")
    assert await axe_violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
