"""The words of the web chat page and the playground, per language."""

from collections.abc import Mapping

from desk.messages import Language

_WORDS: dict[str, tuple[str, str, str]] = {
    # name: (simplified, traditional, English)
    "title": ("在线客服", "線上客服", "Chat with us"),
    "intro": (
        "有问题、要投诉、想评价，直接说就行。刷新页面后对话还在。",
        "有問題、要投訴、想評價，直接說就行。重新整理頁面後對話還在。",
        "Ask, complain or rate us: just write. The conversation stays after a reload.",
    ),
    "log": ("对话记录", "對話紀錄", "Conversation"),
    "label": ("您的消息", "您的訊息", "Your message"),
    "placeholder": ("请输入消息……", "請輸入訊息……", "Write a message…"),
    "send": ("发送", "傳送", "Send"),
    "connecting": ("正在连接……", "正在連線……", "Connecting…"),
    "offline": (
        "连接断开，正在重试；您写的内容会保留。",
        "連線中斷，正在重試；您寫的內容會保留。",
        "Connection lost, trying again; what you wrote is kept.",
    ),
    "online": ("已连接", "已連線", "Connected"),
    "sending": ("发送中", "傳送中", "Sending"),
    "sent": ("已送达", "已送達", "Delivered"),
    "failed": ("没有送达，点此重发", "沒有送達，點此重送", "Not delivered. Send again"),
    "too_fast": ("发得太快了，请稍等一下。", "傳得太快了，請稍候。", "That was fast. Please wait a moment."),
    "you": ("您", "您", "You"),
    "bot": ("智能助手", "智慧助理", "Assistant"),
    "agent": ("客服", "客服", "Agent"),
    "system": ("系统消息", "系統訊息", "Notice"),
    "file": ("附件", "附件", "Attachment"),
    "language": ("语言", "語言", "Language"),
}
_COLUMN = {Language.ZH_HANS: 0, Language.ZH_HANT: 1, Language.EN: 2}


def words_for(language: Language) -> Mapping[str, str]:
    """Every word in one language."""
    column = _COLUMN[language]
    return {name: texts[column] for name, texts in _WORDS.items()}


def choose_language(asked: str, accepted: str) -> Language:
    """The language asked for in the address, else the first that the browser names and we speak, else English."""
    candidates = [asked, *(part.split(";", 1)[0] for part in accepted.split(","))]
    for candidate in candidates:
        tag = candidate.strip().lower().replace("_", "-")
        if tag.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
            return Language.ZH_HANT
        if tag.startswith("zh"):
            return Language.ZH_HANS
        if tag.startswith("en"):
            return Language.EN
    return Language.EN
