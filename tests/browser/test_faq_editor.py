"""The FAQ's editor as admins use it."""

from base64 import b64decode

import pytest
from playwright.async_api import expect

from desk.agents import Role
from desk.effects import NoteGap
from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing
from desk.messages import Language
from tests.browser.conftest import OpenDesk, Site, axe_violations
from tests.console.life import PASSWORD

pytestmark = pytest.mark.browser
ZH, EN = Language.ZH_HANS, Language.EN
PARKING = FaqArticle(
    "parking", (Phrasing("停车要收费吗", ZH), Phrasing("Is parking free?", EN)),
    {ZH: "住店客人免费停车。", EN: "Parking is free for guests."}, "services/parking", ("car",),
    extras={EN: Extras((Link("Map", "https://example.com/map"),), (), (), ("Is there a charger?",))},
)
POOL = FaqArticle("pool", (Phrasing("When does the pool open?", EN),), {EN: "At seven."}, "leisure", ("water",))
ONE_DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
TEXT = "#panel-en textarea[name='answer.en']"


async def test_an_admin_writes_previews_and_publishes_an_article(site: Site, open_desk: OpenDesk) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([PARKING, POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq")
    await page.keyboard.press("n")
    await page.get_by_role("tab", name="English").click()
    await page.fill("#panel-en textarea[name='phrasings.en']", "is PARKING free\nWhere can I park?")
    await page.fill(TEXT, "In the yard.")
    await page.select_option("#status", "published")
    await page.locator("#panel-en summary").click()
    await page.fill("#panel-en textarea[name='links.en']", "Map | https://example.com")
    await expect(page.locator(".phone.telegram .keys")).to_contain_text("Map")
    await expect(page.locator(".phone.wechat .said")).to_contain_text("1. Map https://example.com")
    await page.keyboard.press("Control+s")
    await expect(page.locator(".nearby")).to_contain_text("Is parking free?")
    await expect(page.locator(TEXT)).to_have_value("In the yard.")
    await page.get_by_role("button", name="Save all the same").click()
    await page.wait_for_url("**said=faq_saved*")
    found = await site.services.store.read(lambda tx: tx.articles.list_all())
    (made,) = [each for each in found if each.id not in ("parking", "pool")]
    assert (made.status, made.answers, len(made.phrasings)) == (ArticleStatus.PUBLISHED, {EN: "In the yard."}, 2)


async def test_two_who_edit_at_once_see_both_and_nothing_is_lost(site: Site, open_desk: OpenDesk) -> None:
    lin, wu = await site.life.hires("Lin", Role.SUPERVISOR), await site.life.hires("Wu", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([POOL], site.life.now()))
    first = await open_desk(lin, "/console/faq/article?id=pool")
    second = await open_desk(wu, "/console/faq/article?id=pool")
    await first.fill(TEXT, "At eight.")
    await first.fill("#category", "spa")
    await first.get_by_role("button", name="Save", exact=True).click()
    await first.wait_for_url("**said=faq_saved*")
    await second.fill(TEXT, "At nine.")
    await second.fill("#tags", "water; open")
    await second.get_by_role("button", name="Save", exact=True).click()
    await expect(second.locator(".conflict")).to_contain_text("Lin saved this article while you were editing.")
    await expect(second.locator(TEXT)).to_have_value("At nine.")
    await expect(second.locator("#category")).to_have_value("spa")
    await second.get_by_role("button", name="Take theirs").click()
    await second.get_by_role("button", name="Save", exact=True).click()
    await second.wait_for_url("**said=faq_saved*")
    kept = await site.services.store.read(lambda tx: tx.articles.get("pool"))
    assert (kept.answers[EN], kept.category, kept.tags) == ("At eight.", "spa", ("water", "open"))


async def test_what_was_written_outlives_the_article_and_a_picture_that_is_none(
    site: Site, open_desk: OpenDesk
) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq/article?id=pool&language=en")
    await page.fill(TEXT, "At eight, after a long morning of writing.")
    await page.locator("#panel-en summary").click()
    fake = {"name": "pool.png", "mimeType": "image/png", "buffer": b"no picture"}
    await page.set_input_files("[name='upload.en']", fake)
    await expect(page.locator("#panel-en .pictures .notice.bad")).to_contain_text("pool.png")
    await expect(page.locator(TEXT)).to_have_value("At eight, after a long morning of writing.")
    await site.services.store.transact(lambda tx: tx.articles.remove("pool", site.life.now()))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".notice.warn[role=alert]")).to_contain_text("was removed while you were editing")
    await expect(page.locator(TEXT)).to_have_value("At eight, after a long morning of writing.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**said=faq_saved*")
    await expect(page.get_by_role("tab", name="English")).to_have_attribute("aria-selected", "true")
    (kept,) = await site.services.store.read(lambda tx: tx.articles.list_all())
    assert kept.answers == {EN: "At eight, after a long morning of writing."}


