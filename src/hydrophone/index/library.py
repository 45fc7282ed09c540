"""Own documents behind the Library port: what is there, what comes in, what goes out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from hydrophone.errors import DocumentError, HydrophoneError, InvalidRequest
from hydrophone.index.base import Index, LineError, PutResult, Reader
from hydrophone.index.walk import Job, find_jobs
from hydrophone.ports import IngestProgress
from hydrophone.types import CollectionInfo, Document

READ_AHEAD = 4
BATCH_DOCUMENTS = 32
BATCH_CHARS = 500_000
_EMBEDDING_POLL_S = 0.2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """A document, or why there is none; `item` names it to the user."""

    item: str
    outcome: Document | str


@dataclass(slots=True)
class _Batch:
    """Documents that wait to be stored together, and the totals so far."""

    reads: list[tuple[str, Document]] = field(default_factory=list)
    chars: int = 0
    documents: int = 0
    failures: int = 0
    skipped: int = 0

    @property
    def full(self) -> bool:
        return len(self.reads) >= BATCH_DOCUMENTS or self.chars >= BATCH_CHARS


class IndexLibrary:
    """The Library port over an index and a reader of files and pages."""

    def __init__(self, index: Index, reader: Reader, *, wait_for_vectors: bool = False) -> None:
        """`wait_for_vectors`: an ingest ends when its passages have vectors, and tells of it."""
        self._index = index
        self._reader = reader
        self._wait_for_vectors = wait_for_vectors

    async def collections(self) -> Sequence[CollectionInfo]:
        """See Library."""
        return await self._index.collections()

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """See Library."""
        return await self._index.delete(collection=collection, url_prefix=url_prefix)

    async def ingest(
        self, items: Sequence[str], *, collection: str
    ) -> AsyncIterator[IngestProgress]:
        """See Library. Raises InvalidRequest without items or without a collection's name."""
        if not items:
            raise InvalidRequest("name at least one file, folder or URL to add", param="items")
        if not collection.strip():
            raise InvalidRequest("the collection needs a name", param="collection")
        batch = _Batch()
        async with aclosing(self._read_all(items, batch)) as reads:
            async for read in reads:
                if read is not None and isinstance(read.outcome, str):
                    yield _fail(batch, read.item, read.outcome)
                elif read is not None and isinstance(read.outcome, Document):
                    batch.reads.append((read.item, read.outcome))
                    batch.chars += len(read.outcome.text)
                # None: the next one is not read yet, so what there is can be stored meanwhile.
                if batch.full or (read is None and batch.reads):
                    for progress in await self._store(batch, collection):
                        yield progress
        for progress in await self._store(batch, collection):
            yield progress
        await self._index.settle()
        last = IngestProgress("done", documents=batch.documents, failures=batch.failures)
        if self._wait_for_vectors:
            async for progress in self._watch_vectors(batch):
                last = replace(
                    last, vectors_done=progress.vectors_done, vectors_total=progress.vectors_total
                )
                yield progress
        yield replace(last, message=_summary(batch))

    async def _read_all(self, items: Sequence[str], batch: _Batch) -> AsyncGenerator[_Read | None]:
        """Everything that the items name, in order; a few files and pages are read ahead."""
        ahead: deque[asyncio.Task[_Read]] = deque()
        try:
            for item in items:
                found = await asyncio.to_thread(find_jobs, item, self._reader.supports)
                batch.skipped += found.skipped
                for problem in found.problems:
                    yield _Read(*problem)
                for job in found.jobs:
                    if job.kind == "lines":
                        while ahead:
                            yield await ahead.popleft()
                        async for read in self._read_lines(job):
                            yield read
                        continue
                    ahead.append(asyncio.create_task(self._read_one(job)))
                    if len(ahead) >= READ_AHEAD:
                        if not ahead[0].done():
                            yield None
                        yield await ahead.popleft()
            while ahead:
                if not ahead[0].done():
                    yield None
                yield await ahead.popleft()
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)

    async def _read_one(self, job: Job) -> _Read:
        try:
            if job.kind == "url":
                return _Read(job.item, await self._reader.read_url(job.item, typed=True))
            return _Read(job.item, await self._reader.read_file(job.path))
        except Exception as error:
            return _Read(job.item, _explain(error))

    async def _read_lines(self, job: Job) -> AsyncIterator[_Read]:
        try:
            async for line in self._reader.read_lines(job.path):
                if isinstance(line, LineError):
                    yield _Read(f"{job.item}:{line.line}", line.message)
                else:
                    yield _Read(line.url, line)
        except Exception as error:
            yield _Read(job.item, _explain(error))

    async def _store(self, batch: _Batch, collection: str) -> list[IngestProgress]:
        """Store the batch; if one document in it is refused, the others one by one."""
        reads, batch.reads, batch.chars = batch.reads, [], 0
        told = [_fail(batch, item, "it has no text") for item, d in reads if not d.text.strip()]
        reads = [(item, document) for item, document in reads if document.text.strip()]
        if not reads:
            return told
        try:
            results = await self._index.put([d for _, d in reads], collection=collection)
        except DocumentError:
            for item, document in reads:
                try:
                    stored = await self._index.put([document], collection=collection)
                    told.append(_tell(batch, item, stored[0]))
                except DocumentError as error:
                    told.append(_fail(batch, item, error.message))
            return told
        told += [_tell(batch, item, r) for (item, _), r in zip(reads, results, strict=True)]
        return told

    async def _watch_vectors(self, batch: _Batch) -> AsyncIterator[IngestProgress]:
        total = await self._index.vectors_pending()
        settled = asyncio.create_task(self._index.vectors_settled())
        try:
            while not (await asyncio.wait([settled], timeout=_EMBEDDING_POLL_S))[0]:
                pending = await self._index.vectors_pending()
                total = max(total, pending)
                yield _embedding(batch, total - pending, total)
            await settled
        finally:
            settled.cancel()
            await asyncio.gather(settled, return_exceptions=True)
        if total:
            pending = await self._index.vectors_pending()
            total = max(total, pending)
            yield _embedding(batch, total - pending, total)


def _tell(batch: _Batch, item: str, result: PutResult) -> IngestProgress:
    if result.state == "unchanged":
        return IngestProgress("unchanged", item, documents=batch.documents, failures=batch.failures)
    batch.documents += 1
    return IngestProgress("added", item, documents=batch.documents, failures=batch.failures)


def _fail(batch: _Batch, item: str, message: str) -> IngestProgress:
    batch.failures += 1
    return IngestProgress("failed", item, message, batch.documents, batch.failures)


def _embedding(batch: _Batch, done: int, total: int) -> IngestProgress:
    return IngestProgress(
        "embedding",
        documents=batch.documents,
        failures=batch.failures,
        vectors_done=done,
        vectors_total=total,
    )


def _explain(error: Exception) -> str:
    if isinstance(error, HydrophoneError):
        return error.message
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    _log.error("A document could not be read", exc_info=error)
    return f"it could not be read ({type(error).__name__})"


def _summary(batch: _Batch) -> str:
    if not batch.skipped:
        return ""
    files = "file was" if batch.skipped == 1 else "files were"
    return f"{batch.skipped} hidden or unsupported {files} skipped"
