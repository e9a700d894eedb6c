"""What an editor changes is what customers hear, at once."""

import time

from tests.journeys.conftest import Customers
from tests.journeys.phones import until
from tests.journeys.staff import Agent, Json

LIVE_WITHIN = 2.0  # seconds; one is promised, the rest is for a busy machine
QUESTION = "海岚热气球观光票怎么兑换"


def article(answer: str) -> Json:
    return {
        "phrasings": [{"text": QUESTION, "language": "zh-Hans"}, {"text": "热气球票在哪里换", "language": "zh-Hans"},
                      {"text": "How do I redeem the balloon ride ticket?", "language": "en"}],
        "answers": [{"text": answer, "language": "zh-Hans"},
                    {"text": "Show it at the pier two hours before take-off.", "language": "en"}],
    }


async def test_an_edited_answer_is_live_within_a_second(customers: Customers, zhou: Agent) -> None:
    phone = await customers.telegram()

    async def found() -> str:
        items = (await zhou.get("/faq/search", q=QUESTION, language="zh-Hans"))["items"]
        return str(items[0]["answer"]) if items else ""

    async def is_live(answer: str) -> None:
        since = time.monotonic()
        await until(found, lambda shown: answer in shown)
        assert time.monotonic() - since < LIVE_WITHIN

    added = await zhou.call("POST", "/faq/articles", json=article("请提前两小时到码头出示二维码。"))
    assert added.status_code == 201, added.text
    name, version = added.json()["id"], added.json()["version"]
    try:
        await is_live("两小时")
        await (await phone.says(QUESTION)).hears("请提前两小时到码头出示二维码。")
        edited = await zhou.call("PUT", f"/faq/articles/{name}",
                                 json={**article("请提前三小时到码头出示二维码。"), "version": version})
        assert edited.status_code == 200, edited.text
        version = edited.json()["version"]
        await is_live("三小时")
        await (await phone.says(QUESTION)).hears("请提前三小时到码头出示二维码。")
    finally:
        gone = await zhou.call("DELETE", f"/faq/articles/{name}", params={"version": version})
    assert gone.status_code == 204
    await until(found, lambda shown: "三小时" not in shown)
    told = await (await phone.says(QUESTION)).hears()
    assert "三小时" not in told


async def test_two_editors_of_one_article_do_not_overwrite_each_other(zhou: Agent) -> None:
    added = (await zhou.call("POST", "/faq/articles", json=article("一"))).json()
    path = f"/faq/articles/{added['id']}"
    first = await zhou.call("PUT", path, json={**article("二"), "version": added["version"]})
    second = await zhou.call("PUT", path, json={**article("三"), "version": added["version"]})
    assert (first.status_code, second.status_code) == (200, 409)
    kept = {answer["language"]: answer["text"] for answer in (await zhou.get(path))["answers"]}
    assert kept["zh-Hans"] == "二"
    await zhou.call("DELETE", path, params={"version": first.json()["version"]})


async def test_an_agent_may_read_articles_but_not_change_them(grace: Agent) -> None:
    assert (await grace.get("/faq/articles", limit=1))["items"]
    refused = await grace.call("POST", "/faq/articles", json=article("不行"))
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"


async def test_without_a_token_the_api_tells_nothing(grace: Agent) -> None:
    for path in ("/conversations", "/customers", "/tickets", "/faq/gaps", "/deliveries", "/agents"):
        for headers in ({}, {"Authorization": "Bearer fd_guessed"}):
            answer = await grace.as_stranger(path, headers)
            assert answer.status_code == 401, path
            assert "items" not in answer.text
