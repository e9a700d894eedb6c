"""The complaint's questions: first, again when the answer was not understood, and with a person offered."""

from bot.actions import complaint_answers as answers
from bot.actions.complaint_answers import COMMON_WISHES
from bot.actions.complaint_draft import CONFIRMED, CONTACT_HERE, ORDER, REMEDY, TRIES, WHAT, WISHES, Draft
from bot.actions.orders import MOST_ORDERS, short_title
from bot.actions.turn import OFFERED_PERSON, PERSON, Choice, DeskAction, Events, Heard, Reply, Words, command
from desk.records import CustomerRecords

OFFER_AFTER = 2  # failed answers

SORRY = Words("很抱歉发生这样的事，我都记下了。", "I’m sorry that happened; I’ve noted it down. ")
MORE_NOTED = Words("补充的内容也记下了。", "I’ve added that. ")
WISH_NOTED = Words("您的诉求记下了。", "I’ve noted what you’d like. ")
BACK = Words("我们接着说您的投诉。", "Back to your complaint. ")
OFFER = Words(
    "抱歉，我还是没弄明白。要不要请人工客服直接帮您？也可以继续在这里回答：",
    "I’m sorry, I still can’t make that out. Would you like a colleague to take over? Or carry on here: ",
)
LEAVE = Choice(Words("先不投诉了", "Leave it for now"), "/cancel")

ASK_WHAT = Words(
    "很抱歉让您有不好的体验。请告诉我发生了什么：时间、地点和经过，写多长都可以；能发图片的话也欢迎发来。",
    "I’m sorry you had that experience. Please tell me what happened: when, where and how. "
    "Write as much as you like; if you can send pictures here, they are welcome too.",
)
ASK_WHAT_AGAIN = Words("请用一两句话说说具体发生了什么，同事才能帮您处理。",
                       "Please describe in a sentence or two what happened, so that we can act on it.")
ASK_ORDER = Words("这件事和哪个订单有关？可以点选，也可以直接发订单号。",
                  "Which order is this about? Choose one, or send its number.")
ASK_ORDER_AGAIN = Words(
    "我没认出是您的哪个订单。请从下面选一个；如果和订单无关，也请告诉我。",
    "I can’t tell which of your orders that is. Please choose one below, or tell me it’s not about an order.",
)
NOT_AN_ORDER = Choice(Words("与订单无关", "Not about an order"), command("form_answer", choice="none"))
ASK_REMEDY = Words("您希望我们怎么处理？可以选一项，也可以直接写。",
                   "What would you like us to do? Choose one, or write it in your own words.")
ASK_REMEDY_AGAIN = Words("请说说您希望怎么处理，比如退款或补偿。",
                         "Please tell me what you’d like, for example a refund or compensation.")
ASK_CONTACT = Words(
    "有结果时怎么联系您？可以留电话或邮箱，也可以就在这里回复您。",
    "How shall we reach you with the outcome? Leave a phone number or e-mail, or we can reply right here.",
)
ASK_CONTACT_AGAIN = Words("请发一个电话号码或邮箱；不方便的话，我们就在这里回复您。",
                          "Please send a phone number or e-mail. If you’d rather not, we’ll simply reply here.")
SUMMARY = Words(
    "请核对一下：\n经过：{what}\n订单：{order}\n诉求：{remedy}\n联系方式：{contact}{files}\n确认提交吗？",
    "Please check:\nWhat happened: {what}\nOrder: {order}\nYour wish: {remedy}\nContact: {contact}{files}\n"
    "Shall I submit it?",
)
SUMMARY_FILES = Words("\n图片或文件：{count} 个", "\nPictures or files: {count}")
SUMMARY_AGAIN = Words("投诉还没有提交。要提交，还是想改哪一项？",
                      "Your complaint is not submitted yet. Shall I submit it, or what would you like to change?")
