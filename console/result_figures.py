"""The tables and charts of survey results, and their sentences about differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campaigns.surveys import Measure, Question, QuestionKind
from console.figures import Cell, Chart, ChartKind, Column, Figure, Link, Row, Table, Unit, shown
from console.words import Words
from crm_store.results import Wave
from insights.results import (
    By,
    Funnel,
    Given,
    against_the_rest,
    compare,
    distribution,
    figure,
    is_low,
    numbers_of,
    split,
    verdict,
)
from insights.statistics import SMALL, Estimate


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure at the top: its value with its interval, and what may be said of it against the wave before."""

    title: str
    value: Estimate | None
    unit: Unit
    says: str = ""


def unit_of(question: Question) -> Unit:
    if question.measure is Measure.NPS or question.kind is QuestionKind.NPS:
        return Unit.NUMBER
    return Unit.SHARE if question.measure is Measure.CSAT else Unit.SCORE


def title_of(question: Question, t: Words) -> str:
    measure = Measure.NPS if question.kind is QuestionKind.NPS else question.measure
    return t(f"measure.{measure}") if measure else t("measure.mean")


def headlines(
    found: Funnel, questions: Sequence[Question], given: Sequence[Given], trend: str, t: Words
) -> list[Headline]:
    """Response, completion and every scale; the first scale is judged against the wave before (`trend`)."""
    scales = [question for question in questions if question.kind.is_scale]
    return [
        Headline(t("results.response"), found.response_rate, Unit.SHARE),
        Headline(t("results.completion"), found.completion_rate, Unit.SHARE),
        *(Headline(f"{title_of(question, t)}", figure(question, numbers_of(given, question.id)), unit_of(question),
                   trend if place == 0 else "")
          for place, question in enumerate(scales)),
    ]


def funnel_figure(found: Funnel, t: Words) -> Figure:
    counts = (("planned", found.planned, None), ("reached", found.reached, found.planned),
              ("answered", found.answered, found.reached), ("finished", found.finished, found.answered),
              ("opted_out", found.opted_out, found.reached))
    rows: tuple[Row, ...] = tuple(
        (t(f"results.funnel.{name}"), count, count / of if of else None) for name, count, of in counts
    )
    columns = (
        Column(t("results.step")), Column(t("reports.cases"), Unit.COUNT), Column(t("results.of_before"), Unit.SHARE),
    )
    return Figure("funnel", t("results.funnel"), Table(columns, rows if found.planned else ()),
                  Chart(ChartKind.ROWS, (1,)), t("results.funnel.about"))


def question_figure(place: int, question: Question, given: Sequence[Given], t: Words) -> Figure:
    """How the answers to one question spread; a scale's title says its figure and interval."""
    counts = distribution(question, given)
    people = sum(each.question_id == question.id and not each.skipped for each in given)
    names = {option.id: option.texts.get(t.language) or option.id for option in question.options}
    names |= {"yes": t("results.yes"), "no": t("results.no")}
    rows: tuple[Row, ...] = tuple(
        (names.get(name, name), count, count / people if people else None) for name, count in counts
    )
    about = t("results.people", count=people)
    if question.kind.is_scale:
        numbers = numbers_of(given, question.id)
        about = f"{title_of(question, t)}: {in_words(figure(question, numbers), unit_of(question), t)}"
    columns = (
        Column(t("results.answer")), Column(t("reports.cases"), Unit.COUNT), Column(t("reports.share"), Unit.SHARE),
    )
    kind = ChartKind.BARS if question.kind.is_scale else ChartKind.ROWS
    return Figure(f"question-{place}", question.text(t.language), Table(columns, rows if people else ()),
                  Chart(kind, (1,)), about)


def group_figure(
    question: Question, given: Sequence[Given], by: By, zone: ZoneInfo, agents: Mapping[str, str], t: Words
) -> Figure:
    """A question's figure in each group, and which groups differ from all the others."""
    groups = split(given, question.id, by, zone)
    said = against_the_rest(question, groups) if by is not By.WEEK else {}
    order = sorted(groups) if by is By.WEEK else sorted(groups, key=lambda name: (-len(groups[name]), name))
    unit = unit_of(question)
    rows: tuple[Row, ...] = tuple(
        (_group(by, name, agents, t), *_cells(figure(question, groups[name])),
         *((t(f"results.rest.{said[name]}"),) if said else ()), _note(len(groups[name]), t))
        for name in order
    )
    columns = (
        Column(t(f"results.by.{by}")), Column(title_of(question, t), unit), Column(t("reports.low"), unit),
        Column(t("reports.high"), unit), Column(t("reports.cases"), Unit.COUNT),
        *((Column(t("results.rest")),) if said else ()), Column(t("reports.note")),
    )
    kind = ChartKind.LINE if by is By.WEEK else ChartKind.ROWS
    return Figure(f"by-{by}", t("results.by", dimension=t(f"results.by.{by}"), figure=title_of(question, t)),
                  Table(columns, rows), Chart(kind, (1,)), t("results.by.about") if said else "")


