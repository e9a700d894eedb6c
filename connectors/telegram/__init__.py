"""Telegram, over the Bot API: webhook or polling in, messages out."""

from connectors.telegram.channel import TelegramChannel
from connectors.telegram.settings import TelegramSettings

__all__ = ["TelegramChannel", "TelegramSettings"]
