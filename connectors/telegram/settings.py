"""What one bot account needs to be connected."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from desk.errors import Invalid

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what setWebhook allows


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """A bot's token, the secret its webhooks carry, and where the Bot API stands.

    `api_base` is scheme, host and port only. Timeouts are seconds. Raises Invalid, never with the value itself.
    """

    bot_token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str = "https://api.telegram.org"
    connect_timeout: float = 5.0
    answer_timeout: float = 15.0
    transfer_timeout: float = 60.0

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.bot_token):
            raise Invalid("bot_token", "A bot token looks like 123456:ABC-DEF; copy it whole from BotFather.")
        if not _SECRET.fullmatch(self.webhook_secret):
            raise Invalid("webhook_secret", "The webhook secret is 1 to 256 letters, digits, underscores or hyphens.")
        base = urlsplit(self.api_base)
        if base.scheme not in ("http", "https") or not base.hostname or base.path.strip("/"):
            raise Invalid("api_base", "The API base is scheme, host and port: https://api.telegram.org")

    @property
    def account(self) -> str:
        """The bot's id: the digits before the colon of its token."""
        return self.bot_token.partition(":")[0]

    @property
    def bot_url(self) -> str:
        return f"{self.api_base.rstrip('/')}/bot"

    @property
    def file_url(self) -> str:
        return f"{self.api_base.rstrip('/')}/file/bot"

    @property
    def is_local(self) -> bool:
        """Whether the Bot API is on this machine, where no proxy of the environment leads."""
        host = urlsplit(self.api_base).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
