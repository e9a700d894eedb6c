import pytest

from desk.messages import Language
from knowledge_base.normalise import normalise, skeleton
from knowledge_base.script import detect_language, to_script
from knowledge_base.taiwan import for_reader

ZH, TW, EN = Language.ZH_HANS, Language.ZH_HANT, Language.EN


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我想退款", ZH),
        ("我想退 iPhone case", ZH),
        ("请帮我 check 一下 my order", ZH),
        ("我要退貨", TW),
        ("台灣可以送嗎", TW),
        ("退貨 ok?", TW),
        ("Where is my refund?", EN),
        ("What does 退款 mean?", EN),
        ("hi", EN),
        ("refund", EN),
    ],
)
def test_the_language_of_a_message_is_recognised(text, language):
    assert detect_language(text) is language


@pytest.mark.parametrize(
    "text", ["", "ok", "OK!", "5", "12:30", "😀", "VIP", "wifi", "AB1234", "https://example.com/where-is", "a@b.com",
             "こんにちは", "안녕하세요", "привет"],
)  # fmt: skip
def test_a_message_that_shows_no_language_of_ours_is_left_open(text):
    assert detect_language(text) is None


@pytest.mark.parametrize("text", ["tuikuan", "zenme tuikuan", "zao can ji dian kai shi", "wo yao tousu!"])
def test_who_spoke_chinese_goes_on_in_it_with_pinyin(text):
    assert detect_language(text, previous=ZH) is ZH
    assert detect_language(text, previous=TW) is TW


@pytest.mark.parametrize("text", ["refund", "how do I get a refund", "hello", "can I change my room", "no", "he"])
def test_english_is_no_pinyin(text):
    assert detect_language(text, previous=ZH) is EN


def test_letters_of_full_width_are_letters():
    assert detect_language("ＢＲＥＡＫＦＡＳＴ　ｔｉｍｅ？", previous=ZH) is EN
    assert detect_language("ＷｉＦｉ密码", previous=EN) is ZH


@pytest.mark.parametrize("text", ["line: chen123", "LINE ID：chen_123", "wechat: harbour99", "@emma_c"])
def test_where_somebody_is_reached_shows_no_language(text):
    assert detect_language(text) is None
    assert detect_language(f"我的 {text}", previous=TW) is TW


def test_characters_of_both_scripts_keep_the_script_spoken_so_far():
    assert detect_language("你好", previous=TW) is TW
    assert detect_language("你好", previous=EN) is ZH
    assert detect_language("你好") is ZH


@pytest.mark.parametrize(
    ("text", "traditional"),
    [
        ("请问什么时候发货？", "請問什麼時候發貨？"),
        ("房间里面很干净", "房間裡面很乾淨"),
        ("后天退款程序", "後天退款程序"),
        ("皇后大道", "皇后大道"),
    ],
)
def test_a_reply_is_written_in_traditional_characters_with_the_same_words(text, traditional):
    assert to_script(text, TW) == traditional


@pytest.mark.parametrize(("text", "taiwan"), [
    ("请到前台一键退房，短信通知您", "請到櫃檯一鍵退房，簡訊通知您"),
    ("好的，我来安排人工客服。", "好的，我來安排真人客服。"),
    ("转人工客服", "轉真人客服"),
    ("也可以随时转人工", "也可以隨時轉真人客服"),
    ("转人工服务", "轉真人服務"),
    ("随时说“人工”，或写信到邮箱 care@hailan.example", "隨時說「人工」，或寫信到電子信箱 care@hailan.example"),
    ("台北新台币 580 元，房间有 2 台电视", "台北新台幣 580 元，房間有 2 台電視"),
    ("退款程序", "退款程序"),
    ("请在小程序里打开链接 https://example.com/短信", "請在小程式裡打開連結 https://example.com/短信"),
])
def test_customers_in_taiwan_are_answered_in_their_words_and_marks(text, taiwan):
    assert for_reader(text, TW) == taiwan
    assert for_reader(text, ZH) == text


def test_what_was_written_in_traditional_script_is_said_as_it_stands():
    assert for_reader("請至前臺，“短信”將另行通知", TW) == "請至前臺，“短信”將另行通知"


def test_a_reply_in_traditional_script_is_turned_to_simplified():
    assert to_script("請問什麼時候發貨？", ZH) == "请问什么时候发货？"


@pytest.mark.parametrize(
    "kept", ["https://例子.cn/发货?单=1", "fa-huo@example.com", "`发货`", "{发货}", "<b>", "www.发货.cn"]
)
def test_links_addresses_code_and_placeholders_survive_the_change_of_script(kept):
    assert to_script(f"发货 {kept} 发货", TW) == f"發貨 {kept} 發貨"


def test_english_and_text_already_in_the_script_stay_as_they_are():
    assert to_script("Where is 发货?", EN) == "Where is 发货?"
    assert to_script("台灣的皇后在裏面", TW) == "台灣的皇后在裏面"
    assert to_script("Hello", TW) == "Hello"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＷｉＦｉ　密码", "wifi 密码"),
        ("  Hello\u200b\n  World ", "hello world"),
        ("訂單編號", "订单编号"),
        ("房間網路", "房间网络"),
        ("我的帐号", "我的账号"),
        ("申請程序", "申请程序"),
    ],
)
def test_spellings_that_mean_the_same_become_the_same(one, other):
    assert normalise(one) == other
    assert normalise(normalise(one)) == normalise(one)


def test_punctuation_and_spaces_do_not_make_another_question():
    assert skeleton(normalise("如何 退款？！")) == skeleton(normalise("如何退款"))


def test_letters_that_could_be_cut_into_syllables_in_very_many_ways_stop_nobody():
    """One customer's message must not hold up everybody else's."""
    assert detect_language("xian" * 20_000 + "q", ZH) is EN
    assert detect_language("xian" * 20_000, ZH) is ZH
