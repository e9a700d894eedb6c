"""English words and numbers among Chinese are embedded once, however often a base is started."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embedding import BundledEncoder
from knowledge_base.minilm import MiniLM
from knowledge_base.service import LiveFaq
from knowledge_base.vectors import Vectors
from tests.conftest import ENCODERS
from tests.knowledge_base.shelf import ZH, Shelf, article

MANY = [article(f"room{n}", f"{n} 号房的 wifi 密码是多少", answers={ZH: f"是 guest{n}。"}) for n in range(150)]


class CountingModel:
    """The English model, counting what it is asked for."""

    def __init__(self, model: MiniLM) -> None:
        self.model = model
        self.asked = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return self.model.encode(texts)

    def knows_word(self, word: str) -> bool:
        return self.model.knows_word(word)

    def whole(self, texts: Sequence[str]) -> Vectors:
        return self.model.whole(texts)


class CountingEncoder(BundledEncoder):
    def __init__(self, shared: BundledEncoder) -> None:
        super().__init__(ENCODERS)
        self.model = CountingModel(shared.english())

    def english(self) -> CountingModel:
        return self.model


async def started(encoder: BundledEncoder, folder: Path, *articles) -> tuple[LiveFaq, int]:
    """A base as a start makes it, and how often the English model was asked for words among Chinese."""
    counting = CountingEncoder(encoder)
    faq = LiveFaq(Shelf(*articles), counting, vectors=folder)
    await faq.refresh()
    return faq, counting.model.asked


def vectors(faq: LiveFaq) -> np.ndarray:
    return np.stack([
        entry.vector for _, each in sorted(faq.engine.snapshot.articles.items())
        for entry in (*each.questions, *each.answers)
    ])


async def test_a_start_embeds_only_what_no_start_before_has(encoder: BundledEncoder, tmp_path: Path) -> None:
    first, asked = await started(encoder, tmp_path, *MANY)
    assert asked == 300
    second, asked = await started(encoder, tmp_path, *MANY)
    assert asked == 0
    new = article("spa", "spa 8 点开门吗", answers={ZH: "是。"})
    third, asked = await started(encoder, tmp_path, *MANY, new)
    assert asked == 1
    apart, _ = await started(encoder, tmp_path / "other", *MANY)
    assert np.array_equal(vectors(first), vectors(second)) and np.array_equal(vectors(first), vectors(apart))
    found = await third.search("spa 8 点开门吗")
    assert found.matches[0].article_id == "spa"


def damage(folder: Path, harm: Callable[[bytes], bytes]) -> None:
    (file,) = folder.glob("*/*.words")
    file.write_bytes(harm(file.read_bytes()))


@pytest.mark.parametrize("harm", [lambda whole: whole[:-9], lambda whole: whole[:99] + b"x" + whole[100:]])
async def test_a_damaged_file_is_made_anew(encoder: BundledEncoder, tmp_path: Path, harm) -> None:
    whole, _ = await started(encoder, tmp_path, *MANY)
    damage(tmp_path, harm)
    again, asked = await started(encoder, tmp_path, *MANY)
    assert asked == 300
    assert np.array_equal(vectors(whole), vectors(again))
    assert (await started(encoder, tmp_path, *MANY))[1] == 0
