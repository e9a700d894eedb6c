"""An Official Account's platform on loopback: webhooks, passive replies, the customer-service API."""

from simulators.wechat.simulator import WechatSimulator

__all__ = ["WechatSimulator"]
