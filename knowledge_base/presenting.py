"""What an asker sees of an article found: the answer and a way to ask, in their language where there is one."""

from desk.faq import FaqArticle, FaqMatch
from desk.messages import Language
from knowledge_base.script import detect_language
from knowledge_base.search import Ranked


def match(found: Ranked, language: Language | None) -> FaqMatch:
    """An article found, as an asker of `language` gets it."""
    answer, answer_language = _answer(found.article, language)
    return FaqMatch(
        article_id=found.article.id,
        question=_question(found, language),
        answer=answer,
        answer_language=answer_language,
        score=round(found.score, 4),
        signals={name: round(value, 4) for name, value in found.signals.values().items()},
        shares={name: round(value, 4) for name, value in found.signals.shares().items()},
        view=found.signals.view.value,
    )


def _answer(article: FaqArticle, language: Language | None) -> tuple[str, Language | None]:
    """The answer for an asker of `language`, and the language it is in."""
    answers = {key: text for key, text in article.answers.items() if text.strip()}
    for wanted in _preferences(language):
        if wanted in answers:
            return answers[wanted], wanted or detect_language(answers[wanted])
    raise AssertionError("only articles with an answer are searched")


def _preferences(language: Language | None) -> tuple[Language | None, ...]:
    """Languages in the order in which they serve an asker of `language` (None: an answer of unknown language)."""
    hans, hant, en = Language.ZH_HANS, Language.ZH_HANT, Language.EN
    match language:
        case Language.ZH_HANT:
            return hant, hans, None, en
        case Language.EN:
            return en, None, hans, hant
        case _:
            return hans, hant, None, en


def _question(found: Ranked, language: Language | None) -> str:
    """The way to ask shown to the asker: the nearest one if they can read it, else the first that they can."""
    nearest, phrasings = found.entry, found.article.phrasings
    if language is not None and (nearest is None or nearest.language is not language):
        for wanted in _preferences(language)[: 2 if language.is_chinese else 1]:
            if nearest is not None and nearest.language is wanted:
                return nearest.text
            for phrasing in phrasings:
                if (phrasing.language or detect_language(phrasing.text)) is wanted:
                    return phrasing.text
    if nearest is not None:
        return nearest.text
    return phrasings[0].text if phrasings else ""
