"""One search, start to finish, on an immutable snapshot: find, weigh, decide. Blocking, no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from desk.faq import FaqArticle, Verdict
from desk.faq_tuning import Calibration, Cuts
from knowledge_base.entries import Entry, Hit, Query, Script
from knowledge_base.fusion import Signals, View, cuts_of, probability
from knowledge_base.index import Shelf, Snapshot
from knowledge_base.lexical import shared_letters
from knowledge_base.vectors import Sense

DEPTH = 64  # entries looked at per signal
KEPT = 24  # of the articles found, the strongest; nobody looks further
TIE = 0.02  # probabilities nearer than this decide nothing
_LETTERS_COMPARED = 40
_LEXICAL_SHARE = {Script.HAN: 1.0, Script.LATIN: 0.4}
UNBENT = Calibration()


@dataclass(frozen=True, slots=True)
class Ranked:
    """One article found. `entry` is its way to ask nearest to the question, None when only its answer was near, or a
    question confirmed for it: what a customer typed is shown to no other."""

    article: FaqArticle
    entry: Entry | None
    score: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class Ranking:
    """All articles found, best first, and what the best one's score allows."""

    verdict: Verdict
    cuts: Cuts
    ranked: tuple[Ranked, ...]

    @property
    def best(self) -> float:
        return self.ranked[0].score if self.ranked else 0.0


class _Found(NamedTuple):
    """An article found: its hit among the ways to ask, its signals, and their strength."""

    asked: Hit | None
    signals: Signals
    strength: float

    @property
    def is_confirmed(self) -> bool:
        """Whether nothing but a confirmed question found it: it has no phrasing in the asker's script."""
        return self.asked is not None and self.asked.entry is None


def rank(snapshot: Snapshot, query: Query, depth: int = DEPTH, calibration: Calibration = UNBENT) -> Ranking:
    """Weigh every article that has an entry among the `depth` nearest by meaning or by words, and rank the strongest.

    A question entered for one article is answered by it; one entered for several is asked back. An article found
    by its answer's text alone is offered, never given. Articles without a phrasing in the asker's script are looked for
    by meaning where no other is sure.
    """
    cuts = cuts_of(calibration)
    exact = snapshot.asked_exactly(query)
    found = _at_home(snapshot, query, depth, exact)
    ranked = _weighed(snapshot, query, found, calibration)
    if not exact and max((each.score for each in ranked), default=0.0) < cuts.answer:
        found |= _abroad(snapshot, query, depth, found)
        ranked = _weighed(snapshot, query, found, calibration)
    ranked = [_limited(each, exact, cuts) for each in ranked]
    ranked.sort(key=lambda each: (each.article.id not in exact, -each.score, each.article.id))
    if not exact:
        ranked = _undecided(ranked, cuts.doubtful)
    return Ranking(cuts.verdict(ranked[0].score if ranked else 0.0), cuts, tuple(ranked))


def beside(one: Ranking, other: Ranking) -> Ranking:
    """Both first articles to choose from, and what `other` found besides."""
    chosen = one.ranked[0]
    rest = (found for found in other.ranked if found.article.id != chosen.article.id)
    ranked = tuple(replace(each, score=min(each.score, one.cuts.doubtful)) for each in (chosen, *rest))
    return Ranking(one.cuts.verdict(ranked[0].score), one.cuts, ranked)


def _at_home(snapshot: Snapshot, query: Query, depth: int, exact: frozenset[str]) -> dict[str, _Found]:
    """What the shelf of the question's own script offers: the strongest, and what holds this very question."""
    shelf, share = snapshot.shelves[query.script], _LEXICAL_SHARE[query.script]
    asked = _asked(shelf, query, depth, share)
    answered = shelf.answers.hits(query, depth, share)
    opinion = _opinion(shelf, query)
    weighed = []
    for key in {*asked, *answered, *exact}:
        said = opinion(key)
        signals = _signals(query, asked.get(key), answered.get(key), said)
        weighed.append((signals.strength, key, signals))
    weighed.sort(key=lambda each: (-each[0], each[1]))
    return {
        key: _Found(asked.get(key), signals, strength)
        for place, (strength, key, signals) in enumerate(weighed) if place < KEPT or key in exact
    }  # fmt: skip


def _asked(shelf: Shelf, query: Query, depth: int, share: float) -> dict[str, Hit]:
    """The nearest way to ask of each article. A confirmed question nearer than all of them lifts its article: in the
    same words the whole way, else only so far that articles with many of them do not outshout those with none."""
    if not len(shelf.confirmed):
        return _with_shared(query, shelf.questions.hits(query, depth, share))
    confirmed = _with_shared(query, shelf.confirmed.hits(query, depth, share, among=shelf.questions))
    asked = _with_shared(query, shelf.questions.hits(query, depth, share, also=confirmed.keys()))
    for key, hit in confirmed.items():
        own = asked.get(key, Hit(None, 0.0, 0.0))
        if hit.dense + share * hit.lexical > own.dense + share * own.lexical:
            is_same = hit.entry is not None and hit.entry.skeleton == query.skeleton
            lift = 1.0 if is_same else shelf.lift
            dense = own.dense + lift * (hit.dense - own.dense)
            lexical = own.lexical + lift * (hit.lexical - own.lexical)
            asked[key] = Hit(own.entry, dense, lexical, own.shared + lift * (hit.shared - own.shared))
    return asked


