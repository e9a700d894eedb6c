"""What the REST API says of FAQ articles, searches and unanswered questions."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from console.rest.shapes import Moment
from desk.faq import ArticleStatus, Extras, FaqArticle, FaqMatch, FaqResult, Link, Picture, Verdict, Wish
from desk.messages import Language


class PhrasingShape(BaseModel):
    text: str
    language: Language | None = None


class LinkShape(BaseModel):
    title: str
    url: str


class PictureShape(BaseModel):
    """An image of ours: the id of a stored file."""

    file: str
    name: str = ""


class AnswerShape(BaseModel):
    """An answer with what goes along: links, pictures, wishes (what a button starts) and follow-up questions."""

    text: str
    language: Language | None = None
    links: list[LinkShape] = []
    pictures: list[PictureShape] = []
    wishes: list[Wish] = []
    follow_ups: list[str] = []

    @classmethod
    def of(cls, text: str, language: Language | None, extras: Extras) -> Self:
        return cls(
            text=text, language=language, wishes=list(extras.wishes), follow_ups=list(extras.follow_ups),
            links=[LinkShape(title=link.title, url=link.url) for link in extras.links],
            pictures=[PictureShape(file=one.file_id, name=one.name) for one in extras.pictures],
        )

    def extras(self) -> Extras:
        return Extras(
            tuple(Link(link.title, link.url) for link in self.links),
            tuple(Picture(one.file, one.name) for one in self.pictures), tuple(self.wishes), tuple(self.follow_ups),
        )


class ArticleOut(BaseModel):
    """`owner` is an e-mail address; the dates are days of the business's time zone, the last one included."""

    id: str
    phrasings: list[PhrasingShape]
    answers: list[AnswerShape]
    category: str
    tags: list[str]
    status: ArticleStatus
    version: int
    owner: str
    valid_from: date | None
    valid_until: date | None
    review_by: date | None

    @classmethod
    def of(cls, item: FaqArticle) -> Self:
        return cls(
            id=item.id, category=item.category, tags=list(item.tags), status=item.status, version=item.version,
            phrasings=[PhrasingShape(text=one.text, language=one.language) for one in item.phrasings],
            answers=[AnswerShape.of(text, language, item.extras.get(language, Extras()))
                     for language, text in item.answers.items()],
            owner=item.owner, valid_from=item.valid_from, valid_until=item.valid_until, review_by=item.review_by,
        )


class MatchOut(BaseModel):
    article: str
    question: str
    answer: str
    answer_language: Language | None
    score: float = Field(description="The probability that this article answers the question")
    signals: dict[str, float] = Field(description="What spoke for it, about 0 to 1 each")
    shares: dict[str, float] = Field(description="What part of the decision each signal made; together 1")
    view: str = Field(description="How it was compared: english, chinese, abroad (across languages), words; "
                      "followed by _taught where a classifier joined in, by _glossed where a dictionary did")

    @classmethod
    def of(cls, match: FaqMatch) -> Self:
        return cls(article=match.article_id, question=match.question, answer=match.answer,
                   answer_language=match.answer_language, score=match.score, signals=dict(match.signals),
                   shares=dict(match.shares), view=match.view)


class SearchOut(BaseModel):
    """Answers are given from the probability `threshold` on, from `offer_from` on articles are offered.

    `read_as` is what the question was taken for, where that is not what was typed.
    """

    verdict: Verdict
    threshold: float
    offer_from: float
    read_as: str
    items: list[MatchOut]

    @classmethod
    def of(cls, result: FaqResult) -> Self:
        return cls(
            verdict=result.verdict, threshold=result.threshold, offer_from=result.offer_from, read_as=result.read_as,
            items=[MatchOut.of(match) for match in result.matches],
        )


class GapOut(BaseModel):
    """A question that the FAQ could not answer."""

    id: str
    question: str
    language: str
    best_article: str
    best_score: float
    conversation: str
    kind: str
    state: str
    created_at: Moment
