"""Custom actions: they read records and the FAQ, answer, and ask the desk for changes (desk.effects)."""

from bot.actions.catalogue import build_actions

__all__ = ["build_actions"]
