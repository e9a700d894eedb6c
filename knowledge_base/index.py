"""The searchable form of the FAQ: an immutable snapshot, and the way from one snapshot to the next.

Ways to ask and answers are separate entries of an article and never joined into one text; each kind of each script has
an index of its own (`entries.py`).
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from desk.faq import FaqArticle
from knowledge_base.entries import Entry, EntryIndex, Graphs, Owned, Query, Script
from knowledge_base.head import Head, Material


@dataclass(frozen=True, slots=True, eq=False)
class PreparedArticle:
    """An article with all that is costly to compute.

    `confirmed` are customers' questions that it is known to answer; `vouched` are the bare words of those that staff
    confirmed: they count as entered.
    """

    article: FaqArticle
    questions: tuple[Entry, ...]
    answers: tuple[Entry, ...]
    confirmed: tuple[Entry, ...] = ()
    vouched: frozenset[str] = frozenset()

    @property
    def is_foreign_to(self) -> Script | None:
        """The script in which it cannot be asked for, None where it can be in both (or in none)."""
        scripts = {entry.script for entry in self.questions}
        return next((script for script in Script if scripts and script not in scripts), None)


@dataclass(frozen=True, slots=True)
class Plenty:
    """How many ways to ask articles have in one script, counted on from edit to edit: the probability of an answer
    depends on it."""

    articles: int = 0
    phrasings: int = 0

    @property
    def doublings(self) -> float:
        """Binary logarithm of how many an article has on average."""
        return math.log2(self.phrasings / self.articles) if self.articles else 0.0

    def changed(self, script: Script, gone: Iterable[PreparedArticle], come: Iterable[PreparedArticle]) -> "Plenty":
        left, new = _ways(script, gone), _ways(script, come)
        return Plenty(self.articles - len(left) + len(new), self.phrasings - sum(left) + sum(new))


def _ways(script: Script, articles: Iterable[PreparedArticle]) -> list[int]:
    counts = (sum(entry.script is script for entry in each.questions) for each in articles)
    return [count for count in counts if count]


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """All entries of one script: ways to ask, answers, confirmed questions, and what was learned from the ways to ask.

    `lift` is how far a confirmed question nearer than all phrasings lifts its article: 0 not at all, 1 as a phrasing.
    """

    questions: EntryIndex = field(default_factory=EntryIndex)
    answers: EntryIndex = field(default_factory=EntryIndex)
    confirmed: EntryIndex = field(default_factory=EntryIndex)
    head: Head | None = None
    lift: float = 0.0
    plenty: Plenty = Plenty()

    def changed(self, script: Script, gone: Iterable[PreparedArticle], come: Iterable[PreparedArticle]) -> "Shelf":
        """The shelf with some articles less and some more; the head stays until `taught`, and knows no new one yet."""
        before = {kind: _owned(gone, script, kind) for kind in _KINDS}
        after = {kind: _owned(come, script, kind) for kind in _KINDS}
        changed = {kind: getattr(self, kind).changed(*_apart(before[kind], after[kind])) for kind in _KINDS}
        return replace(self, **changed, plenty=self.plenty.changed(script, gone, come))

    @property
    def is_settled(self) -> bool:
        return all(getattr(self, kind).is_settled for kind in _KINDS)

    def settled(self, script: Script, graphs: Graphs) -> "Shelf":
        return replace(self, **{kind: getattr(self, kind).settled(f"{script}-{kind}", graphs) for kind in _KINDS})

    def upon(self, settled: "Shelf") -> "Shelf":
        return replace(self, **{kind: getattr(self, kind).upon(getattr(settled, kind)) for kind in _KINDS})


_KINDS = ("questions", "answers", "confirmed")


def _owned(articles: Iterable[PreparedArticle], script: Script, kind: str) -> list[Owned]:
    return [
        Owned(each.article.id, entry, kind == "questions" and each.is_foreign_to is not None)
        for each in articles
        for entry in getattr(each, kind)
        if entry.script is script
    ]


def _apart(before: Sequence[Owned], after: Sequence[Owned]) -> tuple[list[int], list[Owned]]:
    """What goes and what comes; an entry that stays is not touched."""
    old, new = {each.entry.id for each in before}, {each.entry.id for each in after}
    return [key for key in old if key not in new], [each for each in after if each.entry.id not in old]


LIFTS: Mapping[Script, float] = {Script.HAN: 0.3, Script.LATIN: 0.7}
"""Where a business's own pairs have not told better."""


