"""Half a year at the demo's service desk, drawn from one seed and dated back from now: the same past every time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo import scenes
from demo.business import BUSINESS
from demo.cases import CaseDesk, draw_case
from desk.conversations import Author, Conversation, HandoffReason, Holder
from desk.customers import Customer
from desk.faq import FaqArticle
from desk.messages import Address, ChannelName, Language
from desk.past import MARK, Past, PastAnswer, PastCase, PastMessage, PastPromise, PastRating, PastTalk
from desk.ratings import RatingState
from desk.timeline import Happening, TimelineEvent
from desk.topics import Wish, of_article

DAYS = 181
"""So that the last ninety can be compared with those before."""
_BUSY_DAYS = 6  # of the last so many each brings a complaint, so that cases stand at every step
_SEED = 20260901
_CHANNELS = (ChannelName.WECHAT,) * 5 + (ChannelName.TELEGRAM,) * 2 + (ChannelName.SLACK, ChannelName.WEBCHAT)
_FIRST_RESPONSE = 300  # seconds: what the demo's service level promises
_OPEN = 5  # conversations that are not over yet
Script = Callable[[str, Language], str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Who and what the past is made of; `agents` are ids, `script` writes Chinese in a customer's script."""

    customers: Sequence[Customer]
    articles: Sequence[FaqArticle]
    agents: Sequence[str]
    accounts: Mapping[ChannelName, str]
    script: Script


