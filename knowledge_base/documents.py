"""Articles as JSON or YAML: {"articles": [{"id", "phrasings", "answers", "category", "tags", "status"}, …]}."""

from collections.abc import Mapping, Sequence
from typing import Any

from desk.faq import FaqArticle
from desk.faq_fields import join_tags
from knowledge_base.rows import ArticleReader, BadImport, RowError, clean, cleaned_cell


def to_documents(articles: Sequence[FaqArticle]) -> Mapping[str, Any]:
    """Plain values. A phrasing without language is a bare text; an answer without language stands under ""."""
    return {"articles": [_document(article) for article in articles]}


def _document(article: FaqArticle) -> dict[str, Any]:
    answers = sorted(article.answers.items(), key=lambda item: item[0] or "")
    return {
        "id": article.id,
        "phrasings": [
            {"text": clean(each.text), "language": each.language.value} if each.language else clean(each.text)
            for each in article.phrasings
        ],
        "answers": {language.value if language else "": clean(text) for language, text in answers},
        "category": clean(article.category),
        "tags": [clean(tag) for tag in article.tags],
        "status": article.status.value,
        **_further(article),
    }


def _further(article: FaqArticle) -> dict[str, Any]:
    """What only some articles have."""
    days = {"valid_from": article.valid_from, "valid_until": article.valid_until, "review_by": article.review_by}
    extras = {
        language.value if language else "": {
            name: value for name, value in (
                ("links", [{"title": link.title, "url": link.url} for link in each.links]),
                ("pictures", [{"file": one.file_id, "name": one.name} for one in each.pictures]),
                ("buttons", [wish.value for wish in each.wishes]), ("follow_ups", list(each.follow_ups)),
            ) if value
        }
        for language, each in sorted(article.extras.items(), key=lambda item: item[0] or "")
    }
    found: dict[str, Any] = {"owner": article.owner, **{name: day and day.isoformat() for name, day in days.items()},
                             "extras": extras}
    return {name: value for name, value in found.items() if value}


def from_documents(loaded: Any) -> list[FaqArticle]:
    """The articles of a loaded file; a row number in an error counts articles from 1. Raises BadImport."""
    documents = loaded.get("articles") if isinstance(loaded, Mapping) else loaded
    if not isinstance(documents, list):
        raise BadImport([RowError(0, "", 'The file must hold a list of articles under "articles".')])
    reader = ArticleReader()
    seen: set[str] = set()
    for number, document in enumerate(documents, start=1):
        if not isinstance(document, Mapping):
            reader.errors.append(RowError(number, "", "An article must be a mapping."))
            continue
        identity = _text(document.get("id"))
        if identity in seen:
            reader.errors.append(RowError(number, "id", "The id is used twice."))
        seen.add(identity)
        _add(reader, number, identity, document)
    return reader.articles()


_ALIASES = {"phrasings": "question", "answers": "answer"}
_EXTRAS = frozenset({"links", "pictures", "buttons", "follow_ups"})


def given_in_documents(loaded: Any) -> dict[str, frozenset[str]]:
    """Which columns each article of a loaded file has, named as a table names them."""
    documents = loaded.get("articles") if isinstance(loaded, Mapping) else loaded
    found: dict[str, frozenset[str]] = {}
    for document in documents if isinstance(documents, list) else ():
        if isinstance(document, Mapping):
            names = frozenset(_ALIASES.get(str(name), str(name)) for name in document)
            identity = cleaned_cell("id", _text(document.get("id")))
            found[identity] = names | _EXTRAS if "extras" in names else names
    return found


def _add(reader: ArticleReader, number: int, identity: str, document: Mapping[Any, Any]) -> None:
    phrasings, answers = document.get("phrasings") or [], document.get("answers") or {}
    tags = document.get("tags") or []
    if not isinstance(phrasings, list) or not isinstance(answers, Mapping) or not isinstance(tags, list):
        message = "Phrasings and tags must be lists, answers a mapping from language to text."
        reader.errors.append(RowError(number, "", message))
        return
    attributes = {
        "category": _text(document.get("category")),
        "tags": join_tags([clean(_text(tag)) for tag in tags]),
        "status": _text(document.get("status")),
        **{name: _text(document.get(name)) for name in ("owner", "valid_from", "valid_until", "review_by")},
    }
    reader.add(number, {"id": identity, **attributes})
    for phrasing in phrasings:
        text, language = phrasing, ""
        if isinstance(phrasing, Mapping):
            text, language = phrasing.get("text"), _text(phrasing.get("language"))
        reader.add(number, {"id": identity, "question": _text(text), "language": language})
    extras = document.get("extras")
    for language, text in answers.items():
        found = extras.get(language) if isinstance(extras, Mapping) else None
        reader.add(number, {"id": identity, "answer": _text(text), "language": _text(language), **_extras(found)})


def _extras(found: Any) -> dict[str, str]:
    """What goes along with an answer, as a table's cells hold it."""
    if not isinstance(found, Mapping):
        return {}

    def lines(name: str, first: str, second: str) -> str:
        items = [item for item in found.get(name) or () if isinstance(item, Mapping)]
        return "\n".join(f"{_text(item.get(first))} | {_text(item.get(second))}" for item in items)

    return {
        "links": lines("links", "title", "url"), "pictures": lines("pictures", "file", "name"),
        "buttons": "\n".join(_text(item) for item in found.get("buttons") or ()),
        "follow_ups": "\n".join(_text(item) for item in found.get("follow_ups") or ()),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
