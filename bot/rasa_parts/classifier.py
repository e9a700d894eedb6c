"""Intent classifier: tf-idf features and multinomial logistic regression, applied with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Text

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_parts.features import Vocabulary
from bot.rasa_parts.text import is_wordless, prepare, wording

_FILE = "classifier.joblib"
TRUST = 0.9
"""The least confidence in a text that was taught in these very words."""


@dataclass(frozen=True)
class TrainedModel:
    """What training leaves: one row of weights per feature, one column per intent, and the taught wordings' columns."""

    vocabulary: Vocabulary
    intents: List[str]
    weights: np.ndarray
    bias: np.ndarray
    taught: Dict[str, int]

    @classmethod
    def learn(cls, texts: Sequence[str], intents: Sequence[str], strength: float) -> TrainedModel:
        """Fit to labelled texts. `strength` is the inverse of regularisation; same input, same model."""
        from scipy.sparse import csr_matrix
        from sklearn.linear_model import LogisticRegression

        vocabulary = Vocabulary.learn(texts)
        vectors = [vocabulary.vector(text) for text in texts]
        matrix = csr_matrix(
            (
                np.concatenate([weights for _, weights in vectors]),
                np.concatenate([columns for columns, _ in vectors]),
                np.cumsum([0] + [len(columns) for columns, _ in vectors]),
            ),
            shape=(len(texts), vocabulary.size),
        )
        fitted = LogisticRegression(C=strength, max_iter=500, tol=1e-3, class_weight="balanced").fit(matrix, intents)
        names = [str(name) for name in fitted.classes_]
        taught = {wording(text): names.index(intent) for text, intent in zip(texts, intents, strict=True)}
        return cls(vocabulary, names, fitted.coef_.T.copy(), fitted.intercept_, taught)

    def rank(self, text: str) -> List[Dict[str, Any]]:
        """Every intent with its confidence, most likely first; the confidences add up to 1.

        A text that was taught word for word is what it was taught as. One without any word ("???", a phone number)
        that was not taught is nothing in particular: all intents are equally unlikely.
        """
        known = self.taught.get(wording(text))
        if known is None and is_wordless(text):
            likely = np.full(len(self.intents), 1 / len(self.intents))
        else:
            likely = self._likelihoods(text)
        if known is not None:
            likely *= 1 - TRUST
            likely[known] += TRUST
        return [{"name": self.intents[i], "confidence": float(likely[i])} for i in np.argsort(-likely, kind="stable")]

    def _likelihoods(self, text: str) -> np.ndarray:
        columns, weights = self.vocabulary.vector(text)
        scores = self.bias + weights @ self.weights[columns]
        likely = np.exp(scores - scores.max())
        return likely / likely.sum()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TextIntentClassifier(IntentClassifier, GraphComponent):
    """Classifies straight from the text: needs no tokenizer and no featurizer before it."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"strength": 20.0, "ranking_length": 10}

    @staticmethod
    def required_packages() -> List[Text]:
        return ["sklearn", "jieba"]

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[TrainedModel] = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._model = model
        prepare()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all labelled texts and keep the result in the model storage."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = TrainedModel.learn(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            self._config["strength"],
        )
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / _FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextIntentClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / _FILE))

    def process(self, messages: List[Message]) -> List[Message]:
        """Set each message's intent and ranking; a text without any known sign still gets the likeliest guess."""
        if self._model is None:
            raise RuntimeError("the intent classifier was asked before it was trained")
        for message in messages:
            ranking = self._model.rank(message.get(TEXT) or "")[: self._config["ranking_length"]]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
