"""A survey inside the chat: an answer is heard before the assistant is asked, and everything else is let pass."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns import answers, asking
from campaigns.answers import Answer, Wish
from campaigns.campaigns import Trigger
from campaigns.progress import Progress, back, give, pass_thanks, return_to
from campaigns.recipients import OPEN_STAGES, Recipient, Stage
from campaigns.store import CampaignTransaction
from campaigns.surveys import Question, QuestionKind, Survey
from campaigns.texts import say
from desk.case_hearing import add_of_customer
from desk.casework import NewCase, open_case
from desk.channels import CAPABILITIES, Capabilities
from desk.conversations import Author, Conversation, Holder
from desk.feedback import is_new_business
from desk.interviews import Heard
from desk.messages import InboundKind, OutboundMessage
from desk.outbox import Reply
from desk.ports import Understanding
from desk.queue import LeasedInbound
from desk.reception import Detect, Said, record
from desk.safety import is_stop_word
from desk.tickets import By, TicketKind

COMES_BACK_WITHIN = timedelta(hours=24)
_PLEASANTRIES = {"thank", "goodbye", "small_talk"}
_SURE = 0.6


class SurveyTalk:
    """desk.interviews.Interviews over one transaction. `accounts`: the channel accounts that are switched on."""

    def __init__(self, tx: CampaignTransaction, accounts: Collection[str]) -> None:
        self._tx = tx
        self._accounts = accounts

    def hear(
        self, lease: LeasedInbound, conversation: Conversation | None, said: Said, detect: Detect, now: datetime, *,
        meaning: Understanding | None, asked_meaning: bool,
    ) -> Heard:
        tapped = asking.read_payload(said.payload)
        if tapped is not None:
            held = conversation is not None and conversation.holder in (Holder.QUEUE, Holder.AGENT)
            if held and lease.message.kind is not InboundKind.CHOICE:
                return Heard.NOT_MINE  # typed words are for the person
            talk = _Talk(self._tx, self._tx.recipients.get(tapped[0]), now)
            reply = talk.record(lease, conversation, said, detect)
            talk.tapped(tapped[1], tapped[2], reply, silent=held)
            return talk.conclude(reply, silent=held)
        if said.payload or lease.message.kind is not InboundKind.TEXT or is_stop_word(said.text):
            return Heard.NOT_MINE
        recipient = self._tx.recipients.find_talking(lease.message.address)
        if recipient is None or not _is_next(recipient, conversation):
            return Heard.NOT_MINE
        talk = _Talk(self._tx, recipient, now)
        if not talk.is_answer(said.text):
            if not asked_meaning:
                return Heard.UNSURE
            if is_new_business(said.text, meaning) or talk.is_pleasantry(meaning):
                return Heard.NOT_MINE
        reply = talk.record(lease, conversation, said, detect)
        talk.told(said.text, reply)
        return talk.conclude(reply)

    def come_back(self, conversation: Conversation, reply: Reply, now: datetime) -> None:
        recipient = self._tx.recipients.find_talking(conversation.address)
        if recipient is None or recipient.progress is None or recipient.progress.comes_back or reply.awaits_answer:
            return
        if recipient.touched_at is None or now - recipient.touched_at > COMES_BACK_WITHIN:
            return
        _Talk(self._tx, recipient, now).resume(reply, once=True)

    def after_closing(self, conversation: Conversation, reply: Reply, agent_id: str, now: datetime) -> bool:
        recipient = self._tx.recipients.find_talking(conversation.address)
        if recipient is not None and recipient.progress is not None and recipient.stage is Stage.ANSWERING:
            _Talk(self._tx, recipient, now).resume(reply, once=False)
            return True
        running = self._tx.campaigns.list_triggered_by(Trigger.CONVERSATION_CLOSED)
        for campaign in running:
            self._tx.recipients.add_triggered(
                campaign, conversation.customer_id, f"conversation:{conversation.id}", now, self._accounts,
                survey=self._tx.surveys.content(campaign.plan.survey_id, campaign.version), agent_id=agent_id,
                address=conversation.address,
            )
        return bool(running)


def _is_next(recipient: Recipient, conversation: Conversation | None) -> bool:
    """Whether a typed text may be meant for the survey: nobody holds the conversation, and nothing else was talked
    about since the survey's last words."""
    if recipient.progress is None or recipient.touched_at is None:
        return False
    if conversation is None:
        return True
    return conversation.holder is Holder.BOT and conversation.last_message_at <= recipient.touched_at


