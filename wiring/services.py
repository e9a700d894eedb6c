"""The composition root: one boring list of what is built, top to bottom. Nobody else constructs an adapter."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from bot.client import RasaBot
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.records import SqlRecords
from crm_store.signals import Signals, Topic
from crm_store.store import SqlStore, SqlTransaction
from desk.faq import ArticleStatus, FaqArticle
from desk.faq_tuning import SearchTuning
from desk.handoff import ServiceRules
from desk.hours import BusinessHours
from desk.messages import Address
from desk.ports import Clock
from desk.rendering import Bubble
from knowledge_base.embedding import BundledEncoder, SentenceEncoder, build_encoder
from knowledge_base.service import LiveFaq
from knowledge_base.taiwan import for_reader
from wiring.calendar import LiveCalendar
from wiring.channels import Channels, build_channels
from wiring.faq_imports import FaqImports
from wiring.settings import Settings, SettingsError
from wiring.uploads import Uploads


class SystemClock:
    """desk.ports.Clock by this machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class StoredArticles:
    """knowledge_base's ArticleSource over the store. What is not valid today is handed over as archived."""

    def __init__(self, store: SqlStore, today: Callable[[], date] = lambda: datetime.now(UTC).date()) -> None:
        self._store = store
        self._today = today

    async def revision(self) -> int:
        return await self._store.read(lambda tx: tx.articles.revision())

    async def load(self) -> Sequence[FaqArticle]:
        return self._as_served(await self._store.read(lambda tx: tx.articles.list_all()))

    async def changed_since(self, revision: int) -> tuple[int, Sequence[FaqArticle], Sequence[str]]:
        newest, changed, removed = await self._store.read(lambda tx: tx.articles.changed_since(revision))
        return newest, self._as_served(changed), removed

    def _as_served(self, articles: Sequence[FaqArticle]) -> list[FaqArticle]:
        day = self._today()
        return [each if each.is_valid_on(day) else replace(each, status=ArticleStatus.ARCHIVED) for each in articles]


class StoredTuning:
    """knowledge_base's TuningSource over the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def revision(self) -> int:
        return await self._store.read(lambda tx: tx.faq_tuning.revision())

    async def load(self) -> SearchTuning:
        return await self._store.read(_tuning)


_MISSES_KEPT = timedelta(days=365)


def _tuning(tx: SqlTransaction) -> SearchTuning:
    learned_id, learned = tx.faq_tuning.active()
    return SearchTuning(
        tx.faq_tuning.revision(), tx.faq_tuning.calibration(), tx.faq_tuning.list_glossary(), learned_id, learned,
        pairs=tx.faq_tuning.list_pairs(),
        misses=[gap.question for gap in tx.gaps.list_dismissed(datetime.now(UTC) - _MISSES_KEPT)],
    )


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
    encoder: BundledEncoder | SentenceEncoder
    faq: LiveFaq
    faq_imports: FaqImports
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
        await self.faq_imports.close()
        await self.store.close()
        self.database.close()


def _check_home(home: Path) -> None:
    """Raises SettingsError where nothing can be written into it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise SettingsError(f"FRONTDESK_HOME: {home} cannot be written to ({error.strerror})") from None


def build_services(settings: Settings) -> Services:
    """Build everything; nothing is connected yet. Raises SettingsError."""
    _check_home(settings.home)
    FieldCipher.install(settings.key)
    signals = Signals()
    database = Database(settings.database)
    hours = BusinessHours.parse(settings.hours, settings.time_zone)
    store = SqlStore(database, signals, hours)
    uploads = Uploads(settings.home / "uploads", store)
    encoder = build_encoder(settings.embedding_model, settings.home / "encoders")
    clock = SystemClock()
    source = StoredArticles(store, partial(today, clock, settings))
    faq = LiveFaq(source, encoder, tuning=StoredTuning(store), vectors=settings.home / "faq-vectors")

    async def show_on_page(_address: Address, _bubble: Bubble) -> None:
        signals.publish((Topic.EVENT,))

    return Services(
        settings=settings,
        clock=clock,
        signals=signals,
        database=database,
        store=store,
        calendar=LiveCalendar(store, signals, hours),
        records=SqlRecords(store),
        uploads=uploads,
        encoder=encoder,
        faq=faq,
        faq_imports=FaqImports(store, uploads, clock, faq.embed_ahead),
        bot=RasaBot(settings.rasa_url, for_reader, secret=rasa_secret(settings), token=rasa_token(settings),
                    at_once=settings.rasa_at_once),
        channels=build_channels(settings, uploads.open, show_on_page),
    )


def today(clock: Clock, settings: Settings) -> date:
    """The business's day."""
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


def rasa_secret(settings: Settings) -> str:
    """What marks our own commands on Rasa's channel (FRONTDESK_RASA_SECRET)."""
    return settings.rasa_secret.get_secret_value() or _derived(settings, b"rasa channel")


def rasa_token(settings: Settings) -> str:
    """What opens Rasa's own API (FRONTDESK_RASA_TOKEN)."""
    return settings.rasa_token.get_secret_value() or _derived(settings, b"rasa api")


def _derived(settings: Settings, purpose: bytes) -> str:
    return hmac.new(settings.key.encode(), purpose, hashlib.sha256).hexdigest()
