"""A survey that nobody could be asked is refused before it is, with the place named."""

from dataclasses import replace

import pytest

from campaigns.survey_faults import FaultKind, find_faults
from campaigns.survey_json import survey_from_json, survey_to_json
from campaigns.surveys import END, Branch, Option, Question, QuestionKind, Survey, When
from campaigns.templates import TEMPLATES
from desk.errors import Invalid
from desk.messages import Language

BOTH = (Language.EN, Language.ZH_HANS)
TEXTS = {Language.EN: "How?", Language.ZH_HANS: "怎么样？"}
FIRST = Question("first", QuestionKind.RATING, TEXTS)
SECOND = Question("second", QuestionKind.TEXT, TEXTS)


def faults(*questions: Question, languages: tuple[Language, ...] = BOTH) -> list[tuple[FaultKind, str, str]]:
    return [(fault.kind, fault.question, fault.detail) for fault in find_faults(Survey(questions, languages))]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_templates_are_whole_in_three_languages_and_survive_storage(name: str) -> None:
    survey = TEMPLATES[name]
    assert set(survey.languages) == set(Language)
    assert find_faults(survey) == []
    assert survey_from_json(survey_to_json(survey)) == survey


def test_a_translation_that_is_needed_is_missed_at_its_question_and_option() -> None:
    only_english = {Language.EN: "A"}
    choice = Question("choice", QuestionKind.SINGLE, TEXTS, options=(Option("a", only_english), Option("b", TEXTS)))
    assert faults(replace(FIRST, texts=only_english), choice) == [
        (FaultKind.MISSING_TEXT, "first", "zh-Hans"), (FaultKind.MISSING_TEXT, "choice", "a zh-Hans"),
    ]
    assert faults(replace(FIRST, texts=only_english), languages=(Language.EN,)) == []


def test_a_branch_to_nowhere_a_loop_and_a_question_nobody_reaches_are_found() -> None:
    assert faults(replace(FIRST, branches=(Branch(When.AT_MOST, "gone", "2"),)), SECOND) == [
        (FaultKind.NOWHERE, "first", "gone"),
    ]
    assert faults(FIRST, replace(SECOND, branches=(Branch(When.ALWAYS, "first"),))) == [
        (FaultKind.LOOP, "second", "first"),
    ]
    assert faults(replace(FIRST, branches=(Branch(When.ALWAYS, END),)), SECOND) == [
        (FaultKind.UNREACHABLE, "second", ""),
    ]


def test_a_comparison_that_can_never_hold_is_refused() -> None:
    assert faults(replace(FIRST, branches=(Branch(When.AT_MOST, "second", "9"),)), SECOND)[0][0] is FaultKind.BAD_BRANCH
    assert faults(FIRST, replace(SECOND, branches=(Branch(When.IS, END, "yes"),)))[0][0] is FaultKind.BAD_BRANCH


def test_nonsense_is_refused_with_its_place() -> None:
    data = survey_to_json(Survey((FIRST, SECOND), BOTH))
    data["questions"][1]["kind"] = "essay"
    with pytest.raises(Invalid) as refusal:
        survey_from_json(data)
    assert refusal.value.field == "questions.1.kind"
