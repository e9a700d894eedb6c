"""The Slack connector."""

from connectors.slack.channel import Slack, SlackSettings

__all__ = ["Slack", "SlackSettings"]
