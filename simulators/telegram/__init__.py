"""Telegram's servers as a bot meets them: Bot API, webhooks, and people with phones."""

from simulators.telegram.simulator import TelegramSimulator

__all__ = ["TelegramSimulator"]
