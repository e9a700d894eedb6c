"""The audit log can be read: every action and every fact that the code records has words in the console's languages."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaigns import CampaignState
from console.words import Words
from crm_store.article_history import FaqAction
from crm_store.gaps import GapState
from desk.messages import Language

ROOT = Path(__file__).parents[2]
AREAS = ("campaigns", "connectors", "console", "crm_store", "desk", "gateway")
CHOSEN = {
    "campaign.": list(CampaignState), "faq.": list(FaqAction), "faq.gaps-": list(GapState),
    "compensation.": ["proposed", "within_limit", "approved", "refused", "withdrawn", "carried_out"],
    "": [f"{subject}.viewed" for subject in ("conversation", "customer", "ticket")],
}
"""What follows where the code puts an action together."""
WORDS = Words(Language.EN, ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC))


@cache
def recorded() -> tuple[frozenset[str], frozenset[str]]:
    """Actions, and names of facts."""
    actions, facts = set[str](), set[str]()
    for area in AREAS:
        for file in (ROOT / area).rglob("*.py"):
            for call in _records(ast.parse(file.read_text(encoding="utf-8"))):
                actions.update(_actions(call.args[1]))
                facts.update(keyword.arg for keyword in call.keywords if keyword.arg)
    return frozenset(actions), frozenset(facts)


def _records(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
            owner = node.func.value
            if isinstance(owner, ast.Attribute) and owner.attr == "audit":
                yield node


def _actions(written: ast.expr) -> list[str]:
    match written:
        case ast.Constant(value=str(action)):
            return [action]
        case ast.IfExp(body=one, orelse=other):
            return [*_actions(one), *_actions(other)]
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            return [f"{start}{end}" for end in CHOSEN[start]]
    return []  # in a variable: its words are looked after where it is set


@pytest.mark.parametrize("action", sorted(recorded()[0] | set(CHOSEN[""])))
def test_every_recorded_action_has_words(action: str) -> None:
    assert WORDS.has(f"audit.action.{action}")


@pytest.mark.parametrize("fact", sorted(recorded()[1]))
def test_every_recorded_fact_has_words(fact: str) -> None:
    assert WORDS.has(f"audit.fact.{fact}")
