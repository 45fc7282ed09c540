"""The model that makes vectors for callers, opened by the first who asks."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from hydrophone.app.models import threads
from hydrophone.ports import Embedded, EmbeddingOrder
from hydrophone.settings import Settings
from hydrophone.types import RequestContext

if TYPE_CHECKING:
    from hydrophone.llm.embedding.documents import DocumentEmbedder


class LateEmbedder:
    """Opens the model at the first order; after a failure it is tried again."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._built: DocumentEmbedder | None = None
        self._building = asyncio.Lock()

    async def embed(self, order: EmbeddingOrder, context: RequestContext) -> Embedded:
        """See the port `Embeddings`."""
        async with self._building:
            if self._built is None:
                self._built = await self._build()
        return await self._built.embed(order, context)

    async def _build(self) -> DocumentEmbedder:
        from hydrophone.llm.embedding.documents import DocumentEmbedder
        from hydrophone.llm.files import BGE_SMALL_EN, find_model_files

        files = await asyncio.to_thread(find_model_files, BGE_SMALL_EN, self._settings.models_dir)
        # Half of what questions have: orders are long, and whoever asks a question waits.
        embedder = DocumentEmbedder(
            files, threads=max(1, threads(self._settings.model_threads) // 2)
        )
        self._stack.push_async_callback(embedder.close)
        return embedder
