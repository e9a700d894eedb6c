"""Surveys as JSON, for the database, the REST API and the builder's page; and back, with the fault named."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from campaigns.surveys import Branch, Measure, Option, Question, QuestionKind, Survey, Texts, When
from desk.errors import Invalid
from desk.messages import Language

E = TypeVar("E", bound=StrEnum)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
MAX_QUESTIONS = 50
MAX_OPTIONS = 20
MAX_TEXT = 1000


def survey_to_json(survey: Survey) -> dict[str, Any]:
    return {
        "languages": [language.value for language in survey.languages],
        "questions": [_question_to_json(question) for question in survey.questions],
    }


def survey_from_json(data: Mapping[str, Any]) -> Survey:
    """Read a survey. Raises Invalid naming the place, as in `questions.2.kind`."""
    languages = [_member(Language, item, f"languages.{n}") for n, item in enumerate(_items(data, "languages", ""))]
    questions = _items(data, "questions", "")
    if len(questions) > MAX_QUESTIONS:
        raise Invalid("questions", f"a survey has at most {MAX_QUESTIONS} questions")
    read = tuple(_question_from_json(item, f"questions.{n}") for n, item in enumerate(questions))
    return Survey(read, tuple(dict.fromkeys(languages)))


def texts_to_json(texts: Texts) -> dict[str, str]:
    return {language.value: text for language, text in texts.items()}


def texts_from_json(data: object, place: str) -> Texts:
    """Texts by language. Raises Invalid."""
    if not isinstance(data, Mapping):
        raise Invalid(place, "give the texts by language")
    texts: dict[Language, str] = {}
    for name, text in data.items():
        language = _member(Language, name, place)
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise Invalid(f"{place}.{name}", f"a text of at most {MAX_TEXT} characters")
        if text.strip():
            texts[language] = text.replace("\x00", "").strip()
    return texts


def _question_to_json(question: Question) -> dict[str, Any]:
    return {
        "id": question.id, "kind": question.kind.value, "texts": texts_to_json(question.texts),
        "options": [{"id": option.id, "texts": texts_to_json(option.texts)} for option in question.options],
        "branches": [
            {"when": branch.when.value, "to": branch.to, "value": branch.value} for branch in question.branches
        ],
        "required": question.required, "top": question.top,
        "measure": question.measure.value if question.measure else None,
        "complaint_at_most": question.complaint_at_most,
    }


def _question_from_json(data: object, place: str) -> Question:
    if not isinstance(data, Mapping):
        raise Invalid(place, "a question is an object")
    options = _items(data, "options", place)
    if len(options) > MAX_OPTIONS:
        raise Invalid(f"{place}.options", f"a question has at most {MAX_OPTIONS} options")
    return Question(
        id=_name(data, "id", place),
        kind=_member(QuestionKind, data.get("kind"), f"{place}.kind"),
        texts=texts_from_json(data.get("texts", {}), f"{place}.texts"),
        options=tuple(_option(item, f"{place}.options.{n}") for n, item in enumerate(options)),
        branches=tuple(
            _branch(item, f"{place}.branches.{n}") for n, item in enumerate(_items(data, "branches", place))
        ),
        required=bool(data.get("required", False)),
        top=_number(data.get("top", 5), f"{place}.top") or 5,
        measure=_member(Measure, data["measure"], f"{place}.measure") if data.get("measure") else None,
        complaint_at_most=_number(data.get("complaint_at_most"), f"{place}.complaint_at_most"),
    )


def _option(data: object, place: str) -> Option:
    if not isinstance(data, Mapping):
        raise Invalid(place, "an option is an object")
    return Option(_name(data, "id", place), texts_from_json(data.get("texts", {}), f"{place}.texts"))


def _branch(data: object, place: str) -> Branch:
    if not isinstance(data, Mapping):
        raise Invalid(place, "a branch is an object")
    return Branch(
        _member(When, data.get("when"), f"{place}.when"), str(data.get("to", ""))[:60], str(data.get("value", ""))[:60]
    )


def _items(data: Mapping[str, Any], key: str, place: str) -> Sequence[Any]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise Invalid(f"{place}.{key}".lstrip("."), "give a list")
    return found


def _name(data: Mapping[str, Any], key: str, place: str) -> str:
    name = str(data.get(key, ""))
    if not _NAME.fullmatch(name):
        raise Invalid(f"{place}.{key}", "a short name of letters, digits, - and _")
    return name


def _number(value: object, place: str) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).lstrip("-").isdigit():
        raise Invalid(place, "a whole number")
    return int(value)


def _member(kind: type[E], value: Any, place: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise Invalid(place, f"not one of {', '.join(str(item) for item in kind)}") from None
