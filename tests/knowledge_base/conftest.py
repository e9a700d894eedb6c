from pathlib import Path

import pytest

from knowledge_base.embedding import BundledEncoder

ENCODERS = Path(__file__).parents[2] / "var" / "encoders"  # where a running product keeps them, too


@pytest.fixture(scope="session")
def encoder() -> BundledEncoder:
    """The bundled model: preparing it takes seconds, so all tests share it."""
    return BundledEncoder(ENCODERS)
