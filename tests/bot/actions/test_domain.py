"""domain.yml and the rules against the code: nothing promised that nobody does."""

from pathlib import Path
from typing import Any

import yaml

from bot.actions import build_actions
from bot.actions.complaint_draft import SLOTS
from bot.client import FORM_SLOTS
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords

ROOT = Path(__file__).resolve().parents[3]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))


def test_every_action_of_the_domain_is_served_and_none_besides() -> None:
    served = {action.name() for action in build_actions(InMemoryRecords(), InMemoryFaq())}
    assert served == set(DOMAIN["actions"])


def test_every_response_speaks_both_languages_and_has_one_that_always_fits() -> None:
    for name, variations in DOMAIN["responses"].items():
        spoken = {variation["condition"][0]["value"] for variation in variations if "condition" in variation}
        assert spoken == {"zh", "en"}, name
        assert "condition" not in variations[-1], name


def test_every_intent_has_a_rule() -> None:
    rules = [
        rule
        for file in sorted((ROOT / "bot" / "data" / "rules").glob("*.yml"))
        for rule in yaml.safe_load(file.read_text("utf-8"))["rules"]
    ]
    steps = [step for rule in rules for step in rule["steps"]]
    answered = {step["intent"] for step in steps if "intent" in step}
    answered |= {choice["intent"] for step in steps for choice in step.get("or", ())}
    assert {name for intent in DOMAIN["intents"] for name in intent} == answered


def test_after_a_person_has_spoken_no_part_of_a_draft_is_left() -> None:
    assert set(SLOTS) <= set(FORM_SLOTS)
    assert set(FORM_SLOTS) <= set(DOMAIN["slots"]) | {"requested_slot"}
