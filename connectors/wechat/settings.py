"""What the platform's admin page and ours have agreed on."""

from dataclasses import dataclass, field
from datetime import timedelta

from connectors.wechat.crypto import KEY_LENGTH, aes_key
from desk.errors import Invalid


@dataclass(frozen=True, slots=True)
class WechatSettings:
    """One Official Account. Raises Invalid, naming the field and never its value, when a part cannot work.

    `token` and `encoding_aes_key` are those of the platform's "server configuration" page. With an
    `encoding_aes_key` both plain and safe mode are accepted; `require_safe_mode` refuses plain messages.
    `timeout` bounds each step of a call to the platform (connect, write, read).
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    api_base: str = "https://api.weixin.qq.com"
    require_safe_mode: bool = False
    timeout: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        for name in ("app_id", "app_secret", "token"):
            if not getattr(self, name):
                raise Invalid(name, "it is empty")
        if not self.api_base.startswith(("https://", "http://")):
            raise Invalid("api_base", "write scheme, host and port: https://api.weixin.qq.com")
        if self.require_safe_mode and not self.encoding_aes_key:
            raise Invalid("encoding_aes_key", "safe mode needs it")
        if self.encoding_aes_key:
            try:
                aes_key(self.encoding_aes_key)
            except ValueError:
                raise Invalid("encoding_aes_key", f"write its {KEY_LENGTH} letters and digits") from None
