"""`frontdesk faq gaps`: what customers asked in vain, grouped."""

import json
from typing import Annotated

import typer

from console.faq_gap_desk import GapGroup, list_groups
from gateway.jobs import line, with_services
from wiring.services import Services


def show_gaps(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    limit: Annotated[int, typer.Option(help="Groups shown.", min=1)] = 20,
    dismissed: Annotated[bool, typer.Option(help="Those that were dismissed.")] = False,
) -> None:
    """Questions that customers asked in vain: grouped, those first that most customers asked."""

    async def show(services: Services) -> None:
        await services.faq.refresh()
        groups = (await list_groups(services, dismissed=dismissed, look_up=limit))[:limit]
        if as_json:
            line(json.dumps([_as_json(group) for group in groups], ensure_ascii=False))
        else:
            line("\n".join(_as_text(group) for group in groups) or "No unanswered question.")

    with_services(show)


def _as_json(group: GapGroup) -> dict[str, object]:
    return {
        "question": group.question, "customers": group.customers, "asked": len(group.gaps),
        "last_7_days": group.recent, "previous_7_days": group.before, "kinds": dict(group.kinds),
        "languages": [language.value for language in group.languages],
        "near": {"article": group.near.article_id, "score": group.near.score} if group.near else None,
        "pending": group.pending, "gaps": [gap.id for gap in group.gaps],
    }


def _as_text(group: GapGroup) -> str:
    kinds = ", ".join(f"{kind.value} {count}" for kind, count in group.kinds)
    near = f"; near {group.near.article_id} ({group.near.score:.2f})" if group.near else ""
    near = f"; being written: {group.pending}" if group.pending else near
    return (f"{group.customers:4} customers  {len(group.gaps):4} times  {group.before}→{group.recent} a week  "
            f"{group.question}\n{'':16}{kinds}{near}")
