"""What a bubble becomes on the wire."""

import pytest

from connectors.telegram.rendering import keyboard, render_calls
from desk.messages import Address, Attachment, AttachmentKind, Button, ChannelName
from desk.rendering import Bubble

CUSTOMER = Address(ChannelName.TELEGRAM, "123456", chat="1001", user="1001")
PHOTO = Attachment(AttachmentKind.IMAGE, name="map.jpg", media_type="image/jpeg", size=5000, file_id="photo-1")
INVOICE = Attachment(AttachmentKind.FILE, name="invoice.pdf", media_type="application/pdf", size=9, file_id="doc-1")


def test_a_text_is_one_message_to_the_customers_chat() -> None:
    (call,) = render_calls(CUSTOMER, Bubble("早餐 7:00 开始。"))
    assert (call.method, call.params) == ("sendMessage", {"chat_id": 1001, "text": "早餐 7:00 开始。"})


def test_an_answer_in_a_forum_topic_stays_in_the_topic() -> None:
    topic = Address(ChannelName.TELEGRAM, "123456", chat="-100123", user="1001", thread="77")
    (call,) = render_calls(topic, Bubble("hi"))
    assert call.params == {"chat_id": -100123, "message_thread_id": 77, "text": "hi"}


def test_buttons_travel_by_their_id_and_never_by_their_payload() -> None:
    buttons = (
        Button("查订单", payload='/check_order{"a":1}', id="k3J9xQ2a"),
        Button("官网", url="https://example.com"),
    )
    (call,) = render_calls(CUSTOMER, Bubble("请选择", buttons))
    assert call.params["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "查订单", "callback_data": "k3J9xQ2a"}, {"text": "官网", "url": "https://example.com"}]
        ]
    }
    assert "check_order" not in str(call.params)


def test_short_choices_share_a_row_and_long_ones_stand_alone() -> None:
    scores = keyboard(tuple(Button(str(n), id=f"s{n}") for n in range(1, 6)))["inline_keyboard"]
    assert [len(row) for row in scores] == [5]
    long = keyboard((Button("请帮我转接人工客服", id="a"), Button("我还想再问一个问题", id="b")))["inline_keyboard"]
    assert [len(row) for row in long] == [1, 1]


def test_one_file_carries_the_text_as_its_caption_and_the_buttons_too() -> None:
    (call,) = render_calls(CUSTOMER, Bubble("地图在这里", (Button("谢谢", id="t1"),), (PHOTO,)))
    assert (call.method, call.upload, call.upload_as) == ("sendPhoto", PHOTO, "photo")
    assert call.params["caption"] == "地图在这里"
    assert call.params["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "t1"


@pytest.mark.parametrize("text", ["长" * 1025, "😀" * 513])
def test_a_text_too_long_for_a_caption_follows_its_file(text) -> None:
    file, words = render_calls(CUSTOMER, Bubble(text, attachments=(PHOTO,)))
    assert (file.method, words.method) == ("sendPhoto", "sendMessage")
    assert "caption" not in file.params
    assert words.params["text"] == text


def test_several_files_come_before_the_text_that_has_the_buttons() -> None:
    calls = render_calls(CUSTOMER, Bubble("both", (Button("ok", id="o"),), (PHOTO, INVOICE)))
    assert [call.method for call in calls] == ["sendPhoto", "sendDocument", "sendMessage"]
    assert ["reply_markup" in call.params for call in calls] == [False, False, True]


@pytest.mark.parametrize(
    ("file", "method"),
    [
        (Attachment(AttachmentKind.IMAGE, media_type="image/jpeg", size=11 * 1024 * 1024), "sendDocument"),
        (Attachment(AttachmentKind.IMAGE, media_type="image/svg+xml", size=10), "sendDocument"),
        (Attachment(AttachmentKind.VIDEO, media_type="video/mp4", size=10), "sendVideo"),
        (Attachment(AttachmentKind.VIDEO, media_type="video/x-msvideo", size=10), "sendDocument"),
        (Attachment(AttachmentKind.AUDIO, media_type="audio/mpeg", size=10), "sendAudio"),
        (Attachment(AttachmentKind.AUDIO, media_type="audio/wav", size=10), "sendDocument"),
    ],
)
def test_a_file_that_telegram_would_not_show_travels_as_a_document(file, method) -> None:
    assert render_calls(CUSTOMER, Bubble("", attachments=(file,)))[0].method == method


def test_buttons_without_words_hang_on_a_small_sign() -> None:
    (call,) = render_calls(CUSTOMER, Bubble("", (Button("好", id="g"),)))
    assert call.params["text"].strip()


def test_nothing_to_say_is_no_call() -> None:
    assert render_calls(CUSTOMER, Bubble("")) == ()
