"""Which English word a Chinese word stands for in sentences: IBM model 1 (Brown et al. 1993) on sentence pairs."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

ROUNDS = 6
_NOT_TELLING = frozenset(("the", "a", "an", "of", "to", "is", "are", "was", "were", "be", "been", "do", "does", "it"))
_SURE = 0.25  # probability from which a translation is taken
_OFTEN = 3  # times a word must have been seen

Pair = tuple[list[str], list[str]]
"""English words and Chinese words of one sentence."""


def english_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _NOT_TELLING]


def translations(pairs: Sequence[Pair]) -> dict[str, str]:
    """The English word of every Chinese word seen often enough that has a clear one."""
    table: dict[str, dict[str, float]] = {}
    for english, chinese in pairs:
        for word in chinese:
            table.setdefault(word, {}).update(dict.fromkeys(english, 1.0))
    for _ in range(ROUNDS):
        counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        for english, chinese in pairs:
            for target in english:
                total = sum(table[word].get(target, 0.0) for word in chinese) + 1e-4
                for word in chinese:
                    share = table[word].get(target, 0.0) / total
                    if share > 1e-4:
                        counts[word][target] += share
        table = {word: _normalised(some) for word, some in counts.items()}
    seen = Counter(word for _, chinese in pairs for word in chinese)
    best = {word: max(some.items(), key=lambda item: item[1]) for word, some in table.items() if some}
    return {word: target for word, (target, share) in best.items() if share > _SURE and seen[word] >= _OFTEN}


def _normalised(counts: dict[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {target: count / total for target, count in counts.items() if count / total > 1e-3}


# What the words that hold a sentence together say in English; "" says nothing. The dictionary's first meanings of these
# are misleading ("吗: morphine"), and they stand in nearly every question.
FUNCTION_WORDS = {
    "吗": "", "呢": "", "了": "", "的": "", "啊": "", "吧": "", "个": "", "把": "", "得": "", "地": "", "过": "",
    "着": "", "请问": "", "您好": "", "你好": "hello", "怎么": "how", "怎么办": "what to do", "如何": "how",
    "怎样": "how", "为什么": "why", "为何": "why", "什么": "what", "哪里": "where", "哪儿": "where",
    "多少": "how much", "多久": "how long", "何时": "when", "几": "how many", "能": "can", "可以": "can",
    "能不能": "can", "可不可以": "can", "能否": "can", "是不是": "is it", "有没有": "is there", "是否": "whether",
    "不能": "cannot", "不了": "cannot", "无法": "cannot", "我": "I", "我的": "my", "你": "you", "您": "you",
    "你们": "you", "你们的": "your", "它": "it", "他": "he", "她": "she", "是": "is", "不": "not", "没": "not",
    "没有": "not", "还": "still", "还没": "not yet", "在": "at", "有": "have", "要": "want", "想": "want",
    "被": "was", "给": "to", "用": "use", "上": "on", "里": "in", "到": "arrive", "和": "and", "跟": "with",
    "对": "to", "从": "from", "就": "", "都": "all", "一个": "a", "这个": "this", "那个": "that", "这": "this",
    "那": "that", "一直": "keeps", "会": "will", "去": "go", "来": "come", "让": "let", "收": "charge",
}  # fmt: skip


def gloss(word: str, senses: Sequence[str], translated: dict[str, str]) -> str:
    """The few English words that stand for a Chinese one: by hand, as translated in sentences, or by dictionary."""
    if word in FUNCTION_WORDS:
        return FUNCTION_WORDS[word]
    if word in translated:
        return translated[word]
    for sense in senses:
        plain = re.sub(r"\b(sb|sth|one's)\b", "", re.sub(r"^(to be|to) ", "", sense)).strip()
        if plain and len(plain) < 40:
            return re.sub(r"\s+", " ", plain)
    return ""
