"""What search was told beside the articles: glossary, confirmed pairs, what was learned, the cuts. One revision for all
that changes how search answers, so any process sees cheaply that something is new."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, String, Update, and_, cast, delete, func, or_, select, update

from crm_store.counters import current_value, next_value
from crm_store.dialect import add_missing, put
from crm_store.faq_rows import faq_answers
from crm_store.faq_tuning_rows import faq_calibration, faq_glossary, faq_models, faq_pairs
from crm_store.rows import counters
from crm_store.signals import Topic
from desk.errors import Invalid, NotFound
from desk.faq_misses import HANDED_OVER_WITHIN
from desk.faq_tuning import Calibration, ConfirmedPair, Cuts, GlossaryTerm, LearnedModel, PairSource

_REVISION = "faq_tuning_revision"
_GATHERED = "faq_pairs_gathered"  # the time of the newest answer taken over, in seconds
_SETTLES_WITHIN = timedelta(days=7)  # how late a customer may call an answer helpful
_MOST_PAIRS = 5_000  # the newest ones teach
_LONGEST_QUESTION, _LONGEST_NAME, _MOST_NAMES = 1_000, 100, 30
_REMOVED = "removed"  # in the source of a pair that somebody took out: `gather` must not bring it back
_RETURNS_WITHIN = timedelta(days=1)  # what was taken out can be brought back; then its words are forgotten
_REFIT_BEGAN = "faq_refit_began"  # in seconds since 1970; 0 while none runs, below 0 where the last one broke off
_REFIT_LOST = timedelta(minutes=10)  # a refit that began longer ago died with its process
_MODELS_KEPT = 10  # with content; older ones keep their figures

_served = ~faq_pairs.c.source.startswith(_REMOVED)


class FaqTuning:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def revision(self) -> int:
        return current_value(self._db, _REVISION)

    def list_glossary(self) -> list[GlossaryTerm]:
        rows = self._db.execute(select(faq_glossary).order_by(faq_glossary.c.id))
        return [GlossaryTerm(row.id, tuple(row.names), row.note) for row in rows]

    def put_term(self, term: GlossaryTerm, now: datetime) -> GlossaryTerm:
        """Add a term, or overwrite the one with its id. Raises Invalid for names that are none or stand elsewhere."""
        names = tuple(dict.fromkeys(name.strip() for name in term.names if name.strip()))
        if not names or len(names) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in names):
            raise Invalid("names", "Give one to 30 names of at most 100 characters.")
        taken = {name.casefold(): other.id for other in self.list_glossary() for name in other.names}
        for name in names:
            if taken.get(name.casefold(), term.id) != term.id:
                raise Invalid("names", f"“{name}” already stands in another term.")
        saved = GlossaryTerm(term.id or uuid4().hex, names, term.note.strip()[:500])
        put(self._db, faq_glossary, {"id": saved.id, "names": list(names), "note": saved.note, "updated_at": now},
            (faq_glossary.c.id,))
        self._changed()
        return saved

    def remove_term(self, term_id: str) -> None:
        if not self._db.execute(delete(faq_glossary).where(faq_glossary.c.id == term_id)).rowcount:
            raise NotFound("no such term")
        self._changed()

    def add_pair(self, pair: ConfirmedPair, source_key: str) -> bool:
        """Keep a confirmation; false when that one is known already. It serves at once and teaches with the next
        refit."""
        question = pair.question.strip()[:_LONGEST_QUESTION]
        if not question:
            return False
        if pair.source is not PairSource.CUSTOMER:  # staff may change their mind
            self._db.execute(delete(faq_pairs).where(faq_pairs.c.source_key == source_key[:420], ~_served))
        row = {"source_key": source_key[:420], "question": question, "article_id": pair.article_id[:80],
               "source": pair.source.value, "customer_id": pair.customer_id, "at": pair.at}
        is_new = add_missing(self._db, faq_pairs, [row], faq_pairs.c.source_key) > 0
        if is_new:
            self._changed()
        return is_new

    def gather(self, now: datetime) -> int:
        """Take over the answers that customers called helpful since last time, or picked among several without asking
        again or for a person soon after; how many were new. What turned out not to help is taken out again."""
        gone = faq_pairs.c.source.startswith(f"{_REMOVED}:") & (faq_pairs.c.at <= now - _RETURNS_WITHIN)
        self._db.execute(update(faq_pairs).where(gone).values(source=_REMOVED, question=""))
        since = datetime.fromtimestamp(current_value(self._db, _GATHERED), UTC) - _SETTLES_WITHIN
        key = "answer:" + cast(faq_answers.c.id, String)
        picked = and_(
            faq_answers.c.chosen, faq_answers.c.helpful.is_(None), ~faq_answers.c.handed_over,
            faq_answers.c.at <= now - HANDED_OVER_WITHIN,
        )
        rows = self._db.execute(
            select(faq_answers).where(or_(faq_answers.c.helpful.is_(True), picked), ~faq_answers.c.rephrased)
            .where(faq_answers.c.at >= since, ~key.in_(select(faq_pairs.c.source_key)))
        ).all()
        called = and_(faq_answers.c.handed_over, faq_answers.c.helpful.is_(None))
        failed = select(key).where(
            faq_answers.c.at >= since, or_(faq_answers.c.rephrased, faq_answers.c.helpful.is_(False), called)
        )
        if self._db.execute(delete(faq_pairs).where(faq_pairs.c.source_key.in_(failed))).rowcount:
            self._changed()
        new = [
            self.add_pair(ConfirmedPair(row.question, row.article_id, PairSource.CUSTOMER, row.at, row.customer_id),
                          f"answer:{row.id}")
            for row in rows
        ]
        if rows:
            put(self._db, counters, {"name": _GATHERED, "value": int(max(row.at for row in rows).timestamp())},
                (counters.c.name,))
        return sum(new)

    def list_pairs(self, limit: int = _MOST_PAIRS, before: int | None = None) -> list[ConfirmedPair]:
        """The newest first."""
        query = select(faq_pairs).where(_served).order_by(faq_pairs.c.id.desc()).limit(limit)
        rows = self._db.execute(query.where(faq_pairs.c.id < before) if before is not None else query)
        return [
            ConfirmedPair(row.question, row.article_id, PairSource(row.source), row.at, row.customer_id, str(row.id))
            for row in rows
        ]

    def count_pairs(self, since: datetime | None = None) -> int:
        query = select(func.count()).select_from(faq_pairs).where(_served)
        return self._db.scalar(query.where(faq_pairs.c.at > since) if since else query) or 0

    def remove_pair(self, pair_id: str, now: datetime) -> None:
        """Take a pair out: the customer's click that made it does not make it again. It can be restored for a day."""
        source = f"{_REMOVED}:" + faq_pairs.c.source
        self._move_pair(update(faq_pairs).where(_pair(pair_id), _served).values(source=source, at=now))

    def restore_pair(self, pair_id: str, now: datetime) -> None:
        """Bring back what was taken out; it counts as confirmed now. Raises NotFound when its day is over."""
        source = func.substr(faq_pairs.c.source, len(_REMOVED) + 2)
        in_time = faq_pairs.c.source.startswith(f"{_REMOVED}:") & (faq_pairs.c.at > now - _RETURNS_WITHIN)
        self._move_pair(update(faq_pairs).where(_pair(pair_id), in_time).values(source=source, at=now))

    def _move_pair(self, change: Update) -> None:
        if not self._db.execute(change).rowcount:
            raise NotFound("no such pair")
        self._changed()

    def forgotten(self) -> None:
        """Pairs were erased with their customer: every process lets go of them."""
        self._changed()

    def add_model(self, model: LearnedModel, content: bytes) -> LearnedModel:
        """Keep a refit; an active one takes the place of the one that served. Old ones keep their figures only."""
        saved = model.id or uuid4().hex
        if model.active:
            self._db.execute(update(faq_models).values(active=False))
        self._db.execute(faq_models.insert().values(
            id=saved, created_at=model.created_at, pairs=model.pairs, kept_back=model.kept_back, before=model.before,
            after=model.after, accepted=model.accepted, active=model.active, content=content,
        ))
        old = select(faq_models.c.id).order_by(faq_models.c.created_at.desc()).offset(_MODELS_KEPT).limit(1000)
        outdated = [row.id for row in self._db.execute(old)]
        self._db.execute(
            update(faq_models).where(faq_models.c.id.in_(outdated), ~faq_models.c.active).values(content=b"")
        )
        self._changed()
        return self.get_model(saved)

    def get_model(self, model_id: str) -> LearnedModel:
        row = self._db.execute(select(faq_models).where(faq_models.c.id == model_id)).one_or_none()
        if row is None:
            raise NotFound("no such model")
        return _model(row)

    def list_models(self, limit: int = 50) -> list[LearnedModel]:
        """The newest first. One whose `figures` say "kept": 0 cannot be switched to any more."""
        return [_model(row) for row in self._db.execute(
            select(faq_models).order_by(faq_models.c.created_at.desc(), faq_models.c.id).limit(limit)
        )]

    def activate(self, model_id: str) -> None:
        """Serve this model from now on; "" stands for the shipped table. Raises NotFound, Invalid."""
        if model_id and not self.get_model(model_id).figures["kept"]:
            raise Invalid("model", "This one is too old to be switched to: its words are no longer kept.")
        self._db.execute(update(faq_models).values(active=faq_models.c.id == model_id))
        self._changed()

    def active(self) -> tuple[str, bytes | None]:
        """The id and content of the model that serves; ("", None) for the shipped table."""
        row = self._db.execute(select(faq_models.c.id, faq_models.c.content).where(faq_models.c.active)).first()
        return (row.id, bytes(row.content)) if row else ("", None)

    def begin_refit(self, now: datetime) -> bool:
        """Whether a refit may begin: two at a time would learn the same twice."""
        if self.refit_began(now) is not None:
            return False
        self._note_refit(int(now.timestamp()))
        return True

    def end_refit(self, *, broke_off: bool = False) -> None:
        self._note_refit(-1 if broke_off else 0)

    def refit_began(self, now: datetime) -> datetime | None:
        """When the refit that runs somewhere began."""
        began = current_value(self._db, _REFIT_BEGAN)
        moment = datetime.fromtimestamp(began, UTC) if began > 0 else None
        return moment if moment and now - moment < _REFIT_LOST else None

    def refit_broke_off(self) -> bool:
        """Whether the last refit failed by a fault of ours, so that it left no figures."""
        return current_value(self._db, _REFIT_BEGAN) < 0

    def _note_refit(self, value: int) -> None:
        put(self._db, counters, {"name": _REFIT_BEGAN, "value": value}, (counters.c.name,))

    def last_refit(self) -> datetime | None:
        newest = select(faq_models.c.created_at).order_by(faq_models.c.created_at.desc()).limit(1)
        last: datetime | None = self._db.scalar(newest)
        return last

    def calibration(self) -> Calibration:
        row = self._db.execute(select(faq_calibration)).first()
        if row is None:
            return Calibration()
        cuts = Cuts(row.answer, row.offer) if row.answer is not None and row.offer is not None else None
        return Calibration(row.slope, row.shift, cuts)

    def set_calibration(self, calibration: Calibration, now: datetime) -> None:
        """Raises Invalid for cuts out of order or out of 0..1."""
        cuts = calibration.cuts
        if cuts is not None and not 0 < cuts.offer <= cuts.answer <= 1:
            raise Invalid("cuts", "Give 0 < offers <= answers <= 1: who is offered less is not answered more.")
        if not (0.05 <= calibration.slope <= 20 and -20 <= calibration.shift <= 20):
            raise Invalid("slope", "This bends scores beyond use: measure the curve again.")
        put(self._db, faq_calibration, {
            "id": 1, "slope": calibration.slope, "shift": calibration.shift, "answer": cuts.answer if cuts else None,
            "offer": cuts.offer if cuts else None, "updated_at": now,
        }, (faq_calibration.c.id,))
        self._changed()

    def _changed(self) -> None:
        next_value(self._db, _REVISION)
        self._topics.add(Topic.FAQ)


def _pair(pair_id: str) -> ColumnElement[bool]:
    return faq_pairs.c.id == (int(pair_id) if pair_id.isdecimal() else -1)


def _model(row: Row[Any]) -> LearnedModel:
    return LearnedModel(
        row.id, row.created_at, row.pairs, row.kept_back, row.before, row.after, row.active, row.accepted,
        {"kept": float(bool(row.content))},
    )
