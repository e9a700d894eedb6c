"""Articles as JSON or YAML: {"articles": [{"id", "phrasings", "answers", "category", "tags", "status"}, …]}."""

from collections.abc import Mapping, Sequence
from typing import Any

from desk.faq import FaqArticle
from desk.faq_fields import join_tags
from knowledge_base.rows import ArticleReader, BadImport, RowError, clean


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
    }


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
    }
    reader.add(number, {"id": identity, **attributes})
    for phrasing in phrasings:
        text, language = phrasing, ""
        if isinstance(phrasing, Mapping):
            text, language = phrasing.get("text"), _text(phrasing.get("language"))
        reader.add(number, {"id": identity, "question": _text(text), "language": language})
    for language, text in answers.items():
        reader.add(number, {"id": identity, "answer": _text(text), "language": _text(language)})


def _text(value: Any) -> str:
    return "" if value is None else str(value)
