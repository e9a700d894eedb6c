"""Tickets and service levels in the browser, as staff work them."""

import pytest
from playwright.async_api import expect

from desk.agents import Role
from tests.browser.conftest import OpenDesk, Site
from tests.console.life import ASKS, complaint

pytestmark = pytest.mark.browser


async def test_a_complaint_is_worked_on_its_page_and_the_customer_has_the_last_word(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("The room was dirty", effects=[
        complaint("The room was dirty", "HZ-412", "A refund of one night", "+86 199 0000 9001"),
    ])
    page = await open_desk(lin, "/console/tickets?kind=complaint")
    await page.get_by_role("link", name="T-1001").click()
    for detail in ("The room was dirty", "HZ-412", "A refund of one night", "+86 199 0000 9001"):
        await expect(page.locator("main .work")).to_contain_text(detail)
    await page.get_by_role("button", name="Take it").click()
    await expect(page.locator("#owner")).to_have_value(lin.id)
    for press, step in (("Acknowledge", "Acknowledged"), ("Investigate", "Investigating")):
        await page.get_by_role("button", name=press, exact=True).click()
        await expect(page.locator("[aria-current=step]")).to_have_text(step)
    await page.get_by_role("button", name="Propose a remedy").click()
    await expect(page.get_by_role("alert").filter(has_text="words for the customer")).to_be_visible()
    await page.get_by_label("Words for the customer").fill("We refund the night.")
    await page.get_by_role("button", name="Propose a remedy").click()
    await page.get_by_role("button", name="Approve the remedy").click()
    await page.get_by_role("button", name="Done: ask the customer").click()
    await expect(page.locator("#timeline")).to_contain_text("Is it settled for you?")
    await site.life.writes("Yes, it is settled")
    await expect(page.locator("#timeline")).to_contain_text("it is settled")  # live, without a reload
    await page.reload()
    await expect(page.locator("[aria-current=step]")).to_have_text("Customer accepted")
    await page.get_by_role("link", name="Open the conversation").click()
    await expect(page.locator("#history")).to_contain_text("T-1001 is closed")
    assert talk in page.url


async def test_a_supervisor_opens_a_ticket_by_hand_merges_and_splits_by_keyboard(site: Site, open_desk: OpenDesk):
    talk = await site.life.writes("hello")
    await site.life.books(await site.life.customer_of(talk), "HZ-412", "Suite")
    page = await open_desk(await site.life.hires("Wu", Role.SUPERVISOR), "/console/tickets/new")
    await page.get_by_label("For which customer?").fill("hz-412")
    await page.keyboard.press("Enter")
    await page.get_by_label("Subject").fill("Lost umbrella")
    await page.get_by_label("Subject").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1001")
    await page.get_by_role("button", name="Split").press("Enter")
    await page.locator("#split-subject").fill("And a hat")
    await page.locator("#split-subject").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1002")
    await page.get_by_role("button", name="Merge").press("Enter")
    await page.get_by_label("Continue as ticket number").fill("T-1001")
    await page.get_by_label("Continue as ticket number").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1001")
    await expect(page.locator(".toast")).to_have_text("Merged: go on here.")


async def test_compensation_above_the_limit_is_approved_by_a_supervisor_and_carried_out(
    site: Site, open_desk: OpenDesk
):
    await site.life.writes("The room was dirty", effects=[complaint("The room was dirty")])
    ticket = (await site.services.store.read(lambda tx: tx.tickets.list_page()))[0]
    limits = {(Role.AGENT, "CNY"): 10_000, (Role.SUPERVISOR, "CNY"): 90_000}
    await site.services.store.transact(lambda tx: tx.compensations.set_limits(limits))
    lin, wu = await site.life.hires("Lin"), await site.life.hires("Wu", Role.SUPERVISOR)
    page = await open_desk(lin, f"/console/tickets/{ticket.id}")
    await page.get_by_role("button", name="Propose compensation").click()
    await page.get_by_label("Amount").fill("200.50")
    await page.locator("#propose").get_by_role("button", name="Propose compensation").click()
    await expect(page.locator("#compensation")).to_contain_text("waits for approval")
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    boss = await open_desk(wu, "/console/tickets")
    await expect(boss.get_by_role("link", name="Ticket alerts: 1")).to_be_visible()
    await boss.locator(".notices").get_by_role("link", name="T-1001").click()
    await boss.get_by_role("button", name="Approve", exact=True).click()
    await expect(boss.locator("#compensation")).to_contain_text("approved, to be carried out")
    await boss.get_by_role("button", name="Carried out: tell the customer").click()
    await expect(boss.locator("#timeline")).to_contain_text("Your refund of ¥200.50 has been made (T-1001)")


async def test_an_administrator_writes_a_policy_and_the_clock_shows_on_ticket_and_conversation(
    site: Site, open_desk: OpenDesk
):
    page = await open_desk(await site.life.hires("Ada", Role.ADMIN), "/console/settings/sla")
    await page.get_by_role("link", name="New policy").click()
    await page.get_by_label("Name").fill("Everything")
    await page.locator("#first_response-amount").fill("2")
    await page.get_by_label("Count around the clock").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".toast")).to_be_visible()
    await expect(page.locator("table")).to_contain_text("2 h")
    talk = await site.life.asks_for_a_person(effects=[*ASKS, complaint("dirty")])
    await page.goto(f"{site.url}/console/conversations/{talk}")
    await expect(page.locator(".clock")).to_contain_text("First response")
    await page.goto(f"{site.url}/console/tickets")
    await page.get_by_role("link", name="T-1001").first.click()
    await expect(page.locator(".clock.running")).to_contain_text("1 h 59 min left")
