"""How the categories of the demo's FAQ are called."""

from collections.abc import Mapping

from desk.messages import Language


def _in(hans: str, hant: str, english: str) -> Mapping[str, str]:
    return {Language.ZH_HANS.value: hans, Language.ZH_HANT.value: hant, Language.EN.value: english}


NAMES: Mapping[str, Mapping[str, str]] = {
    "about": _in("关于我们", "關於我們", "About us"),
    "booking": _in("预订与取消", "訂房與取消", "Booking and cancelling"),
    "dining": _in("餐饮", "餐飲", "Dining"),
    "events": _in("会议与宴会", "會議與宴會", "Meetings and events"),
    "facilities": _in("设施", "設施", "Facilities"),
    "family": _in("亲子", "親子", "Families"),
    "local": _in("当地游玩", "在地旅遊", "Out and about"),
    "membership": _in("会员与积分", "會員與點數", "Membership"),
    "payment": _in("付款与发票", "付款與發票", "Payment and invoices"),
    "room": _in("客房", "客房", "Rooms"),
    "safety": _in("安全与健康", "安全與健康", "Safety and health"),
    "service": _in("礼宾与服务", "禮賓與服務", "Services"),
    "shop": _in("商店与礼品卡", "商店與禮品卡", "Shop and gift cards"),
    "stay": _in("入住与退房", "入住與退房", "Check-in and check-out"),
    "transport": _in("交通与停车", "交通與停車", "Getting here"),
}
