import pytest

from knowledge_base.embedding import BundledEncoder
from tests.conftest import ENCODERS


@pytest.fixture(scope="session")
def encoder() -> BundledEncoder:
    """The bundled model: preparing it takes seconds, so all tests share it."""
    return BundledEncoder(ENCODERS)
