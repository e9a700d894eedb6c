"""Language tagger: says in which language to answer, as entity `language` ("zh" or "en")."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_CONFIDENCE,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    EXTRACTOR,
    METADATA,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

ENTITY = "language"
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}(?:'[A-Za-z]+)?")
_CODE = re.compile(r"\S*\d\S*")


def answer_language(text: str, metadata: Optional[Mapping[str, Any]]) -> Optional[str]:
    """The language to answer in: what the gateway decided, else what the text shows; None if it shows none.

    "5", "ok" or an order number show none, so a conversation keeps the language it has.
    """
    decided = (metadata or {}).get("language")
    if isinstance(decided, str) and decided[:2] in ("zh", "en"):
        return decided[:2]
    if _HAN.search(text):
        return "zh"
    latin = _LATIN_WORD.findall(_CODE.sub(" ", text))
    return "en" if len(latin) > 1 or any(len(word) > 3 for word in latin) else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageTagger(GraphComponent):
    """Adds the answer's language to a message's entities, for a slot filled from that entity."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageTagger:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            language = answer_language(message.get(TEXT) or "", message.get(METADATA))
            if language:
                tag = {
                    ENTITY_ATTRIBUTE_TYPE: ENTITY,
                    ENTITY_ATTRIBUTE_VALUE: language,
                    ENTITY_ATTRIBUTE_CONFIDENCE: 1.0,
                    EXTRACTOR: type(self).__name__,
                }
                message.set(ENTITIES, [*message.get(ENTITIES, []), tag], add_to_output=True)
        return messages
