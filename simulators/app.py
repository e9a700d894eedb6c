"""All three platforms on one port, each at its own real paths."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.applications import Starlette

from simulators import credentials
from simulators.slack import SlackSimulator
from simulators.telegram import TelegramSimulator
from simulators.wechat import WechatSimulator


@dataclass(frozen=True, slots=True)
class Pace:
    """Timing, seconds: as the real platforms have it, or faster for tests."""

    wechat_limit: float = 5.0
    wechat_repeats: tuple[float, ...] = (5.0, 5.0)
    telegram_repeats: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 60)
    slack_limit: float = 3.0
    slack_repeats: tuple[float, ...] = (0.0, 60.0, 300.0)
    telegram_rate: int | None = 30
    slack_rate: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Platforms:
    """The three simulators with the accounts of simulators.credentials, delivering to one gateway."""

    wechat: WechatSimulator
    telegram: TelegramSimulator
    slack: SlackSimulator
    app: Starlette = field(repr=False)


def build_platforms(gateway: str, public_url: str, pace: Pace | None = None) -> Platforms:
    """`gateway` is our base address, `public_url` the one under which the simulators are reached."""
    pace = pace or Pace()
    wechat = WechatSimulator(
        app_id=credentials.WECHAT_APP_ID, app_secret=credentials.WECHAT_APP_SECRET, token=credentials.WECHAT_TOKEN,
        encoding_aes_key=credentials.WECHAT_AES_KEY, webhook_url=f"{gateway}/webhooks/wechat",
        answer_limit=pace.wechat_limit, retry_delays=pace.wechat_repeats,
    )
    telegram = TelegramSimulator(
        credentials.TELEGRAM_BOT_TOKEN, credentials.TELEGRAM_WEBHOOK_SECRET, f"{gateway}/webhooks/telegram",
        retry_delays=pace.telegram_repeats, rate=pace.telegram_rate,
    )
    slack = SlackSimulator(
        credentials.SLACK_BOT_TOKEN, credentials.SLACK_SIGNING_SECRET, f"{gateway}/webhooks/slack",
        answer_limit=pace.slack_limit, retry_delays=pace.slack_repeats, channel_rate=pace.slack_rate,
        public_url=public_url,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for simulator in (wechat, telegram, slack):
            await simulator.start()
        yield
        for simulator in (wechat, telegram, slack):
            await simulator.stop()

    app = Starlette(routes=[*wechat.routes, *telegram.routes, *slack.routes], lifespan=lifespan)
    return Platforms(wechat, telegram, slack, app)
