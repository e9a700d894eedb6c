"""Loading the demo business into the store, once, and taking it out again."""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass

import httpx

from console.passwords import hash_password
from crm_store.customers import remove_demo
from crm_store.store import SqlStore, SqlTransaction
from demo import desk_setup
from demo.customers import PERSONAS, people
from demo.faq_categories import NAMES
from demo.staff import STAFF
from desk.agents import Role
from desk.messages import ChannelName
from desk.ports import Clock
from gateway.demo_past import load_past
from gateway.runtime import ROOT, CannotStart
from knowledge_base.exchange import read_articles
from simulators import credentials
from wiring.settings import Settings

SIMULATORS_WITHIN = 30  # seconds
FAQ_FILE = ROOT / "demo" / "faq.csv"
ACCOUNTS = {
    ChannelName.WECHAT: credentials.WECHAT_APP_ID,
    ChannelName.TELEGRAM: credentials.TELEGRAM_BOT_TOKEN.split(":", 1)[0],
    ChannelName.SLACK: credentials.SLACK_ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; passwords are shown once and kept nowhere."""

    articles: int
    customers: int
    conversations: int  # of the past
    passwords: dict[str, str]


def demo_environment(settings: Settings) -> dict[str, dict[str, str]]:
    """The channel sections of the demo, for those that are not set up for real."""
    base = f"http://127.0.0.1:{settings.simulators_port}"
    sections = {
        "wechat": {
            "app_id": credentials.WECHAT_APP_ID, "app_secret": credentials.WECHAT_APP_SECRET,
            "token": credentials.WECHAT_TOKEN, "encoding_aes_key": credentials.WECHAT_AES_KEY, "api_base": base,
        },
        "telegram": {
            "bot_token": credentials.TELEGRAM_BOT_TOKEN, "webhook_secret": credentials.TELEGRAM_WEBHOOK_SECRET,
            "api_base": base,
        },
        "slack": {
            "bot_token": credentials.SLACK_BOT_TOKEN, "signing_secret": credentials.SLACK_SIGNING_SECRET,
            "api_base": f"{base}/api/",
        },
    }
    return {name: section for name, section in sections.items() if getattr(settings, name) is None}


async def load_demo(store: SqlStore, clock: Clock) -> Loaded | None:
    """Load the demo business. None when the store has customers, articles or staff already."""
    if not await store.read(_is_empty):
        return None
    return await load_anyway(store, clock)


async def load_anyway(store: SqlStore, clock: Clock) -> Loaded:
    """Load or refresh the demo business beside whatever is there."""
    now = clock.now()
    articles = read_articles(FAQ_FILE)
    found = people(now.date(), ACCOUNTS)
    passwords = {member.email: secrets.token_urlsafe(9) for member in STAFF}
    hashes = {email: hash_password(password) for email, password in passwords.items()}

    def load(tx: SqlTransaction) -> None:
        tx.articles.put_all(articles, now, is_demo=True)
        tx.conversation_topics.name_categories(NAMES)
        for customer in found.customers:
            tx.customers.put(customer)
        for identity in found.identities:
            tx.customers.add_identity(identity)
        tx.orders.put_all(found.orders)
        for member in STAFF:
            known = tx.agents.find_by_email(member.email)
            if known:
                tx.agents.set_password(known[0].id, hashes[member.email])
            else:
                tx.agents.add(email=member.email, name=member.name, role=Role(member.role), now=now, is_demo=True,
                              password_hash=hashes[member.email])

    await store.transact(load)
    await store.transact(_set_up_casework)
    staff = [member.email for member in STAFF]
    talks = await load_past(store, clock, found.customers, articles, staff, ACCOUNTS)
    await store.transact(lambda tx: tx.values.set_up(desk_setup.VALUE, now))
    return Loaded(len(articles), len(found.customers), talks, passwords)


async def introduce_personas(settings: Settings) -> None:
    """Tell the simulators, once they answer, who the demo's people are, so that the playground has their phones."""
    base = f"http://127.0.0.1:{settings.simulators_port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        await _until_up(http)
        for persona in PERSONAS:
            for platform, user in (
                ("wechat", persona.wechat), ("telegram", persona.telegram), ("slack", persona.slack)
            ):
                await http.post(f"/sim/{platform}/users", json={"id": user, "name": persona.name})


async def _until_up(http: httpx.AsyncClient) -> None:
    for _ in range(SIMULATORS_WITHIN * 5):
        with contextlib.suppress(httpx.TransportError):
            await http.get("/sim/wechat/users")
            return
        await asyncio.sleep(0.2)
    raise CannotStart("The simulators did not start; see logs/simulators.log in FRONTDESK_HOME.")


async def unload_demo(store: SqlStore, clock: Clock) -> tuple[int, int, int]:
    """Take the demo out: its past, articles, customers who never wrote, staff accounts. Returns how many articles,
    customers and accounts."""
    now = clock.now()

    def unload(tx: SqlTransaction) -> tuple[int, int, int]:
        tx.past.remove_programme(tx.agents.list_demo())
        tx.past.remove()
        return tx.articles.remove_demo(now), remove_demo(tx.connection), tx.agents.remove_demo()

    return await store.transact(unload)


def _set_up_casework(tx: SqlTransaction) -> None:
    """Categories, causes, service levels and limits of the demo, each where there are none yet."""
    if not tx.categories.list_all():
        for name, (parent, names) in desk_setup.CATEGORIES.items():
            tx.categories.add(names, parent, name)
    if not tx.causes.list_all():
        for name, names in desk_setup.CAUSES.items():
            tx.causes.add(names, name)
    if not tx.levels.policies():
        for policy in desk_setup.POLICIES:
            tx.levels.save_policy(policy)
    if not tx.compensations.limits():
        tx.compensations.set_limits(desk_setup.LIMITS)


def _is_empty(tx: SqlTransaction) -> bool:
    return tx.articles.count() == 0 and tx.customers.count() == 0 and tx.agents.count() == 0