class Talk:
    """A conversation in the making: words and events, one after the other."""

    def __init__(self, rng: Random, stage: Stage, number: int, at: datetime) -> None:
        self.rng, self.stage, self.id, self.opened = rng, stage, f"{MARK}{number:04}", at
        self.customer = rng.choice(stage.customers)
        self.language = self.customer.language or Language.EN
        self.channel = rng.choice(_CHANNELS)
        self.agent = rng.choices(stage.agents, weights=(2, 5, 4)[:len(stage.agents)])[0]
        self.at = at
        self.messages: list[PastMessage] = []
        self.events: list[TimelineEvent] = []
        self.topics: list[str] = []
        self.answers: list[PastAnswer] = []
        self.unanswered: list[tuple[datetime, str]] = []
        self.promises: list[PastPromise] = []
        self.reason: HandoffReason | None = None
        self.queued_at: datetime | None = None
        self.waited = 0

    def words(self, pair: scenes.Pair) -> str:
        return self.stage.script(pair[0], self.language) if self.language.is_chinese else pair[1]

    def says(self, author: Author, text: str, after: float) -> None:
        self.at += timedelta(seconds=after)
        agent = self.agent if author is Author.AGENT else None
        self.messages.append(PastMessage(self.at, author, text, agent))

    def asks(self, article: FaqArticle) -> None:
        """A question that the FAQ answers."""
        wanted = [each.text for each in article.phrasings if each.language is self.language]
        wanted = wanted or [each.text for each in article.phrasings if (each.language or Language.EN).is_chinese]
        text = self.stage.script(self.rng.choice(wanted), self.language)
        written = Language.ZH_HANS if self.language.is_chinese else Language.EN
        self.says(Author.CUSTOMER, text, self.rng.uniform(20, 90))
        self.says(Author.BOT, self.stage.script(article.answers.get(written, ""), self.language), 1.2)
        thumb = self.rng.choices((None, True, False), weights=(14, 5, 1))[0]
        self.answers.append(PastAnswer(self.at, article.id, text, thumb))
        self.topics.append(of_article(article.category))

    def wonders(self) -> None:
        """A question that it does not."""
        text = self.words(self.rng.choice(scenes.GAPS))
        self.says(Author.CUSTOMER, text, 40)
        self.unanswered.append((self.at, text))
        self.says(Author.BOT, self.words(scenes.UNKNOWN), 1.4)

    def needs_person(self, reason: HandoffReason) -> None:
        """Queued, taken and greeted; how long that takes differs from day to day."""
        self.says(Author.SYSTEM, self.words(scenes.QUEUED), 1)
        self.reason, self.queued_at = reason, self.at
        self.events.append(TimelineEvent(Happening.QUEUED, self.at, self.id, reason=reason))
        self.waited = round(min(3600, self.rng.lognormvariate(4.4, 0.9)))
        self.at += timedelta(seconds=self.waited // 2)
        self.events.append(TimelineEvent(Happening.CLAIMED, self.at, self.id, self.agent, reason=reason,
                                         seconds=self.waited // 2))
        self.at = self.queued_at + timedelta(seconds=self.waited)
        self.events.append(TimelineEvent(Happening.FIRST_REPLY, self.at, self.id, self.agent, seconds=self.waited))
        self.promises.append(
            PastPromise("first_response", self.queued_at, self.at, self.waited, _FIRST_RESPONSE)
        )

    def ends(self, now: datetime, *, is_open: bool = False) -> PastTalk:
        by_hand = self.reason is not None
        ends = min(now, self.at + timedelta(minutes=self.rng.uniform(1, 8) if by_hand else 24 * 60))
        if by_hand and not is_open:
            length = round((ends - self.opened).total_seconds())
            self.events.append(TimelineEvent(Happening.CLOSED, ends, self.id, self.agent, seconds=length))
        holder = Holder.AGENT if is_open else Holder.NOBODY
        return PastTalk(
            Conversation(
                self.id, self.customer.id, self.address, holder, self.language, self.opened, self.at,
                agent_id=self.agent if by_hand else None, handoff_reason=self.reason, queued_at=self.queued_at,
                closed_at=None if is_open else ends, last_text=self.messages[-1].text[:200],
                unanswered_since=self.at if is_open and self.messages[-1].author is Author.CUSTOMER else None,
            ),
            self.messages, self.events, [topic for topic in self.topics if topic], self.answers, self.unanswered,
            self._rating(ends) if by_hand and not is_open else None, self.promises,
        )

    @property
    def address(self) -> Address:
        account = self.stage.accounts.get(self.channel, "web")
        person = f"{self.id if self.channel is ChannelName.WEBCHAT else self.customer.id}"
        return Address(self.channel, account, person, person)

    def _rating(self, asked: datetime) -> PastRating:
        if self.rng.random() > 0.55:
            return PastRating(asked, RatingState.EXPIRED)
        is_quick = self.waited < _FIRST_RESPONSE and self.reason is not HandoffReason.COMPLAINT
        score = self.rng.choices((1, 2, 3, 4, 5), weights=(1, 2, 6, 30, 61) if is_quick else (14, 18, 26, 28, 14))[0]
        comment = ""
        if self.rng.random() < 0.3 and score != 3:
            comment = self.words(self.rng.choice(scenes.PRAISE if score > 3 else scenes.BLAME))
        return PastRating(asked, RatingState.DONE, score, comment, asked + timedelta(minutes=self.rng.uniform(1, 50)))


def draw_past(stage: Stage, now: datetime) -> Past:
    """Some seven conversations a day, more of late, and the cases that came of them."""
    rng = Random(_SEED)
    talks: list[PastTalk] = []
    cases: list[PastCase] = []
    for back in range(DAYS, -1, -1):
        for place in range(rng.choice((4, 5, 6, 7, 8)) + (DAYS - back) // 45):
            opened = _moment(rng, now, back)
            if opened > now - timedelta(hours=1):
                continue
            talk = Talk(rng, stage, len(talks) + 1, opened)
            _play(talk, stage, cases, now, complains=back < _BUSY_DAYS and place < 2)
            talks.append(talk.ends(now))
    guests = rng.sample(list(stage.customers), _OPEN)
    for number, guest in enumerate(guests):
        talk = Talk(rng, stage, len(talks) + 1, now - timedelta(minutes=12 * (number + 1)))
        talk.customer, talk.language = guest, guest.language or Language.EN
        talk.channel = ChannelName.WEBCHAT  # whoever answers it sends nothing to a platform
        _with_a_person(talk, rng.choice(scenes.EXCHANGES), lines=1 + number % 2)
        talks.append(talk.ends(now, is_open=True))
    return Past(talks, cases)


def _play(talk: Talk, stage: Stage, cases: list[PastCase], now: datetime, *, complains: bool) -> None:
    rng, kind = talk.rng, 1.0 if complains else talk.rng.random()
    if kind < 0.62:
        for _ in range(rng.choice((1, 1, 2, 3))):
            talk.asks(rng.choice(stage.articles))
        if rng.random() < 0.12:
            talk.wonders()
    elif kind < 0.72:
        topic, (asked, said) = rng.choice(((Wish.ORDER, scenes.ORDER), (Wish.POINTS, scenes.POINTS)))
        talk.says(Author.CUSTOMER, talk.words(asked), 20)
        talk.says(Author.BOT, talk.words(said), 1)
        talk.topics.append(topic)
    elif kind < 0.95:
        if rng.random() < 0.4:
            talk.asks(rng.choice(stage.articles))
        _with_a_person(talk, rng.choice(scenes.EXCHANGES))
    else:
        grievance = rng.choice(scenes.GRIEVANCES)
        _complains(talk, grievance)
        desk = CaseDesk(talk.agent, stage.agents[0], talk.words, BUSINESS.hours)
        cases.append(draw_case(rng, desk, talk.id, talk.customer, grievance, talk.opened, now, len(cases) + 1))


def _with_a_person(talk: Talk, exchange: scenes.Exchange, lines: int = 0) -> None:
    reason = talk.rng.choices(
        (HandoffReason.ASKED, HandoffReason.UNKNOWN, HandoffReason.LOW_CONFIDENCE, HandoffReason.ANGER,
         HandoffReason.VIP), weights=(10, 5, 3, 1, 2),
    )[0]
    if reason is HandoffReason.UNKNOWN:
        talk.wonders()
    talk.says(Author.CUSTOMER, talk.words(scenes.STAND_BY), 20)
    talk.topics.append(of_article(exchange.category))
    talk.needs_person(reason)
    said = exchange.lines[:lines] if lines else exchange.lines
    for place, pair in enumerate(said):
        talk.says((Author.CUSTOMER, Author.AGENT)[place % 2], talk.words(pair), talk.rng.uniform(15, 120))
    if not lines:
        talk.says(Author.AGENT, talk.words(scenes.CLOSE), 30)


def _complains(talk: Talk, grievance: scenes.Grievance) -> None:
    talk.says(Author.CUSTOMER, talk.words(grievance.detail), 20)
    talk.topics += [Wish.COMPLAINT, f"ticket:{grievance.category}"]
    talk.needs_person(HandoffReason.COMPLAINT)
    talk.says(Author.AGENT, talk.words(scenes.SORRY), 5)
    talk.says(Author.AGENT, talk.words(grievance.offer), talk.rng.uniform(200, 900))
    talk.says(Author.CUSTOMER, talk.words(scenes.SETTLED), 120)


def _moment(rng: Random, now: datetime, back: int) -> datetime:
    """While people write: from eight to eleven in the evening, most in the afternoon; on weekdays while we serve."""
    zone = BUSINESS.hours.zone
    day = (now - timedelta(days=back)).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(hours=rng.triangular(9.2, 20, 14))).astimezone(now.tzinfo)
