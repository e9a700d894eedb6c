"""What may be said of differences between groups and waves."""

from dataclasses import replace
from random import Random

from campaigns.surveys import Measure, Question, QuestionKind
from insights.results import Verdict, against_the_rest, compare, figure, is_low, verdict

CSAT = Question("csat", QuestionKind.RATING, {}, measure=Measure.CSAT)
CES = replace(CSAT, id="ces", top=7, measure=Measure.CES)
NPS = Question("nps", QuestionKind.NPS, {})


def test_each_measure_is_figured_its_own_way() -> None:
    csat, ces, nps = figure(CSAT, [5, 4, 3, 1]), figure(CES, [7, 5, 6]), figure(NPS, [10, 9, 7, 0])
    assert csat is not None and csat.value == 0.5
    assert ces is not None and ces.value == 6
    assert nps is not None and nps.value == 25
    assert figure(CSAT, []) is None


def test_two_waves_differ_only_where_chance_is_an_unlikely_reason() -> None:
    assert verdict(compare(CSAT, [5] * 30 + [1] * 30, [5] * 50 + [1] * 10)) is Verdict.HIGHER
    assert verdict(compare(CES, [7, 6, 7] * 10, [3, 4, 2] * 10)) is Verdict.LOWER
    assert verdict(compare(NPS, [9] * 10 + [3] * 10, [9] * 11 + [3] * 9)) is Verdict.CHANCE
    assert verdict(compare(CSAT, [5] * 4, [1] * 40)) is Verdict.TOO_FEW
    assert verdict(compare(CSAT, [], [1] * 40)) is Verdict.TOO_FEW


def test_many_groups_that_do_not_differ_are_rarely_said_to() -> None:
    rng, fooled, rounds = Random(3), 0, 100
    for _ in range(rounds):
        groups = {str(name): rng.choices(range(1, 6), k=40) for name in range(12)}
        fooled += any(said in (Verdict.HIGHER, Verdict.LOWER) for said in against_the_rest(CSAT, groups).values())
    assert fooled / rounds <= 0.1, "twelve looks at once, and still about 1 of 20 rounds"


def test_the_group_that_does_differ_is_named() -> None:
    groups = {"bad": [1] * 40 + [5] * 10, "good": [5] * 40 + [1] * 10, "other": [5] * 35 + [1] * 15, "few": [1, 1]}
    said = against_the_rest(CSAT, groups)
    assert (said["bad"], said["good"], said["few"]) == (Verdict.LOWER, Verdict.HIGHER, Verdict.TOO_FEW)


def test_low_marks_are_detractors_and_the_lower_two_fifths() -> None:
    assert [mark for mark in range(11) if is_low(NPS, mark)] == list(range(7))
    assert [mark for mark in range(1, 6) if is_low(CSAT, mark)] == [1, 2]
    assert [mark for mark in range(1, 8) if is_low(CES, mark)] == [1, 2, 3]
