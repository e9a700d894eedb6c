"""Reports in Chromium: charts are drawn under the page's policy, can be read by keyboard, and come as files."""

import csv
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Page, expect

from desk.agents import Role
from desk.messages import ChannelName
from tests.browser.conftest import OpenDesk, Site, axe_violations

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
