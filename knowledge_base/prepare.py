"""Making articles and questions comparable: normalised, cut into terms, embedded."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from desk.faq import FaqArticle
from desk.messages import Language
from knowledge_base.confirmed import Confirmed, vouched
from knowledge_base.embedding import Encoder, parted
from knowledge_base.entries import Entry, Query, Script
from knowledge_base.glossary import Glossary
from knowledge_base.index import PreparedArticle
from knowledge_base.kept_words import KeptWords
from knowledge_base.lexical import Bag, Terms, Worth, terms_of
from knowledge_base.normalise import normalise, skeleton
from knowledge_base.script import detect_language
from knowledge_base.vectors import Sense, VectorMemory

_LETTERS_READ = 1000  # of a question; who writes more has said it by then


class Preparer:
    """Prepares with one encoder (None: words alone count) and a glossary, which makes names of one thing alike."""

    def __init__(
        self, encoder: Encoder | None, memory: VectorMemory | None = None, glossary: Glossary | None = None,
        worth: Worth | None = None,
    ) -> None:  # fmt: skip
        """`worth` is what terms were learned to count, beside the encoder's words; None where nothing was learned."""
        self._encoder = encoder
        self._glossary = glossary or Glossary()
        self._worth = worth
        self._memory = memory or (VectorMemory(encoder.model_id, encoder.width) if encoder else None)
        self._identities = itertools.count(1)

    def articles(self, articles: Sequence[FaqArticle], confirmed: Confirmed | None = None) -> list[PreparedArticle]:
        """Every article with terms and vectors, and with what was confirmed for it; texts seen before are not embedded
        again."""
        bare = [self._without_vectors(article) for article in articles]
        filled = self._filled([(*each.questions, *each.answers) for each in bare])
        whole = [
            replace(each, questions=entries[: len(each.questions)], answers=entries[len(each.questions) :])
            for each, entries in zip(bare, filled, strict=True)
        ]
        return self.confirmed(whole, confirmed) if confirmed else whole

    def confirmed(self, articles: Sequence[PreparedArticle], confirmed: Confirmed) -> list[PreparedArticle]:
        """The same articles with these confirmed questions instead of those that they had."""
        told = [confirmed.get(each.article.id, ()) for each in articles]
        bare = []
        for each, pairs in zip(articles, told, strict=True):
            entered = {entry.skeleton for entry in each.questions}
            entries = [self._entry(pair.question, None) for pair in pairs]
            bare.append(tuple(entry for entry in entries if entry.skeleton and entry.skeleton not in entered))
        return [
            replace(each, confirmed=entries, vouched=vouched(pairs))
            for each, entries, pairs in zip(articles, self._filled(bare), told, strict=True)
        ]

    def _filled(self, groups: Sequence[tuple[Entry, ...]]) -> list[tuple[Entry, ...]]:
        """The entries with their vectors."""
        senses = self._senses([entry for group in groups for entry in group])
        return [tuple(_told(entry, senses.get(entry.id)) for entry in group) for group in groups]

    def query(self, text: str) -> Query:
        """A question. A thousand letters of it are read."""
        normalised = normalise(text[:_LETTERS_READ])
        encoder = self._encoder
        script, bare, terms = Script.of(normalised), skeleton(normalised), self._terms(normalised)
        if encoder is None or not encoder.serves(normalised):
            return Query(normalised, script, bare, terms, None)
        sense = encoder.sense(self._glossary.plain(normalised))
        abroad = partial(self._abroad, encoder, normalised, script)
        worth = self._worth if script is Script.HAN else None
        return Query(normalised, script, bare, terms, sense.vector, abroad, worth, sense.form)

    def _abroad(self, encoder: Encoder, normalised: str, script: Script) -> Query:
        other = script.other
        meant = encoder.glossed(normalised)
        return Query(meant, other, "", self._terms(meant), encoder.abroad(normalised))

    def _without_vectors(self, article: FaqArticle) -> PreparedArticle:
        return PreparedArticle(
            article,
            tuple(self._entry(phrasing.text, phrasing.language) for phrasing in article.phrasings),
            tuple(self._entry(text, language) for language, text in article.answers.items() if text.strip()),
        )

    def _entry(self, text: str, language: Language | None) -> Entry:
        normalised = normalise(text)
        language = language or detect_language(text)
        script, terms = Script.of(normalised), Bag(self._terms(normalised))
        return Entry(next(self._identities), text, language, script, skeleton(normalised), terms, None)

    def _terms(self, normalised: str) -> Terms:
        marks = self._glossary.marks(normalised)
        return Counter(terms_of(normalised)) + Counter(marks) if marks else terms_of(normalised)

    def _senses(self, entries: Sequence[Entry]) -> dict[int, Sense]:
        encoder, memory = self._encoder, self._memory
        if encoder is None or memory is None:
            return {}
        texts = {entry.id: self._glossary.plain(normalise(entry.text)) for entry in entries}
        quick = [key for key, text in texts.items() if encoder.serves(text) and encoder.is_quick(text)]
        slow = [key for key, text in texts.items() if encoder.serves(text) and not encoder.is_quick(text)]
        rows = memory.vectors([texts[key] for key in slow], encoder.whole)
        found = {key: parted(row, encoder.dimensions) for key, row in zip(slow, rows, strict=True)}
        if quick:
            vectors = encoder.encode([texts[key] for key in quick], KeptWords(memory.folder))
            found |= {key: Sense(vector) for key, vector in zip(quick, vectors, strict=True)}
        return found


def _told(entry: Entry, sense: Sense | None) -> Entry:
    return replace(entry, vector=sense.vector, form=sense.form) if sense else entry
