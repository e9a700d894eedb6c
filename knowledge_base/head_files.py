"""Heads, and what they are fitted from, as bytes: for the disk, and for the process that fits them."""

import io
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.classifier import Classifier
from knowledge_base.head import Head, Material
from knowledge_base.kinship import Kinship
from knowledge_base.vectors import CHECKSUM, checksum

_Arrays = Mapping[str, npt.NDArray[Any]]


def packed(head: Head) -> bytes:
    return _sealed(_arrays(head))


def unpacked(content: bytes) -> Head:
    """Raises ValueError for what is not a whole head."""
    return _head(_opened(content))


def packed_task(material: Material, before: Head | None) -> bytes:
    """What is to be fitted, and the earlier fit to start from."""
    names = {"owners": np.array(material.owners), "labels": material.labels, "seen": material.seen,
             "widths": np.array(material.widths), "kin": np.array(material.kin)}  # fmt: skip
    earlier = {f"before.{name}": value for name, value in _arrays(before).items()} if before else {}
    return _sealed({**names, **earlier})


def unpacked_task(content: bytes) -> tuple[Material, Head | None]:
    arrays = _opened(content)
    wide, form = (int(each) for each in arrays["widths"])
    material = Material(
        tuple(arrays["owners"].tolist()), arrays["labels"], arrays["seen"], (wide, form), bool(arrays["kin"])
    )
    return material, _head(_below("before", arrays)) if "before.owners" in arrays else None


def _arrays(head: Head) -> dict[str, npt.NDArray[Any]]:
    """Parts that a head does not have have no names."""
    parts = {"classifier": head.classifier, "formless": head.formless, "kinship": head.kinship}
    inner = {
        f"{name}.{each.name}": np.asarray(getattr(part, each.name))
        for name, part in parts.items() if part is not None
        for each in fields(part) if each.name != "rows" and getattr(part, each.name) is not None
    }  # fmt: skip
    return {"owners": np.array(list(head.rows)), "themes": head.themes, **inner}


def _head(arrays: _Arrays) -> Head:
    rows = {owner: row for row, owner in enumerate(arrays["owners"].tolist())}

    def classifier(name: str) -> Classifier | None:
        told = _below(name, arrays)
        return Classifier(rows, told["weights"], told["biases"]) if told else None

    told = dict[str, Any](_below("kinship", arrays))
    kinship = Kinship(**{"span": None, **told, "beyond": float(told["beyond"])}) if told else None
    usual = classifier("classifier")
    if usual is None:
        raise ValueError("a head without its classifier")
    return Head(rows, arrays["themes"], usual, classifier("formless"), kinship)


def _below(name: str, arrays: _Arrays) -> _Arrays:
    return {key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")}


def _sealed(arrays: _Arrays) -> bytes:
    content = io.BytesIO()
    np.savez(content, **dict[str, Any](arrays))
    whole = content.getvalue()
    return whole + checksum(whole)


def _opened(content: bytes) -> _Arrays:
    whole, found = content[:-CHECKSUM], content[-CHECKSUM:]
    if checksum(whole) != found:
        raise ValueError("not as it was written")
    with np.load(io.BytesIO(whole), allow_pickle=False) as arrays:
        return dict(arrays)
