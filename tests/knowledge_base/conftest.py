import pytest

from knowledge_base.embedding import SentenceEncoder


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The bundled model: loading it takes seconds, so all tests share it."""
    return SentenceEncoder()