WHAT_TO_CHANGE = Words("好的，想改哪一项？", "All right. What would you like to change?")
NO_ORDER_SAID = Words("与订单无关", "not about an order")
CONFIRM = Choice(Words("提交", "Submit"), "/affirm")
CHANGES = (
    Choice(Words("改经过", "Change what happened"), command("change_answer", part="what")),
    Choice(Words("改订单", "Change the order"), command("change_answer", part="order")),
    Choice(Words("改诉求", "Change my wish"), command("change_answer", part="remedy")),
    Choice(Words("改联系方式", "Change the contact"), command("change_answer", part="contact")),
)
DISCARD = Choice(Words("不提交了", "Don’t submit"), "/cancel")


def ask(heard: Heard, reply: Reply, first: Words, again: Words, *choices: Choice) -> None:
    """Put a question: with its introduction, again after a misunderstanding or an aside, or with a person offered."""
    tries = int(heard.slots.get(TRIES) or 0)
    what = str(heard.slots.get(WHAT) or "")
    if what.endswith(f"\n{heard.text}"):
        reply.say(reply.words(MORE_NOTED) + reply.words(first), *choices)
    elif heard.asked == ORDER and heard.slots.get(REMEDY) == heard.text:
        reply.say(reply.words(WISH_NOTED) + reply.words(first), *choices)
    elif tries >= OFFER_AFTER:
        reply.say(reply.words(OFFER) + reply.words(again), OFFERED_PERSON, *choices, LEAVE)
    elif heard.aside:
        reply.say(reply.words(BACK) + reply.words(first), *choices)
    elif tries:
        reply.say(again, *choices)
    elif what and heard.asked in ("", WHAT):
        reply.say(reply.words(SORRY) + reply.words(first), *choices)
    else:
        reply.say(first, *choices)


class AskWhat(DeskAction):
    called = "action_ask_complaint_what"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        ask(heard, reply, ASK_WHAT_AGAIN if heard.asked else ASK_WHAT, ASK_WHAT_AGAIN)
        return []


class AskOrder(DeskAction):
    called = "action_ask_complaint_order"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:
        orders = await self._records.orders_of(heard.conversation_id)
        own = [
            Choice(short_title(order, reply), command("form_answer", choice=order.number))
            for order in orders[:MOST_ORDERS]
        ]
        ask(heard, reply, ASK_ORDER, ASK_ORDER_AGAIN, *own, NOT_AN_ORDER)
        return []


class AskRemedy(DeskAction):
    called = "action_ask_complaint_remedy"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        ask(heard, reply, ASK_REMEDY, ASK_REMEDY_AGAIN,
            *(Choice(WISHES[name], command("form_answer", choice=name)) for name in COMMON_WISHES))
        return []


class AskContact(DeskAction):
    called = "action_ask_complaint_contact"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        ask(heard, reply, ASK_CONTACT, ASK_CONTACT_AGAIN,
            Choice(CONTACT_HERE, command("form_answer", choice="here")))
        return []


class AskConfirmed(DeskAction):
    """The summary; after a "no", the parts that can be changed."""

    called = "action_ask_complaint_confirmed"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        if heard.asked == CONFIRMED and answers.only_denies(heard):
            reply.say(WHAT_TO_CHANGE, *CHANGES, CONFIRM, DISCARD)
        elif heard.aside or heard.slots.get(TRIES):
            back = reply.words(BACK) if heard.aside else ""
            lost = int(heard.slots.get(TRIES) or 0) >= OFFER_AFTER
            reply.say(back + reply.words(SUMMARY_AGAIN), CONFIRM, *CHANGES, DISCARD, *((PERSON,) if lost else ()))
        else:
            reply.say(summary(Draft.of(heard.slots), reply), CONFIRM, *CHANGES, DISCARD)
        return []


def summary(draft: Draft, reply: Reply) -> str:
    files = reply.words(SUMMARY_FILES).format(count=draft.files) if draft.files else ""
    return reply.words(SUMMARY).format(
        what=draft.what, order=draft.order or reply.words(NO_ORDER_SAID), remedy=draft.remedy_said(reply),
        contact=draft.contact_said(reply), files=files,
    )
