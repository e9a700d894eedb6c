"""The customer's own orders and points."""

import re
from decimal import Decimal

from bot.actions.order_words import order_in, orders_ending, orders_meant
from bot.actions.turn import OFFERED_PERSON, Choice, DeskAction, Events, Heard, Reply, Words, command
from desk.customers import Order
from desk.effects import Wished
from desk.records import CustomerRecords
from desk.topics import Wish

MOST_ORDERS = 5
LONGEST_TITLE = 64  # characters: Telegram's buttons are the shortest

STATUS = {
    "confirmed": Words("已确认", "confirmed"),
    "in_house": Words("正在入住", "in progress"),
    "completed": Words("已完成", "completed"),
    "cancelled": Words("已取消", "cancelled"),
    "shipped": Words("已发货", "shipped"),
    "delivered": Words("已送达", "delivered"),
}
DETAIL = Words("订单 {number}：{title}\n状态：{status}\n", "Order {number}: {title}\nStatus: {status}\n")
DATES = Words("日期：{starts} 至 {ends}\n", "Dates: {starts} to {ends}\n")
DATE = Words("日期：{starts}\n", "Date: {starts}\n")
AMOUNT = Words("金额：{amount}", "Amount: {amount}")
WHICH_ORDER = Words("找到您最近的订单，想看哪一个？", "Here are your recent orders. Which one would you like to see?")
NOT_YOURS = Words(
    "在您名下没有找到订单 {number}。请核对一下号码，也可以请同事帮您查，需要吗？",
    "I can’t find order {number} under your name. Please check the number. Or shall a colleague look it up?",
)
NO_ORDERS = Words(
    "在您名下还没有找到订单。如果是用别的账号或电话下的单，可以请同事帮您查，需要吗？",
    "I can’t find any orders under your name. If you booked with another account or phone number, "
    "a colleague can look it up. Shall I get one?",
)
TO_CHANGE = Words("\n要取消或更改这个订单，我可以请同事为您办理，需要吗？",
                  "\nI can get a colleague to cancel or change it for you. Shall I?")
POINTS = Words("您目前有 {points} 积分，会员等级：{tier}。", "You have {points} points. Membership level: {tier}.")
TIERS = {
    "blue": Words("蓝卡", "Blue"),
    "silver": Words("银卡", "Silver"),
    "gold": Words("金卡", "Gold"),
    "platinum": Words("白金卡", "Platinum"),
    "diamond": Words("钻石卡", "Diamond"),
}  # a level of another name is said as it is written
POINTS_ONLY = Words("您目前有 {points} 积分。", "You have {points} points.")
NO_PROFILE = Words("我这里还没有您的会员资料，要请同事帮您核对吗？",
                   "I don’t have a membership on file for you yet. Shall a colleague check for you?")

_CHANGE = re.compile(
    r"取消|退掉|退订|退訂|退房费|改[期签签期日到成为為]|改订|改訂|更改|变更|變更|修改|提前|推迟|推遲|延[期后後长長]|换[个個房日]"
    r"|\b(?:cancel\w*|change|modify|amend|move|reschedule|postpone|extend|shorten|rebook)\b",
    re.IGNORECASE,
)


class CheckOrder(DeskAction):
    """Show the order named, the only one, or a choice; never anybody else's."""

    called = "action_check_order"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:
        orders = await self._records.orders_of(heard.conversation_id)
        number = heard.entities.get("order_number", "")
        meant = await self._meant(heard, orders)
        if not meant and number:
            reply.say(NOT_YOURS, OFFERED_PERSON, *order_choices(orders, reply), number=number)
        elif not orders:
            reply.say(NO_ORDERS, OFFERED_PERSON)
        elif len(meant) == 1 or len(orders) == 1:
            _show(meant[0] if meant else orders[0], heard, reply)
        else:
            reply.say(WHICH_ORDER, *order_choices(meant or orders, reply))
        reply.change(Wished(Wish.ORDER))
        return []

    async def named(self, heard: Heard) -> Order | None:
        """The customer's own order that the message names by its number, or gives the end of and nothing else."""
        orders = await self._records.orders_of(heard.conversation_id)
        bare = heard.entities.get("order_number") or not heard.has_letters
        meant = await self._meant(heard, orders) if bare else []
        return meant[0] if len(meant) == 1 else order_in(heard.text, orders)

    async def _meant(self, heard: Heard, orders: list[Order]) -> list[Order]:
        """Who gives a number means that order and no other, even where it is not theirs."""
        number = heard.entities.get("order_number", "")
        if not number:
            return orders_meant(heard.text, orders)
        found = await self._records.find_order(heard.conversation_id, number) or order_in(heard.text, orders)
        if found or number[0].isalpha():
            return [found] if found else []
        return orders_ending(heard.text, orders)


class CheckPoints(DeskAction):
    """The loyalty balance."""

    called = "action_check_points"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:
        customer = await self._records.customer_of(heard.conversation_id)
        if customer is None or not (customer.tier or customer.points):  # somebody who only wrote to us
            reply.say(NO_PROFILE, OFFERED_PERSON)
        else:
            reply.say(POINTS if customer.tier else POINTS_ONLY, points=f"{customer.points:,}",
                      tier=reply.words(TIERS.get(customer.tier.lower(), customer.tier)))
        reply.change(Wished(Wish.POINTS))
        return []


def _show(order: Order, heard: Heard, reply: Reply) -> None:
    """One order; who wants it cancelled or changed is offered a person, because we only look things up."""
    if _CHANGE.search(heard.text) and not heard.is_command and order.status == "confirmed":
        reply.say(describe(order, reply) + reply.words(TO_CHANGE), OFFERED_PERSON)
    else:
        reply.say(describe(order, reply))


def order_title(order: Order, reply: Reply) -> str:
    return order.title if reply.language.is_chinese or not order.title_en else order.title_en


def short_title(order: Order, reply: Reply) -> str:
    """An order on a button: what does not fit there is left out from the end, piece by piece."""
    title = f"{order.number} {order_title(order, reply)}"
    while len(title) > LONGEST_TITLE and "," in title:
        title = title.rpartition(",")[0]
    return title


def order_choices(orders: list[Order], reply: Reply) -> list[Choice]:
    return [
        Choice(short_title(order, reply), command("check_order", order_number=order.number))
        for order in orders[:MOST_ORDERS]
    ]


def describe(order: Order, reply: Reply) -> str:
    status = STATUS.get(order.status)
    text = reply.words(DETAIL).format(
        number=order.number, title=order_title(order, reply), status=reply.words(status) if status else order.status
    )
    if order.starts_on and order.ends_on:
        text += reply.words(DATES).format(starts=order.starts_on, ends=order.ends_on)
    elif order.starts_on:
        text += reply.words(DATE).format(starts=order.starts_on)
    return text + reply.words(AMOUNT).format(amount=money(order))


def money(order: Order) -> str:
    sign = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "TWD": "NT$", "SGD": "S$", "HKD": "HK$"}.get(order.currency)
    amount = f"{Decimal(order.amount) / 100:,.2f}"
    return f"{sign}{amount}" if sign else f"{amount} {order.currency}"
