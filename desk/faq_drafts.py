"""From unanswered questions to a draft: phrasings from what customers asked, an answer from what agents said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_misses import GapKind, alike
from desk.messages import Address, Language

MOST_PHRASINGS = 12
LONGEST_PHRASING = 200
_SHORTEST_ANSWER = 8  # letters; below it is a greeting
_PERSONAL = re.compile(r"\d[\d\s-]{5,}\d|\S+@\S+\.\S+")


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the FAQ did not answer, with the conversation in which it was asked."""

    id: int
    question: str
    language: Language
    kind: GapKind
    conversation_id: str
    customer_id: str
    best_article: str
    best_score: float
    article_id: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """A customer who may get the answer after all: their gap, and where they are reached."""

    gap: Gap
    address: Address


def phrasings(gaps: Sequence[Gap], typical: str) -> tuple[Phrasing, ...]:
    """Distinct ways in which customers asked, the most typical first; none that holds a number or an address."""
    kept: list[Phrasing] = []
    for gap in sorted(gaps, key=lambda gap: (gap.question != typical, gap.id)):
        text = " ".join(gap.question.split())
        is_new = all(alike(text, one.text) < 0.95 for one in kept)
        if text and len(text) <= LONGEST_PHRASING and is_new and not is_personal(text):
            kept.append(Phrasing(text, gap.language))
    return tuple(kept[:MOST_PHRASINGS])


def is_personal(text: str) -> bool:
    """Whether a text holds a long number (phone, card, booking) or an e-mail address."""
    return _PERSONAL.search(text) is not None


def propose_answer(question: str, replies: Mapping[str, Sequence[str]]) -> str:
    """What agents replied in these conversations, boiled down to the reply most like all the others.

    Of each conversation the reply nearest to the question (else the longest) counts. "" when nobody replied.
    """
    best = [chosen for said in replies.values() if (chosen := _of_one(question, said))]
    if not best:
        return ""
    return max(best, key=lambda text: (sum(alike(text, other) for other in best), len(text)))


def _of_one(question: str, said: Sequence[str]) -> str:
    telling = [text.strip() for text in said if sum(char.isalnum() for char in text) >= _SHORTEST_ANSWER]
    return max(telling, key=lambda text: (round(alike(question, text), 1), len(text)), default="")


def draft(
    article_id: str, gaps: Sequence[Gap], typical: str, replies: Mapping[str, Sequence[str]], owner: str
) -> FaqArticle:
    """An article to be looked over by a person: never published by itself."""
    answers: dict[Language | None, str] = {}
    for language in Language:
        own = {gap.conversation_id: replies.get(gap.conversation_id, ()) for gap in gaps if gap.language is language}
        if answer := propose_answer(typical, own):
            answers[language] = answer
    found = phrasings(gaps, typical) or (Phrasing(typical[:LONGEST_PHRASING], gaps[0].language if gaps else None),)
    return FaqArticle(article_id, found, answers, status=ArticleStatus.DRAFT, owner=owner)
