"""An article as the editor's form sees it."""

from dataclasses import replace

import pytest

from desk.channels import CAPABILITIES
from desk.errors import Invalid
from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Picture, Wish
from desk.faq_answers import bubbles_on, problems
from desk.faq_fields import differences, from_fields, merge, to_fields, with_languages
from desk.messages import ChannelName, Language

EN, ZH = Language.EN, Language.ZH_HANS
WHOLE = FaqArticle(
    "pool", (Phrasing("泳池几点开", ZH), Phrasing("When does the pool open?", EN)), {ZH: "七点。", EN: "At seven."},
    "leisure/pool", ("water", "a;b"), ArticleStatus.REVIEW,
    extras={EN: Extras((Link("Map | plan", "https://example.com/a?b=c"),), (Picture("f1", "pool.jpg"),), (Wish.PERSON,),
                       ("Is it heated?",))},
    owner="lin@example.com",
)


def test_what_the_form_shows_is_what_it_gives_back() -> None:
    assert from_fields("pool", to_fields(WHOLE)) == WHOLE


def test_a_difference_shows_the_words_that_went_and_came() -> None:
    before, after = to_fields(WHOLE), to_fields(replace(WHOLE, answers={ZH: "七点。", EN: "At eight."}))
    (change,) = differences(before, after)
    assert change.name == "answer.en"
    marks = [(part.mark, part.text) for part in change.parts]
    assert marks == [(" ", "At "), ("-", "seven"), ("+", "eight"), (" ", ".")]


def test_two_edits_of_different_fields_merge_and_of_the_same_field_show_both() -> None:
    base = to_fields(WHOLE)
    theirs = {**base, "category": "spa", "answer.en": "At nine."}
    ours = {**base, "tags": "water", "answer.en": "At eight."}
    merged = merge(base, theirs, ours)
    assert (merged.fields["category"], merged.fields["tags"]) == ("spa", "water")
    conflicts = [(each.name, each.before, each.after) for each in merged.conflicts]
    assert conflicts == [("answer.en", "At eight.", "At nine.")]
    assert merged.fields["answer.en"] == "At eight."


def test_of_lists_both_edits_count_line_by_line() -> None:
    base = {"phrasings.en": "Is there a pool?\nPool?\nSwim?", "tags": "water; open"}
    theirs = {"phrasings.en": "Is there a pool?\nPool?\nWhere is the pool?", "tags": "water; heated"}
    ours = {"phrasings.en": "Is there a pool?\nSwim?\nCan I swim?", "tags": "open; water; family"}
    merged = merge(base, theirs, ours)
    assert merged.conflicts == ()
    assert merged.fields["phrasings.en"] == "Is there a pool?\nWhere is the pool?\nCan I swim?"
    assert merged.fields["tags"] == "water; heated; family"


@pytest.mark.parametrize(("name", "text"), [
    ("links.en", "click | javascript:alert(1)"), ("valid_until", "tomorrow"), ("wishes.en", "restart"), ("status", "x"),
])
def test_what_cannot_be_read_names_its_field(name: str, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        from_fields("pool", {name: text})
    assert refusal.value.field == name


def test_texts_without_a_language_go_where_they_belong_unless_that_would_lose_one() -> None:
    article = FaqArticle("a", (Phrasing("停车"),), {None: "Free."})
    found = with_languages(article, lambda text: EN if text[0] == "F" else ZH)
    assert (found.phrasings[0].language, found.answers) == (ZH, {EN: "Free."})
    both = FaqArticle("a", (), {None: "One.", EN: "Two."})
    assert with_languages(both, lambda _text: EN) == both


def test_every_channel_gets_the_answer_as_it_can_carry_it() -> None:
    extras = WHOLE.extras[EN]
    (wechat,) = bubbles_on(ChannelName.WECHAT, "At seven.", extras, EN)
    lines = ["At seven.", "", "1. Map | plan https://example.com/a?b=c", "2. Is it heated?", "3. Talk to a person"]
    assert wechat.text == "\n".join(lines)
    (telegram,) = bubbles_on(ChannelName.TELEGRAM, "At seven.", extras, EN)
    assert [button.title for button in telegram.buttons] == ["Map | plan", "Is it heated?", "Talk to a person"]
    assert len(telegram.attachments) == 1


def test_a_follow_up_question_cannot_become_a_command_of_the_assistant() -> None:
    (bubble,) = bubbles_on(ChannelName.TELEGRAM, "x", Extras(follow_ups=(" /restart",)), EN)
    assert not bubble.buttons[0].payload.startswith(("/", " "))


def test_a_published_article_needs_an_answer_that_wechat_can_send() -> None:
    assert [each.code for each in problems(FaqArticle("a", (Phrasing("q"),), {}))] == ["no_answer"]
    assert problems(FaqArticle("a", (Phrasing("q"),), {}, status=ArticleStatus.DRAFT)) == []
    endless = FaqArticle("a", (Phrasing("q"),), {ZH: "长" * 5000})
    (problem,) = problems(endless)
    assert (problem.field, problem.code) == ("answer.zh-Hans", "long_answer")
    assert CAPABILITIES[ChannelName.WECHAT].max_text == 2048
