"""Chinese text into words: the most probable way to read it, by how often each word is used."""

import re
from collections.abc import Mapping

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+(?:[.'’-][^\\W_{HAN}]+)*")
_UNKNOWN = -16.0  # logarithm of the share of a character that no word begins with


class Segmenter:
    """Words by the logarithm of their share of all words. `longest` is the length of the longest word, in characters.

    Source of the method: the most probable path through all words found (unigram model), by dynamic programming.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = shares
        self._longest = max(map(len, shares), default=1)

    def words(self, text: str) -> list[str]:
        """The words of a normalised text in order; a run of letters or digits is one word, punctuation is left out."""
        words: list[str] = []
        for run in _RUNS.findall(text):
            if is_han(run[0]):
                words += self._path(run)
            else:
                words.append(run)
        return words

    def _path(self, run: str) -> list[str]:
        size = len(run)
        best = [0.0] * (size + 1)
        step = [1] * (size + 1)
        shares, longest = self._shares, self._longest
        for start in range(size - 1, -1, -1):
            top, length = shares.get(run[start], _UNKNOWN) + best[start + 1], 1
            for end in range(start + 2, min(start + longest, size) + 1):
                share = shares.get(run[start:end])
                if share is not None and share + best[end] > top:
                    top, length = share + best[end], end - start
            best[start], step[start] = top, length
        words, at = [], 0
        while at < size:
            words.append(run[at : at + step[at]])
            at += step[at]
        return words


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff"
