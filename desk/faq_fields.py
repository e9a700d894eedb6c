"""An article as named texts, the way an editor writes it: for the form, for differences, for merging two edits.

Names are "status", "category", "tags", "owner", "valid_from", "valid_until", "review_by", and per language (a
Language's value, or "any" where an import gave none) "phrasings.en", "answer.en", "links.en", "pictures.en",
"wishes.en", "follow_ups.en". Lists hold one item a line; links and pictures as "title | address".
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from desk.errors import Invalid
from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Picture, Wish
from desk.messages import Language

Fields = Mapping[str, str]
LANGUAGES: tuple[Language | None, ...] = (Language.ZH_HANS, Language.ZH_HANT, Language.EN, None)
PLAIN = ("status", "category", "tags", "owner", "valid_from", "valid_until", "review_by")
PER_LANGUAGE = ("phrasings", "answer", "links", "pictures", "wishes", "follow_ups")
_LISTS = frozenset(PER_LANGUAGE) - {"answer"}
_TOKEN = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.DOTALL)


def language_key(language: Language | None) -> str:
    return language.value if language else "any"


def join_tags(tags: Sequence[str]) -> str:
    """Tags between semicolons; a semicolon inside a tag, of either width, is doubled."""
    return "; ".join(tag.replace(";", ";;").replace("；", "；；") for tag in tags)


def split_tags(text: str) -> tuple[str, ...]:
    parts = text.replace(";;", "\0").replace("；；", "\1").replace("；", ";").split(";")
    tags = (part.replace("\0", ";").replace("\1", "；").strip() for part in parts)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def to_fields(article: FaqArticle) -> dict[str, str]:
    """Every field that is not empty."""
    fields = {
        "status": article.status.value, "category": article.category, "tags": join_tags(article.tags),
        "owner": article.owner, "valid_from": _day_text(article.valid_from),
        "valid_until": _day_text(article.valid_until), "review_by": _day_text(article.review_by),
    }
    for language in LANGUAGES:
        key, extras = language_key(language), article.extras.get(language, Extras())
        fields |= {
            f"phrasings.{key}": "\n".join(one.text for one in article.phrasings if one.language is language),
            f"answer.{key}": article.answers.get(language, ""),
            f"links.{key}": "\n".join(f"{link.title} | {link.url}" for link in extras.links),
            f"pictures.{key}": "\n".join(f"{one.file_id} | {one.name}" for one in extras.pictures),
            f"wishes.{key}": "\n".join(extras.wishes),
            f"follow_ups.{key}": "\n".join(extras.follow_ups),
        }
    return {name: text for name, text in fields.items() if text}


def from_fields(article_id: str, fields: Fields, version: int = 1) -> FaqArticle:
    """The article these fields describe. Raises Invalid naming the field that cannot be read."""
    phrasings: list[Phrasing] = []
    answers: dict[Language | None, str] = {}
    extras: dict[Language | None, Extras] = {}
    for language in LANGUAGES:
        key = language_key(language)
        phrasings += [Phrasing(text, language) for text in dict.fromkeys(_lines(fields, f"phrasings.{key}"))]
        if answer := fields.get(f"answer.{key}", "").strip():
            answers[language] = answer
        if found := _extras(fields, key):
            extras[language] = found
    return FaqArticle(
        id=article_id, phrasings=tuple(phrasings), answers=answers, extras=extras, version=version,
        category="/".join(part.strip() for part in fields.get("category", "").split("/") if part.strip()),
        tags=split_tags(fields.get("tags", "")), status=_status(fields.get("status", "")),
        owner=fields.get("owner", "").strip().lower(), valid_from=_day(fields, "valid_from"),
        valid_until=_day(fields, "valid_until"), review_by=_day(fields, "review_by"),
    )


def with_languages(article: FaqArticle, detect: Callable[[str], Language | None]) -> FaqArticle:
    """The article with every text under the language it is in; what shows none counts as simplified Chinese."""
    def settle(language: Language | None, text: str) -> Language:
        return language or detect(text) or Language.ZH_HANS

    answers: dict[Language | None, str] = {}
    extras: dict[Language | None, Extras] = {}
    for language, text in article.answers.items():
        settled = settle(language, text)
        if settled in answers:  # two answers would be one: better left as they are than lost
            return article
        answers[settled] = text
        if language in article.extras:
            extras[settled] = article.extras[language]
    phrasings = tuple(replace(one, language=settle(one.language, one.text)) for one in article.phrasings)
    return replace(article, answers=answers, phrasings=phrasings, extras=extras)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text that stayed (" "), went ("-") or came ("+")."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How one field changed; `parts` read one after the other show both texts."""

    name: str
    before: str
    after: str

    @property
    def parts(self) -> tuple[Part, ...]:
        old, new = _TOKEN.findall(self.before), _TOKEN.findall(self.after)
        parts: list[Part] = []
        for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "equal":
                parts.append(Part(" ", "".join(old[a:b])))
                continue
            parts += [Part(mark, text) for mark, text in (("-", "".join(old[a:b])), ("+", "".join(new[c:d]))) if text]
        return tuple(parts)