class _Talk:
    """One step of one recipient's survey."""

    def __init__(self, tx: CampaignTransaction, recipient: Recipient, now: datetime) -> None:
        self._tx = tx
        self._recipient = recipient
        self._now = now
        self._survey: Survey = tx.surveys.content(recipient.survey_id, recipient.version)
        assert recipient.address is not None  # noqa: S101 - whoever is asked has an address
        self._can: Capabilities = CAPABILITIES[recipient.address.channel]

    @property
    def _progress(self) -> Progress:
        assert self._recipient.progress is not None  # noqa: S101 - set when the message that asks is made
        return self._recipient.progress

    def _set(self, progress: Progress) -> None:
        self._recipient = replace(self._recipient, progress=progress)

    def _question(self) -> Question | None:
        return self._survey.find(self._progress.at)

    def is_answer(self, text: str) -> bool:
        """Whether a text is clearly meant for the survey; a free text never is."""
        if answers.read_wish(text):
            return True
        if self._progress.offered:
            return answers.read_yes_no(text) is not None
        question = self._question()
        if question is None or question.kind is QuestionKind.TEXT:
            return False
        return answers.read(question, text, self._recipient.language) is not None

    def is_pleasantry(self, meaning: Understanding | None) -> bool:
        """Thanks and goodbyes of somebody who has not begun to answer."""
        if self._recipient.stage is not Stage.ASKED or meaning is None:
            return False
        return meaning.intent in _PLEASANTRIES and meaning.confidence >= _SURE

    def record(
        self, lease: LeasedInbound, conversation: Conversation | None, said: Said, detect: Detect
    ) -> Reply:
        about = conversation or self._tx.conversations.get(self._recipient.conversation_id)
        about = record(self._tx, lease, about, said, detect, self._now)
        return Reply(self._tx, about, lease.key, self._now, answers=lease.received_at)

    def conclude(self, reply: Reply, *, silent: bool = False) -> Heard:
        if not silent:
            reply.queue()
        self._tx.recipients.save(replace(self._recipient, touched_at=self._now))
        self._tx.announce("survey", conversation_id=self._recipient.conversation_id)
        return Heard.ANSWER

    def resume(self, reply: Reply, *, once: bool) -> None:
        """Ask the question that waits again, after something else."""
        question = self._question()
        if question is None:
            return
        language = self._recipient.language
        reply.add(Author.SYSTEM, OutboundMessage(say("come_back", language)))
        reply.add(Author.SYSTEM, asking.ask(question, language, self._can, self._recipient.id))
        if once:
            self._set(replace(self._progress, comes_back=True))
        self._tx.recipients.save(replace(self._recipient, touched_at=self._now))

    def tapped(self, question_id: str, value: str, reply: Reply, *, silent: bool) -> None:
        """A button of the survey, perhaps of an earlier question."""
        if self._recipient.stage not in OPEN_STAGES or self._recipient.progress is None:
            self._say(reply, "over")
            return
        if value in (asking.COMPLAINT_YES, asking.COMPLAINT_NO):
            if self._progress.offered == question_id:
                self._settle_offer(reply, accepted=value == asking.COMPLAINT_YES)
                self._go_on(reply)
            return
        if question_id != self._progress.at:
            self._set(return_to(self._progress, question_id))
        question = self._question()
        if question is None or question.id != question_id:
            self._ask(reply)
            return
        if question.kind is QuestionKind.MULTIPLE and not silent:
            self._pick(question, value, reply)
            return
        answer = answers.read_value(question, value)
        if answer is None:
            self._ask(reply)
            return
        self._take(question, answer, reply)

    def told(self, text: str, reply: Reply) -> None:
        """A typed text that is meant for the survey."""
        wish = answers.read_wish(text)
        if wish is not None:
            self._wished(wish, reply)
            return
        if self._progress.offered:
            accepted = answers.read_yes_no(text)
            self._settle_offer(reply, accepted=accepted is True)
            if accepted is not None:
                self._go_on(reply)
                return
        question = self._question()
        if question is None:
            self._go_on(reply)
            return
        answer = answers.read(question, text, self._recipient.language)
        if answer is not None:
            self._take(question, answer, reply)
        elif not self._progress.reasked:
            self._set(replace(self._progress, reasked=True))
            reply.add(Author.SYSTEM, asking.reask(question, self._recipient.language, self._can, self._recipient.id))
        else:
            self._say(reply, "kept_as_text")
            self._take(question, Answer(text=text[: answers.MAX_TEXT]), reply)

    def _wished(self, wish: Wish, reply: Reply) -> None:
        question = self._question()
        match wish:
            case Wish.STOP:
                self._recipient = replace(self._recipient, stage=Stage.LEFT, finished_at=self._now)
                self._say(reply, "left")
            case Wish.BACK:
                self._set(back(self._progress))
                self._ask(reply)
            case Wish.SKIP if self._progress.offered:
                self._settle_offer(reply, accepted=False)
                self._go_on(reply)
            case Wish.SKIP if question is not None and question.required:
                self._say(reply, "required")
                self._ask(reply)
            case Wish.SKIP if question is not None and self._progress.picked:
                self._take(question, Answer(options=self._progress.picked), reply)
            case Wish.SKIP if question is not None:
                self._take(question, Answer(skipped=True), reply)

    def _pick(self, question: Question, value: str, reply: Reply) -> None:
        picked = self._progress.picked
        if value == asking.DONE:
            self._take(question, Answer(options=picked, skipped=not picked), reply)
            return
        known = [option.id for option in question.options]
        if value in known:
            picked = tuple(name for name in known if name in picked or name == value)
        if len(picked) == len(known):
            self._take(question, Answer(options=picked), reply)
            return
        self._set(replace(self._progress, picked=picked))
        reply.add(Author.SYSTEM, asking.ask_more(question, self._recipient.language, self._can, self._recipient.id,
                                                 picked))

    def _take(self, question: Question, answer: Answer, reply: Reply) -> None:
        self._tx.recipients.keep_answer(self._recipient, question, answer, self._now)
        self._set(replace(give(self._survey, self._progress, answer), comes_back=self._progress.comes_back))
        self._recipient = replace(
            self._recipient, stage=Stage.ANSWERING, answered_at=self._recipient.answered_at or self._now
        )
        if self._recipient.ticket_id:
            if answer.text and answer.number is None and not answer.skipped:
                ticket = self._tx.tickets.get(self._recipient.ticket_id)
                add_of_customer(self._tx, ticket, answer.text, f"survey:{self._recipient.id}:{question.id}", self._now)
            self._set(replace(self._progress, offered=""))  # one ticket is enough
        self._go_on(reply)

    def _go_on(self, reply: Reply) -> None:
        """Offer the ticket, or say what comes next, or end."""
        language = self._recipient.language
        low = self._survey.find(self._progress.offered) if self._progress.offered else None
        if low is not None:
            reply.add(Author.SYSTEM, asking.offer_complaint(low, language, self._recipient.id))
            return
        progress, thanks = pass_thanks(self._survey, self._progress)
        self._set(progress)
        for question in thanks:
            reply.add(Author.SYSTEM, OutboundMessage(question.text(language)))
        if progress.is_over:
            self._recipient = replace(self._recipient, stage=Stage.FINISHED, finished_at=self._now)
            if not thanks:
                self._say(reply, "finished")
            return
        self._ask(reply)

    def _ask(self, reply: Reply) -> None:
        question = self._question()
        if question is not None:
            reply.add(Author.SYSTEM, asking.ask(question, self._recipient.language, self._can, self._recipient.id))

    def _settle_offer(self, reply: Reply, *, accepted: bool) -> None:
        """The customer said whether they want a ticket; its owner is the campaign's."""
        question = self._survey.find(self._progress.offered)
        given = self._progress.answers.get(self._progress.offered)
        self._set(replace(self._progress, offered=""))
        if not accepted or question is None or given is None:
            return
        recipient, language = self._recipient, self._recipient.language
        survey = self._tx.surveys.get(recipient.survey_id)
        ticket = open_case(self._tx, NewCase(
            TicketKind.COMPLAINT, recipient.customer_id, recipient.conversation_id,
            subject=say("complaint_subject", language, survey=survey.name, score=given.number),
            detail=f"{question.text(language)}\n→ {given.number}",
            owner_id=self._tx.campaigns.get(recipient.campaign_id).owner_id,
        ), self._now, by=By.CUSTOMER, source_key=f"survey:{recipient.id}:{question.id}")
        self._recipient = replace(recipient, ticket_id=ticket.id)
        self._say(reply, "complaint_opened", number=ticket.number)

    def _say(self, reply: Reply, name: str, **values: object) -> None:
        reply.add(Author.SYSTEM, OutboundMessage(say(name, self._recipient.language, **values)))
