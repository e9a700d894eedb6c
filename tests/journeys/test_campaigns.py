"""A survey campaign through the whole product: asked, answered in each channel's own way, interrupted, and stopped."""

from tests.journeys.conftest import Customers
from tests.journeys.phones import Phone, until
from tests.journeys.staff import Agent

NEVER_QUIET = {"quiet_from": "00:00", "quiet_until": "00:00", "cap_days": 0}


async def published(zhou: Agent, template: str = "csat") -> str:
    made = (await zhou.call("POST", "/surveys", json={"name": "How was it?", "template": template})).json()
    assert (await zhou.call("POST", f"/surveys/{made['id']}/publish")).status_code == 200
    return str(made["id"])


async def started(zhou: Agent, phones: list[Phone], template: str = "csat", **plan: object) -> str:
    """A running campaign to exactly these people."""
    whole = {"survey": await published(zhou, template), **NEVER_QUIET, **plan}
    campaign = (await zhou.call("POST", "/campaigns", json={"name": "Autumn", "plan": whole})).json()["id"]
    ids = [(await zhou.customer_behind(phone))["id"] for phone in phones]
    taken = await zhou.call("PUT", f"/campaigns/{campaign}/audience-file", content="customer\n" + "\n".join(ids))
    assert taken.json()["customers"] == len(phones), taken.text
    begun = await zhou.call("POST", f"/campaigns/{campaign}/start")
    assert begun.status_code == 200, begun.text
    return str(campaign)


async def states(zhou: Agent, campaign: str) -> dict[str, int]:
    found: dict[str, int] = (await zhou.get(f"/campaigns/{campaign}"))["states"]
    return found


async def test_three_customers_answer_in_their_own_way(customers: Customers, zhou: Agent) -> None:
    telegram, wechat, slack = [await customers.on(channel) for channel in ("telegram", "wechat", "slack")]
    await (await telegram.says("你好")).hears("您好")
    await (await wechat.says("你好")).hears("您好")
    await (await slack.says("Hello")).hears("ello")
    campaign = await started(zhou, [telegram, wechat, slack])
    await until(lambda: states(zhou, campaign), lambda found: found == {"sent": 3})
    for phone in (telegram, wechat):
        await phone.hears("您对我们的服务满意吗")
    await slack.hears("How satisfied are you")

    await (await telegram.taps("5")).hears("最让您满意的是什么")
    await (await telegram.says("早餐很丰富")).hears("谢谢您的反馈")

    await (await slack.says("What time is check-out?")).hears("12", "back to our short survey")
    await (await slack.says("four stars")).hears("What did you like best")
    await (await slack.says("quit")).hears("What you answered so far is kept")

    await (await wechat.says("两分")).hears("投诉工单")
    await (await wechat.says("好的")).hears("已为您登记投诉工单", "怎样可以让您更满意")
    await (await wechat.says("空调坏了一晚上没人修")).hears("谢谢您的反馈")
    found = await until(lambda: states(zhou, campaign), lambda found: not found.keys() & {"sent", "answered"})
    assert found == {"finished": 2, "left": 1}
    whole = await zhou.get(f"/campaigns/{campaign}/recipients")
    ticket = await zhou.get(f"/tickets/{next(item['ticket'] for item in whole['items'] if item['ticket'])}")
    assert ticket["kind"] == "complaint"
    await zhou.call("POST", f"/campaigns/{campaign}/finish")


async def test_a_stop_before_the_question_leaves_is_obeyed(customers: Customers, zhou: Agent) -> None:
    willing, unwilling = await customers.telegram(), await customers.telegram()
    for phone in (willing, unwilling):
        await (await phone.says("你好")).hears("您好")
    campaign = await started(zhou, [willing, unwilling])
    await willing.hears("您对我们的服务满意吗")
    await until(lambda: states(zhou, campaign), lambda found: found.get("sent") == 2)
    await (await unwilling.says("退订")).hears("不再主动")
    found = await until(lambda: states(zhou, campaign), lambda found: "opted_out" in found)
    assert found == {"sent": 1, "opted_out": 1}
    again = await started(zhou, [willing, unwilling])
    await until(lambda: states(zhou, again), lambda found: found.get("sent") == 1)
    assert (await zhou.get(f"/campaigns/{again}"))["excluded"] == {"opted_out": 1}
    for one in (campaign, again):
        await zhou.call("POST", f"/campaigns/{one}/cancel")


async def test_a_survey_after_a_conversation_takes_the_place_of_the_rating(
    customers: Customers, zhou: Agent, grace: Agent
) -> None:
    phone = await customers.telegram()
    whole = {"survey": await published(zhou, "nps"), "trigger": "conversation_closed", **NEVER_QUIET}
    campaign = (await zhou.call("POST", "/campaigns", json={"name": "After talks", "plan": whole})).json()["id"]
    await zhou.call("POST", f"/campaigns/{campaign}/start")
    try:
        await (await phone.says("I want to talk to a person")).hears("next in line")
        conversation = await grace.serves(phone)
        await grace.closes(conversation)
        heard = await phone.hears("How likely are you to recommend us")
        assert "rate us from 1 to 5" not in heard
        await (await phone.says("nine out of 10")).hears("What did you like best")
        (recipient,) = (await zhou.get(f"/campaigns/{campaign}/recipients"))["items"]
        assert recipient["occasion"] == f"conversation:{conversation['id']}"
    finally:
        await zhou.call("POST", f"/campaigns/{campaign}/cancel")
