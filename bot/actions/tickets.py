"""How the customer's own complaints and questions stand."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from bot.actions.case_additions import Addition, add, addition_in, case_to_withdraw, offer_to_withdraw
from bot.actions.case_words import adds_to_case
from bot.actions.turn import PERSON, Choice, DeskAction, Events, Heard, Reply, Words, command, number_key
from desk.clock_words import in_words
from desk.complaints import Step
from desk.effects import Wished
from desk.records import CustomerRecords
from desk.tickets import Ticket, TicketStatus
from desk.topics import Wish

MOST_TICKETS = 3

STATUS = {
    TicketStatus.OPEN: Words("已收到，等待同事处理", "received, waiting for a colleague"),
    TicketStatus.IN_PROGRESS: Words("同事正在处理", "a colleague is working on it"),
    TicketStatus.WAITING: Words("在等您的回复", "we are waiting for your answer"),
    TicketStatus.RESOLVED: Words("已解决", "resolved"),
    TicketStatus.CLOSED: Words("已结束", "closed"),
}
STEPS = {
    Step.RECEIVED: STATUS[TicketStatus.OPEN],
    Step.ACKNOWLEDGED: Words("已有同事负责，马上开始核实", "a colleague is looking after it and about to look into it"),
    Step.INVESTIGATING: Words("正在核实", "we are looking into it"),
    Step.REMEDY_PROPOSED: Words("已提出处理方案，等待批准", "a remedy is proposed and waits for approval"),
    Step.APPROVED: Words("处理方案已批准，正在办理", "the remedy is approved and being carried out"),
    Step.DONE: Words("已处理完毕，等您确认是否解决", "dealt with; we would like to know whether it is settled for you"),
    Step.ACCEPTED: Words("已结案，您确认已解决", "closed, you told us that it is settled"),
    Step.DISPUTED: Words("您说还没有解决，已重新处理", "open again, because you told us that it is not settled"),
    Step.IMPROVEMENT_NOTED: Words("已结案，并已作出改进", "closed, and we have changed something because of it"),
}
LINE = Words("{number}（{day}提交）：{subject}\n进度：{status}",
             "{number} (sent {day}): {subject}\nProgress: {status}")
PROMISE = Words("，我们会在{by}前答复您", "; you will hear from us by {by}")
LATE = Words("，已超过答应您的时间，很抱歉", "; we are past the time we promised, sorry about that")
NOT_YOURS = Words("在您名下没有找到编号 {number}。您可以查的有：", "I can’t find {number} under your name. Yours are:")
NONE = Words("您目前没有提交过投诉或问题。需要现在提交一个吗？",
             "You have no complaints or questions with us at the moment. Would you like to make one now?")
COMPLAIN = Choice(Words("提交投诉", "Make a complaint"), "/file_complaint")


class CheckComplaint(DeskAction):
    """The newest cases of this customer, or the one named."""

    called = "action_check_complaint"

    def __init__(self, records: CustomerRecords, zone: Callable[[], tzinfo] = lambda: UTC) -> None:
        self._records = records
        self._zone = zone

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.change(Wished(Wish.COMPLAINT))
        number = await case_to_withdraw(self._records, heard)
        if number:
            offer_to_withdraw(number, reply)
            return []
        addition = await addition_in(self._records, heard)
        if addition:
            return add(addition, reply)
        tickets = await self._records.tickets_of(heard.conversation_id)
        if not tickets:
            more = adds_to_case(heard.text)
            told = Choice(COMPLAIN.title, command("file_complaint", question=more)) if more else COMPLAIN
            reply.say(NONE, told, PERSON)
            return []
        number = heard.entities.get("ticket_number", "")
        shown = _named(tickets, heard)
        parts = []
        if number and not shown:
            parts.append(reply.words(NOT_YOURS).format(number=number))
        parts += [self._line(ticket, reply) for ticket in (shown or tickets)[:MOST_TICKETS]]
        reply.say("\n".join(parts), COMPLAIN, PERSON)
        return []

    async def addition(self, heard: Heard) -> Addition | None:
        """What the message adds to a case of theirs."""
        return await addition_in(self._records, heard)

    async def named(self, heard: Heard) -> list[Ticket]:
        """The customer's own cases that the message names."""
        return _named(await self._records.tickets_of(heard.conversation_id), heard)

    def _line(self, ticket: Ticket, reply: Reply) -> str:
        status = reply.words(_standing(ticket))
        if ticket.promised_by and not ticket.status.is_settled:
            late = ticket.promised_by < datetime.now(UTC)
            status += reply.words(LATE if late else PROMISE).format(
                by=in_words(ticket.promised_by.astimezone(self._zone()), reply.language)
            )
        return reply.words(LINE).format(
            number=ticket.number, day=self._day(ticket.created_at, reply), subject=ticket.subject, status=status
        )

    def _day(self, moment: datetime, reply: Reply) -> str:
        local = moment.astimezone(self._zone())
        return f"{local.month} 月 {local.day} 日" if reply.language.is_chinese else f"{local:%b} {local.day}"


def _standing(ticket: Ticket) -> Words:
    """Where a case stands: a complaint by its step, unless it waits for the customer."""
    if ticket.step is None or ticket.merged_into or ticket.status is TicketStatus.WAITING:
        return STATUS[ticket.status]
    return STEPS[ticket.step]


def _named(tickets: list[Ticket], heard: Heard) -> list[Ticket]:
    found = [ticket for ticket in tickets if number_key(ticket.number) in number_key(heard.text)]
    longest = max((len(ticket.number) for ticket in found), default=0)  # "T-102" stands in "T-1024", too
    return [ticket for ticket in found if len(ticket.number) == longest]
