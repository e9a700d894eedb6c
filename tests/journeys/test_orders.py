"""Orders and points: told to their owner, and to nobody else."""

from demo.customers import PERSONAS
from tests.journeys.conftest import Customers
from tests.journeys.staff import Agent

LI, CHEN, EMMA = PERSONAS


async def order_of(agent: Agent, customer: str, *, status: str) -> dict[str, str]:
    orders = (await agent.get(f"/customers/{customer}/orders"))["items"]
    return next(order for order in orders if order["status"] == status)


async def test_an_order_is_shown_to_its_owner_when_chosen_from_the_list(customers: Customers, lin: Agent) -> None:
    order = await order_of(lin, LI.customer_id, status="confirmed")
    phone = await customers.wechat(LI.wechat)
    await (await phone.says("帮我查一下我的订单")).hears("想看哪一个", order["number"])
    told = await (await phone.taps(order["number"])).hears(order["number"], "已确认", order["title"])
    assert order["starts_on"] in told
    assert "¥2,360.00" in told  # two nights in a deluxe room in Shanghai


async def test_an_order_is_shown_to_its_owner_when_named(customers: Customers, lin: Agent) -> None:
    chens = await order_of(lin, CHEN.customer_id, status="confirmed")
    emmas = await order_of(lin, EMMA.customer_id, status="in_house")
    telegram, slack = await customers.telegram(CHEN.telegram), await customers.slack(EMMA.slack)
    await (await telegram.says(f"請幫我查訂單 {chens['number'].lower()}")).hears("訂單", chens["number"], "已確認")
    await (await slack.says(f"How is my order {emmas['number']}?")).hears("in progress", emmas["title_en"])


async def test_points_are_told_in_the_customers_language(customers: Customers) -> None:
    emma, chen = await customers.slack(EMMA.slack), await customers.wechat(CHEN.wechat)
    await (await emma.says("How many points do I have?")).hears("28,400", "Platinum")
    await (await chen.says("我有多少積分")).hears("6,240", "銀卡", "會員等級")


async def test_somebody_elses_order_number_tells_a_stranger_nothing(customers: Customers, lin: Agent) -> None:
    order = await order_of(lin, LI.customer_id, status="confirmed")
    asked = {
        "wechat": f"帮我查一下订单 {order['number']}",
        "telegram": f"請幫我查訂單 {order['number']}",
        "slack": f"Where is my order {order['number']}?",
        "webchat": f"订单 {order['number']} 什么时候入住？",
    }
    for channel, question in asked.items():
        stranger = await customers.on(channel)
        told = await (await stranger.says(question)).hears()
        for secret in (order["title"], order["title_en"], order["starts_on"], "已确认", "已確認", "confirmed", LI.name):
            assert secret not in told, f"{channel}: {told}"


async def test_a_known_customer_sees_no_order_of_another_one(customers: Customers, lin: Agent) -> None:
    order = await order_of(lin, EMMA.customer_id, status="in_house")
    phone = await customers.slack(LI.slack)
    told = await (await phone.says(f"查订单 {order['number']}")).hears("没有找到订单")
    assert order["title"] not in told


async def test_a_stranger_who_asks_for_points_is_offered_a_person(customers: Customers) -> None:
    phone = await customers.webchat()
    told = await (await phone.says("我有多少积分")).hears("没有您的会员资料")
    assert "0 积分" not in told
