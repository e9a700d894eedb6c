"""An audience as rows of a form and back: rules, groups of rules, and what lies deeper, kept as it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.audience import OPS, Audience, Field, Join, Op, Rule, audience_to_json
from desk.errors import Invalid

Fields = Mapping[str, str]
ROWS = 16
"""Rules that the form shows at most."""
SPARE = 2
GROUPS = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form. `group`: a letter of GROUPS where it belongs to a group, else empty."""

    rule: Rule | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form shows. `joins`: how the rules of each group are taken together; `kept`: deeper parts as JSON, which
    saving leaves as they are; `wrong`: the row that was refused."""

    join: Join
    rows: tuple[Row, ...]
    joins: Mapping[str, Join]
    kept: str = ""
    wrong: int | None = None

    @property
    def kept_rules(self) -> list[Any]:
        """What is kept, for reading; nothing where it was sent broken."""
        try:
            return _read_kept(self.kept)
        except Invalid:
            return []


def show(audience: Audience) -> Shown:
    """An audience as the form's rows, with spare ones after them."""
    rows = [Row(rule) for rule in audience.rules if isinstance(rule, Rule)]
    kept: list[dict[str, Any]] = []
    joins = dict.fromkeys(GROUPS, Join.ANY)
    letters = iter(GROUPS)
    for group in (each for each in audience.rules if isinstance(each, Audience)):
        rules = [rule for rule in group.rules if isinstance(rule, Rule)]
        fits = rules and len(rules) == len(group.rules) and len(rows) + len(rules) <= ROWS
        letter = next(letters, "") if fits else ""
        if letter:
            joins[letter] = group.join
            rows += [Row(rule, letter) for rule in rules]
        else:
            kept.append(audience_to_json(group))
    kept += [audience_to_json(Audience(rules=(row.rule,)))["rules"][0] for row in rows[ROWS:] if row.rule]
    return Shown(audience.join, (*rows[:ROWS], *[Row()] * SPARE), joins, json.dumps(kept) if kept else "")


def as_written(fields: Fields, wrong: str = "") -> Shown:
    """The form as it was sent, also where it is wrong. `wrong`: the place that was refused, as Invalid names it."""
    rows, refused = [], None
    for n in range(ROWS + SPARE):
        field, _, op = fields.get(f"rule{n}", "").partition(" ")
        rule = None
        if field in set(Field) and op in set(Op):
            rule = Rule(Field(field), Op(op), fields.get(f"rule{n}-value", ""), fields.get(f"rule{n}-of", ""))
        rows.append(Row(rule, _group(fields, n)))
    for n, place in _places(fields).items():
        if wrong == place or wrong.startswith(f"{place}."):
            refused = n
    joins = {letter: _join(fields.get(f"group-{letter}", "")) for letter in GROUPS}
    return Shown(Join.ANY if fields.get("join") == Join.ANY else Join.ALL, tuple(rows), joins, fields.get("kept", ""),
                 refused)


def read_audience(fields: Fields) -> dict[str, Any]:
    """The rules that were written, as `audience_from_json` takes them; an empty row is none. Raises Invalid."""
    alone, grouped = _sorted(fields)
    groups = [{"join": _join(fields.get(f"group-{letter}", "")).value, "rules": [_rule(fields, n) for n in rows]}
              for letter, rows in grouped.items()]
    return {"join": fields.get("join", "all"),
            "rules": [*(_rule(fields, n) for n in alone), *groups, *_read_kept(fields.get("kept", ""))]}


def choices() -> list[tuple[Field, Op]]:
    """Every comparison that a rule may make."""
    return [(field, op) for field in Field for op in Op if op in OPS[field]]


def _sorted(fields: Fields) -> tuple[list[int], dict[str, list[int]]]:
    """The rows that stand alone, and those of each group."""
    alone: list[int] = []
    grouped: dict[str, list[int]] = {}
    for n in range(ROWS + SPARE):
        if fields.get(f"rule{n}", ""):
            group = _group(fields, n)
            (grouped.setdefault(group, []) if group else alone).append(n)
    return alone, dict(sorted(grouped.items()))


def _places(fields: Fields) -> dict[int, str]:
    """Where each row stands in what `read_audience` returns."""
    alone, grouped = _sorted(fields)
    found = {n: f"audience.rules.{place}" for place, n in enumerate(alone)}
    for place, rows in enumerate(grouped.values(), len(alone)):
        found |= {n: f"audience.rules.{place}.rules.{inner}" for inner, n in enumerate(rows)}
    return found


def _rule(fields: Fields, n: int) -> dict[str, str]:
    field, _, op = fields[f"rule{n}"].partition(" ")
    return {"field": field, "op": op, "value": fields.get(f"rule{n}-value", ""), "of": fields.get(f"rule{n}-of", "")}


def _group(fields: Fields, n: int) -> str:
    letter = fields.get(f"rule{n}-group", "")
    return letter if letter in GROUPS else ""


def _join(written: str) -> Join:
    return Join.ALL if written == Join.ALL else Join.ANY


def _read_kept(written: str) -> list[Any]:
    if not written:
        return []
    try:
        kept = json.loads(written)
    except ValueError:
        raise Invalid("audience", "the kept rules are no JSON") from None
    if not isinstance(kept, list):
        raise Invalid("audience", "the kept rules are no list")
    return kept
