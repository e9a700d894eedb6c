"""FAQ values: what admins write and what search returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desk.messages import Language


class ArticleStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask; `language` is None where an import did not say."""

    text: str
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class FaqArticle:
    """One thing customers want to know: ways to ask it, and an answer per language.

    `answers` under None is an answer whose language was not given. `version` grows with every edit.
    """

    id: str
    phrasings: tuple[Phrasing, ...]
    answers: Mapping[Language | None, str]
    category: str = ""
    tags: tuple[str, ...] = ()
    status: ArticleStatus = ArticleStatus.PUBLISHED
    version: int = 1


class Verdict(StrEnum):
    """What a score allows: answer, ask back with the closest questions, or say we do not know."""

    ANSWER = "answer"
    UNSURE = "unsure"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class FaqMatch:
    """One article found. `score` (0..1) means the same everywhere: search, test page and chat."""

    article_id: str
    question: str  # the phrasing of this article nearest to the query, in the asker's language where there is one
    answer: str
    answer_language: Language | None
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FaqResult:
    """What search says: the verdict on the best match, and the matches, best first, one per article."""

    verdict: Verdict
    matches: tuple[FaqMatch, ...]
    threshold: float
