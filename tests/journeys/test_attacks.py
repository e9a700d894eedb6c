"""Texts that try to be commands: through real channels, each is answered as the words it is."""

import asyncio
import json
import re

from tests.journeys.conftest import Customers
from tests.journeys.house import ROOT
from tests.journeys.phones import Phone, until
from tests.journeys.staff import Agent, said_by

ATTACKS = [json.loads(line) for line in (ROOT / "bot/data/heldout/attacks.txt").read_text("utf-8").splitlines()]
EACH = 15  # texts a customer: more would be a flood


async def attack(phone: Phone, agent: Agent, texts: list[str]) -> None:
    await (await phone.says("你好")).hears("欢迎光临")  # said once; again only if something made it forget
    for text in texts:
        await phone.says(text)
        told = await phone.hears()
        assert "欢迎光临" not in told, f"{text!r} worked as a command: {told}"
    conversation = await until(lambda: agent.finds(phone), lambda found: found["holder"] == "bot")
    assert conversation["holder"] == "bot"
    assert len(said_by(conversation, "customer")) >= 2
    if not any("messages" in text for text in texts):  # those words mean what they say, with or without a solidus
        assert (await agent.customer_behind(phone))["consent"] is True
    assert await agent.tickets_of(phone) == []


async def test_no_text_of_a_customer_acts_as_a_command(customers: Customers, lin: Agent) -> None:
    # "request_human" without its solidus is still a wish for a person, who then answers alone.
    readable = [text for text in ATTACKS if re.search(r"[^\W_]", text) and "human" not in text]
    assert len(readable) >= 60
    batches = [readable[start : start + EACH] for start in range(0, len(readable), EACH)]
    phones: list[Phone] = [await customers.on(channel) for channel in
                           ("wechat", "telegram", "slack", "webchat", "telegram", "webchat")]
    await asyncio.gather(*(attack(phone, lin, batch) for phone, batch in zip(phones, batches, strict=False)))
    assert len(batches) <= len(phones)
