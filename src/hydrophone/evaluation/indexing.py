"""A data set in an embedded index of its own, which is gone afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hydrophone.evaluation.datasets import DataSet
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.index.base import Embedding
from hydrophone.index.chunking import cut_passages, embedding_text
from hydrophone.types import Document

if TYPE_CHECKING:
    from hydrophone.index.embedded.index import EmbeddedIndex

COLLECTION = "evaluation"
_BATCH_DOCUMENTS = 64
_BATCH_TEXTS = 32
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of one set has come."""

    name: str
    stage: Literal["embedding", "adding", "indexing", "asking", "attacking"]
    done: int
    total: int


Tell = Callable[[Progress], None]


@asynccontextmanager
async def indexed(
    data: DataSet, embedder: CachedEmbedder | None, tell: Tell
) -> AsyncIterator[EmbeddedIndex]:
    """The set's documents in an index as the server has it, every vector made.

    Without an embedder by words alone. Raises StorageError and what the embedder raises.
    """
    with tempfile.TemporaryDirectory(
        prefix="hydrophone-eval-", ignore_cleanup_errors=True
    ) as folder:
        async with filled(Path(folder), data.name, data.documents, embedder, tell) as index:
            yield index


@asynccontextmanager
async def filled(
    folder: Path,
    name: str,
    documents: Sequence[Document],
    embedder: CachedEmbedder | None,
    tell: Tell,
) -> AsyncIterator[EmbeddedIndex]:
    """An index in a folder, filled with these documents; see `indexed`."""
    from hydrophone.index.embedded.index import EmbeddedIndex

    embedding = None
    if embedder is not None:
        await _embed(embedder, name, documents, tell)
        embedding = Embedding(embedder.model, embedder.dimensions, embedder.embed_passages)
    index = await EmbeddedIndex.open(folder, embedding=embedding)
    try:
        await _add(index, name, documents, tell)
        await _settle(index, name, tell)
        yield index
    finally:
        await index.close()


async def _embed(
    embedder: CachedEmbedder, name: str, documents: Sequence[Document], tell: Tell
) -> None:
    """Make the vectors that are not kept yet, before the index asks for them.

    The index would embed in the background, and try again for ever when that fails.
    """
    texts = [
        embedding_text(document.title, chunk.headings, document.text[chunk.start : chunk.end])
        for document in documents
        for chunk in cut_passages(document)
    ]
    for start in range(0, len(texts), _BATCH_TEXTS):
        await embedder.embed_passages(texts[start : start + _BATCH_TEXTS])
        tell(Progress(name, "embedding", min(start + _BATCH_TEXTS, len(texts)), len(texts)))


async def _add(index: EmbeddedIndex, name: str, documents: Sequence[Document], tell: Tell) -> None:
    total = len(documents)
    for start in range(0, total, _BATCH_DOCUMENTS):
        batch = documents[start : start + _BATCH_DOCUMENTS]
        await index.put(batch, collection=COLLECTION)
        tell(Progress(name, "adding", start + len(batch), total))
    await index.settle()


async def _settle(index: EmbeddedIndex, name: str, tell: Tell) -> None:
    settled = asyncio.create_task(index.vectors_settled())
    total = max(1, await index.vectors_pending())
    try:
        while not (await asyncio.wait([settled], timeout=_POLL_S))[0]:
            pending = await index.vectors_pending()
            tell(Progress(name, "indexing", max(0, total - pending), total))
        await settled
    finally:
        settled.cancel()
        await asyncio.gather(settled, return_exceptions=True)
