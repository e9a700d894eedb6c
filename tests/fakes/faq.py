"""A small FAQ that compares letters: enough to be sure, unsure or at a loss, predictably."""

import asyncio
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from desk.faq import FaqMatch, FaqResult, Verdict
from desk.messages import Language

SURE, UNSURE = 0.75, 0.5


@dataclass(frozen=True)
class Entry:
    id: str
    questions: dict[Language, str]
    answers: dict[Language, str]


BREAKFAST = Entry(
    "breakfast",
    {Language.ZH_HANS: "早餐几点开始？", Language.EN: "What time is breakfast?"},
    {Language.ZH_HANS: "早餐 7:00 到 10:00。", Language.EN: "Breakfast is from 7 to 10 am."},
)
PARKING = Entry(
    "parking",
    {Language.ZH_HANS: "停车要收费吗？", Language.EN: "Is parking free?"},
    {Language.ZH_HANS: "住店客人免费停车。", Language.EN: "Parking is free for guests."},
)
PETS = Entry(
    "pets",
    {Language.ZH_HANS: "可以带宠物吗？", Language.EN: "Can I bring my pet?"},
    {Language.EN: "Pets up to 10 kg are welcome."},
)


HOUSE_RULES = Entry(
    "house-rules",
    {Language.ZH_HANS: "有哪些入住规定？", Language.EN: "What are the house rules?"},
    {Language.ZH_HANS: "一、22:00 后请安静。\n\n二、全馆禁烟。", Language.EN: "Quiet after 22:00.\n\n\nNo smoking."},
)


@dataclass
class InMemoryFaq:
    """desk.ports.FaqSearch over a handful of entries. `delay` makes it as slow as wanted."""

    entries: list[Entry] = field(default_factory=lambda: [BREAKFAST, PARKING, PETS, HOUSE_RULES])
    delay: float = 0.0

    async def search(self, text: str, language: Language | None = None, limit: int = 3) -> FaqResult:
        await asyncio.sleep(self.delay)
        matches = sorted((self._match(e, text, language) for e in self.entries), key=lambda m: -m.score)
        best = matches[0].score if matches else 0.0
        verdict = Verdict.ANSWER if best >= SURE else Verdict.UNSURE if best >= UNSURE else Verdict.REFUSE
        return FaqResult(verdict, tuple(matches[:limit]), SURE)

    def _match(self, entry: Entry, text: str, language: Language | None) -> FaqMatch:
        scores = {lang: _alike(text, question) for lang, question in entry.questions.items()}
        spoken = Language.EN if language is Language.EN else Language.ZH_HANS
        written = spoken if spoken in entry.answers else next(iter(entry.answers))
        return FaqMatch(
            entry.id, entry.questions.get(spoken, ""), entry.answers[written], written, max(scores.values())
        )


def _alike(one: str, other: str) -> float:
    plain = [t.lower().strip(" ?？。") for t in (one, other)]
    return SequenceMatcher(None, *plain).ratio()