async def test_a_picture_just_chosen_is_seen_on_every_channel_before_anything_is_saved(
    site: Site, open_desk: OpenDesk
) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq/article?id=pool&language=en")
    await page.locator("#panel-en summary").click()
    drawn = {"name": "map.png", "mimeType": "image/png", "buffer": ONE_DOT}
    await page.set_input_files("[name='upload.en']", drawn)
    shown = page.locator(".phone.telegram .said img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    await expect(page.locator("#panel-en .pictures img")).to_have_count(1)
    (kept,) = await site.services.store.read(lambda tx: tx.articles.list_all())
    assert not kept.extras
    assert await axe_violations(page) == []
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**said=faq_saved*")
    (kept,) = await site.services.store.read(lambda tx: tx.articles.list_all())
    assert [picture.name for picture in kept.extras[EN].pictures] == ["map.png"]


async def test_what_was_written_is_there_after_signing_in_again(site: Site, open_desk: OpenDesk) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq/article?id=pool&language=en")
    await page.fill(TEXT, "At eight, after a long morning of writing.")
    await page.context.clear_cookies()
    await page.keyboard.press("Control+s")
    await page.fill("#email", lin.email)
    await page.fill("#password", PASSWORD)
    await page.click("button.main")
    await page.wait_for_url("**/console/**")
    await page.goto(f"{site.url}/console/faq/article?id=pool&language=en")
    await expect(page.locator(TEXT)).to_have_value("At seven.")
    await page.get_by_role("button", name="Put it back").click()
    await expect(page.locator(TEXT)).to_have_value("At eight, after a long morning of writing.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**said=faq_saved*")
    await page.goto(f"{site.url}/console/faq/article?id=pool&language=en")
    await expect(page.locator("#unsaved")).to_be_hidden()


async def test_several_are_edited_together_by_keys_and_taken_back(site: Site, open_desk: OpenDesk) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([PARKING, POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq")
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(page.locator("#chosen")).to_have_text("2 selected")
    await page.select_option("[name=action]", "category")
    await page.fill("[name=value]", "house/rules")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".tree")).to_contain_text("rules 2")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".tree")).to_contain_text("leisure 1")


async def test_an_unanswered_question_becomes_a_published_answer_that_the_customer_gets(
    site: Site, open_desk: OpenDesk
) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    talk = await site.life.writes("Do you rent out boats?", effects=[NoteGap("Do you rent out boats?", "en")])
    page = await open_desk(lin, "/console/faq/gaps")
    await page.get_by_role("button", name="Make a draft").click()
    await page.wait_for_url("**said=faq_drafted*")
    await page.get_by_role("tab", name="English").click()
    await expect(page.locator("#panel-en textarea[name='phrasings.en']")).to_have_value("Do you rent out boats?")
    await page.fill(TEXT, "Yes, at the pier.")
    await page.select_option("#status", "published")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**said=faq_saved*")
    await page.get_by_role("link", name="Articles").click()
    await page.get_by_role("link", name="Unanswered").click()
    await page.get_by_role("button", name="Tell them").click()
    await page.get_by_role("dialog").get_by_role("button", name="Tell them").click()
    await page.wait_for_url("**said=faq_told*")
    said = await site.services.store.read(lambda tx: tx.messages.list_of([talk]))
    assert said[-1].text.endswith("Yes, at the pier.")


async def test_a_file_is_checked_imported_and_undone(site: Site, open_desk: OpenDesk) -> None:
    lin = await site.life.hires("Lin", Role.SUPERVISOR)
    page = await open_desk(lin, "/console/faq/exchange")
    content = "id,question,answer,language\npool,泳池几点开,七点。,zh-Hans\n".encode("gb18030")
    await page.set_input_files("#file", {"name": "faq.csv", "mimeType": "text/csv", "buffer": content})
    await page.get_by_role("button", name="Check the file").click()
    await page.get_by_role("button", name="Import now").click()
    await expect(page.locator("#job")).to_contain_text("Imported: 1 new")
    await page.get_by_role("button", name="Undo").click()
    await page.wait_for_url("**said=faq_undone")
    assert await site.services.store.read(lambda tx: tx.articles.count()) == 0


async def test_a_published_article_is_rewritten_beside_it_compared_and_published(
    site: Site, open_desk: OpenDesk
) -> None:
    lin, wu = await site.life.hires("Lin", Role.SUPERVISOR), await site.life.hires("Wu", Role.SUPERVISOR)
    await site.services.store.transact(lambda tx: tx.articles.put_all([POOL], site.life.now()))
    page = await open_desk(lin, "/console/faq/article?id=pool")
    await page.fill(TEXT, "At eight.")
    await page.get_by_role("button", name="Save as a working copy").click()
    await page.wait_for_url("**said=faq_copy_saved*")
    reviewer = await open_desk(wu, "/console/faq")
    await reviewer.get_by_role("link", name="working copy").click()
    await expect(reviewer.locator(".copy")).to_contain_text("Saved by Lin")
    await expect(reviewer.locator(".copy ins")).to_have_text("eight")
    assert await axe_violations(reviewer) == []
    kept = await site.services.store.read(lambda tx: tx.articles.get("pool"))
    assert kept.answers[EN] == "At seven."
    await reviewer.get_by_role("button", name="Publish").click()
    await reviewer.wait_for_url("**said=faq_saved*")
    kept = await site.services.store.read(lambda tx: tx.articles.get("pool"))
    assert kept.answers[EN] == "At eight."
