"""A Slack workspace as Slack's servers behave towards an app."""

from simulators.slack.simulator import SlackSimulator

__all__ = ["SlackSimulator"]
