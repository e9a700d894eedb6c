"""What pages and REST do about customers' value: have it counted, and change how."""

import math
from collections.abc import Mapping
from typing import Any

from desk.agents import Agent
from desk.errors import Invalid
from insights.value_rules import ValueRules, rules_from_json
from wiring.services import Services

PERCENT = ("margin", "discount", "retention")
CUTS = ("recency_cuts", "frequency_cuts", "money_cuts")


async def ask(services: Services, agent: Agent) -> None:
    """Have everybody counted again."""
    now = services.clock.now()

    def again(tx: Any) -> None:
        tx.values.ask(now)
        tx.audit.record(agent, "value.asked", "value:all", now)

    await services.store.transact(again)


async def save(services: Services, agent: Agent, rules: ValueRules) -> None:
    """Count by these rules from now on."""
    now = services.clock.now()

    def keep(tx: Any) -> None:
        tx.values.save_rules(rules, now)
        tx.audit.record(agent, "value.rules", "value:rules", now, currency=rules.currency,
                        margin=str(rules.margin), years=rules.years)

    await services.store.transact(keep)


def fields_of(rules: ValueRules) -> dict[str, str]:
    """The rules as the form writes them: shares in percent, one rate a line."""
    fields = {name: f"{100 * getattr(rules, name):g}" for name in PERCENT}
    fields |= {name: " ".join(f"{limit:g}" for limit in getattr(rules, name)) for name in CUTS}
    rates = "\n".join(f"{name} {worth:g}" for name, worth in rules.rates.items())
    return fields | {"currency": rules.currency, "years": str(rules.years), "rates": rates}


def read_fields(fields: Mapping[str, str]) -> ValueRules:
    """Raises Invalid naming the field."""
    data: dict[str, Any] = {"currency": fields.get("currency", ""), "years": fields.get("years", "")}
    for name in PERCENT:
        data[name] = _share(fields.get(name, ""), name)
    for name in CUTS:
        data[name] = fields.get(name, "").replace(",", " ").split()
    data["rates"] = {}
    for line in fields.get("rates", "").splitlines():
        parts = line.split()
        if parts and len(parts) != 2:
            raise Invalid("rates", "a currency and its rate on each line")
        if parts:
            data["rates"][parts[0]] = parts[1]
    return rules_from_json(data)


def _share(written: str, name: str) -> float:
    try:
        percent = float(written.strip().removesuffix("%"))
    except ValueError:
        percent = math.nan
    if not math.isfinite(percent):
        raise Invalid(name, "a number of percent")
    return percent / 100
