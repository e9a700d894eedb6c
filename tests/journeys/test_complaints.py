"""Complaints: taken with all their parts, interrupted, corrected, left, and followed up."""

from demo.customers import PERSONAS
from tests.journeys.conftest import Customers
from tests.journeys.staff import Agent

LI, CHEN, EMMA = PERSONAS


async def test_a_whole_complaint_on_telegram_with_a_question_and_a_correction(
    customers: Customers, lin: Agent
) -> None:
    story = "前天晚上房间空调坏了，打了三次前台都没有人来修，一晚上没睡好"
    orders = (await lin.get(f"/customers/{LI.customer_id}/orders"))["items"]
    right, wrong = orders[0]["number"], orders[1]["number"]
    phone = await customers.telegram(LI.telegram)
    await (await phone.says("我要投诉")).hears("发生了什么")
    await (await phone.says(story)).hears("哪个订单")
    await (await phone.taps(wrong)).hears("怎么处理")
    await (await phone.says("早餐几点到几点？")).hears("6:30 至 10:30", "接着说您的投诉")
    await (await phone.says("订单号写错了")).hears("哪个订单")
    await (await phone.taps(right)).hears("怎么处理")
    await (await phone.taps("补偿")).hears("怎么联系您")
    await (await phone.says("13800138000")).hears(story, right, "补偿", "13800138000", "确认提交吗")
    told = await (await phone.taps("提交")).hears("投诉已提交")

    (ticket,) = await lin.tickets_of(phone)
    assert ticket["number"] in told
    assert (ticket["detail"], ticket["order"], ticket["wished_remedy"], ticket["contact"]) == (
        story, right, "补偿", "13800138000",
    )
    assert (ticket["kind"], ticket["status"], ticket["customer"]) == ("complaint", "open", LI.customer_id)

    await (await phone.says("我的投诉处理得怎么样了")).hears(ticket["number"], "等待同事处理")

    async def moves(to: str, note: str = "") -> None:
        moved = await lin.call("POST", f"/tickets/{ticket['id']}/step", json={"to": to, "note": note})
        assert moved.status_code == 200, moved.text

    await moves("acknowledged")
    await phone.hears(ticket["number"], "负责")
    await moves("investigating")
    await phone.hears("正在核实中")
    await (await phone.says("投诉进度")).hears(ticket["number"], "正在核实")
    await moves("remedy_proposed", "退还一晚房费，并为您升级下次入住的房型。")
    await phone.hears("退还一晚房费")
    await moves("approved")
    await phone.hears("已批准")
    refused = await lin.call("POST", f"/tickets/{ticket['id']}/step", json={"to": "accepted"})
    assert refused.status_code == 409 and "next comes done" in refused.json()["detail"]
    await moves("done", "房费已退回原支付账户。")
    await phone.hears("已处理完毕", "这样解决了吗")
    await (await phone.taps("还没有")).hears("已重新处理")
    await (await phone.says("钱还没到账")).hears("已记入")
    await moves("remedy_proposed", "我们已请财务加急。")
    await moves("approved")
    await moves("done")
    await phone.hears("这样解决了吗")
    await (await phone.says("解决了")).hears("就此结案")
    settled = await lin.get(f"/tickets/{ticket['id']}")
    assert (settled["step"], settled["status"], settled["reopened"]) == ("accepted", "closed", 1)
    history = (await lin.get(f"/tickets/{ticket['id']}/history"))["items"]
    assert "钱还没到账" in [line["text"] for line in history]


async def test_a_whole_complaint_on_wechat_where_choices_are_numbers(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await (await phone.says("我要投訴")).hears("發生了什麼")
    await (await phone.says("昨天入住的房間熱水壞了一整晚，前台態度也很差")).hears("怎麼處理", "1. 退款")
    await (await phone.says("1")).hears("怎麼聯絡您")
    await (await phone.taps("就在這裡聯絡我")).hears("熱水壞了一整晚", "退款", "確認提交嗎")
    told = await (await phone.says("提交")).hears("投訴已提交")
    (ticket,) = await lin.tickets_of(phone)
    assert ticket["number"] in told
    assert (ticket["wished_remedy"], ticket["contact"]) == ("退款", "")


async def test_a_whole_complaint_on_slack_in_words_only(customers: Customers, grace: Agent) -> None:
    orders = (await grace.get(f"/customers/{EMMA.customer_id}/orders"))["items"]
    phone = await customers.slack(EMMA.slack)
    await (await phone.says("I want to make a complaint")).hears("what happened")
    story = "The shower was cold for two days and nobody at the front desk cared"
    await (await phone.says(story)).hears("Which order")
    await (await phone.says(f"it's {orders[0]['number'].lower()}")).hears("What would you like us to do")
    await (await phone.says("I'd like one night refunded and a written apology")).hears("How shall we reach you")
    await (await phone.says("emma.carter@example.com")).hears("Shall I submit it?", "one night refunded")
    told = await (await phone.says("yes")).hears("Your complaint is in")
    (ticket,) = await grace.tickets_of(phone)
    assert ticket["number"] in told
    assert ticket["detail"] == story
    assert ticket["order"] == orders[0]["number"]
    assert ticket["wished_remedy"] == "I'd like one night refunded and a written apology"
    assert ticket["contact"] == "emma.carter@example.com"


async def test_a_picture_sent_while_complaining_belongs_to_the_complaint(customers: Customers, grace: Agent) -> None:
    phone = await customers.telegram()
    await (await phone.says("I want to make a complaint")).hears("what happened")
    await (await phone.says("There were ants all over the bathroom floor and in my suitcase")).hears("What would you")
    await phone.sends("photo")
    await phone.hears("put it with your complaint")
    await (await phone.taps("Refund")).hears("How shall we reach you")
    await (await phone.taps("Reach me here")).hears("Pictures or files: 1")
    await (await phone.taps("Submit")).hears("Your complaint is in")
    (ticket,) = await grace.tickets_of(phone)
    assert "1 pictures or files" in ticket["detail"]


async def test_a_complaint_left_midway_is_not_kept(customers: Customers, lin: Agent) -> None:
    phone = await customers.webchat()
    await (await phone.says("我要投诉")).hears("发生了什么")
    await (await phone.says("早餐的面包是硬的，咖啡机坏了，也没有人补充水果")).hears("怎么处理")
    await (await phone.says("算了，不投诉了")).hears("投诉没有提交")
    assert await lin.tickets_of(phone) == []
    await (await phone.says("停车怎么收费")).hears("地下停车场")


async def test_nobody_hears_how_somebody_elses_complaint_stands(customers: Customers, lin: Agent) -> None:
    owner, stranger = await customers.webchat(), await customers.wechat()
    await (await owner.says("我要投诉，昨晚隔壁装修吵到凌晨三点，没有人管")).hears("怎么处理")
    await (await owner.taps("道歉和说明")).hears("怎么联系您")
    await (await owner.taps("就在这里")).hears("确认提交吗")
    await (await owner.taps("提交")).hears("投诉已提交")
    (ticket,) = await lin.tickets_of(owner)
    told = await (await stranger.says(f"我的投诉 {ticket['number']} 处理得怎么样了")).hears("没有提交过")
    assert "装修" not in told
