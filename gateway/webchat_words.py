"""The words of the web chat page and the playground, per language."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.messages import Language
from desk.wording import Texts, text_in

_CHAT: dict[str, Texts] = {
    "title": ("在线客服", "線上客服", "Chat with us"),
    "intro": (
        "有问题、要投诉、想评价，直接说就行。刷新页面后对话还在。",
        "有問題、要投訴、想評價，直接說就行。重新整理頁面後對話還在。",
        "Ask, complain or rate us: just write. The conversation stays after a reload.",
    ),
    "log": ("对话记录", "對話紀錄", "Conversation"),
    "label": ("您的消息", "您的訊息", "Your message"),
    "placeholder": ("请输入消息……", "請輸入訊息……", "Write a message…"),
    "keys": ("按 Enter 发送，Shift + Enter 换行", "按 Enter 傳送，Shift + Enter 換行",
             "Enter sends, Shift + Enter starts a new line"),
    "send": ("发送", "傳送", "Send"),
    "connecting": ("正在连接……", "正在連線……", "Connecting…"),
    "online": ("已连接", "已連線", "Connected"),
    "offline": (
        "连接断开，正在重试；您写的内容会保留。",
        "連線中斷，正在重試；您寫的內容會保留。",
        "Connection lost, trying again; what you wrote is kept.",
    ),
    "too_fast": (
        "发得有点快，稍后会自动发出，内容不会丢。",
        "傳得有點快，稍後會自動送出，內容不會遺失。",
        "That was fast. The rest will be sent in a moment; nothing is lost.",
    ),
    "try_again": (
        "系统暂时繁忙，稍后会自动重发，内容不会丢。",
        "系統暫時忙碌，稍後會自動重送，內容不會遺失。",
        "We are busy for a moment and will send it again; nothing is lost.",
    ),
    "left": ("还可以输入 {n} 个字", "還可以輸入 {n} 個字", "{n} characters left"),
    "too_long": (
        "超出 {n} 个字，请删减或分成几条发送；内容都还在。",
        "超出 {n} 個字，請刪減或分成幾則傳送；內容都還在。",
        "{n} characters too many. Please shorten it or send it in parts; nothing is lost.",
    ),
    "sending": ("发送中……", "傳送中……", "Sending…"),
    "delivered": ("已送达", "已送達", "Delivered"),
    "failed": ("无法发送这条消息", "無法傳送這則訊息", "This message could not be sent"),
    "waiting": ("正在回复……", "正在回覆……", "Writing a reply…"),
    "customer": ("您", "您", "You"),
    "bot": ("智能助手", "智慧助理", "Assistant"),
    "agent": ("人工客服", "真人客服", "Agent"),
    "system": ("系统消息", "系統訊息", "Notice"),
    "picture": ("图片", "圖片", "Picture"),
    "file": ("附件", "附件", "Attachment"),
    "attach": ("添加图片或文件", "附加圖片或檔案", "Attach pictures or files"),
    "tray": ("待发送的文件", "待傳送的檔案", "Files to send"),
    "remove": ("移除 {name}", "移除 {name}", "Remove {name}"),
    "added": ("已添加 {name}", "已附加 {name}", "{name} attached"),
    "drop": ("松开即可添加", "放開即可附加", "Drop to attach"),
    "uploading": ("正在上传", "正在上傳", "Uploading"),
    "queued": ("等待上传", "等待上傳", "Waiting to upload"),
    "paused": (
        "还没发出，恢复后会自动重发",
        "還沒送出，恢復後會自動重送",
        "Not sent yet; it will be sent again by itself",
    ),
    "cancel": ("取消", "取消", "Cancel"),
    "cancelled": ("已取消，没有发送", "已取消，沒有傳送", "Cancelled; nothing was sent"),
    "retry": ("重试", "重試", "Try again"),
    "discard": ("移除", "移除", "Remove"),
    "file.type": (
        "“{name}”发不了：可以发图片、PDF、Office 文档、文本、音频、视频和 ZIP。",
        "「{name}」無法傳送：可以傳圖片、PDF、Office 文件、文字檔、音訊、影片和 ZIP。",
        "“{name}” cannot be sent: pictures, PDF, Office documents, text, audio, video and ZIP can.",
    ),
    "file.content": (
        "“{name}”的内容和扩展名不符，请检查后重新选择。",
        "「{name}」的內容和副檔名不符，請檢查後重新選擇。",
        "“{name}” is not what its name says. Please check it and choose it again.",
    ),
    "file.size": (
        "太大了：一次发送的文件合计最多 {mb} MB。",
        "太大了：一次傳送的檔案合計最多 {mb} MB。",
        "Too large: what is sent together has at most {mb} MB.",
    ),
    "file.empty": ("“{name}”是空的。", "「{name}」是空的。", "“{name}” is empty."),
    "file.name": (
        "“{name}”的文件名太长或含有特殊字符，请改名后重新选择。",
        "「{name}」的檔名太長或含有特殊字元，請改名後重新選擇。",
        "The name “{name}” is too long or holds special characters. Please rename the file and choose it again.",
    ),
    "file.count": ("一次最多 {most} 个文件。", "一次最多 {most} 個檔案。", "At most {most} files at a time."),
    "new_window": ("（在新窗口打开）", "（在新視窗開啟）", "(opens in a new window)"),
    "language": ("语言", "語言", "Language"),
    "change": ("切换", "切換", "Change"),
    "no_script": (
        "请在浏览器中启用 JavaScript 后再使用在线客服。",
        "請在瀏覽器中啟用 JavaScript 後再使用線上客服。",
        "Please switch on JavaScript in your browser to chat with us.",
    ),
}
_PLAYGROUND: dict[str, Texts] = {
    "title": ("演练场", "演練場", "Playground"),
    "intro": (
        "拿起任意一部手机，以顾客的身份说话。您输入的每句话都经过真实的 webhook 进入系统，回复也由真实的发送接口送回，"
        "只有平台本身是本机模拟的。",
        "拿起任一支手機，以顧客的身分說話。您輸入的每句話都經過真實的 webhook 進入系統，回覆也由真實的傳送介面送回，"
        "只有平台本身是在本機模擬的。",
        "Pick up any phone and speak as a customer. What you type travels the real webhook, and the answer comes back "
        "through the real send call; only the platforms themselves are played on this machine.",
    ),
    "agents": ("客服这一边", "客服這一邊", "The agent's view"),
    "agents_hint": (
        "说“人工”，对话就会出现在收件箱里，您可以在那里接手并回复这部手机。",
        "說「真人客服」，對話就會出現在收件匣裡，您可以在那裡接手並回覆這支手機。",
        "Say “agent” and the conversation turns up in the inbox, where you can take it and answer this phone.",
    ),
    "inbox": ("打开客服收件箱", "開啟客服收件匣", "Open the agents' inbox"),
    "chat": ("打开网页客服", "開啟網頁客服", "Open the web chat"),
    "wechat": ("微信公众号", "微信公眾號", "WeChat account"),
    "telegram": ("Telegram 机器人", "Telegram 機器人", "Telegram bot"),
    "slack": ("Slack 工作区", "Slack 工作區", "Slack workspace"),
    "person": ("您是", "您是", "You are"),
    "someone": ("一位新顾客", "一位新顧客", "Somebody new"),
    "place": ("在哪里说", "在哪裡說", "Where"),
    "private": ("私聊", "私訊", "Private chat"),
    "group": ("群聊（@机器人）", "群組（@機器人）", "Group (mentions the bot)"),
    "log": ("{phone}的消息", "{phone}的訊息", "Messages on the {phone} phone"),
    "placeholder": ("说点什么……", "說點什麼……", "Say something…"),
    "label": ("在{phone}上输入", "在{phone}輸入", "Type on the {phone} phone"),
    "send": ("发送", "傳送", "Send"),
    "more": ("更多操作", "更多操作", "More actions"),
    "try": ("试试看", "試試看", "Try"),
    "empty": ("还没有消息。说句话，或点下面的例句。", "還沒有訊息。說句話，或點下面的例句。",
              "Nothing here yet. Say something, or tap a suggestion below."),
    "offline": ("模拟平台暂时没有应答，正在重试……", "模擬平台暫時沒有回應，正在重試……",
                "The simulated platform does not answer; trying again…"),
    "refused": ("平台没有接受：", "平台沒有接受：", "The platform refused: "),
    "done": ("已完成：", "已完成：", "Done: "),
    "sent": ("发送中", "傳送中", "Sending"),
    "delivered": ("已送达", "已送達", "Delivered"),
    "failed": ("送达失败", "送達失敗", "Not delivered"),
    "passive": ("随 webhook 应答返回", "隨 webhook 回應送回", "In the webhook's own response"),
    "fault": ("平台提示", "平台提示", "Notice of the platform"),
    "thread": ("在讨论串中", "在討論串中", "In the thread"),
    "picture": ("图片", "圖片", "Picture"),
    "bot": ("客服", "客服", "Support"),
    "language": ("语言", "語言", "Language"),
    "change": ("切换", "切換", "Change"),
    "new_window": ("（在新窗口打开）", "（在新視窗開啟）", "(opens in a new window)"),
    "no_script": ("请启用 JavaScript。", "請啟用 JavaScript。", "Please switch on JavaScript."),
    "send_picture": ("发一张图片", "傳一張圖片", "Send a picture"),
    "send_location": ("发送位置", "傳送位置", "Send a location"),
    "send_document": ("发一个文件", "傳一個檔案", "Send a document"),
    "follow": ("关注公众号", "追蹤公眾號", "Follow"),
    "unfollow": ("取消关注", "取消追蹤", "Unfollow"),
    "start": ("点“开始”", "點「開始」", "Press Start"),
    "block": ("屏蔽机器人", "封鎖機器人", "Block the bot"),
    "unblock": ("解除屏蔽", "解除封鎖", "Unblock the bot"),
    "leave": ("离开工作区", "離開工作區", "Leave the workspace"),
    "return": ("回到工作区", "回到工作區", "Return to the workspace"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """Something people do on their phone besides writing: its word, the control's verb and what it is sent."""

    word: str
    verb: str
    body: Mapping[str, str]