def _bare() -> dict[Script, Shelf]:
    return {script: Shelf(lift=LIFTS[script]) for script in Script}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All searchable articles at one revision. `askers` are articles' ids by the bare words of their questions."""

    articles: Mapping[str, PreparedArticle] = field(default_factory=dict)
    shelves: Mapping[Script, Shelf] = field(default_factory=_bare)
    askers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def changed(self, changed: Iterable[PreparedArticle], removed: Iterable[str]) -> "Snapshot":
        """The snapshot after these edits; this one stays as it is, for searches under way."""
        come = list({prepared.article.id: prepared for prepared in changed}.values())
        ids = {prepared.article.id for prepared in come}.union(removed)
        gone = [self.articles[identity] for identity in ids if identity in self.articles]
        articles = dict(self.articles)
        for prepared in gone:
            del articles[prepared.article.id]
        articles.update((prepared.article.id, prepared) for prepared in come)
        shelves = {script: shelf.changed(script, gone, come) for script, shelf in self.shelves.items()}
        return Snapshot(articles, shelves, _asking(self.askers, gone, come))

    def taught(self) -> "Snapshot":
        """With heads fitted on the present phrasings. Takes seconds in a large base, and is meant to follow an edit,
        not to delay it."""
        matter = self.material()
        return self.with_heads({
            script: Head.fit(made, self.shelves[script].head) if made else None for script, made in matter.items()
        })

    def material(self) -> Mapping[Script, Material | None]:
        """What heads are fitted from: the present phrasings and confirmed questions, in an order of their own, so that
        it is the same whatever edits led here."""
        owned: dict[Script, list[tuple[str, Entry]]] = {script: [] for script in self.shelves}
        for key, prepared in sorted(self.articles.items()):
            for entry in sorted((*prepared.questions, *prepared.confirmed), key=lambda entry: entry.text):
                owned[entry.script].append((key, entry))
        return {script: Material.of(pairs, kin=script is Script.LATIN) for script, pairs in owned.items()}

    def heads(self) -> Mapping[Script, Head | None]:
        return {script: shelf.head for script, shelf in self.shelves.items()}

    def with_heads(self, heads: Mapping[Script, Head | None]) -> "Snapshot":
        return replace(
            self, shelves={script: replace(shelf, head=heads[script]) for script, shelf in self.shelves.items()}
        )

    def lifting(self, lifts: Mapping[Script, float]) -> "Snapshot":
        return replace(
            self, shelves={script: replace(shelf, lift=lifts[script]) for script, shelf in self.shelves.items()}
        )

    def without_heads(self) -> "Snapshot":
        return self.with_heads(dict.fromkeys(self.shelves))

    @property
    def is_settled(self) -> bool:
        """Whether many edits, or many entries, ask for a tidier index."""
        return all(shelf.is_settled for shelf in self.shelves.values())

    def settled(self, graphs: Graphs) -> "Snapshot":
        """With edits worked into the indexes, and graphs where they are large. Takes up to minutes."""
        shelves = {
            script: shelf if shelf.is_settled else shelf.settled(script, graphs)
            for script, shelf in self.shelves.items()
        }
        return replace(self, shelves=shelves)

    def upon(self, settled: "Snapshot") -> "Snapshot":
        """These articles in the indexes of a snapshot that was settled while edits went on here."""
        shelves = {script: shelf.upon(settled.shelves[script]) for script, shelf in self.shelves.items()}
        return replace(self, shelves=shelves)

    @cached_property
    def phrasings(self) -> int:
        return sum(len(shelf.questions) for shelf in self.shelves.values())

    def asked_exactly(self, query: Query) -> frozenset[str]:
        """Ids of the articles that hold this very question."""
        return self.askers.get(query.skeleton, frozenset()) if query.skeleton else frozenset()


def _asking(
    askers: Mapping[str, frozenset[str]], gone: Collection[PreparedArticle], come: Collection[PreparedArticle]
) -> Mapping[str, frozenset[str]]:
    touched: dict[str, set[str]] = {}
    for each, stays in (*((one, False) for one in gone), *((one, True) for one in come)):
        for skeleton in {entry.skeleton for entry in each.questions} | each.vouched:
            keys = touched.setdefault(skeleton, set(askers.get(skeleton, ())))
            keys.add(each.article.id) if stays else keys.discard(each.article.id)
    found = dict(askers)
    for skeleton, keys in touched.items():
        if keys:
            found[skeleton] = frozenset(keys)
        else:
            found.pop(skeleton, None)
    return found
