"""What we say, as Slack's Block Kit; and Slack's markup, as plain text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.slack.outbound import to_wire
from connectors.slack.text import escape, plain, strip_mention
from desk.channels import CAPABILITIES
from desk.messages import Button, ChannelName, OutboundMessage
from desk.rendering import Bubble, render
from simulators.slack import blocks


def test_a_plain_text_needs_no_blocks():
    assert to_wire(Bubble("退房时间是中午 12 点。")) == {"text": "退房时间是中午 12 点。"}


def test_nothing_we_say_can_mention_people_or_forge_links():
    assert to_wire(Bubble("<!channel> a<b & c")) == {"text": "&lt;!channel&gt; a&lt;b &amp; c"}


def test_choices_travel_as_their_ids_and_links_open_their_address():
    wire = to_wire(Bubble("需要转人工吗？", (
        Button("转人工", payload="/request_human", id="k3JdPq81"), Button("官网", url="https://example.com"),
    )))
    section, actions = wire["blocks"]
    assert section == {"type": "section", "text": {"type": "mrkdwn", "text": "需要转人工吗？"}}
    choice, link = actions["elements"]
    assert (choice["value"], choice["text"]["text"]) == ("k3JdPq81", "转人工")
    assert link["url"] == "https://example.com"
    assert "value" not in link
    assert choice["action_id"] != link["action_id"]
    assert "/request_human" not in repr(wire)
    assert wire["text"] == "需要转人工吗？"


def test_buttons_alone_still_have_a_text_for_notifications():
    wire = to_wire(Bubble("", (Button("Yes", id="a"), Button("No", id="b"))))
    assert wire["text"] == "Yes / No"
    assert [block["type"] for block in wire["blocks"]] == ["actions"]


@given(
    text=st.text(min_size=1, max_size=3000) | st.sampled_from(["&" * 3000, "<>" * 1500, "& " * 1500]),
    titles=st.lists(st.text(min_size=1, max_size=80).filter(str.strip), min_size=1, max_size=30),
)
def test_whatever_rendering_fits_slack_accepts_and_shows_in_full(text, titles):
    buttons = tuple(Button(title, id=f"id{n}") for n, title in enumerate(titles))
    for bubble in render([OutboundMessage(text, buttons)], CAPABILITIES[ChannelName.SLACK]):
        wire = to_wire(bubble)
        if "blocks" in wire:
            shown, offered = blocks.read(wire["blocks"])
            assert "".join(shown.split()) == "".join(bubble.text.split())
            assert [button.id for button in offered] == [button.id for button in bubble.buttons]


@pytest.mark.parametrize(("markup", "seen"), [
    ("<@U1>", "@U1"),
    ("<#C1|general>", "#general"),
    ("<!subteam^S1|@support>", "@support"),
    ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
    ("<!channel>", "@channel"),
    ("<https://example.com/>", "https://example.com/"),
    ("<tel:+8613800138000|+8613800138000>", "+8613800138000"),
    ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
    ("&amp;lt;", "&lt;"),
    ("  spaced  ", "spaced"),
])
def test_markup_is_read_as_people_see_it(markup, seen):
    assert plain(markup) == seen


@given(st.text())
@example("0\r\0")
def test_what_is_escaped_reads_back_unchanged(text):
    assert plain(escape(text)) == text.replace("\0", "").strip()


@pytest.mark.parametrize(("said", "left"), [
    ("<@U0BOT> hi", "hi"), ("<@U0BOT>: hi", "hi"), ("<@U0BOT|frontdesk>，你好", "你好"),
    ("hi <@U0BOT>", "hi"), ("ask <@U0BOT> about it", "ask about it"), ("<@U0BOTX> hi", "<@U0BOTX> hi"),
])
def test_our_mention_is_taken_out_of_what_was_said(said, left):
    assert strip_mention(said, "U0BOT") == left