_PICTURE = Action("send_picture", "send", {"kind": "image"})
_LOCATION = Action("send_location", "send", {"kind": "location", "text": "上海外滩"})
ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "wechat": (_PICTURE, _LOCATION, Action("follow", "event", {"event": "follow"}),
               Action("unfollow", "event", {"event": "unfollow"})),
    "telegram": (_PICTURE, _LOCATION, Action("send_document", "send", {"kind": "document"}),
                 Action("start", "event", {"event": "start"}), Action("block", "event", {"event": "block"}),
                 Action("unblock", "event", {"event": "unblock"})),
    "slack": (_PICTURE, Action("send_document", "send", {"kind": "document"}),
              Action("leave", "event", {"event": "block"}), Action("return", "event", {"event": "unblock"})),
}
GROUPS: Mapping[str, str] = {"telegram": "-1001000001", "slack": "C0LOBBY"}
"""A group or channel of the demo, where the platform has them."""
SUGGESTIONS: Mapping[str, tuple[str, ...]] = {
    Language.ZH_HANS.value: ("几点退房？", "我的订单到哪了？", "我要投诉", "人工"),
    Language.ZH_HANT.value: ("幾點退房？", "我有多少積分？", "我要投訴", "真人客服"),
    Language.EN.value: ("When is check-out?", "Where is my booking?", "I want to complain", "agent"),
}


def words_for(language: Language) -> Mapping[str, str]:
    """Every word of the chat page in one language."""
    return _in(language, _CHAT)


def words_for_playground(language: Language) -> Mapping[str, str]:
    """Every word of the playground in one language."""
    return _in(language, _PLAYGROUND)


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


def _in(language: Language, words: Mapping[str, Texts]) -> Mapping[str, str]:
    return {name: text_in(language, texts) for name, texts in words.items()}
