"""How topics of conversations are called in the reader's language."""

from collections.abc import Callable, Mapping, Sequence

from console.words import Words
from crm_store.store import SqlTransaction
from desk.topics import FAQ, TICKET

NameOf = Callable[[str], str]


def topic_names(tx: SqlTransaction, t: Words) -> NameOf:
    """Names a topic: an FAQ category as it was named for this language (else as it is written), a ticket category with
    the word "ticket" before it, a wish of the assistant's by the console's own word."""
    categories = tx.conversation_topics.category_names()
    kinds = {each.id: each.name(t.language) for each in tx.categories.list_all()}

    def name(topic: str) -> str:
        if not topic:
            return ""
        if topic.startswith(FAQ):
            return category_name(topic.removeprefix(FAQ), categories, t)
        if topic.startswith(TICKET):
            return t("topic.ticket", name=kinds.get(topic.removeprefix(TICKET), t("topic.gone")))
        return t(f"topic.{topic}") if t.has(f"topic.{topic}") else topic

    return name


def category_name(category: str, names: Mapping[str, Mapping[str, str]], t: Words) -> str:
    """An FAQ category in the reader's language; Chinese of one script stands in for the other, else what is written."""
    given = names.get(category, {})
    script = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}.get(t.language, "")
    return given.get(t.language) or given.get(script) or category


def topic_choices(tx: SqlTransaction, t: Words) -> Sequence[tuple[str, str]]:
    """Every topic that some conversation has, by name."""
    name = topic_names(tx, t)
    return sorted(((topic, name(topic)) for topic in tx.conversation_topics.list_known()), key=lambda each: each[1])
