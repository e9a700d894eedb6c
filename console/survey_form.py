"""The survey builder's form: fields to a draft and back. It works without scripts, so every key press does."""

from collections.abc import Mapping
from typing import Any

from campaigns.survey_json import MAX_QUESTIONS
from campaigns.surveys import Question, QuestionKind, Survey
from campaigns.templates import ALL_LANGUAGES
from desk.messages import Language

Fields = Mapping[str, str]


def read_form(fields: Fields) -> dict[str, Any]:
    """What was written, as `survey_from_json` takes it."""
    languages = [language.value for language in ALL_LANGUAGES if fields.get(f"language-{language.value}")]
    count = int(fields["count"]) if fields.get("count", "").isdecimal() else 0
    questions = [_question(fields, f"q{n}-") for n in range(min(count, MAX_QUESTIONS)) if f"q{n}-id" in fields]
    return {"languages": languages, "questions": questions}


def act(data: dict[str, Any], action: str) -> dict[str, Any]:
    """What a button of the form does to the draft: add a kind of question, move one up or down, take one away."""
    verb, _, what = action.partition(":")
    questions: list[dict[str, Any]] = list(data["questions"])
    if verb == "add" and what in set(QuestionKind) and len(questions) < MAX_QUESTIONS:
        questions.append({"id": _free_id(questions), "kind": what, "texts": {}})
    place = int(what) if what.isdecimal() and int(what) < len(questions) else -1
    if place >= 0 and verb == "remove":
        del questions[place]
    if place > 0 and verb == "up":
        questions[place - 1], questions[place] = questions[place], questions[place - 1]
    if 0 <= place < len(questions) - 1 and verb == "down":
        questions[place + 1], questions[place] = questions[place], questions[place + 1]
    return {**data, "questions": questions}


def option_lines(question: Question, language: Language) -> str:
    """A question's options as the form shows them: one on each line."""
    return "\n".join(option.texts.get(language, "") for option in question.options).rstrip("\n")


def titles(survey: Survey, language: Language) -> dict[str, str]:
    """What the builder calls each question: its place and the beginning of its text."""
    found = {}
    for place, question in enumerate(survey.questions, 1):
        text = question.text(language)
        found[question.id] = f"{place}. {text[:40]}{'…' if len(text) > 40 else ''}"
    return found


def _question(fields: Fields, at: str) -> dict[str, Any]:
    texts = {language.value: fields.get(f"{at}text-{language.value}", "") for language in ALL_LANGUAGES}
    return {
        "id": fields[f"{at}id"], "kind": fields.get(f"{at}kind", ""), "texts": texts,
        "options": _options(fields, at), "branches": _branches(fields, at),
        "required": bool(fields.get(f"{at}required")), "top": fields.get(f"{at}top") or 5,
        "measure": fields.get(f"{at}measure") or None, "complaint_at_most": fields.get(f"{at}complaint") or None,
    }


def _options(fields: Fields, at: str) -> list[dict[str, Any]]:
    """Options by line: the first line of each language is the first option. Known ids stay with their place."""
    lines = {language.value: fields.get(f"{at}options-{language.value}", "").splitlines() for language in ALL_LANGUAGES}
    known = fields.get(f"{at}option-ids", "").split()
    many = max((len(one) for one in lines.values()), default=0)
    found: list[dict[str, Any]] = []
    for place in range(many):
        texts = {name: one[place].strip() for name, one in lines.items() if place < len(one)}
        if any(texts.values()):
            used = {option["id"] for option in found}
            number = next(n for n in range(1, 200) if f"o{n}" not in used and f"o{n}" not in known)
            found.append({"id": known[place] if place < len(known) else f"o{number}", "texts": texts})
    return found


def _branches(fields: Fields, at: str) -> list[dict[str, str]]:
    found = []
    for n in range(20):
        when = fields.get(f"{at}b{n}-when", "")
        if when:
            value, to = fields.get(f"{at}b{n}-value", "").strip(), fields.get(f"{at}b{n}-to", "")
            found.append({"when": when, "value": value, "to": to})
    return found


def _free_id(questions: list[dict[str, Any]]) -> str:
    used = {question["id"] for question in questions}
    return next(f"q{n}" for n in range(1, MAX_QUESTIONS + 2) if f"q{n}" not in used)
