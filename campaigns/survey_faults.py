"""What is wrong with a survey, before anybody is asked it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from campaigns.surveys import END, Branch, Question, QuestionKind, Survey, Texts, When
from desk.messages import Language


class FaultKind(StrEnum):
    EMPTY = "empty"  # no question that asks anything
    NO_LANGUAGE = "no_language"
    SAME_ID = "same_id"
    MISSING_TEXT = "missing_text"  # a translation that is needed
    FEW_OPTIONS = "few_options"
    BAD_BRANCH = "bad_branch"  # a comparison that can never hold for this kind of question
    NOWHERE = "nowhere"  # a branch to a question that does not exist
    LOOP = "loop"
    UNREACHABLE = "unreachable"
    BAD_SCALE = "bad_scale"
    BAD_MEASURE = "bad_measure"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `question` is the id of the question at fault, empty for the survey as a whole; `detail`
    names the language, target or value."""

    kind: FaultKind
    question: str = ""
    detail: str = ""


def find_faults(survey: Survey) -> list[Fault]:
    """Everything that keeps this survey from being published, in the order of its questions."""
    if not survey.languages:
        return [Fault(FaultKind.NO_LANGUAGE)]
    if not any(question.kind is not QuestionKind.THANKS for question in survey.questions):
        return [Fault(FaultKind.EMPTY)]
    faults: list[Fault] = []
    ids = [question.id for question in survey.questions]
    for place, question in enumerate(survey.questions):
        if question.id in ids[:place] or question.id == END:
            faults.append(Fault(FaultKind.SAME_ID, question.id, question.id))
        faults += _of_texts(survey, question)
        faults += _of_answers(question)
        faults += _of_branches(survey, question)
    if not any(fault.kind in (FaultKind.SAME_ID, FaultKind.NOWHERE) for fault in faults):
        faults += _of_paths(survey)
    return faults


def _of_texts(survey: Survey, question: Question) -> Iterator[Fault]:
    for language in survey.languages:
        if not question.texts.get(language):
            yield Fault(FaultKind.MISSING_TEXT, question.id, language.value)
        for option in question.options if question.kind.has_options else ():
            if not option.texts.get(language):
                yield Fault(FaultKind.MISSING_TEXT, question.id, f"{option.id} {language.value}")
        twice = _repeated(question, language)
        if twice:
            yield Fault(FaultKind.SAME_ID, question.id, twice)


def _repeated(question: Question, language: Language) -> str:
    """A title that two options share: a typed answer could not tell them apart."""
    seen: set[str] = set()
    for option in question.options:
        title = _folded(option.texts, language)
        if title and title in seen:
            return title
        seen.add(title)
    return ""


def _folded(texts: Texts, language: Language) -> str:
    return texts.get(language, "").strip().lower()


def _of_answers(question: Question) -> Iterator[Fault]:
    if question.kind.has_options:
        ids = [option.id for option in question.options]
        if len(ids) < 2:
            yield Fault(FaultKind.FEW_OPTIONS, question.id)
        if len(set(ids)) < len(ids):
            yield Fault(FaultKind.SAME_ID, question.id, next(name for name in ids if ids.count(name) > 1))
    if question.kind is QuestionKind.RATING and not 3 <= question.top <= 10:
        yield Fault(FaultKind.BAD_SCALE, question.id, str(question.top))
    if question.measure is not None:
        fits = {
            "csat": (question.low, question.high) == (1, 5) and question.kind.is_scale,
            "nps": question.kind is QuestionKind.NPS,
            "ces": question.kind is QuestionKind.RATING and question.high in (5, 7),
        }[question.measure.value]
        if not fits:
            yield Fault(FaultKind.BAD_MEASURE, question.id, question.measure.value)
    limit = question.complaint_at_most
    if limit is not None and not (question.kind.is_scale and question.low <= limit < question.high):
        yield Fault(FaultKind.BAD_SCALE, question.id, str(limit))


def _of_branches(survey: Survey, question: Question) -> Iterator[Fault]:
    for branch in question.branches:
        if branch.to != END and survey.find(branch.to) is None:
            yield Fault(FaultKind.NOWHERE, question.id, branch.to or "?")
        if not _can_hold(question, branch):
            yield Fault(FaultKind.BAD_BRANCH, question.id, f"{branch.when.value} {branch.value}".strip())


def _can_hold(question: Question, branch: Branch) -> bool:
    match branch.when:
        case When.ALWAYS:
            return True
        case When.SKIPPED:
            return not question.required and question.kind is not QuestionKind.THANKS
        case When.AT_MOST | When.AT_LEAST:
            return question.kind.is_scale and _is_on_scale(question, branch.value)
        case When.IS | When.IS_NOT:
            if question.kind.is_scale:
                return _is_on_scale(question, branch.value)
            if question.kind is QuestionKind.YES_NO:
                return branch.value in ("yes", "no")
            return question.kind.has_options and branch.value in {option.id for option in question.options}


def _is_on_scale(question: Question, value: str) -> bool:
    return value.isdecimal() and question.low <= int(value) <= question.high


def _of_paths(survey: Survey) -> Iterator[Fault]:
    """Loops, and questions that no path leads to, by a walk from the first question."""
    done: set[str] = set()
    path: list[str] = []
    loops: list[Fault] = []

    def walk(question_id: str) -> None:
        if question_id == END or question_id in done:
            return
        if question_id in path:
            loops.append(Fault(FaultKind.LOOP, path[-1], question_id))
            return
        question = survey.find(question_id)
        if question is None:
            return
        path.append(question_id)
        for target in survey.targets(question):
            walk(target)
        path.pop()
        done.add(question_id)

    walk(survey.questions[0].id)
    yield from loops
    yield from (Fault(FaultKind.UNREACHABLE, question.id) for question in survey.questions if question.id not in done)
