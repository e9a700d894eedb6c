"""WeChat Official Account: webhook in plain or safe mode, passive replies, the customer-service API."""

from connectors.wechat.channel import WechatChannel
from connectors.wechat.settings import WechatSettings

__all__ = ["WechatChannel", "WechatSettings"]
