"""The word table as a sentence-transformers module, so that its folder can be named like any model.

    SentenceTransformer("knowledge_base/chinese/model").encode(["怎么退款"])
"""

import shutil
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule

from knowledge_base.chinese.table import WordTable
from knowledge_base.normalise import normalise


class ChineseWords(InputModule):
    """A table read from a folder; nothing in it is trained through this class."""

    def __init__(self, table: WordTable, folder: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._table = table
        self._folder = folder

    @classmethod
    def load(  # type: ignore[override] # of what may be given only the folder matters
        cls, model_name_or_path: str, subfolder: str = "", **_: Any
    ) -> "ChineseWords":
        folder = Path(model_name_or_path) / subfolder
        return cls(WordTable.load(folder), str(folder))

    def preprocess(  # type: ignore[override] # texts only
        self, inputs: list[str], prompt: str | None = None, **_: Any
    ) -> dict[str, Any]:
        texts = [normalise(f"{prompt or ''}{text}") for text in inputs]
        return {"sentence_embedding": torch.from_numpy(self._table.encode(texts))}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        return features

    def get_embedding_dimension(self) -> int:
        return self._table.dimensions

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        for name in ("vectors.npz", "words.tsv.gz"):
            shutil.copyfile(Path(self._folder) / name, Path(output_path) / name)
