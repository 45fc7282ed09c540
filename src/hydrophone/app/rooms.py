"""Builds the rooms from the settings and wires them, each when it is first asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone import __version__
from hydrophone.app.crawls import open_crawler
from hydrophone.app.doors.batching import LateBatches, LateFiles
from hydrophone.app.doors.documents import GivenPages, OwnDocuments
from hydrophone.app.fetching import open_attachments, open_reader
from hydrophone.app.late import LateAnswerer, LateJobs, LateKeptPages, LateSearcher
from hydrophone.app.models import LocalModels, chat_model, engine_for, local_models
from hydrophone.app.official.opening import (
    official_key,
    open_api,
    open_official,
    with_official_search,
)
from hydrophone.app.search import SearchStats, can_fetch, open_providers
from hydrophone.app.session.opening import (
    LateSessions,
    OwnSession,
    default_model,
    inbound_keys,
    own_session,
    pace_of,
    paces_all,
)
from hydrophone.attention import AttendedAnswerer, AttendedSearcher, Attention
from hydrophone.errors import NotConfigured
from hydrophone.ports import Accounts, Answerer, House, Library, Searcher
from hydrophone.settings import Settings
from hydrophone.types import Question, RequestContext

if TYPE_CHECKING:
    from hydrophone.accounts.embedding_gate import EmbeddingGate
    from hydrophone.accounts.gatekeeper import Gatekeeper
    from hydrophone.accounts.keys import KeyStore
    from hydrophone.accounts.ledger import Ledger
    from hydrophone.accounts.limits.pace import Pace
    from hydrophone.accounts.static_keys import StaticKeys
    from hydrophone.accounts.tokens import TokenDesk
    from hydrophone.app.cited import Shelf
    from hydrophone.app.doors.batching import BatchRoom
    from hydrophone.app.doors.embedding import LateEmbedder
    from hydrophone.app.jobs import JobRoom
    from hydrophone.catalog import Catalog
    from hydrophone.crawl.crawler import Crawler
    from hydrophone.engine.profile import Profile
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.fetch.reader import Reader
    from hydrophone.index.embedded.index import EmbeddedIndex
    from hydrophone.jobs.batches.desk import BatchDesk
    from hydrophone.jobs.desk import Desk
    from hydrophone.llm.base import TokenCounter
    from hydrophone.search.pages import Pages
    from hydrophone.search.watch.watched import WatchedProvider
    from hydrophone.storage.files.store import FileStore
    from hydrophone.storage.state import State
    from hydrophone.upstream.client import OfficialApi

DOCS_COLLECTION = "hydrophone-docs"
_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_rooms(
    settings: Settings, *, embed_threads: int = 0, record: Path | None = None
) -> AsyncIterator[Rooms]:
    """The rooms; leaving closes all that were built, the last one first.

    With `embed_threads` this process makes the vectors that are missing: for those that stay.
    `record` is the file, or the folder, that recordings of the engine's answers are written to.
    """
    async with AsyncExitStack() as stack:
        yield Rooms(settings, stack, embed_threads=embed_threads, record=record)


class Rooms:
    """All rooms of one process. Each getter builds its room once."""

    def __init__(
        self,
        settings: Settings,
        stack: AsyncExitStack,
        *,
        embed_threads: int,
        record: Path | None = None,
    ) -> None:
        self.settings = settings
        self._record = record
        self._stack = stack
        self._embed_threads = embed_threads
        self._attention = Attention()
        self._opening = asyncio.Lock()
        self._docs: asyncio.Task[None] | None = None
        self._state: State | None = None
        self._keys: KeyStore | None = None
        self._models: LocalModels | None = None
        self._index: EmbeddedIndex | None = None
        self._reader: Reader | None = None
        self._crawler: Crawler | None = None
        self._providers: Sequence[WatchedProvider] | None = None
        self._pages: Pages | None = None
        self._attachments: Attachments | None = None
        self._searcher: Searcher | None = None
        self._catalog: Catalog | None = None
        self._official_api: OfficialApi | None = None
        self._ledger: Ledger | None = None
        self._answerer: Answerer | None = None
        self._jobs: JobRoom | None = None
        self._batching: BatchRoom | None = None
        self._late_embedder: LateEmbedder | None = None
        self._shelf: Shelf | None = None
        self._sessions: LateSessions | None = None
        self._own_session: OwnSession | None = None
        self._looked_for_session = False
        self._pace: Pace | None = None

    async def state(self) -> State:
        """`state.db`, migrated."""
        if self._state is None:
            from hydrophone.storage.state import open_state

            self._state = await open_state(_data_dir(self.settings) / "state.db")
            self._stack.push_async_callback(self._state.close)
        return self._state

    async def keys(self) -> KeyStore:
        """The keys of callers."""
        if self._keys is None:
            from hydrophone.accounts.keys import KeyStore

            self._keys = KeyStore(await self.state())
            await self._keys.refresh()
        return self._keys

    async def gatekeeper(self) -> Gatekeeper:
        """Who may ask. Raises NotConfigured when the server must not start like this."""
        from hydrophone.accounts.gatekeeper import Gatekeeper
        from hydrophone.accounts.modes import decide_mode, is_loopback

        keys, static = await self.keys(), self._static_keys()
        if self.settings.mode == "keys":
            return Gatekeeper("keys", keys, static)
        has_keys = bool(len(static)) or keys.has_keys
        mode = decide_mode(self.settings.host, has_keys, self.session_only)
        return Gatekeeper(
            mode,
            keys,
            static,
            lends=self.own_session() is not None,
            lends_to_all=self.settings.session_open or is_loopback(self.settings.host),
        )

    def _static_keys(self) -> StaticKeys:
        from hydrophone.accounts.static_keys import StaticKeys

        return StaticKeys(inbound_keys(self.settings))

    @property
    def session_only(self) -> bool:
        """Whether web sessions are all that answers here."""
        return self.settings.mode == "session"

    def own_session(self) -> OwnSession | None:
        """The server's own web session. Raises NotConfigured for what is no token."""
        if not self._looked_for_session:
            self._own_session = own_session(self.settings)
            self._looked_for_session = True
        return self._own_session

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return default_model(self.settings, self.own_session())

    def sessions(self) -> LateSessions | None:
        """The web sessions; None when nothing may go out."""
        if self.settings.offline and self.session_only:
            raise NotConfigured(
                "web sessions are all that this server is for, and HYDROPHONE_OFFLINE forbids them"
            )
        if self._sessions is None and not self.settings.offline:
            own = self.own_session()
            self._sessions = LateSessions(self.settings, self._stack, own, self._counter)
        return self._sessions

    async def _counter(self) -> TokenCounter:
        return (await self.models()).tokens

    async def tokens(self) -> TokenDesk:
        """Keys that callers make and revoke."""
        from hydrophone.accounts.tokens import TokenDesk

        return TokenDesk(await self.keys(), self._static_keys())

    async def embeddings(self, *, again: bool = False) -> EmbeddingGate:
        """Vectors for callers, behind the gate that keeps the ledger; `again`: for orders that may
        come a second time under the same request id."""
        from hydrophone.accounts.embedding_gate import EmbeddingGate

        catalog, ledger = await self.catalog(), await self.ledger()
        if self._late_embedder is None:
            from hydrophone.app.doors.embedding import LateEmbedder

            self._late_embedder = LateEmbedder(self.settings, self._stack)
        if again:
            from hydrophone.accounts.ledger_once import LedgerOnce

            ledger = LedgerOnce(await self.state(), ledger)
        return EmbeddingGate(self._late_embedder.embed, ledger, card_of=catalog.embedding)

    async def models(self) -> LocalModels:
        """Embedder, reranker and token counter."""
        if self._models is None:
            self._models = local_models(
                self.settings, self._stack, embed_threads=self._embed_threads
            )
        return self._models

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
                _data_dir(self.settings), embedding=embedding, idle=self._attention.idle
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

    async def catalog(self) -> Catalog:
        """The models that can be asked."""
        if self._catalog is None:
            from hydrophone.catalog import Catalog
            from hydrophone.engine.profile import resumes

            endpoint = chat_model(self.settings, self._stack)

            async def build(profile: Profile) -> Answerer:
                await self._docs_added()
                searcher, models = await self.parts()
                pages = await self.pages()
                attachments = await self.attachments()
                engine = self._engine_for()
                answerer = engine(
                    profile, self.settings, searcher, models, endpoint, pages, attachments
                )
                return await self._cited(answerer, profile)

            def late_engine(profile: Profile) -> Answerer:
                return LateAnswerer(partial(build, profile), partial(resumes, profile))

            official = None
            if (api := await self.official_api()) is not None:
                official = open_official(
                    self.settings, api, late_engine, self.models, self.attachments, self._cited
                )
            model = self.settings.model if endpoint else None
            sessions = self.sessions()
            web = None if sessions is None else sessions.models()
            catalog = Catalog(late_engine, chat_model=model, official=official, web=web)
            if self.settings.prices is not None:
                from hydrophone.app.prices import read_prices

                catalog.set_prices(read_prices(self.settings.prices, catalog.priced))
            self._catalog = catalog
        return self._catalog

    async def official_api(self) -> OfficialApi | None:
        """The official API; None without a key for it, or when nothing may go out."""
        if self._official_api is None and (key := official_key(self.settings)) is not None:
            self._official_api = open_api(self.settings, self._stack, key)
        return self._official_api

    def _engine_for(self) -> Callable[..., Answerer]:
        """What makes an engine: one that records, where recordings are wanted."""
        to = self._record or self.settings.record_dir
        if to is None:
            return engine_for
        from hydrophone.app.recording import made_folder, recording_engine

        return partial(recording_engine, to=self._record or made_folder(to))

    async def ledger(self) -> Ledger:
        """What was asked, by whom, and what it cost."""
        if self._ledger is None:
            from hydrophone.accounts.durable_ledger import DurableLedger

            ledger = DurableLedger(await self.state())
            self._stack.push_async_callback(ledger.close)
            self._ledger = ledger
        return self._ledger

    async def answerer(self) -> Answerer:
        """The catalog behind the gate that keeps the ledger."""
        if self._answerer is None:
            from hydrophone.accounts.gate import Gate

            catalog = await self.catalog()
            attended = AttendedAnswerer(self._paced(catalog), self._attention)
            self._answerer = Gate(attended, await self.ledger(), price_of=catalog.price)
        return self._answerer

    def _paced(self, catalog: Catalog) -> Answerer:
        """The catalog; callers may not ask it too often for what binds them to a pace."""
        pace, binds_all = self.pace(), paces_all(self.settings)
        if pace is None or (self.sessions() is None and not binds_all):
            return catalog
        from hydrophone.accounts.limits.pace import PacedAnswerer

        def counts(question: Question, context: RequestContext) -> bool:
            brings = context.credential is not None
            return binds_all or catalog.of_session(question.model, session=brings)

        return PacedAnswerer(catalog, pace, counts)

    def pace(self) -> Pace | None:
        """How often each caller may ask; None for any number."""
        if self._pace is None:
            self._pace = pace_of(self.settings)
        return self._pace

    async def shelf(self) -> Shelf:
        """What was cited."""
        if self._shelf is None:
            from hydrophone.app.cited import Shelf
            from hydrophone.storage.kept.keeper import PageKeeper

            days = self.settings.keep_pages_days
            keeper = PageKeeper(await self.state(), keep_days=days)
            self._shelf = Shelf(keeper, self._opened_index, keep_days=days)
            self._stack.push_async_callback(self._shelf.close)
        return self._shelf

    async def _cited(self, engine: Answerer, profile: Profile) -> Answerer:
        """The engine, with what it cites kept."""
        shelf = await self.shelf()
        if profile.searchless or not shelf.keeps:
            return engine
        from hydrophone.app.cited import CitingAnswerer

        return CitingAnswerer(engine, await self.pages(), shelf)

    async def _opened_index(self) -> EmbeddedIndex:
        await self.parts()
        return await self.index()

    async def jobs(self) -> JobRoom:
        """Questions that are answered in the background, in the processes that start its runner."""
        state, catalog = await self.state(), await self.catalog()
        if self._jobs is None:
            from hydrophone.app.jobs import open_jobs

            self._jobs = open_jobs(self.settings, state, catalog)
        return self._jobs

    async def _desk(self) -> Desk:
        return (await self.jobs()).desk

    async def batching(self) -> BatchRoom:
        """Files and batches, worked on in the processes that start the room."""
        state, jobs, catalog = await self.state(), await self._desk(), await self.catalog()
        embeddings = await self.embeddings(again=True)
        if self._batching is None:
            from hydrophone.app.doors.batching import open_batching

            folder = _data_dir(self.settings)
            self._batching = open_batching(self.settings, folder, state, jobs, catalog, embeddings)
        return self._batching

    async def _files(self) -> FileStore:
        return (await self.batching()).files

    async def _batch_desk(self) -> BatchDesk:
        return (await self.batching()).desk

    async def rest(self) -> None:
        """End what works by itself, while all that it works with is still open."""
        if self._batching is not None:
            await self._batching.close()
        if self._jobs is not None:
            await self._jobs.runner.close()
        if self._shelf is not None:
            await self._shelf.close()

    async def search_service(self) -> Searcher:
        """Search with long snippets, behind the gate that keeps the ledger."""
        from hydrophone.accounts.search_gate import SearchGate
        from hydrophone.catalog import SEARCH

        catalog = await self.catalog()
        own = LateSearcher(self._snippet_searcher)
        searcher = with_official_search(self.settings, await self.official_api(), own)
        attended: Searcher = AttendedSearcher(searcher, self._attention)
        if (pace := self.pace()) is not None and paces_all(self.settings):
            from hydrophone.accounts.limits.pace import PacedSearcher

            attended = PacedSearcher(attended, pace)
        return SearchGate(attended, await self.ledger(), price=catalog.priced(SEARCH).price)

    async def _snippet_searcher(self) -> Searcher:
        from hydrophone.search.snippets.searcher import SnippetSearcher

        await self._docs_added()
        searcher, models = await self.parts()
        return SnippetSearcher(
            searcher,
            models.tokens,
            text_of=(await self.index()).text,
            pages=await self.pages(),
            read_deadline_s=self.settings.read_deadline_s,
            deadline_s=self.settings.deadline_s,
        )

    async def house(self, *, accounts: Accounts | None = None) -> House:
        """What the doors are given; `accounts` for a process that asks nobody for a key."""
        if self.session_only:
            return House(
                answerer=await self.answerer(),
                accounts=accounts or await self.gatekeeper(),
                models=await self.catalog(),
                sessions=self.sessions(),
            )
        return House(
            answerer=await self.answerer(),
            accounts=accounts or await self.gatekeeper(),
            models=await self.catalog(),
            searcher=await self.search_service(),
            stats=SearchStats(self.providers),
            kept_pages=LateKeptPages(self.shelf),
            jobs=LateJobs(self._desk),
            files=LateFiles(self._files),
            batches=LateBatches(self._batch_desk),
            embeddings=await self.embeddings(),
            tokens=await self.tokens(),
            documents=OwnDocuments(self._opened_index),
            pages=GivenPages(
                self.pages, await self.ledger(), deadline_s=self.settings.read_deadline_s
            ),
            sessions=self.sessions(),
        )

    async def parts(self) -> tuple[Searcher, LocalModels]:
        """What an engine is made of; opened once, whoever asks first."""
        async with self._opening:
            return await self.searcher(), await self.models()

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
        marker = _data_dir(self.settings) / "docs-version"
        if marker.exists() and marker.read_text("utf-8") == __version__:
            return
        library = await self.library()
        async for step in library.ingest([str(docs_folder())], collection=DOCS_COLLECTION):
            if step.state == "failed":
                _log.warning("the documentation %s was not indexed: %s", step.item, step.message)
        marker.write_text(__version__, "utf-8")


def docs_folder() -> Path:
    """The documentation: in the package when it was installed, beside `src` in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "docs"
    return installed if installed.is_dir() else package.parent.parent / "docs"


def _data_dir(settings: Settings) -> Path:
    folder = settings.data_dir.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise NotConfigured(
            f"the data folder {folder} cannot be made ({error.strerror}); set "
            "HYDROPHONE_DATA_DIR to a folder that can be written"
        ) from error
    return folder
