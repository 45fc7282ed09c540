"""Who answers: the catalog, the gate before it, and what works in the background."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.app.late import LateAnswerer
from hydrophone.app.models import chat_model, engine_for
from hydrophone.app.official.opening import official_key, open_api, open_official
from hydrophone.app.rooms.callers import data_folder
from hydrophone.app.rooms.folders import made_folder
from hydrophone.app.rooms.materials import Materials
from hydrophone.app.session.opening import LateSessions, paces_all
from hydrophone.attention import AttendedAnswerer
from hydrophone.errors import NotConfigured
from hydrophone.ports import Answerer
from hydrophone.settings import Settings
from hydrophone.types import Principal, Question, RequestContext

if TYPE_CHECKING:
    from hydrophone.accounts.embedding_gate import EmbeddingGate
    from hydrophone.accounts.limits.pace import Pace
    from hydrophone.app.cited import Shelf
    from hydrophone.app.doors.batching import BatchRoom
    from hydrophone.app.doors.embedding import LateEmbedder
    from hydrophone.app.jobs import JobRoom
    from hydrophone.catalog import Catalog
    from hydrophone.engine.profile import Profile
    from hydrophone.jobs.batches.desk import BatchDesk
    from hydrophone.jobs.desk import Admit, Desk
    from hydrophone.storage.files.store import FileStore
    from hydrophone.upstream.client import OfficialApi


class Answering(Materials):
    """Who answers."""

    def __init__(
        self,
        settings: Settings,
        stack: AsyncExitStack,
        *,
        embed_threads: int,
        record: Path | None = None,
    ) -> None:
        super().__init__(settings, stack, embed_threads=embed_threads)
        self._record = record
        self._catalog: Catalog | None = None
        self._official_api: OfficialApi | None = None
        self._answerer: Answerer | None = None
        self._jobs: JobRoom | None = None
        self._batching: BatchRoom | None = None
        self._late_embedder: LateEmbedder | None = None
        self._shelf: Shelf | None = None
        self._sessions: LateSessions | None = None

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
        from hydrophone.app.recording import recording_engine

        return partial(
            recording_engine, to=self._record or made_folder(to, "HYDROPHONE_RECORD_DIR")
        )

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
        pace = self._binding_pace()
        if pace is None:
            return catalog
        from hydrophone.accounts.limits.pace import PacedAnswerer

        binds = self._binds(catalog)

        def counts(question: Question, context: RequestContext) -> bool:
            return binds(question, session=context.credential is not None)

        return PacedAnswerer(catalog, pace, counts)

    def _binding_pace(self) -> Pace | None:
        """The pace, where it binds callers to anything."""
        binds = paces_all(self.settings) or self.sessions() is not None
        return self.pace() if binds else None

    def _binds(self, catalog: Catalog) -> Callable[..., bool]:
        """Whether a question counts: also one whose answer a web session may give in place of
        another model. `session`: whether the caller brings one."""
        binds_all = paces_all(self.settings)

        def binds(question: Question, *, session: bool = False) -> bool:
            models = question.models
            return binds_all or any(catalog.of_session(one, session=session) for one in models)

        return binds

    def _admit(self, catalog: Catalog) -> Admit | None:
        """Counts what is asked in the background as `_paced` counts what is asked at once."""
        pace, binds = self._binding_pace(), self._binds(catalog)
        if pace is None:
            return None

        def admit(question: Question, principal: Principal) -> None:
            if binds(question):
                pace.take(principal.id)

        return admit

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

    async def jobs(self) -> JobRoom:
        """Questions that are answered in the background, in the processes that start its runner."""
        state, catalog = await self.state(), await self.catalog()
        if self._jobs is None:
            from hydrophone.app.jobs import open_jobs

            self._jobs = open_jobs(self.settings, state, catalog, self._admit(catalog))
        return self._jobs

    async def _desk(self) -> Desk:
        return (await self.jobs()).desk

    async def batching(self) -> BatchRoom:
        """Files and batches, worked on in the processes that start the room."""
        state, jobs, catalog = await self.state(), await self._desk(), await self.catalog()
        embeddings = await self.embeddings(again=True)
        if self._batching is None:
            from hydrophone.app.doors.batching import open_batching

            folder = data_folder(self.settings)
            self._batching = open_batching(self.settings, folder, state, jobs, catalog, embeddings)
        return self._batching

    async def _files(self) -> FileStore:
        return (await self.batching()).files

    async def _batch_desk(self) -> BatchDesk:
        return (await self.batching()).desk

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

    async def rest(self) -> None:
        """End what works by itself, while all that it works with is still open."""
        if self._batching is not None:
            await self._batching.close()
        if self._jobs is not None:
            await self._jobs.runner.close()
        if self._shelf is not None:
            await self._shelf.close()
