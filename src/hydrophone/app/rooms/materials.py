"""What answers are made of: models, the index, pages, search, and the documentation in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone import __version__
from hydrophone.app.crawls import open_crawler
from hydrophone.app.fetching import open_attachments, open_reader
from hydrophone.app.models import LocalModels, local_models
from hydrophone.app.rooms.callers import Callers, data_folder
from hydrophone.app.search import can_fetch, open_providers
from hydrophone.attention import Attention
from hydrophone.ports import Library, Searcher
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.crawl.crawler import Crawler
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.fetch.reader import Reader
    from hydrophone.index.embedded.index import EmbeddedIndex
    from hydrophone.llm.base import TokenCounter
    from hydrophone.search.pages import Pages
    from hydrophone.search.watch.watched import WatchedProvider


DOCS_COLLECTION = "hydrophone-docs"
_log = logging.getLogger(__name__)


class Materials(Callers):
    """What answers are made of."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, *, embed_threads: int) -> None:
        super().__init__(settings, stack)
        self._embed_threads = embed_threads
        self._attention = Attention()
        self._opening = asyncio.Lock()
        self._docs: asyncio.Task[None] | None = None
        self._models: LocalModels | None = None
        self._index: EmbeddedIndex | None = None
        self._reader: Reader | None = None
        self._crawler: Crawler | None = None
        self._providers: Sequence[WatchedProvider] | None = None
        self._pages: Pages | None = None
        self._attachments: Attachments | None = None
        self._searcher: Searcher | None = None

    async def models(self) -> LocalModels:
        """Embedder, reranker and token counter."""
        if self._models is None:
            self._models = local_models(
                self.settings, self._stack, embed_threads=self._embed_threads
            )
        return self._models

    async def _counter(self) -> TokenCounter:
        return (await self.models()).tokens

    async def index(self) -> EmbeddedIndex:
        """The embedded index."""
        if self._index is None:
            from hydrophone.index.base import Embedding
            from hydrophone.index.embedded.index import EmbeddedIndex

            embedder = (await self.models()).embedder
            embedding = None
            if embedder is not None:
                embed = embedder.embed_passages if self._embed_threads else None
                embedding = Embedding(embedder.model, embedder.dimensions, embed)
            self._index = await EmbeddedIndex.open(
                data_folder(self.settings), embedding=embedding, idle=self._attention.idle
            )
            self._stack.push_async_callback(self._index.close)
        return self._index

    async def reader(self) -> Reader:
        """Reads files and pages."""
        if self._reader is None:
            self._reader = open_reader(self.settings, self._stack)
        return self._reader

    async def library(self, *, wait_for_vectors: bool = False) -> Library:
        """Own documents. `wait_for_vectors`: an ingest tells of the vectors and ends with them."""
        from hydrophone.index.library import IndexLibrary

        return IndexLibrary(
            await self.index(), await self.reader(), wait_for_vectors=wait_for_vectors
        )

    async def crawler(self, *, background: bool = False) -> Crawler:
        """Crawls into the index; in the background it stands back while somebody asks.

        Raises NotConfigured when nothing may go out.
        """
        if self._crawler is None:
            idle = self._attention.idle if background else None
            database = (await self.index()).database
            self._crawler = open_crawler(self.settings, self._stack, database, idle)
        return self._crawler

    async def providers(self) -> Sequence[WatchedProvider]:
        """The search providers; none when the web is not searched."""
        if self._providers is None:
            self._providers = open_providers(self.settings, self._stack)
        return self._providers

    async def pages(self) -> Pages | None:
        """Pages that questions need; None when nothing may go out."""
        if self._pages is None and can_fetch(self.settings):
            from hydrophone.search.pages import Pages

            self._pages = Pages(await self.reader())
        return self._pages

    async def attachments(self) -> Attachments:
        """What callers attach to a question."""
        if self._attachments is None:
            fetches = can_fetch(self.settings)
            self._attachments = open_attachments(self.settings, self._stack, fetches=fetches)
        return self._attachments

    async def searcher(self) -> Searcher:
        """Search over the own index and, where it is allowed, the web."""
        if self._searcher is None:
            from hydrophone.search.fanout import FanOut
            from hydrophone.search.own import OwnIndexSearcher

            index = await self.index()
            own = OwnIndexSearcher(index, (await self.models()).embedder)
            self._searcher = FanOut(own, await self.providers(), pages=await self.pages())
        return self._searcher

    async def parts(self) -> tuple[Searcher, LocalModels]:
        """What an engine is made of; opened once, whoever asks first."""
        async with self._opening:
            return await self.searcher(), await self.models()

    async def _opened_index(self) -> EmbeddedIndex:
        await self.parts()
        return await self.index()

    async def preload(self) -> None:
        """Load the models now rather than at the first question."""
        await (await self.models()).load()

    def start_docs(self, pause_s: float) -> asyncio.Task[None]:
        """Open the index and add the documentation in the background; questions wait for it."""

        async def work() -> None:
            await asyncio.sleep(pause_s)
            await self.parts()
            await self.add_own_docs()

        self._docs = asyncio.create_task(work())
        return self._docs

    async def _docs_added(self) -> None:
        if self._docs is not None:
            await asyncio.wait({self._docs})

    async def add_own_docs(self) -> None:
        """Index the project's documentation, once for each version of it."""
        marker = data_folder(self.settings) / "docs-version"
        if marker.exists() and marker.read_text("utf-8") == __version__:
            return
        library = await self.library()
        async for step in library.ingest([str(docs_folder())], collection=DOCS_COLLECTION):
            if step.state == "failed":
                _log.warning("the documentation %s was not indexed: %s", step.item, step.message)
        marker.write_text(__version__, "utf-8")


def docs_folder() -> Path:
    """The documentation: in the package when it was installed, beside `src` in a checkout."""
    package = Path(__file__).parent.parent.parent
    installed = package / "docs"
    return installed if installed.is_dir() else package.parent.parent / "docs"
