"""The list of everything the assistant can do."""

from collections.abc import Callable
from datetime import UTC, tzinfo

from bot.actions import case_additions, complaint, complaint_questions, consent, handoff, orders, rating, small, tickets
from bot.actions import faq as questions
from bot.actions.several_wishes import OneOrSeveral, SeveralWishes
from bot.actions.turn import DeskAction
from desk.ports import FaqSearch
from desk.records import CustomerRecords


def build_actions(
    records: CustomerRecords, faq: FaqSearch, zone: Callable[[], tzinfo] = lambda: UTC
) -> list[DeskAction]:
    """Every custom action of domain.yml. `zone` asks for the business's time zone, for dates that are said aloud."""
    check_order, check_points = orders.CheckOrder(records), orders.CheckPoints(records)
    several = SeveralWishes(faq, check_order, check_points)
    check_complaint = tickets.CheckComplaint(records, zone)
    unclear = OneOrSeveral(questions.AnswerUnclear(faq, check_order, check_complaint), several)
    return [
        small.Greet(),
        OneOrSeveral(questions.AnswerQuestion(faq), several),
        unclear,
        questions.ChooseQuestion(faq),
        questions.NoneFits(faq),
        questions.Deny(),
        questions.LeaveQuestion(),
        OneOrSeveral(check_order, several),
        OneOrSeveral(check_points, several),
        check_complaint,
        OneOrSeveral(handoff.RequestHuman(), several),
        handoff.Affirm(),
        consent.StopMessages(),
        consent.ResumeMessages(),
        rating.Rate(),
        complaint.StartComplaint(records),
        case_additions.AddToCase(records, unclear),
        case_additions.NothingToCancel(records),
        complaint.ValidateComplaint(records, faq),
        complaint.NoteAttachment(),
        complaint.CloseComplaint(),
        complaint.LeaveComplaint(),
        complaint_questions.AskWhat(),
        complaint_questions.AskOrder(records),
        complaint_questions.AskRemedy(),
        complaint_questions.AskContact(),
        complaint_questions.AskConfirmed(),
    ]
