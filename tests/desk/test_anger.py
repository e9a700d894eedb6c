"""Who is angry gets a person; who complains, jokes or is only in a hurry stays with the assistant."""

import pytest

from desk.anger import mood

ANGRY = [
    "你们就是骗子，退钱！", "垃圾酒店，再也不来了", "這什麼黑店啊", "我要打12315投诉你们", "再不处理我就找律师起诉",
    "我要給你們負評", "这已经是第三次了，还没解决", "我说了好几遍了你听不懂吗", "等了两个小时都没人理我",
    "問了三遍都沒人回", "气死我了", "太过分了，谁来负责", "我受够了你们这个机器人", "什么破系统！！",
    "服务太差了！！！", "他妈的到底有没有人", "真是太離譜了", "客服都是废物", "房间太差了 😡", "忍無可忍",
    "You are all liars", "this is a scam", "I will call my lawyer", "I'm going to sue you",
    "This is the third time I ask", "I've told you three times already", "I have been waiting for 3 hours",
    "What a fucking mess", "useless bot", "This is outrageous", "I am fed up with this",
    "worst hotel ever, you suck", "THIS IS TERRIBLE SERVICE", "Awful. Nobody answers!!",
    "disgusting room, shame on you", "I'll leave a bad review everywhere", "WHERE IS MY REFUND ANSWER ME!!!",
    "how many more times do I have to explain this",
]
CALM = [
    "我要投诉", "房间的空调坏了", "我想投诉早餐太冷", "请问可以退款吗？", "你好", "太棒了！",
    "第一次入住，请问几点入住", "我等了十分钟了", "转人工", "有点失望", "謝謝你們！！", "第二次來住，可以升等嗎",
    "垃圾桶在哪里？", "请把垃圾带走", "Wi-Fi 密码是什么？？", "I want to make a complaint", "The room was cold",
    "Can I get a refund?", "Great service!!", "OK", "URGENT", "My order is ORD-1234 XYZ ABC",
    "I waited ten minutes", "This is my second time here", "Is there a joke of the day?", "the shower is terrible",
    "I'm a bit disappointed", "How many times can I swim per day?", "ASAP please", "What time is breakfast?",
    "I need a doctor", "律動課程幾點開始",
]


@pytest.mark.parametrize("text", ANGRY)
def test_anger_is_heard(text: str) -> None:
    assert mood(text).is_angry, mood(text)


@pytest.mark.parametrize("text", CALM)
def test_a_complaint_a_joke_or_a_hurry_is_no_anger(text: str) -> None:
    assert not mood(text).is_angry, mood(text)


def test_the_agent_can_read_which_rules_spoke() -> None:
    assert mood("第三次了，你们这群骗子！！").rules == ("insult", "again_and_again", "marks")