def wave_figure(question: Question, waves: Sequence[Wave], t: Words) -> Figure:
    """The figure of each round, beside the one before it."""
    unit = unit_of(question)
    rows: list[Row] = []
    for place, wave in enumerate(waves):
        before = waves[place - 1] if place else None
        rows.append((
            f"{wave.name} · {wave.number}", wave.began, *_cells(figure(question, wave.marks)),
            wave_sentence(question, before, wave, t), _note(len(wave.marks), t),
        ))
    columns = (
        Column(t("results.wave")), Column(t("results.began"), Unit.MOMENT), Column(title_of(question, t), unit),
        Column(t("reports.low"), unit), Column(t("reports.high"), unit), Column(t("reports.cases"), Unit.COUNT),
        Column(t("results.before")), Column(t("reports.note")),
    )
    return Figure("waves", t("results.waves", figure=title_of(question, t)), Table(columns, tuple(rows)),
                  Chart(ChartKind.LINE, (2,)), t("results.waves.about"))


def wave_sentence(question: Question, before: Wave | None, wave: Wave, t: Words) -> str:
    """Whether a round differs from the one before, in plain words."""
    if before is None:
        return ""
    found = compare(question, before.marks, wave.marks)
    if found is None:
        return t("results.wave.too_few")
    size = shown(abs(found.difference), unit_of(question), t)
    return t(f"results.wave.{verdict(found)}", size=size)


def verbatim_figure(
    themes: Sequence[tuple[str, Sequence[Given]]], question: Question | None, marks: Mapping[int, int],
    tickets: Mapping[str, str], t: Words,
) -> Figure:
    """What people wrote, by theme; a low mark leads to the ticket that came of it."""
    rows: list[Row] = []
    for theme, items in themes:
        for each in items:
            mark = marks.get(each.invited.id)
            low = question is not None and mark is not None and is_low(question, mark)
            ticket: Cell = None
            if each.invited.ticket_id:
                number = tickets.get(each.invited.ticket_id, each.invited.ticket_id)
                ticket = Link(number, f"/console/tickets/{each.invited.ticket_id}")
            rows.append((
                each.text, theme, mark, t("results.low") if low else "", ticket,
                t(f"channel.{each.invited.channel}"), t(f"language.{each.invited.language}"), each.at,
            ))
    columns = (
        Column(t("results.said")), Column(t("results.theme")), Column(t("results.mark"), Unit.COUNT),
        Column(t("reports.note")), Column(t("results.ticket")), Column(t("results.by.channel")),
        Column(t("results.by.language")), Column(t("results.when"), Unit.MOMENT),
    )
    return Figure("verbatims", t("results.verbatims"), Table(columns, tuple(rows)))


def theme_figure(themes: Sequence[tuple[str, Sequence[Given]]], marks: Mapping[int, int], t: Words) -> Figure:
    """How often each theme comes up, and the mean mark of those who raised it."""
    rows: list[Row] = []
    for theme, items in themes:
        given = [marks[each.invited.id] for each in items if each.invited.id in marks]
        rows.append((theme, len(items), sum(given) / len(given) if given else None))
    columns = (
        Column(t("results.theme")), Column(t("reports.cases"), Unit.COUNT), Column(t("measure.mean"), Unit.SCORE),
    )
    return Figure("themes", t("results.themes"), Table(columns, tuple(rows)), Chart(ChartKind.ROWS, (1,)),
                  t("results.themes.about"))


def in_words(found: Estimate | None, unit: Unit, t: Words) -> str:
    """A figure with its interval and how many it comes from."""
    if found is None:
        return t("charts.none")
    return t("results.figure", value=shown(found.value, unit, t), sure=how_sure(found, unit, t))


def how_sure(found: Estimate | None, unit: Unit, t: Words) -> str:
    """The interval of a figure and how many it comes from; one answer alone has none."""
    if found is None:
        return t("charts.none")
    if found.count == 1:
        return t("results.alone")
    said = t("results.interval", low=shown(found.low, unit, t), high=shown(found.high, unit, t), count=found.count)
    return f"{said} {_note(found.count, t)}".strip()


def _group(by: By, name: str, agents: Mapping[str, str], t: Words) -> str:
    match by:
        case By.CHANNEL | By.LANGUAGE:
            return t(f"{by}.{name}") if name else t("reports.no_topic")
        case By.SEGMENT:
            return t(f"segment.{name or 'none'}")
        case By.AGENT:
            return agents.get(name) or t("reports.nobody")
        case _:
            return name or t("reports.no_topic")


def _cells(found: Estimate | None) -> tuple[Cell, ...]:
    if found is None:
        return (None, None, None, 0)
    if found.count == 1:  # the interval of a mean of one has no ends
        return (found.value, None, None, 1)
    return (found.value, found.low, found.high, found.count)


def _note(count: int, t: Words) -> str:
    return t("reports.small", count=SMALL) if 0 < count < SMALL else ""
