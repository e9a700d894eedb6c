"""Lets Rasa import without TensorFlow, which none of our pipeline uses: seconds of start and 350 MB of memory.

Rasa imports TensorFlow with its neural classifiers and policies, at module level, whatever the pipeline. A finder
answers those imports with modules whose every attribute is an empty class: enough to be subclassed, called as a
decorator and named in annotations while Rasa's modules are defined, and of no use after that.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional, Sequence

_ABSENT = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})
_VERSION = "2.12.0"  # Rasa 3.6.21 compares it at import


class _EmptyType(type):
    """A class that takes part in any definition: attributes, calls, subscripts and unions give an empty class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _empty(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        decorates = len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], type)
        return args[0] if decorates else super().__call__()

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class _Empty(metaclass=_EmptyType):
    """An instance decorates by giving back what it decorates."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Accept any class keyword."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _empty(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args and callable(args[0]) else self


def _empty(name: str) -> Any:
    return _EmptyType(name, (_Empty,), {"__module__": "tensorflow"})


class _EmptyModule(ModuleType):
    __version__ = _VERSION

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        attribute = _empty(name)
        setattr(self, name, attribute)
        return attribute


class _AbsentFinder(MetaPathFinder, Loader):
    """Finds an empty module for every TensorFlow import."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if fullname.split(".")[0] in _ABSENT:
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def leave_out_tensorflow() -> None:
    """From now on imports of TensorFlow give empty modules. Call before anything of Rasa is imported."""
    if not isinstance(sys.meta_path[0], _AbsentFinder):
        sys.meta_path.insert(0, _AbsentFinder())
