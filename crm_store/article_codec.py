"""An article's content as columns, and back: the same for the present article and for its versions."""

from typing import Any

from sqlalchemy import Row

from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Picture, Wish
from desk.messages import Language

CONTENT = ("category", "tags", "status", "phrasings", "answers", "owner", "valid_from", "valid_until", "review_by")


def content_of(article: FaqArticle) -> dict[str, Any]:
    return {
        "category": article.category, "tags": list(article.tags), "status": article.status.value,
        "phrasings": [
            {"text": item.text, "language": item.language.value if item.language else None}
            for item in article.phrasings
        ],
        "answers": [
            {"text": text, "language": language.value if language else None,
             **_extras_to_json(article.extras.get(language, Extras()))}
            for language, text in article.answers.items()
        ],
        "owner": article.owner, "valid_from": article.valid_from, "valid_until": article.valid_until,
        "review_by": article.review_by,
    }


def from_row(row: Row[Any]) -> FaqArticle:
    return FaqArticle(
        id=getattr(row, "article_id", None) or row.id, category=row.category, tags=tuple(row.tags),
        status=ArticleStatus(row.status), version=row.version, owner=row.owner, valid_from=row.valid_from,
        valid_until=row.valid_until, review_by=row.review_by,
        phrasings=tuple(Phrasing(item["text"], _language(item["language"])) for item in row.phrasings),
        answers={_language(item["language"]): item["text"] for item in row.answers},
        extras={
            _language(item["language"]): extras for item in row.answers if (extras := _extras_from_json(item))
        },
    )


def _extras_to_json(extras: Extras) -> dict[str, Any]:
    """Only what there is, so that an answer of text alone stays as small as before."""
    if not extras:
        return {}
    found: dict[str, Any] = {
        "links": [[link.title, link.url] for link in extras.links],
        "pictures": [[picture.file_id, picture.name] for picture in extras.pictures],
        "wishes": [wish.value for wish in extras.wishes],
        "follow_ups": list(extras.follow_ups),
    }
    return {name: value for name, value in found.items() if value}


def _extras_from_json(item: dict[str, Any]) -> Extras:
    return Extras(
        tuple(Link(*link) for link in item.get("links", ())),
        tuple(Picture(*picture) for picture in item.get("pictures", ())),
        tuple(Wish(wish) for wish in item.get("wishes", ())), tuple(item.get("follow_ups", ())),
    )


def _language(value: str | None) -> Language | None:
    return Language(value) if value else None
