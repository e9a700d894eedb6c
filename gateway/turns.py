"""The worker of turns: claims customers' messages, asks the assistant, stores the answers."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from campaigns.interview import SurveyTalk
from console.service_desk import tell_bot
from crm_store.database import DatabaseDown
from crm_store.limits import channel_key
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.channels import ReplyWindow
from desk.errors import BotFailed, BotUnavailable, Conflict, DeskError, Invalid, NotFound
from desk.interviews import Interviews
from desk.messages import Attachment
from desk.outbox import settle
from desk.ports import Channel, Turn, Understanding
from desk.queue import LeasedInbound, LeasedOutbound, Standing
from desk.router import Answered, AskBot, AskMeaning, Settled, Step, begin, conclude, give_up, postpone
from gateway.deliveries import Sender
from gateway.gathering import GAP, Gathering
from gateway.metrics import Metrics
from knowledge_base.script import detect_language
from wiring.services import Services

MAX_ATTEMPTS = 3
CLAIM_MOST = 16
"""How many turns begin in one transaction: the first of them waits for the last."""
FEW = 4
"""Messages with the assistant: with fewer it will soon have nothing to do, and no answer waits for another."""
PATIENCE = timedelta(seconds=8)
"""How long a customer waits for a bot that is down before they hear of it."""
FETCH_SECONDS = 15
POLL_SECONDS = 1.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Leased messages, with what is to be asked about each where its turn has begun; and when the next one is due."""

    begun: tuple[tuple[LeasedInbound, Step | None], ...]
    next_due: datetime | None


