"""The embedded index behind the Index protocol."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from hydrophone.index.base import (
    Clock,
    DocumentInfo,
    Embedding,
    Idle,
    IndexedPassage,
    IndexNotReady,
    Match,
    PutResult,
    RebuildProgress,
    Vector,
)
from hydrophone.index.embedded.applier import Applier
from hydrophone.index.embedded.notes import (
    Notes,
    give_up_folder,
    load_notes,
    want_change,
    want_rebuild,
)
from hydrophone.index.embedded.selections import Selections
from hydrophone.index.embedded.signals import Signals
from hydrophone.index.embedded.word_search import WordSearch
from hydrophone.index.embedded.words import WordsTorn
from hydrophone.index.fields import DEFAULT_WEIGHTS, FieldWeights
from hydrophone.index.memory import require_condition, utc_now
from hydrophone.index.versions import fingerprint, prepare_version
from hydrophone.ports import KeptPage
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_changes import last_change
from hydrophone.storage.index_db_documents import (
    NewVersion,
    delete_some,
    find_fingerprints,
    list_collections,
    list_documents,
    maybe_time,
    put_version,
    touch_document,
)
from hydrophone.storage.index_db_filter import compile_filter, to_us
from hydrophone.storage.index_db_link_texts import load_link_texts
from hydrophone.storage.index_db_media import load_images, load_videos
from hydrophone.storage.index_db_passages import PassageRow, load_passages
from hydrophone.storage.index_db_vectors import count_pending, find_model
from hydrophone.storage.kept.versions import keep_versions, list_passing, read_page, read_text
from hydrophone.types import CollectionInfo, Document, Filter, Image, Passage, Video

_DELETE_DOCUMENTS = 200
_SETTLE_POLL_S = 0.02
_READY_WAIT_S = 20.0
_CLOSE_WAIT_S = 10.0


async def _no_wait() -> None:
    await asyncio.sleep(0)


class EmbeddedIndex:
    """Documents in `index.db`, words in tantivy, vectors in usearch.

    Any number of processes may open the same folder, put documents and search. One of them, the
    holder of a file lock, brings tantivy and usearch up to date for all.
    """

    def __init__(
        self,
        folder: Path,
        *,
        embedding: Embedding | None,
        idle: Idle | None,
        now: Clock,
        weights: FieldWeights,
    ) -> None:
        """Use `open`."""
        self._database = IndexDatabase(folder / "index.db")
        self._embedding = embedding
        self._now = now
        self._signals = Signals(self._database.stamp)
        selections = Selections()
        self._words = WordSearch(folder, selections, weights)
        self._applier = Applier(
            folder, self._database, self._signals, embedding, idle or _no_wait, selections
        )
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        embedding: Embedding | None = None,
        idle: Idle | None = None,
        now: Clock = utc_now,
        weights: FieldWeights = DEFAULT_WEIGHTS,
    ) -> EmbeddedIndex:
        """Open a folder, making it when it is not there, and start the work in the background.

        `idle` is awaited before each batch of background work, so that questions go first.
        Raises StorageError.
        """
        index = await asyncio.to_thread(
            cls, folder, embedding=embedding, idle=idle, now=now, weights=weights
        )
        # Before anything else, so that the first to open is the applier from the start.
        await asyncio.to_thread(index._applier.try_lock)
        index._task = asyncio.create_task(index._applier.run(), name="index-applier")
        return index

    @property
    def database(self) -> IndexDatabase:
        """For a crawl, which writes documents and what it knows of their URLs in one step."""
        return self._database

    async def put(self, documents: Sequence[Document], *, collection: str) -> Sequence[PutResult]:
        """See Index."""
        urls = [document.url for document in documents]
        known = await self._database.read(lambda c: find_fingerprints(c, collection, urls))
        versions = await asyncio.to_thread(_prepare_changed, documents, known)
        now_us = to_us(self._now())
        results = await self._database.write(
            lambda c: [
                _put_one(c, collection, document, version, now_us)
                for document, version in zip(documents, versions, strict=True)
            ]
        )
        self._signals.wake()
        return results

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """See Index."""
        require_condition(collection, url_prefix)
        deleted = 0
        while count := await self._database.write(
            lambda c: delete_some(c, collection, url_prefix, _DELETE_DOCUMENTS)
        ):
            deleted += count
        self._signals.wake()
        return deleted

    async def match_words(self, query: str, k: int, filter: Filter) -> list[Match]:
        """See Index. Waits a while when the words are being built; then raises IndexNotReady."""
        condition = compile_filter(filter, self._now())
        give_up_s = time.monotonic() + _READY_WAIT_S
        while True:
            try:
                return await self._database.read(lambda c: self._words.find(c, query, k, condition))
            except WordsTorn as torn:
                await self._database.write(partial(give_up_folder, folder=torn.folder.name))
            except IndexNotReady:
                if time.monotonic() > give_up_s:
                    raise
            self._signals.wake()
            await asyncio.sleep(_SETTLE_POLL_S)

    async def match_vectors(self, vector: Vector, k: int, filter: Filter) -> list[Match]:
        """See Index. Without an embedding model nothing is found."""
        condition = compile_filter(filter, self._now())
        search = self._applier.vector_search
        if search is None or self._embedding is None:
            return []
        from hydrophone.index.scores import check_query_vector

        check_query_vector(vector, self._embedding.dimensions)
        return await self._database.read(lambda c: search.find(c, vector, k, condition))

    async def score_vectors(self, vector: Vector, passage_ids: Sequence[str]) -> list[Match]:
        """See Index. Without an embedding model none is scored."""
        search = self._applier.vector_search
        if search is None or self._embedding is None:
            return []
        from hydrophone.index.scores import check_query_vector

        check_query_vector(vector, self._embedding.dimensions)
        ids = _row_ids(passage_ids)
        scores = await self._database.read(lambda c: search.score(c, vector, ids))
        return [Match(str(i), scores[i]) for i in ids if i in scores]

    async def load(self, passage_ids: Sequence[str]) -> list[IndexedPassage]:
        """See Index."""
        ids = _row_ids(passage_ids)
        rows = await self._database.read(lambda c: load_passages(c, ids))
        return [_describe(row) for row in rows]

    async def images(self, passage_ids: Sequence[str]) -> list[Image]:
        """See Index."""
        ids = _row_ids(passage_ids)
        return await self._database.read(lambda c: load_images(c, ids))

    async def videos(self, passage_ids: Sequence[str]) -> list[Video]:
        """See Index."""
        ids = _row_ids(passage_ids)
        return await self._database.read(lambda c: load_videos(c, ids))

    async def link_texts(self, passage_ids: Sequence[str]) -> list[str]:
        """See Index."""
        ids = _row_ids(passage_ids)
        return await self._database.read(lambda c: load_link_texts(c, ids))

    async def text(self, version: str) -> str | None:
        """See Index."""
        return await self._database.read(lambda c: read_text(c, version))

    async def page(self, version: str) -> KeptPage | None:
        """See Index."""
        return await self._database.read(lambda c: read_page(c, version))

    async def keep_versions(self, versions: Sequence[str], until: datetime) -> None:
        """See Index."""
        until_us = to_us(until)
        passing = await self._database.read(lambda c: list_passing(c, versions, until_us))
        if passing:
            await self._database.write(lambda c: keep_versions(c, passing, until_us))

    async def collections(self) -> list[CollectionInfo]:
        """See Index."""
        return await self._database.read(lambda c: list_collections(c, self._model_id(c)))

    async def documents(
        self,
        *,
        collection: str | None = None,
        url_prefix: str | None = None,
        limit: int = 100,
        after: tuple[str, str] | None = None,
    ) -> list[DocumentInfo]:
        """See Index."""
        return await self._database.read(
            lambda c: list_documents(c, collection, url_prefix, limit, after or ("", ""))
        )

    async def settle(self) -> None:
        """See Index."""
        target = await self._database.read(last_change)
        notes = await self._database.read(load_notes)
        if notes.applied < target:
            await self._database.write(lambda c: want_change(c, target))
        await self._until(lambda notes: bool(notes.folder) and notes.applied >= target)

    async def vectors_pending(self) -> int:
        """See Index."""
        return await self._database.read(self._count_pending)

    async def vectors_settled(self) -> None:
        """See Index."""
        if self._embedding is None or self._embedding.embed is None:
            return
        while self._applier.mending or await self.vectors_pending():
            self._check_running()
            self._signals.wake()
            await asyncio.sleep(_SETTLE_POLL_S)

    async def rebuild(self, progress: Callable[[RebuildProgress], None] | None = None) -> None:
        """Build words and graph again from the documents, whichever process does it.

        Searches go on with the old ones until the new are whole.
        """
        wish = await self._database.write(want_rebuild)

        def rebuilt(notes: Notes) -> bool:
            words, vectors = notes.words_rebuilt >= wish, notes.vectors_rebuilt >= wish
            if progress is not None:
                progress(_progress(notes, words=words, vectors=vectors))
            return words and vectors

        await self._until(rebuilt)

    async def close(self) -> None:
        """See Index."""
        self._signals.close()
        if self._task is not None:
            task, self._task = self._task, None
            await asyncio.wait([task], timeout=_CLOSE_WAIT_S)
            task.cancel()  # an embedder may hang; what it was to make is made another time
            await asyncio.gather(task, return_exceptions=True)
            await self._database.close()

    async def _until(self, reached: Callable[[Notes], bool]) -> None:
        while not reached(await self._database.read(load_notes)):
            self._check_running()
            self._signals.wake()
            await asyncio.sleep(_SETTLE_POLL_S)

    def _check_running(self) -> None:
        if self._signals.closing:
            raise IndexNotReady("the index is closed")

    def _count_pending(self, connection: sqlite3.Connection) -> int:
        if self._embedding is None:
            return 0
        return count_pending(connection, self._model_id(connection) or 0)

    def _model_id(self, connection: sqlite3.Connection) -> int | None:
        """Id of the model, 0 when nothing was embedded with it yet, None without a model."""
        if self._embedding is None:
            return None
        name, dimensions = self._embedding.model, self._embedding.dimensions
        model = find_model(connection, name, dimensions)
        return 0 if model is None else model.id


def _row_ids(passage_ids: Sequence[str]) -> list[int]:
    """The ids that can be ids at all: 64-bit numbers."""
    return [int(i) for i in passage_ids if i.isascii() and i.isdecimal() and len(i) < 19]


def _prepare_changed(
    documents: Sequence[Document], known: dict[str, bytes]
) -> list[NewVersion | None]:
    """Each document cut into passages, None for those that are stored as they are."""
    times = Counter(document.url for document in documents)
    return [
        None
        # One that comes twice in a batch may be changed by its first coming.
        if times[d.url] == 1 and known.get(d.url) == fingerprint(d)
        else prepare_version(d)
        for d in documents
    ]


def _put_one(
    connection: sqlite3.Connection,
    collection: str,
    document: Document,
    version: NewVersion | None,
    now_us: int,
) -> PutResult:
    if version is None:
        passages = touch_document(connection, collection, document.url, now_us)
        if passages is not None:
            return PutResult(document.url, "unchanged", passages)
        version = prepare_version(document)  # deleted since it was looked at
    state = put_version(connection, collection, version, now_us)
    return PutResult(document.url, state, len(version.passages))


def _describe(row: PassageRow) -> IndexedPassage:
    return IndexedPassage(
        passage=Passage(
            id=str(row.id),
            text=row.text,
            version=row.version,
            start=row.start,
            end=row.end,
            headings=row.headings,
            heading_starts=row.heading_starts,
        ),
        url=row.url,
        title=row.title,
        collection=row.collection,
        published=maybe_time(row.published_us),
        modified=maybe_time(row.modified_us),
        language=row.language,
        authority=row.authority,
    )


def _progress(notes: Notes, *, words: bool, vectors: bool) -> RebuildProgress:
    if not words:
        return RebuildProgress("words", *notes.words_progress)
    return RebuildProgress("done" if vectors else "vectors", *notes.vectors_progress)
