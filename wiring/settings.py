"""Settings: read once from the environment and .env, checked, passed down."""

import os
import secrets
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from desk.agents import Role, is_email
from desk.hours import BusinessHours

PREFIX = "FRONTDESK_"
# Read by Rasa's own process, by endpoints.yml or by the assistant's launcher, not by us.
_FOR_RASA = {
    "FRONTDESK_ACTIONS_URL", "FRONTDESK_TRACKER_DB", "FRONTDESK_RASA_PLAIN", "FRONTDESK_RASA_WITHOUT",
}


class SettingsError(Exception):
    """A setting that cannot work; the message names the variable and says what to do."""


class WechatSection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    app_id: str
    app_secret: SecretStr
    token: SecretStr
    encoding_aes_key: SecretStr = SecretStr("")
    api_base: str = "https://api.weixin.qq.com"


class TelegramSection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    bot_token: SecretStr
    webhook_secret: SecretStr
    api_base: str = "https://api.telegram.org"


class SlackSection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    bot_token: SecretStr
    signing_secret: SecretStr
    api_base: str = "https://slack.com/api/"


class Settings(BaseSettings):
    """Every setting of the product. A channel whose section is None is off."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True,
        ignored_types=(cached_property,),
    )

    home: Path = Path("./var")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str = ""  # how customers' platforms reach us, for webhooks and links; default http://host:port
    database_url: str = ""
    rasa_url: str = "http://127.0.0.1:5005"
    rasa_secret: SecretStr = SecretStr("")  # derived from the secret key unless Rasa runs elsewhere
    rasa_token: SecretStr = SecretStr("")
    actions_port: int = Field(5055, ge=1, le=65535)
    simulators_port: int = Field(8090, ge=1, le=65535)
    embedding_model: str = ""
    wechat: WechatSection | None = None
    telegram: TelegramSection | None = None
    slack: SlackSection | None = None
    demo: bool = False
    admin_email: str = "admin@example.com"
    admin_password: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    webhooks_to_private: bool = False  # let outgoing webhooks lead into the private network, and use http
    second_step_required: str = ""  # roles that must use an authenticator app, for example "admin,supervisor"
    hours: str = "Mon-Sun 08:00-22:00"
    time_zone: str = "Asia/Shanghai"
    rasa_at_once: int = Field(12, ge=1, le=200)  # one Rasa thinks on one core; with several behind the URL, more
    workers: int = Field(32, ge=1, le=200)  # turns at the same time in one process: enough that Rasa never waits for us
    lease_seconds: float = Field(30, ge=1)
    log_level: str = "INFO"

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("public_url", "rasa_url")
    @classmethod
    def _an_address(cls, value: str, info: ValidationInfo) -> str:
        try:
            address = urlsplit(value)
            whole = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
        except ValueError:  # a port that is no number
            whole = False
        if value and not whole:
            raise ValueError(f"write {'https://HOST' if info.field_name == 'public_url' else 'http://HOST:PORT'}")
        return value

    @field_validator("admin_email")
    @classmethod
    def _an_email(cls, value: str) -> str:
        if not is_email(value):
            raise ValueError("write an e-mail address")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("write DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("second_step_required")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in set(Role)]
        if unknown:
            raise ValueError(f"{unknown[0]} is no role; write some of {', '.join(Role)}")
        return value

    @model_validator(mode="after")
    def _hours_make_sense(self) -> Self:
        try:
            BusinessHours.parse(self.hours, self.time_zone)
        except (ValueError, KeyError, OSError) as error:
            raise ValueError(f"FRONTDESK_HOURS or FRONTDESK_TIME_ZONE: {error}") from None
        return self

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'frontdesk.db').absolute()}"

    @property
    def is_embedded(self) -> bool:
        """One process on a SQLite file, as opposed to roles on PostgreSQL."""
        return self.database.startswith("sqlite")

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def second_step_roles(self) -> frozenset[Role]:
        return frozenset(Role(name) for name in _names(self.second_step_required))

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    @cached_property
    def key(self) -> str:
        """The secret key: as given, else generated once into HOME (readable by its owner only)."""
        given = self.secret_key.get_secret_value()
        if given:
            return given
        file = self.home / "secret.key"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(48))
        return file.read_text().strip()


def _names(value: str) -> list[str]:
    return [name.strip().lower() for name in value.split(",") if name.strip()]


def load_settings(env_file: str | None = ".env", **overrides: object) -> Settings:
    """Read the settings. Raises SettingsError naming the variable that is unknown, missing or wrong."""
    _refuse_unknown_names(env_file)
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _refuse_unknown_names(env_file: str | None) -> None:
    names = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)}
    if env_file and Path(env_file).is_file():
        lines = Path(env_file).read_text(encoding="utf-8").splitlines()
        written = (line.split("=", 1)[0].strip().removeprefix("export ").upper() for line in lines if "=" in line)
        names |= {name for name in written if name.startswith(PREFIX)}
    unknown = sorted(names - _known_names())
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting of Frontdesk; see docs/settings.md for their names")


def _known_names() -> set[str]:
    sections: dict[str, type[BaseModel]] = {
        "wechat": WechatSection, "telegram": TelegramSection, "slack": SlackSection,
    }
    names = {f"{PREFIX}{name}".upper() for name in Settings.model_fields if name not in sections}
    for name, section in sections.items():
        names |= {f"{PREFIX}{name}__{field}".upper() for field in section.model_fields}
    return names | _FOR_RASA


def _explain(error: ValidationError) -> str:
    """The first fault in a sentence; never the value, which may be a secret."""
    fault = error.errors(include_input=False, include_url=False)[0]
    variable = PREFIX + "__".join(str(part) for part in fault["loc"]).upper()
    if fault["type"] == "missing":
        return f"{variable} is missing: a channel's section must be filled in whole, or left out"
    message = fault["msg"].removeprefix("Value error, ")
    return message if not fault["loc"] else f"{variable}: {message}"
