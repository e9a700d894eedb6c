"""Surveys: questions with texts in each language, and where an answer leads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desk.messages import Language

END = "end"
"""As the target of a branch: the survey is over."""

Texts = Mapping[Language, str]


class QuestionKind(StrEnum):
    RATING = "rating"  # 1 to `top`, 1 is the worst
    STARS = "stars"  # 1 to 5
    NPS = "nps"  # 0 to 10, as the net promoter score asks
    SINGLE = "single"
    MULTIPLE = "multiple"
    YES_NO = "yes_no"
    TEXT = "text"
    THANKS = "thanks"  # asks nothing: said, and the survey goes on (mostly to its end)

    @property
    def is_scale(self) -> bool:
        return self in (QuestionKind.RATING, QuestionKind.STARS, QuestionKind.NPS)

    @property
    def has_options(self) -> bool:
        return self in (QuestionKind.SINGLE, QuestionKind.MULTIPLE)


class Measure(StrEnum):
    """The field's standard figures; a question that carries one is counted in it."""

    CSAT = "csat"  # share of 4 and 5 on 1 to 5
    NPS = "nps"  # share of 9 and 10 less share of 0 to 6
    CES = "ces"  # mean agreement, 1 to 7, that it was easy (Customer Effort Score 2.0)


class When(StrEnum):
    """How a branch compares an answer with its value."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    IS = "is"  # the number, the option, "yes" or "no"; for several choices: is among them
    IS_NOT = "is_not"
    SKIPPED = "skipped"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Branch:
    """Where the survey goes on when the answer fits: a question's id, or END."""

    when: When
    to: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """One step. Its branches are tried in order; if none fits, the next question in the list follows.

    `top` is the best mark of a rating (5 or 7). `complaint_at_most`: an answer this low offers the customer a
    complaint ticket; None never offers one. An answer to a question that is not `required` may be skipped.
    """

    id: str
    kind: QuestionKind
    texts: Texts
    options: tuple[Option, ...] = ()
    branches: tuple[Branch, ...] = ()
    required: bool = False
    top: int = 5
    measure: Measure | None = None
    complaint_at_most: int | None = None

    @property
    def low(self) -> int:
        return 0 if self.kind is QuestionKind.NPS else 1

    @property
    def high(self) -> int:
        match self.kind:
            case QuestionKind.NPS:
                return 10
            case QuestionKind.STARS:
                return 5
            case _:
                return self.top

    def text(self, language: Language) -> str:
        return in_language(self.texts, language)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is asked: the content of one version. `languages` are those it must be whole in."""

    questions: tuple[Question, ...]
    languages: tuple[Language, ...]

    def find(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def after(self, question_id: str) -> str:
        """The id of the question that follows in the list, END after the last."""
        ids = [question.id for question in self.questions]
        place = ids.index(question_id) + 1
        return ids[place] if place < len(ids) else END

    def targets(self, question: Question) -> Iterator[str]:
        """Everywhere an answer to this question may lead."""
        for branch in question.branches:
            yield branch.to
            if branch.when is When.ALWAYS:
                return
        yield self.after(question.id)


class SurveyState(StrEnum):
    DRAFT = "draft"  # never published
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A survey as it is kept: the draft that is edited, and the newest version that campaigns ask."""

    id: str
    name: str
    state: SurveyState
    draft: Survey
    version: int  # the newest published one; 0 before the first
    owner_id: str | None
    created_at: datetime
    updated_at: datetime


def in_language(texts: Texts, language: Language) -> str:
    """The text in this language; where it is missing, in the nearest there is (Chinese for Chinese)."""
    if texts.get(language):
        return texts[language]
    order = sorted(Language, key=lambda other: other.is_chinese is not language.is_chinese)
    return next((texts[other] for other in order if texts.get(other)), "")


def asked_in(survey: Survey, language: Language | None) -> Language:
    """The language in which somebody of this language is asked: theirs, else the nearest that the survey has."""
    if language in survey.languages:
        assert language is not None  # noqa: S101 - no survey has None among its languages
        return language
    if language is not None:
        for other in survey.languages:
            if other.is_chinese is language.is_chinese:
                return other
    return survey.languages[0] if survey.languages else (language or Language.EN)
