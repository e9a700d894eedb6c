"""Chinese typed in Latin letters without tones: whether a text can be that."""

from functools import cache

_FINALS = {
    "": "a ai an ang ao e ei en er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u", "d": "a ai an ang ao e ei en eng i ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ue",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve ue",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un", "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo", "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo", "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing ong ou u uan ue un", "w": "a ai an ang ei en eng o u",
}  # fmt: skip
"""Every syllable of Mandarin, by how it begins."""
_LONGEST = 6  # letters of a syllable


def spells_chinese(words: list[str]) -> bool:
    """Whether every word is made of Chinese syllables, two or more in all (`tuikuan`, `zen me tui kuan`).

    Some English words are, too ("change", "banana"): ask only where Chinese is what is spoken.
    """
    spelt = [word.lower() for word in words]
    return all(map(_is_spelt, spelt)) and (len(spelt) > 1 or (len(spelt) == 1 and spelt[0] not in _syllables()))


def _is_spelt(word: str) -> bool:
    """Every place is looked at once: an expression would try all ways to cut "xianxianxian…", which are 2 to the power
    of their number."""
    reached = {0}
    for start in range(len(word)):
        if start in reached:
            ends = range(start + 1, min(start + _LONGEST, len(word)) + 1)
            reached.update(end for end in ends if word[start:end] in _syllables())
    return len(word) in reached


@cache
def _syllables() -> frozenset[str]:
    return frozenset(start + end for start, ends in _FINALS.items() for end in ends.split())
