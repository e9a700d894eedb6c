"""`frontdesk doctor`: every part's state, and what to do about it."""

from gateway.health import Health
from gateway.jobs import line
from gateway.metrics import Metrics
from wiring.services import Services

_ADVICE = {
    "database": "Check FRONTDESK_DATABASE_URL, the disk, and run `frontdesk migrate`.",
    "assistant": "Is it running? `frontdesk up` starts it; its log is in HOME/logs/assistant.log.",
    "actions": "The action server runs inside `frontdesk up` or `frontdesk serve`.",
    "faq": "Check FRONTDESK_EMBEDDING_MODEL; without it the model that comes along serves.",
    "workers": "Start `frontdesk up`, or a `frontdesk worker`.",
}


async def examine(services: Services) -> bool:
    """Print the report; True when everything serves."""
    await services.faq.refresh()
    report = await Health(services, Metrics()).report()
    for name, part in report.items():
        line(f"{'ok  ' if part['ok'] else 'FAIL'}  {name:10}  {part.get('state') or part.get('problem')}")
        if not part["ok"]:
            advice = _ADVICE.get(name, f"Check the FRONTDESK_{name.upper()}__ settings and the platform's own page.")
            line(f"      {'':10}  {advice}")
    return all(part["ok"] for part in report.values())