def _with_shared(query: Query, hits: dict[str, Hit]) -> dict[str, Hit]:
    """With the letters in common, where confirmed pairs have shown that they tell something: of the nearest hits."""
    if query.worth is None:
        return hits
    nearest = sorted(hits, key=lambda key: -hits[key].dense - hits[key].lexical)[:_LETTERS_COMPARED]
    shared = {key: shared_letters(query.terms, entry.terms) for key in nearest if (entry := hits[key].entry)}
    return {key: hit._replace(shared=shared.get(key, 0.0)) for key, hit in hits.items()}


_Opinion = Callable[[str], tuple[float, float, float] | None]


def _opinion(shelf: Shelf, query: Query) -> _Opinion:
    """By article: what the classifier says, None where it does not know the article."""
    head = shelf.head
    if head is None or query.vector is None:
        return lambda _: None
    themes, odds, kin = (values.tolist() for values in head.opinion(Sense(query.vector, query.form), query.terms))
    rows = head.rows

    def said(key: str) -> tuple[float, float, float] | None:
        row = rows.get(key)
        return None if row is None else (themes[row], odds[row], kin[row])

    return said


def _signals(
    query: Query, asked: Hit | None, answered: Hit | None, opinion: tuple[float, float, float] | None
) -> Signals:
    theme, head, kin = opinion or (0.0, 0.0, 0.0)
    return Signals(
        _view(query, taught=opinion is not None),
        dense=asked.dense if asked else 0.0,
        lexical=asked.lexical if asked else 0.0,
        theme=max(theme, 0.0),
        head=head,
        kin=kin,
        shared=asked.shared if asked else 0.0,
        answer_dense=answered.dense if answered else 0.0,
        answer_lexical=answered.lexical if answered else 0.0,
    )


def _view(query: Query, *, taught: bool) -> View:
    if query.vector is None:
        return View.WORDS
    if query.worth is not None:
        return View.CHINESE_LEARNED_TAUGHT if taught else View.CHINESE_LEARNED
    if query.script is Script.HAN:
        return View.CHINESE_TAUGHT if taught else View.CHINESE
    return View.ENGLISH_TAUGHT if taught else View.ENGLISH


def _abroad(snapshot: Snapshot, query: Query, depth: int, known: Mapping[str, _Found]) -> dict[str, _Found]:
    """Articles that exist only in the other language."""
    other = query.script.other
    if query.abroad is None or not len(snapshot.shelves[other].questions):
        return {}
    asked, shelf = query.abroad(), snapshot.shelves[other]
    hits = shelf.questions.nearest_alone(asked.vector, depth) if asked.vector is not None else {}
    if asked.terms:
        worded = shelf.questions.hits(asked, depth, _LEXICAL_SHARE[other])
        hits |= {key: hit for key, hit in worded.items() if snapshot.articles[key].is_foreign_to is query.script}
    opinion = _opinion(shelf, asked) if asked.terms else None
    signals = {
        key: (hit, _signals_abroad(asked, hit, opinion(key) if opinion else None))
        for key, hit in hits.items() if key not in known or known[key].asked is None or known[key].is_confirmed
    }  # fmt: skip
    found = {key: _Found(hit, each, each.strength) for key, (hit, each) in signals.items()}

    def is_likelier(key: str) -> bool:
        """Whether a find abroad says more than one at home; an answer's text always says less."""
        if not known[key].is_confirmed:
            return True
        first, second = (_probability(snapshot, query, each, 0.0, UNBENT) for each in (found[key], known[key]))
        return first > second

    return {key: each for key, each in found.items() if key not in known or is_likelier(key)}


def _signals_abroad(asked: Query, hit: Hit, opinion: tuple[float, float, float] | None) -> Signals:
    if not asked.terms:
        return Signals(View.ABROAD, dense=hit.dense)
    theme, head, _ = opinion or (0.0, 0.0, 0.0)
    view = View.ABROAD_GLOSSED if opinion is None else View.ABROAD_TAUGHT
    return Signals(view, dense=hit.dense, lexical=hit.lexical, theme=max(theme, 0.0), head=head)


def _weighed(snapshot: Snapshot, query: Query, found: Mapping[str, _Found], calibration: Calibration) -> list[Ranked]:
    first, second = [*sorted((each.strength for each in found.values()), reverse=True), 0.0, 0.0][:2]
    ranked = []
    for key, each in found.items():
        rival = second if each.strength == first else first
        score = _probability(snapshot, query, each, each.strength - rival, calibration)
        ranked.append(
            Ranked(snapshot.articles[key].article, each.asked.entry if each.asked else None, score, each.signals)
        )
    return ranked


def _probability(snapshot: Snapshot, query: Query, found: _Found, lead: float, calibration: Calibration) -> float:
    view = found.signals.view
    shelf = snapshot.shelves[query.script.other if view.is_abroad else query.script]
    return probability(view, found.strength, lead, shelf.plenty.doublings, calibration)


def _limited(found: Ranked, exact: frozenset[str], cuts: Cuts) -> Ranked:
    """Sure where the question was entered for this article alone; doubtful where only an answer's text speaks."""
    if found.article.id in exact:
        return replace(found, score=1.0 if len(exact) == 1 else cuts.doubtful)
    if found.signals.rests_on_answer:
        return replace(found, score=min(found.score, cuts.doubtful))
    return found


def _undecided(ranked: list[Ranked], doubtful: float) -> list[Ranked]:
    """Articles that tie for the first place are offered beside each other: a bare "check-out" may mean any of them."""
    tied = [found for found in ranked if ranked[0].score - found.score < TIE]
    if len(tied) < 2:
        return ranked
    return [replace(found, score=min(found.score, doubtful)) for found in tied] + ranked[len(tied) :]
