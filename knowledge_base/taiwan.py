"""How readers of traditional script are answered where only a simplified text was written: Taiwan's words and marks.

Only words that mean one thing to a service desk stand here. OpenCC's own table of words (s2twp) is made for computing:
a refund's 程序 would become a program.
"""

import re

from desk.messages import Language
from knowledge_base.script import outside_untouchable, to_script

_WORDS = {
    "人工客服": "真人客服", "轉人工客服": "轉真人客服", "轉人工": "轉真人客服", "反饋": "回饋",
    "人工服務": "真人服務", "轉人工服務": "轉真人服務", "智能": "智慧",
    "聯繫": "聯絡", "郵箱": "電子信箱", "前臺": "櫃檯", "大堂": "大廳",
    "衛生間": "洗手間", "節假日": "假日", "信息": "訊息", "短信": "簡訊",
    "網絡": "網路", "帶寬": "頻寬", "賬號": "帳號", "賬戶": "帳戶",
    "賬單": "帳單", "視頻": "影片", "軟件": "軟體", "打印": "列印",
    "登錄": "登入", "鏈接": "連結", "屏幕": "螢幕", "質量": "品質",
    "默認": "預設", "小程序": "小程式", "二維碼": "QR Code", "出租車": "計程車",
    "打車": "叫車", "公交車": "公車", "自行車": "腳踏車", "充電寶": "行動電源",
    "充值": "儲值", "臺": "台",
}  # fmt: skip
_MARKS = str.maketrans("“”‘’", "「」『』")
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))


def for_reader(text: str, language: Language) -> str:
    """`text` as a customer reads it who is answered in `language`. What was written in traditional script stays."""
    converted = to_script(text, language)
    if language is not Language.ZH_HANT or converted == text:
        return converted
    return outside_untouchable(
        converted, lambda part: _WORD.sub(lambda word: _WORDS[word.group()], part).translate(_MARKS)
    )
