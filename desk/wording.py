"""What is said in each of the languages we answer in."""

from collections.abc import Mapping

from desk.messages import Language

Texts = tuple[str, str, str]
"""One text in simplified Chinese, traditional Chinese and English."""

_COLUMN = {Language.ZH_HANS: 0, Language.ZH_HANT: 1, Language.EN: 2}


def text_in(language: Language, texts: Texts) -> str:
    return texts[_COLUMN[language]]


class Wording:
    """Texts by name, with places for values in them."""

    def __init__(self, texts: Mapping[str, Texts]) -> None:
        self._texts = texts

    def __call__(self, name: str, language: Language, **values: object) -> str:
        """The text called `name`, in `language`, with its values filled in, and nothing where they are all empty."""
        return text_in(language, self._texts[name]).format(**values).strip()