def differences(before: Fields, after: Fields) -> tuple[FieldChange, ...]:
    """What changed, in the order of the form."""
    return tuple(
        FieldChange(name, before.get(name, ""), after.get(name, ""))
        for name in in_order({*before, *after}) if before.get(name, "") != after.get(name, "")
    )


@dataclass(frozen=True, slots=True)
class Merge:
    """Two edits of one article together; `conflicts` are the fields both changed, with theirs as `after`.

    In `fields` these hold ours: whoever merges sees both and decides.
    """

    fields: Fields
    theirs: tuple[FieldChange, ...]
    conflicts: tuple[FieldChange, ...]


def merge(base: Fields, theirs: Fields, ours: Fields) -> Merge:
    """What each side changed alone is taken over from it; of lists, line by line: both sides' additions stand."""
    merged: dict[str, str] = {}
    conflicts: list[FieldChange] = []
    for name in in_order({*base, *theirs, *ours}):
        was, their, our = base.get(name, ""), theirs.get(name, ""), ours.get(name, "")
        if our in (was, their) or their == was:
            merged[name] = their if our == was else our
        elif name == "tags" or name.partition(".")[0] in _LISTS:
            merged[name] = _merged_lines(name, was, their, our)
        else:
            merged[name] = our
            conflicts.append(FieldChange(name, our, their))
    return Merge(merged, differences(base, theirs), tuple(conflicts))


def _merged_lines(name: str, was: str, their: str, our: str) -> str:
    """Theirs without what we took out, then what we added."""
    base, theirs, ours = (split_tags(text) if name == "tags" else text.split("\n") for text in (was, their, our))
    kept = [line for line in theirs if line in ours or line not in base]
    lines = list(dict.fromkeys([*kept, *(line for line in ours if line not in base)]))
    return join_tags(lines) if name == "tags" else "\n".join(lines)


def in_order(names: set[str]) -> list[str]:
    order = [*(f"{name}.{language_key(language)}" for language in LANGUAGES for name in PER_LANGUAGE), *PLAIN]
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))


def _extras(fields: Fields, key: str) -> Extras:
    return Extras(
        links=tuple(_link(line, f"links.{key}") for line in _lines(fields, f"links.{key}")),
        pictures=tuple(Picture(*_pair(line)) for line in _lines(fields, f"pictures.{key}")),
        wishes=tuple(_wish(line, f"wishes.{key}") for line in dict.fromkeys(_lines(fields, f"wishes.{key}"))),
        follow_ups=tuple(dict.fromkeys(_lines(fields, f"follow_ups.{key}"))),
    )


def _lines(fields: Fields, name: str) -> list[str]:
    return [line.strip() for line in fields.get(name, "").splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    first, _, second = line.partition("|")
    return first.strip(), second.strip()


def _link(line: str, field: str) -> Link:
    title, separator, url = line.rpartition("|")
    if not separator:
        title, url = "", line
    url = url.strip()
    if not re.match(r"(https?://|mailto:|tel:)\S+$", url):
        raise Invalid(field, "a link is a title, a bar, and an address that begins with https://")
    return Link(title.strip() or url, url)


def _wish(name: str, field: str) -> Wish:
    if name not in tuple(Wish):
        raise Invalid(field, f"a button is one of {', '.join(Wish)}")
    return Wish(name)


def _status(name: str) -> ArticleStatus:
    if not name:
        return ArticleStatus.DRAFT
    if name not in tuple(ArticleStatus):
        raise Invalid("status", f"a status is one of {', '.join(ArticleStatus)}")
    return ArticleStatus(name)


def _day(fields: Fields, name: str) -> date | None:
    text = fields.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(name, "a day is written like 2026-12-31") from None


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""
