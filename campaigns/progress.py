"""How far somebody is in a survey, as a value: where they stand, what they answered, the way they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from campaigns.answers import Answer
from campaigns.surveys import END, Branch, Question, QuestionKind, Survey, When


@dataclass(frozen=True, slots=True)
class Progress:
    """`at` is the question that waits for an answer, END when none does. `trail` holds the questions before it in the
    order they were met. `reasked`: the question was asked again because an answer was none; `picked`: choices
    tapped so far; `offered`: a complaint ticket was offered for this question and waits for a yes or no;
    `comes_back`: the survey was left for something else and its question has been brought back already.
    """

    at: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()
    reasked: bool = False
    offered: str = ""
    comes_back: bool = False

    @property
    def is_over(self) -> bool:
        return self.at == END


def begin(survey: Survey) -> Progress:
    """At the first question."""
    return Progress(survey.questions[0].id)


def give(survey: Survey, progress: Progress, answer: Answer) -> Progress:
    """The question is answered (or skipped): on to the next one."""
    question = survey.find(progress.at)
    if question is None:
        return replace(progress, at=END)
    return Progress(
        at=_next(survey, question, answer), answers={**progress.answers, question.id: answer},
        trail=(*progress.trail, question.id), offered=_complaint(question, answer),
    )


def back(progress: Progress) -> Progress:
    """One question back, keeping its answer until another is given; at the first it stays there."""
    if not progress.trail:
        return progress
    return replace(
        progress, at=progress.trail[-1], trail=progress.trail[:-1], picked=(), reasked=False, offered="",
    )


def return_to(progress: Progress, question_id: str) -> Progress:
    """Back to a question met before (one of its buttons was tapped later); Progress as it is when it was not."""
    if question_id not in progress.trail:
        return progress
    place = progress.trail.index(question_id)
    return replace(progress, at=question_id, trail=progress.trail[:place], picked=(), reasked=False, offered="")


def pass_thanks(survey: Survey, progress: Progress) -> tuple[Progress, tuple[Question, ...]]:
    """Walk over what asks nothing; returns where it stops, and what is to be said on the way."""
    said: list[Question] = []
    while (question := survey.find(progress.at)) is not None and question.kind is QuestionKind.THANKS:
        said.append(question)
        progress = replace(
            progress, at=_next(survey, question, Answer()), trail=(*progress.trail, question.id),
        )
    return progress, tuple(said)


def count_left(survey: Survey, progress: Progress) -> int:
    """How many questions may still come, the present one included: the longest way to the end."""
    return _longest(survey, progress.at, {})


def _longest(survey: Survey, question_id: str, known: dict[str, int]) -> int:
    question = survey.find(question_id)
    if question is None:
        return 0
    if question_id not in known:
        known[question_id] = 0  # a loop cannot be published; this keeps a draft's from running for ever
        own = 0 if question.kind is QuestionKind.THANKS else 1
        known[question_id] = own + max(_longest(survey, target, known) for target in survey.targets(question))
    return known[question_id]


def _next(survey: Survey, question: Question, answer: Answer) -> str:
    for branch in question.branches:
        if _fits(branch, answer):
            return branch.to
    return survey.after(question.id)


def _fits(branch: Branch, answer: Answer) -> bool:
    match branch.when:
        case When.ALWAYS:
            return True
        case When.SKIPPED:
            return answer.skipped
        case When.AT_MOST:
            return answer.number is not None and answer.number <= int(branch.value)
        case When.AT_LEAST:
            return answer.number is not None and answer.number >= int(branch.value)
        case When.IS:
            return _is(answer, branch.value)
        case When.IS_NOT:
            return answer.is_read and not _is(answer, branch.value)


def _is(answer: Answer, value: str) -> bool:
    return str(answer.number) == value if answer.number is not None else value in answer.options


def _complaint(question: Question, answer: Answer) -> str:
    limit = question.complaint_at_most
    return question.id if limit is not None and answer.number is not None and answer.number <= limit else ""
