"""Text as the search compares it: one width, one case, one kind of space, one Chinese script.

Only for understanding. What customers and staff read is never taken from here.
"""

import re
import unicodedata

from knowledge_base.script import simplify_wording

# Zero-width characters, direction marks, the byte order mark and the selectors that colour emoji.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")
_NOT_WORDS = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """NFKC, lower case, single spaces, simplified characters and mainland wording for Taiwan's."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return simplify_wording(_SPACES.sub(" ", folded).strip())


def skeleton(normalised: str) -> str:
    """What is left of a normalised text without spaces and punctuation: equal skeletons ask the same thing."""
    return _NOT_WORDS.sub("", normalised)
