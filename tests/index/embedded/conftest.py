from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hydrophone.index.embedded.index import EmbeddedIndex
from tests.index.support import HashEmbedder, hash_embedding, now


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
async def index(tmp_path: Path, embedder: HashEmbedder) -> AsyncIterator[EmbeddedIndex]:
    opened = await EmbeddedIndex.open(
        tmp_path / "index", embedding=hash_embedding(embedder), now=now
    )
    yield opened
    await opened.close()
