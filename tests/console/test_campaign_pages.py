"""The pages of surveys, campaigns and consents, as a browser without scripts uses them."""

import html
import re

import httpx
import pytest

from campaigns.audience import audience_to_json
from campaigns.running import step
from console.campaign_desk import add_campaign
from desk.agents import Role
from desk.customers import Customer, Identity
from desk.messages import Address, ChannelName
from tests.console.life import Browser, Life
from wiring.lanes import lanes_of
from wiring.services import Services


@pytest.fixture
async def owner(browser: Browser, life: Life) -> Browser:
    """A supervisor who reads English, signed in."""
    await browser.sign_in(await life.hires("Owner", Role.SUPERVISOR))
    return browser


@pytest.fixture
async def guests(services: Services) -> None:
    now = services.clock.now()

    def add(tx):
        for name in ("ann", "ben"):
            tx.customers.add(Customer(name, name.title(), None, "gold", 0, "", "", True, now))
            tx.customers.add_identity(Identity(Address(ChannelName.WEBCHAT, "web", name, name), name, name, True, now))

    await services.store.transact(add)


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send if the page's main form were submitted as it stands."""
    form = max(re.findall(r"<form.*?</form>", page, re.DOTALL), key=len)
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else "on"
    found |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        best = chosen or first
        found[name] = (best[1] if best[1] is not None else best[2]) if best else ""
    found.pop("csrf", None)
    return found


async def made_survey(owner: Browser, template: str = "csat") -> str:
    answer = await owner.press("/console/surveys", name="How was it?", template=template)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_survey_is_built_by_buttons_alone_and_published(owner: Browser):
    where = await made_survey(owner, "")
    for kind in ("stars", "multiple", "thanks"):
        page = (await owner.http.get(where)).text
        assert (await owner.press(where, **fields_of(page), do=f"add:{kind}")).status_code == 303
    page = (await owner.http.get(where)).text
    fields = fields_of(page)
    assert "A text is missing" in page
    fields |= {"q0-text-en": "How many stars?", "q1-text-en": "What did you like?", "q1-options-en": "Room\nFood",
               "q2-text-en": "Thank you!"}
    fields = {key: value for key, value in fields.items() if not key.startswith("language-zh")}
    refused = await owner.press(where, **{**fields, "q0-b0-when": "at_most", "q0-b0-value": "9", "q0-b0-to": "end"},
                                do="publish")
    assert refused.status_code == 409 and "can never hold" in refused.text
    fields = fields_of((await owner.http.get(where)).text) | {"q0-b0-when": ""}
    assert (await owner.press(where, **fields, do="publish")).headers["location"].endswith("said=published")
    page = (await owner.http.get(where)).text
    assert "Version 1 is published" in page and "★★★★★" in page
    wechat = (await owner.http.get(f"{where}?channel=wechat")).text
    assert "1. Room\n2. Food" in wechat, "where there are no buttons the preview shows the list"


async def test_what_was_written_is_kept_when_somebody_else_was_faster(owner: Browser):
    where = await made_survey(owner)
    fields = fields_of((await owner.http.get(where)).text)
    await owner.press(where, **{**fields, "q0-text-en": "Theirs"})
    answer = await owner.press(where, **{**fields, "q0-text-en": "Mine"})
    assert answer.status_code == 409
    assert "Mine" in answer.text and "Somebody changed this survey" in answer.text


