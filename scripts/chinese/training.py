"""Fitting word vectors so that the weighted sum of a sentence's words lies where the English model puts its meaning.

Start: every word at the mean of what its dictionary glosses mean to the English model, frequent words light (smooth
inverse frequency, Arora et al. 2017). Then sentence pairs pull: a Chinese sentence towards its English translation and
away from the other sentences of the batch, while dictionary words are held where they stand.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    epochs: int = 10
    batch: int = 512
    rate: float = 2e-4  # of the vectors
    weight_rate: float = 5e-3
    cosine_share: float = 2.0
    anchor_share: float = 1.0
    anchors: int = 256  # dictionary words a step
    seed: int = 0
    device: str = "cpu"


class WordSum(torch.nn.Module):
    """Weighted sum of word vectors, scaled to length 1."""

    def __init__(self, vectors: Floats, log_weights: Floats) -> None:
        super().__init__()
        self.vectors = torch.nn.Embedding.from_pretrained(torch.tensor(vectors), freeze=False, sparse=True)
        self.log_weights = torch.nn.Parameter(torch.tensor(log_weights))
        self.sharpness = torch.nn.Parameter(torch.tensor(math.log(20.0)))

    def forward(self, words: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        weights = torch.exp(self.log_weights[words])
        total = functional.embedding_bag(
            words, self.vectors.weight, starts, mode="sum", per_sample_weights=weights, sparse=True
        )
        return functional.normalize(total, dim=1)


def first_weights(shares: Floats, lengths: npt.NDArray[np.int64]) -> Floats:
    """Logarithms of weights from the words' shares in running text; single characters say less than words."""
    return np.log(1e-3 / (1e-3 + shares) + 1e-4).astype(np.float32) - (lengths == 1).astype(np.float32)


def fit(
    model: WordSum, sentences: Sequence[Sequence[int]], targets: Floats, anchors: Floats, recipe: Recipe
) -> list[float]:
    """Train in place; returns the mean loss of every epoch. `anchors` are the words' gloss vectors, one per row."""
    torch.manual_seed(recipe.seed)
    chance = np.random.default_rng(recipe.seed)
    model.to(recipe.device)
    vectors = torch.optim.SparseAdam([model.vectors.weight], lr=recipe.rate)
    scalars = torch.optim.Adam([model.log_weights, model.sharpness], lr=recipe.weight_rate)
    unit = anchors / np.maximum(np.linalg.norm(anchors, axis=1, keepdims=True), 1e-9)
    losses = []
    for _ in range(recipe.epochs):
        order, total, steps = chance.permutation(len(sentences)), 0.0, 0
        for at in range(0, len(order) - recipe.batch + 1, recipe.batch):
            chosen = order[at : at + recipe.batch]
            loss = _pair_loss(model, [sentences[place] for place in chosen], targets[chosen], recipe)
            held = chance.integers(0, len(unit), recipe.anchors)
            loss = loss + recipe.anchor_share * _distance(model, [[int(word)] for word in held], unit[held], recipe)
            vectors.zero_grad()
            scalars.zero_grad()
            loss.backward()
            vectors.step()
            scalars.step()
            total, steps = total + loss.item(), steps + 1
        losses.append(total / max(steps, 1))
    model.to("cpu")
    return losses


def _pair_loss(model: WordSum, sentences: list[Sequence[int]], targets: Floats, recipe: Recipe) -> torch.Tensor:
    found = model(*packed(sentences, recipe.device))
    wanted = torch.tensor(targets, device=recipe.device)
    agreement = found @ wanted.T * model.sharpness.exp().clamp(max=50)
    own = torch.arange(len(sentences), device=recipe.device)
    contrast = (functional.cross_entropy(agreement, own) + functional.cross_entropy(agreement.T, own)) / 2
    return contrast + recipe.cosine_share * (1 - (found * wanted).sum(1)).mean()


def _distance(model: WordSum, sentences: list[list[int]], targets: Floats, recipe: Recipe) -> torch.Tensor:
    found = model(*packed(sentences, recipe.device))
    return (1 - (found * torch.tensor(targets, device=recipe.device)).sum(1)).mean()


def packed(sentences: Sequence[Sequence[int]], device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
    """All words in a row, and where each sentence starts."""
    starts = np.zeros(len(sentences), dtype=np.int64)
    starts[1:] = np.cumsum([len(words) for words in sentences[:-1]])
    words = np.fromiter((word for words in sentences for word in words), dtype=np.int64)
    return torch.tensor(words, device=device), torch.tensor(starts, device=device)
