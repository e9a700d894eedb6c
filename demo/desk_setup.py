"""How the demo's hotels work cases: categories, causes, service levels, and how much each role may give."""

from datetime import timedelta

from desk.agents import Role
from desk.compensation import POINTS
from desk.sla import Metric, Policy, Subject
from insights.value_rules import ValueRules

# id: (the category it is in, names by language)
CATEGORIES: dict[str, tuple[str | None, dict[str, str]]] = {
    "room": (None, {"zh-Hans": "客房", "zh-Hant": "客房", "en": "Room"}),
    "room-heating": ("room", {"zh-Hans": "热水与空调", "zh-Hant": "熱水與空調", "en": "Hot water and climate"}),
    "room-cleaning": ("room", {"zh-Hans": "清洁", "zh-Hant": "清潔", "en": "Cleaning"}),
    "room-noise": ("room", {"zh-Hans": "噪音", "zh-Hant": "噪音", "en": "Noise"}),
    "booking": (None, {"zh-Hans": "预订与付款", "zh-Hant": "訂房與付款", "en": "Booking and payment"}),
    "service": (None, {"zh-Hans": "服务态度", "zh-Hant": "服務態度", "en": "Service"}),
}
CAUSES: dict[str, dict[str, str]] = {
    "boiler": {"zh-Hans": "锅炉故障", "zh-Hant": "鍋爐故障", "en": "Boiler failure"},
    "housekeeping": {"zh-Hans": "客房清洁人手不足", "zh-Hant": "房務人手不足", "en": "Too few housekeepers"},
    "overbooking": {"zh-Hans": "超额预订", "zh-Hant": "超額訂房", "en": "Overbooking"},
    "works": {"zh-Hans": "施工噪音", "zh-Hant": "施工噪音", "en": "Building works"},
}
POLICIES = (
    Policy(
        "", "投诉 Complaints", 1, subjects=(Subject.TICKET,), kinds=("complaint",),
        targets={Metric.FIRST_RESPONSE: timedelta(hours=2), Metric.NEXT_RESPONSE: timedelta(hours=4),
                 Metric.RESOLUTION: timedelta(hours=42)},
    ),
    Policy(
        "", "人工会话 Conversations", 2, subjects=(Subject.CONVERSATION,),
        targets={Metric.FIRST_RESPONSE: timedelta(minutes=5), Metric.NEXT_RESPONSE: timedelta(minutes=10)},
    ),
    Policy(
        "", "其他工单 Other tickets", 9, subjects=(Subject.TICKET,),
        targets={Metric.FIRST_RESPONSE: timedelta(hours=4), Metric.RESOLUTION: timedelta(hours=70)},
    ),
)
LIMITS: dict[tuple[Role, str], int] = {
    (Role.AGENT, "CNY"): 20_000, (Role.AGENT, "TWD"): 90_000, (Role.AGENT, "SGD"): 4_000, (Role.AGENT, POINTS): 500,
    (Role.SUPERVISOR, "CNY"): 300_000, (Role.SUPERVISOR, "TWD"): 1_300_000, (Role.SUPERVISOR, "SGD"): 60_000,
    (Role.SUPERVISOR, POINTS): 10_000,
}
VALUE = ValueRules(currency="CNY", rates={"TWD": 0.22, "SGD": 5.4}, margin=0.35)
"""Values are told in yuan; rates as they roughly are."""
