"""What people wrote in surveys, grouped by what it is about, by the FAQ's encoder and by common letters."""

import asyncio
from collections.abc import Sequence

from console.words import Words
from insights.results import Given
from knowledge_base.clusters import cluster
from wiring.services import Services

SMALLEST = 2
"""So many must say the like before it is called a theme."""
_LONGEST_NAME = 60


async def by_theme(services: Services, said: Sequence[Given], t: Words) -> list[tuple[str, list[Given]]]:
    """Themes, the largest first, each named by its most typical text; what stands alone comes last together."""
    if not said:
        return []
    texts = [each.text for each in said]
    groups = await asyncio.to_thread(cluster, texts, await services.faq.embed(texts))
    themes: list[tuple[str, list[Given]]] = []
    alone: list[Given] = []
    for group in groups:
        members = [said[place] for place in group.members]
        if len(members) < SMALLEST:
            alone += members
        else:
            themes.append((_name(said[group.typical].text), members))
    return [*themes, (t("results.theme.other"), alone)] if alone else themes


def _name(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME - 1]}…"