async def draft(owner: Browser, **changes: str) -> str:
    survey = await made_survey(owner)
    fields = fields_of((await owner.http.get(survey)).text)
    await owner.press(survey, **fields, do="publish")
    page = (await owner.http.get("/console/campaigns/new")).text
    fields = fields_of(page) | {"name": "Autumn", "survey": survey.rsplit("/", 1)[1], "quiet_from": "00:00",
                                "quiet_until": "00:00", **changes}
    answer = await owner.press("/console/campaigns/new", **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


async def test_a_campaign_is_drafted_planned_started_watched_and_paused(
    owner: Browser, services: Services, guests: None
):
    where = await draft(owner, rule0="tier is", **{"rule0-value": "gold"})
    page = (await owner.http.get(where)).text
    assert "Customers who fit now: 2" in page and "Ann" in page
    plan = (await owner.http.get(f"{where}/plan")).text
    assert "Start this campaign?" in plan and "It will ask 2 customers" in plan
    assert (await owner.press(f"{where}/start")).status_code == 303
    campaign = where.rsplit("/", 1)[1]
    for _ in range(5):
        await services.store.transact(
            lambda tx: step(tx, campaign, lanes_of(services, tx), services.clock.now())
        )
    run = (await owner.http.get(where)).text
    assert "Running" in run and "queued <strong>2</strong>" in run
    assert "Ann" in (await owner.http.get(f"{where}?state=queued")).text
    assert "Nobody is here" in (await owner.http.get(f"{where}?state=failed")).text
    assert (await owner.press(f"{where}/state", to="paused")).status_code == 303
    assert "Paused" in (await owner.http.get(where)).text
    assert (await owner.press(f"{where}/state", to="draft")).status_code == 409


async def test_a_wrong_value_is_marked_and_the_rest_of_the_form_is_kept(owner: Browser, guests: None):
    survey = (await made_survey(owner)).rsplit("/", 1)[1]
    page = (await owner.http.get("/console/campaigns/new")).text
    answer = await owner.press("/console/campaigns/new", **(fields_of(page) | {
        "survey": survey, "name": "Winter", "cap_days": "-3", "opening0-en": "A warm hello"}))
    assert answer.status_code == 422
    assert "A warm hello" in answer.text and "Winter" in answer.text and "This value is not right" in answer.text


async def test_a_list_with_a_stranger_is_refused_with_its_line(owner: Browser, guests: None):
    where = await draft(owner)
    csrf = await owner.csrf()
    answer = await owner.http.post(f"{where}/audience-file", data={"csrf": csrf},
                                   files={"file": ("list.csv", b"customer\nann\nnobody\n")})
    assert answer.status_code == 422 and "Line 3:" in answer.text and "nobody" in answer.text
    answer = await owner.http.post(f"{where}/audience-file", data={"csrf": csrf},
                                   files={"file": ("list.csv", b"customer\nann\n")})
    assert answer.status_code == 303
    assert "Use the uploaded list (1 customers)" in (await owner.http.get(where)).text


async def test_consent_is_recorded_with_its_proof_and_shown(owner: Browser, guests: None):
    without = await owner.press("/console/consents", customer="ann", purpose="survey", allowed="no", words="")
    assert without.status_code == 422
    await owner.press("/console/consents", customer="ann", purpose="survey", allowed="no", words="<b>No</b> surveys")
    page = (await owner.http.get("/console/consents?customer=ann")).text
    assert "&lt;b&gt;No&lt;/b&gt; surveys" in page and "refused" in page
    assert (await owner.press("/console/consents", customer="x", allowed="no", words="w")).status_code == 422


async def test_agents_see_campaigns_but_cannot_change_them(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Mei", Role.AGENT))
    assert "New campaign" not in (await browser.http.get("/console/campaigns")).text
    assert (await browser.http.get("/console/campaigns/new")).status_code == 403
    assert (await browser.press("/console/surveys", name="x")).status_code == 403


@pytest.mark.parametrize("locale", ["zh-Hans", "zh-Hant", "en"])
async def test_every_page_has_its_words_in_each_language(
    http: httpx.AsyncClient, life: Life, services: Services, guests: None, locale: str
):
    browser = Browser(http)
    await browser.sign_in(await life.hires("Owner", Role.ADMIN, locale))
    survey = await made_survey(browser, "nps")
    for path in ("/console/surveys", survey, "/console/campaigns", "/console/campaigns/new", "/console/consents"):
        assert (await http.get(path)).status_code == 200


GOLD = {"field": "tier", "op": "is", "value": "gold", "of": ""}
RICH = {"field": "points", "op": "at_least", "value": "100", "of": ""}
ENGLISH = {"field": "language", "op": "is", "value": "en", "of": ""}
DEEP = {"join": "any", "rules": [RICH, {"join": "all", "rules": [ENGLISH, GOLD]}]}


async def test_groups_of_rules_are_edited_and_deeper_ones_are_kept_as_they_are(
    owner: Browser, services: Services, guests: None
):
    survey = (await made_survey(owner)).rsplit("/", 1)[1]
    nested = {"join": "all", "rules": [GOLD, {"join": "any", "rules": [RICH, ENGLISH]}, DEEP]}
    data = {"survey": survey, "audience": nested}
    me = (await services.store.read(lambda tx: tx.agents.list_all()))[0]
    made = await add_campaign(services, me, "Nested", data)
    where = f"/console/campaigns/{made.id}"
    page = (await owner.http.get(where)).text
    assert "There are deeper rules, written by API" in page
    fields = {name: html.unescape(value) for name, value in fields_of(page).items()}
    assert (fields["rule1"], fields["rule1-group"], fields["rule2-group"]) == ("points at_least", "A", "A")
    assert (await owner.press(where, **fields)).status_code == 303
    same = await services.store.read(lambda tx: tx.campaigns.get(made.id))
    assert audience_to_json(same.plan.audience) == nested, "saving what is shown changes nothing"
    changed = {**fields, "rule2-group": "B", "group-B": "all", "rule3": "segment is", "rule3-value": "lost",
               "rule3-group": "B"}
    assert (await owner.press(where, **changed)).status_code == 303
    after = await services.store.read(lambda tx: tx.campaigns.get(made.id))
    lost = {"field": "segment", "op": "is", "value": "lost", "of": ""}
    assert audience_to_json(after.plan.audience)["rules"] == [
        GOLD, {"join": "any", "rules": [RICH]}, {"join": "all", "rules": [ENGLISH, lost]}, DEEP,
    ]


async def test_a_wrong_rule_in_a_group_is_refused_in_its_row_and_nothing_written_is_lost(
    owner: Browser, guests: None
):
    where = await draft(owner, rule0="tier is", **{
        "rule0-value": "gold", "rule1": "points at_least", "rule1-value": "100", "rule1-group": "A",
    })
    fields = {name: html.unescape(value) for name, value in fields_of((await owner.http.get(where)).text).items()}
    refused = await owner.press(where, **{**fields, "rule1-value": "plenty"})
    assert refused.status_code == 422
    row = refused.text.split('name="rule1"', 1)[1].split('name="rule2"', 1)[0]
    assert "This rule is unfinished, or its value is not right." in row and 'value="plenty"' in row
    assert fields_of(refused.text)["rule0-value"] == "gold"
