"""What BM25 counts over the whole index is the same however the documents came in."""

from pathlib import Path

import pytest

from hydrophone.index.base import Match
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.types import Filter
from tests.index.support import document

DOCUMENTS = [
    document(f"d{i}", f"Whales sing in water {i}. " + "Ships wait in the harbour. " * (i % 7))
    for i in range(300)
]


async def scores(folder: Path, *, batch: int, settle: bool) -> list[Match]:
    index = await EmbeddedIndex.open(folder)
    for start in range(0, len(DOCUMENTS), batch):
        await index.put(DOCUMENTS[start : start + batch], collection="c")
        if settle:
            await index.settle()
    await index.settle()
    found = await index.match_words("whales in the harbour", 50, Filter())
    await index.close()
    return found


@pytest.mark.parametrize("batch", [7, 64, 300])
async def test_documents_that_come_while_the_words_are_begun_count_once(
    tmp_path: Path, batch: int
) -> None:
    hurried = await scores(tmp_path / "hurried", batch=batch, settle=False)
    assert hurried == await scores(tmp_path / "calm", batch=50, settle=True)
