"""The channels that are switched on, by the settings."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from connectors.slack import Slack, SlackSettings
from connectors.telegram import TelegramChannel, TelegramSettings
from connectors.webchat import WebChat
from connectors.wechat import WechatChannel, WechatSettings
from desk.errors import Invalid, NotFound
from desk.messages import Address, ChannelName
from desk.ports import Channel, FetchedFile
from desk.rendering import Bubble
from wiring.settings import PREFIX, Settings, SettingsError

OpenFile = Callable[[str], Awaitable[FetchedFile]]


class Channels:
    """Looks a channel up by its name, or by the address a message goes to."""

    def __init__(self, channels: list[Channel]) -> None:
        self._channels = {(channel.name, channel.account): channel for channel in channels}

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._channels.values())

    def named(self, name: ChannelName) -> Channel:
        """Raises NotFound when the channel is off."""
        for channel in self:
            if channel.name is name:
                return channel
        raise NotFound(f"{name} is not connected")

    def of(self, address: Address) -> Channel:
        """Raises NotFound when the account behind this address is no longer connected."""
        channel = self._channels.get((address.channel, address.account))
        if channel is None:
            raise NotFound(f"{address.channel} account is not connected")
        return channel

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that are switched on, as rate limits and campaigns name them."""
        return frozenset(f"{name.value}:{account}" for name, account in self._channels)

    @property
    def webchat(self) -> WebChat:
        channel = self.named(ChannelName.WEBCHAT)
        assert isinstance(channel, WebChat)  # noqa: S101 - build_channels always adds it
        return channel


def build_channels(
    settings: Settings, open_file: OpenFile, deliver: Callable[[Address, Bubble], Awaitable[None]]
) -> Channels:
    """Every configured channel, and the web chat. Raises SettingsError for credentials that cannot work."""
    channels: list[Channel] = [WebChat(deliver)]
    if settings.wechat:
        with _named("WECHAT"):
            channels.append(WechatChannel(_wechat(settings), open_file))
    if settings.telegram:
        with _named("TELEGRAM"):
            channels.append(TelegramChannel(_telegram(settings), open_file))
    if settings.slack:
        with _named("SLACK"):
            channels.append(Slack(_slack(settings), open_file=open_file))
    return Channels(channels)


@contextmanager
def _named(section: str) -> Iterator[None]:
    """What a connector refuses is said with the variable it came from."""
    try:
        yield
    except Invalid as error:
        raise SettingsError(f"{PREFIX}{section}__{error.field.upper()}: {error}") from None


def _wechat(settings: Settings) -> WechatSettings:
    section = settings.wechat
    assert section  # noqa: S101 - asked by the caller
    return WechatSettings(
        section.app_id, section.app_secret.get_secret_value(), section.token.get_secret_value(),
        section.encoding_aes_key.get_secret_value(), section.api_base,
    )


def _telegram(settings: Settings) -> TelegramSettings:
    section = settings.telegram
    assert section  # noqa: S101 - asked by the caller
    return TelegramSettings(
        section.bot_token.get_secret_value(), section.webhook_secret.get_secret_value(), section.api_base
    )


def _slack(settings: Settings) -> SlackSettings:
    section = settings.slack
    assert section  # noqa: S101 - asked by the caller
    return SlackSettings(
        section.bot_token.get_secret_value(), section.signing_secret.get_secret_value(), section.api_base
    )
