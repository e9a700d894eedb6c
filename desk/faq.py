"""FAQ values: what admins write and what search returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from desk.messages import Language


class ArticleStatus(StrEnum):
    """Only a published article is served; archived ones are kept out of the way, with their history."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask; `language` is None where an import did not say."""

    text: str
    language: Language | None = None


class Wish(StrEnum):
    """What a button below an answer starts; the values are the assistant's own intents."""

    PERSON = "request_human"
    ORDER = "check_order"
    POINTS = "check_points"
    COMPLAINT = "file_complaint"


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of ours, by the id of its stored file."""

    file_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """What goes along with the text of an answer; a follow-up question is asked for the customer when it is tapped."""

    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()
    wishes: tuple[Wish, ...] = ()
    follow_ups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.links or self.pictures or self.wishes or self.follow_ups)


@dataclass(frozen=True, slots=True)
class FaqArticle:
    """One thing customers want to know: ways to ask it, and an answer per language.

    `answers` and `extras` under None are of an answer whose language was not given. `version` grows with every edit.
    `category` is a path ("booking/changes"). `owner` is the e-mail address of who looks after it. The validity dates
    are the first and the last day on which it is served, in the business's time zone; by `review_by` somebody should
    read it again.
    """

    id: str
    phrasings: tuple[Phrasing, ...]
    answers: Mapping[Language | None, str]
    category: str = ""
    tags: tuple[str, ...] = ()
    status: ArticleStatus = ArticleStatus.PUBLISHED
    version: int = 1
    extras: Mapping[Language | None, Extras] = field(default_factory=dict)
    owner: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    review_by: date | None = None

    @property
    def title(self) -> str:
        """What stands for the article where there is room for one line."""
        return self.phrasings[0].text if self.phrasings else self.id

    def title_in(self, language: Language) -> str:
        """`title` for a reader of this language: the first way to ask in it, where there is one."""
        own = (each for each in self.phrasings if each.language and each.language.is_chinese == language.is_chinese)
        return next((each.text for each in own), self.title)

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def is_served_on(self, day: date) -> bool:
        """Whether customers may get this article on that day."""
        return self.status is ArticleStatus.PUBLISHED and self.is_valid_on(day)


class Verdict(StrEnum):
    """What a score allows: answer, ask back with the closest questions, or say we do not know."""

    ANSWER = "answer"
    UNSURE = "unsure"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class FaqMatch:
    """One article found.

    `score` (0..1) is the probability that this article answers the question, and means the same everywhere: search,
    test page and chat. `signals` are what spoke for it (cosines, lexical scores, about 0..1), `shares` what part of the
    decision each of them made (together 1), `view` how it was compared ("english", "chinese", "abroad": found across
    languages, "words": without vectors; knowledge_base.fusion.View).
    """

    article_id: str
    question: str  # the phrasing of this article nearest to the query, in the asker's language where there is one
    answer: str
    answer_language: Language | None
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    view: str = ""


@dataclass(frozen=True, slots=True)
class FaqResult:
    """What search says: the verdict on the best match, and the matches, best first, one per article.

    From `threshold` on the best match is the answer, from `offer_from` on the matches are offered ("did you mean"),
    below that search does not know. `read_as` is what the question was taken for, where that is not what was typed
    ("tuikuan" read as "退款").
    """

    verdict: Verdict
    matches: tuple[FaqMatch, ...]
    threshold: float
    offer_from: float = 0.0
    read_as: str = ""