class TurnWorker:
    """Works on up to `settings.workers` conversations at the same time; any number of workers may run."""

    def __init__(self, services: Services, owner: str, metrics: Metrics, senders: Mapping[str, Sender]) -> None:
        """`senders`: those of this process, by channel_key. An answer is leased to them as it is stored."""
        self._services = services
        self._owner = owner
        self._metrics = metrics
        self._senders = senders
        self._answered = Gathering(self._conclude)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked = 0  # of these tasks, how many wait for the assistant
        self._claims_from = 0.0  # on the event loop's clock

    async def run(self) -> None:
        """Until cancelled; then what is under way is finished within a few seconds."""
        try:
            while True:
                await self._round()
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)

    async def _round(self) -> None:
        services = self._services
        if 2 * self._asked >= services.settings.workers:
            await asyncio.sleep(self._claims_from - asyncio.get_running_loop().time())
        mark = services.signals.mark(Topic.INBOUND)
        free = min(CLAIM_MOST, services.settings.workers - len(self._tasks))
        pause = POLL_SECONDS
        try:
            if free > 0:
                now = services.clock.now()
                claimed = await self._claim(free, now)
                for lease, step in claimed.begun:
                    self._start(lease, step)
                    if (sender := self._senders.get(channel_key(lease.message.address))) is not None:
                        sender.hurry()
                if len(claimed.begun) == free:
                    pause = 0.0
                elif claimed.next_due is not None:
                    pause = min(pause, (claimed.next_due - now).total_seconds())
        except DatabaseDown as error:
            log.error("claim_failed", error=str(error))
            await asyncio.sleep(POLL_SECONDS)
        await services.signals.wait(Topic.INBOUND, mark, pause)

    async def _claim(self, most: int, now: datetime) -> _Claimed:
        """Lease messages and begin their turns, all in one transaction. Where one of them cannot be begun, lease them
        only: each then begins, and fails, by itself."""
        lease_for = self._services.settings.lease

        def claim(tx: SqlTransaction, *, begin_too: bool) -> _Claimed:
            leases = tx.inbound.claim(self._owner, most, now, lease_for)
            standing, next_due = tx.inbound.standing(leases, now)
            begun = tuple(
                (lease, self._begin_in(tx, lease, known) if begin_too else None)
                for lease, known in zip(leases, standing, strict=True)
            )
            return _Claimed(begun, next_due)

        try:
            return await self._services.store.transact(partial(claim, begin_too=True))
        except DatabaseDown:
            raise
        except Exception as error:
            log.warning("claimed_without_beginning", why=type(error).__name__)
            return await self._services.store.transact(partial(claim, begin_too=False))

    def _start(self, lease: LeasedInbound, step: Step | None) -> None:
        task = asyncio.create_task(self._work(lease, step))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._tasks) >= self._services.settings.workers
        self._tasks.discard(task)
        if was_full:  # wait for a few to end, and claim for them together
            self._claims_from = asyncio.get_running_loop().time() + GAP
            self._services.signals.publish((Topic.INBOUND,))

    async def _work(self, lease: LeasedInbound, step: Step | None) -> None:
        seconds = self._services.settings.lease_seconds * 0.9
        try:
            async with asyncio.timeout(seconds):
                await self._turn(lease, step)
        except (Conflict, DatabaseDown, TimeoutError) as error:
            # Nothing was stored; the lease runs out and the message is worked on again.
            log.warning("turn_abandoned", key=lease.key, why=type(error).__name__)
        except Exception as error:  # one poisonous message must not stop the others
            log.error("turn_failed", key=lease.key, error=type(error).__name__, exc_info=True)
            await self._failed(lease, None, type(error).__name__)

    async def _turn(self, lease: LeasedInbound, step: Step | None) -> None:
        if step is None:
            lease = await self._with_files(lease)
            step = await self._begin(lease)
        if isinstance(step, AskMeaning):
            step = await self._begin(lease, meaning=await self._understand(step.text), asked_meaning=True)
        if not isinstance(step, AskBot):
            self._count(lease, "settled")
            if isinstance(step, Settled) and step.back is not None:
                await tell_bot(self._services, step.back)
            return
        turn = step.turn
        typing = asyncio.create_task(self._show_typing(lease))
        self._asked += 1
        try:
            answer = await self._services.bot.answer(turn)
        except BotUnavailable as error:
            await self._unavailable(lease, turn, str(error))
            return
        except BotFailed as error:
            await self._failed(lease, turn, str(error))
            return
        finally:
            self._asked -= 1
            typing.cancel()
        answered = Answered(lease, turn.conversation_id, answer, step.standing)
        storing = self._answered.add(answered, at_once=self._asked < FEW)
        stored = await asyncio.shield(storing)  # what it leases to the sender must be sent
        self._count(lease, "answered" if stored else "lease_lost")

    async def _conclude(self, answered: Sequence[Answered]) -> list[bool]:
        """Store answers, leased to this process's senders already, and send them; what these senders have still to
        settle goes along. Returns which leases still held."""
        services = self._services
        keys = {channel_key(each.lease.message.address) for each in answered}
        senders = [self._senders[key] for key in sorted(keys) if key in self._senders]

        def store(tx: SqlTransaction) -> tuple[list[bool], list[list[LeasedOutbound]]]:
            if ended:
                settle(tx, ended, services.clock.now())
            stored = conclude(tx, answered, services.rules, services.clock.now(), self._interviews(tx))
            return stored, [sender.claim_answer(tx) for sender in senders] if any(stored) else []

        with ExitStack() as lent:
            ended = [each for sender in senders for each in lent.enter_context(sender.lend_ended())]
            stored, leases = await services.store.transact(store)
        for sender, leased in zip(senders, leases, strict=False):
            sender.start(leased)
        return stored

    def _begin_in(self, tx: SqlTransaction, lease: LeasedInbound, standing: Standing) -> Step | None:
        """Begin a turn; None where files have to be fetched first."""
        if any(item.remote for item in lease.message.attachments):
            return None
        return begin(tx, lease, self._window(lease), detect_language, self._services.clock.now(),
                     interviews=self._interviews(tx), standing=standing)

    async def _begin(
        self, lease: LeasedInbound, *, meaning: Understanding | None = None, asked_meaning: bool = False
    ) -> Step:
        now = self._services.clock.now()
        return await self._services.store.transact(
            lambda tx: begin(tx, lease, self._window(lease), detect_language, now, meaning=meaning,
                             asked_meaning=asked_meaning, interviews=self._interviews(tx))
        )

    def _window(self, lease: LeasedInbound) -> ReplyWindow | None:
        channel = self._channel(lease)
        return channel.window(lease.message) if channel else None

    def _interviews(self, tx: SqlTransaction) -> Interviews:
        return SurveyTalk(tx, self._services.channels.accounts)

    async def _understand(self, text: str) -> Understanding | None:
        try:
            return await self._services.bot.understand(text)
        except (BotUnavailable, BotFailed):
            return None

    async def _unavailable(self, lease: LeasedInbound, turn: Turn, reason: str) -> None:
        now = self._services.clock.now()
        waited = (now - lease.received_at).total_seconds()
        until = now + timedelta(seconds=min(10.0, max(0.5, waited / 4)))
        await self._services.store.transact(
            lambda tx: postpone(tx, lease, turn.conversation_id, until, reason, counts=False, patience=PATIENCE,
                                now=now)
        )
        self._count(lease, "bot_unavailable")

    async def _failed(self, lease: LeasedInbound, turn: Turn | None, reason: str) -> None:
        now = self._services.clock.now()
        conversation_id = turn.conversation_id if turn else None

        def fail(tx: SqlTransaction) -> None:
            if lease.attempts >= MAX_ATTEMPTS:
                open_now = tx.conversations.find_open(lease.message.address)
                known = conversation_id or (open_now.id if open_now else None)
                give_up(tx, lease, known, reason, self._services.rules, now)
            else:
                tx.inbound.postpone(lease, now + timedelta(seconds=lease.attempts), reason, counts=True)

        await self._services.store.transact(fail)
        self._count(lease, "gave_up" if lease.attempts >= MAX_ATTEMPTS else "failed")

    async def _with_files(self, lease: LeasedInbound) -> LeasedInbound:
        """The message with our own copies of its files; what cannot be had stays without one."""
        channel = self._channel(lease)
        if channel is None or not any(item.remote for item in lease.message.attachments):
            return lease
        kept = await asyncio.gather(*(self._fetch(channel, item) for item in lease.message.attachments))
        return replace(lease, message=replace(lease.message, attachments=tuple(kept)))

    async def _fetch(self, channel: Channel, attachment: Attachment) -> Attachment:
        try:
            file = await asyncio.wait_for(channel.fetch(attachment), FETCH_SECONDS)
            stored = await self._services.uploads.keep(file, self._services.clock.now())
        except (DeskError, Invalid, TimeoutError, OSError) as error:
            log.warning("attachment_not_fetched", channel=channel.name.value, why=type(error).__name__)
            return attachment
        return replace(attachment, file_id=stored.id, name=attachment.name or stored.name,
                       media_type=attachment.media_type or stored.media_type, size=stored.size)

    async def _show_typing(self, lease: LeasedInbound) -> None:
        await asyncio.sleep(0.5)  # a quick answer needs no announcement
        channel = self._channel(lease)
        if channel is not None:
            await channel.show_typing(lease.message.address)

    def _channel(self, lease: LeasedInbound) -> Channel | None:
        try:
            return self._services.channels.of(lease.message.address)
        except NotFound:
            return None

    def _count(self, lease: LeasedInbound, result: str) -> None:
        self._metrics.turns.labels(result).inc()
        self._metrics.turn_seconds.observe((self._services.clock.now() - lease.received_at).total_seconds())
