"""How tests are shared out among the processes of `make test`: each goes to whoever is free, but those that share a
fixture of many seconds or hundreds of megabytes go to the same process."""

from xdist.scheduler import LoadScopeScheduling

SHARED = {
    "tests/journeys/": "house",
    "tests/bot/dialogue/": "assistant",
    "tests/bot/nlu/": "bare assistant",
    "tests/knowledge_base/": "encoder",
    "tests/demo/test_demo_faq.py": "encoder",
}
"""Where tests lie, and what they share. xdist's own marks for this (xdist_group) do nothing under pytest 9.2."""


class SharedFixtures(LoadScopeScheduling):
    """xdist's scheduler, with its notion of a scope replaced."""

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for place, shared in SHARED.items() if nodeid.startswith(place)), nodeid)
