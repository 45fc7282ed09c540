import pytest

from hydrophone.index.memory import MemoryIndex
from tests.index.contract import FilterContract, IndexContract
from tests.index.support import HashEmbedder, hash_embedding, now


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def index(embedder: HashEmbedder) -> MemoryIndex:
    return MemoryIndex(embedding=hash_embedding(embedder), now=now)


class TestMemoryIndex(IndexContract, FilterContract):
    pass
