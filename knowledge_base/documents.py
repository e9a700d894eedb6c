"""Articles as JSON or YAML: {"articles": [{"id", "phrasings", "answers", "category", "tags", "status"}, …]}."""

from collections.abc import Mapping, Sequence
from typing import Any

from desk.faq import FaqArticle
from desk.faq_fields import join_tags
from knowledge_base.import_faults import RowError, whole_file
from knowledge_base.rows import COLUMNS, FURTHER, ArticleReader, clean, cleaned_cell


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


class _NotText(Exception):
    """A list or a mapping where a text is needed."""


def read_documents(loaded: Any) -> ArticleReader:
    """The articles of a loaded file; a row number in a fault counts articles from 1. Raises BadImport."""
    documents = _documents(loaded)
    if documents is None:
        raise whole_file("not_list")
    reader = ArticleReader()
    seen: set[str] = set()
    for number, document in enumerate(documents, start=1):
        if not isinstance(document, Mapping):
            reader.errors.append(RowError(number, "", "not_mapping"))
            continue
        try:
            identity = _text(document.get("id"))
            if identity in seen:
                reader.errors.append(RowError(number, "id", "id_twice"))
            seen.add(identity)
            _add(reader, number, identity, document)
        except _NotText:
            reader.errors.append(RowError(number, "", "not_text"))
    return reader


_ALIASES = {"phrasings": "question", "answers": "answer"}
_EXTRAS = frozenset({"links", "pictures", "buttons", "follow_ups"})
_READ = {"phrasings", "answers", "extras", *COLUMNS, *FURTHER} - {"question", "answer", "language"} - _EXTRAS


def given_in_documents(loaded: Any) -> dict[str, frozenset[str]]:
    """Which columns each article of a loaded file has, named as a table names them."""
    found: dict[str, frozenset[str]] = {}
    for document in _documents(loaded) or ():
        if isinstance(document, Mapping):
            names = frozenset(_ALIASES.get(str(name), str(name)) for name in document)
            identity = cleaned_cell("id", _text(document.get("id")))
            found[identity] = names | _EXTRAS if "extras" in names else names
    return found


def unread_in_documents(loaded: Any) -> tuple[str, ...]:
    """Keys of articles that nothing is read from, in the order in which they are met."""
    names = (str(name) for each in _documents(loaded) or () if isinstance(each, Mapping) for name in each)
    return tuple(dict.fromkeys(name for name in names if name not in _READ))


def _documents(loaded: Any) -> list[Any] | None:
    documents = loaded.get("articles") if isinstance(loaded, Mapping) else loaded
    return documents if isinstance(documents, list) else None


def _add(reader: ArticleReader, number: int, identity: str, document: Mapping[Any, Any]) -> None:
    phrasings, answers = document.get("phrasings") or [], document.get("answers") or {}
    tags, extras = document.get("tags") or [], document.get("extras") or {}
    if not (isinstance(phrasings, list) and isinstance(answers, Mapping) and isinstance(tags, list)):
        reader.errors.append(RowError(number, "", "shapes"))
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
            text, language = _needed(phrasing, "text"), _text(phrasing.get("language"))
        reader.add(number, {"id": identity, "question": _text(text), "language": language})
    for language, text in answers.items():
        found = _mapping(extras).get(language)
        reader.add(number, {"id": identity, "answer": _text(text), "language": _text(language), **_extras(found)})
    for language in _mapping(extras).keys() - answers.keys():  # of answers that are kept, or told to be missing
        reader.add(number, {"id": identity, "language": _text(language), **_extras(extras[language])})


def _extras(found: Any) -> dict[str, str]:
    """What goes along with an answer, as a table's cells hold it."""
    given = _mapping(found or {})

    def pairs(name: str, first: str, second: str) -> str:
        items = [_mapping(item) for item in _list(given.get(name))]
        return "\n".join(f"{_text(item.get(first))} | {_text(item.get(second))}" for item in items)

    return {
        "links": pairs("links", "title", "url"), "pictures": pairs("pictures", "file", "name"),
        **{name: "\n".join(_text(item) for item in _list(given.get(name))) for name in ("buttons", "follow_ups")},
    }


def _list(value: Any) -> Sequence[Any]:
    if value is not None and not isinstance(value, list):
        raise _NotText
    return value or ()


def _mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _NotText
    return value


def _needed(found: Mapping[Any, Any], name: str) -> Any:
    if name not in found:
        raise _NotText
    return found[name]


def _text(value: Any) -> str:
    if isinstance(value, (list, Mapping)):  # written out, a nested one may be larger than the memory
        raise _NotText
    return "" if value is None else str(value)
