"""Who serves in the demo. Their passwords are made when they are loaded."""

from dataclasses import dataclass

from desk.agents import Role
from desk.messages import Language


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person of the service team. `languages` are those they serve in, the one they prefer first."""

    email: str
    name: str
    role: Role
    languages: tuple[Language, ...]


STAFF = (
    StaffMember(
        "zhou.min@example.com", "周敏 Zhou Min", Role.SUPERVISOR, (Language.ZH_HANS, Language.EN, Language.ZH_HANT)
    ),
    StaffMember("lin.chiahao@example.com", "林家豪 Lin Chia-Hao", Role.AGENT, (Language.ZH_HANT, Language.ZH_HANS)),
    StaffMember("grace.tan@example.com", "陈佳恩 Grace Tan", Role.AGENT, (Language.EN, Language.ZH_HANS)),
)
