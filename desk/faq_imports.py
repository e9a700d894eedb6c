"""Bringing a file of articles in: what it would change, and where such an import stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from desk.faq import ArticleStatus, Extras, FaqArticle
from desk.faq_fields import differences, to_fields

MOST_SHOWN = 200
_LONGEST_SHOWN = 300
_LEAD = 60
"""Letters shown before the place where two long texts part."""


class ImportState(StrEnum):
    """READING and APPLYING go on by themselves; READY waits for a person; the others are final."""

    READING = "reading"
    READY = "ready"
    BROKEN = "broken"  # the file has faults; nothing was changed
    APPLYING = "applying"
    DONE = "done"
    CANCELLED = "cancelled"  # nothing was changed
    FAILED = "failed"  # nothing was changed

    @property
    def is_running(self) -> bool:
        return self in (ImportState.READING, ImportState.APPLYING)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What an import does to one article: "added", or "changed" with its fields (name, before, after), cut short."""

    article_id: str
    title: str
    kind: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; `changes` shows the first of them. `revision` is the FAQ's when this was found out.

    `drafts` of the new ones come in as drafts, having no answer; nothing is read from the columns `ignored`; `warnings`
    are the first of what is left out of rows.
    """

    revision: int
    added: int
    changed: int
    same: int
    changes: tuple[PlannedChange, ...]
    drafts: int = 0
    ignored: tuple[str, ...] = ()
    warnings: tuple["Fault", ...] = ()

    @property
    def total(self) -> int:
        return self.added + self.changed + self.same


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file: the row as a spreadsheet counts it (0: the file as a whole), the column, a sentence."""

    row: int
    column: str
    message: str
    code: str = ""  # by which pages say it in their language, with `value`
    value: str = ""


@dataclass(frozen=True, slots=True)
class FaqImport:
    """One file on its way in. `revision` is the change it became, for undoing it."""

    id: str
    name: str
    form: str
    file_id: str
    state: ImportState
    done: int
    total: int
    faults: tuple[Fault, ...]
    plan: ImportPlan | None
    agent_id: str
    revision: int | None
    cancel: bool
    made_at: datetime
    beat_at: datetime


def completed(
    article: FaqArticle, present: FaqArticle | None, given: frozenset[str], *, has_status: bool = True
) -> FaqArticle:
    """The article as it will be: what the file has no column for stays as it is. A new one without an answer comes in
    as a draft, unless the file itself states its status."""
    if present is None:
        extras = {language: each for language, each in article.extras.items() if language in article.answers}
        is_draft = lacks_answer(article) and not has_status
        return replace(article, extras=extras, status=ArticleStatus.DRAFT if is_draft else article.status)
    kept = {
        name: getattr(present, name)
        for name in ("category", "tags", "status", "owner", "valid_from", "valid_until", "review_by")
        if name not in given
    }
    answers = article.answers if "answer" in given else present.answers
    extras = {language: _extras(article, present, language, given) for language in answers}
    return replace(article, answers=answers, extras={key: each for key, each in extras.items() if each}, **kept)


def lacks_answer(article: FaqArticle) -> bool:
    """Whether an article would be published, or sent to review, with nothing to say."""
    wanted = article.status in (ArticleStatus.PUBLISHED, ArticleStatus.REVIEW)
    return wanted and not any(text.strip() for text in article.answers.values())


def _extras(article: FaqArticle, present: FaqArticle, language: object, given: frozenset[str]) -> Extras:
    new, old = (each.extras.get(language, Extras()) for each in (article, present))  # type: ignore[call-overload]
    return Extras(
        new.links if "links" in given else old.links, new.pictures if "pictures" in given else old.pictures,
        new.wishes if "buttons" in given else old.wishes, new.follow_ups if "follow_ups" in given else old.follow_ups,
    )


def plan(
    articles: Sequence[FaqArticle], present: Mapping[str, FaqArticle], revision: int, ignored: Sequence[str] = (),
    warnings: Sequence[Fault] = (),
) -> ImportPlan:
    """What storing these articles would change."""
    changes: list[PlannedChange] = []
    same = added = changed = 0
    for article in articles:
        old = present.get(article.id)
        if old is None:
            added += 1
            found = PlannedChange(article.id, article.title[:120], "added")
        else:
            fields = differences(to_fields(old), to_fields(article))
            if not fields:
                same += 1
                continue
            changed += 1
            found = PlannedChange(article.id, article.title[:120], "changed", tuple(
                (each.name, *_around(each.before, each.after)) for each in fields
            ))
        if len(changes) < MOST_SHOWN:
            changes.append(found)
    drafts = sum(
        article.status is ArticleStatus.DRAFT and not article.answers and article.id not in present
        for article in articles
    )
    return ImportPlan(revision, added, changed, same, tuple(changes), drafts, tuple(ignored), tuple(warnings))


def _around(before: str, after: str) -> tuple[str, str]:
    """Both texts from shortly before where they part, cut to what can be shown."""
    parted = (place for place, (old, new) in enumerate(zip(before, after, strict=False)) if old != new)
    same = next(parted, min(len(before), len(after)))
    start = same - _LEAD if same > _LONGEST_SHOWN - _LEAD else 0
    first, second = (("…" if start else "") + text[start : start + _LONGEST_SHOWN] for text in (before, after))
    return first, second
