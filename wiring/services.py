"""The composition root: one boring list of what is built, top to bottom. Nobody else constructs an adapter."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.client import RasaBot
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals, Topic
from crm_store.store import SqlRecords, SqlStore
from desk.faq import FaqArticle
from desk.handoff import ServiceRules
from desk.hours import BusinessHours
from desk.messages import Address
from desk.rendering import Bubble
from knowledge_base.embedding import SentenceEncoder
from knowledge_base.script import to_script
from knowledge_base.service import LiveFaq
from wiring.calendar import LiveCalendar
from wiring.channels import Channels, build_channels
from wiring.settings import Settings
from wiring.uploads import Uploads


class SystemClock:
    """desk.ports.Clock by this machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class StoredArticles:
    """knowledge_base's ArticleSource over the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def revision(self) -> int:
        return await self._store.read(lambda tx: tx.articles.revision())

    async def load(self) -> Sequence[FaqArticle]:
        return await self._store.read(lambda tx: tx.articles.list_all())

    async def changed_since(self, revision: int) -> tuple[int, Sequence[FaqArticle], Sequence[str]]:
        return await self._store.read(lambda tx: tx.articles.changed_since(revision))


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a process is made of."""

    settings: Settings
    clock: SystemClock
    signals: Signals
    database: Database
    store: SqlStore
    calendar: LiveCalendar
    records: SqlRecords
    uploads: Uploads
    faq: LiveFaq
    bot: RasaBot
    channels: Channels

    @property
    def rules(self) -> ServiceRules:
        """How people serve, by the opening times that hold now."""
        return ServiceRules(self.calendar.hours)

    async def close(self) -> None:
        for channel in self.channels:
            await channel.stop()
        await self.bot.close()
        self.database.close()


def build_services(settings: Settings) -> Services:
    """Build everything; nothing is connected yet. Raises SettingsError."""
    FieldCipher.install(settings.key)
    signals = Signals()
    database = Database(settings.database)
    hours = BusinessHours.parse(settings.hours, settings.time_zone)
    store = SqlStore(database, signals, hours)
    uploads = Uploads(settings.home / "uploads", store)
    encoder = SentenceEncoder(settings.embedding_model)
    faq = LiveFaq(StoredArticles(store), encoder, vectors=settings.home / "faq-vectors")

    async def show_on_page(_address: Address, _bubble: Bubble) -> None:
        signals.publish((Topic.EVENT,))

    return Services(
        settings=settings,
        clock=SystemClock(),
        signals=signals,
        database=database,
        store=store,
        calendar=LiveCalendar(store, signals, hours),
        records=SqlRecords(store),
        uploads=uploads,
        faq=faq,
        bot=RasaBot(settings.rasa_url, to_script, secret=rasa_secret(settings), token=rasa_token(settings)),
        channels=build_channels(settings, uploads.open, show_on_page),
    )


def rasa_secret(settings: Settings) -> str:
    """What marks our own commands on Rasa's channel (FRONTDESK_RASA_SECRET)."""
    return settings.rasa_secret.get_secret_value() or _derived(settings, b"rasa channel")


def rasa_token(settings: Settings) -> str:
    """What opens Rasa's own API (FRONTDESK_RASA_TOKEN)."""
    return settings.rasa_token.get_secret_value() or _derived(settings, b"rasa api")


def _derived(settings: Settings, purpose: bytes) -> str:
    return hmac.new(settings.key.encode(), purpose, hashlib.sha256).hexdigest()
