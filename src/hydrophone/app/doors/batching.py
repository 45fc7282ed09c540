"""Files and batches of callers, opened when they are first needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.ports import (
    Batch,
    Batches,
    BatchList,
    BatchOrder,
    Embeddings,
    FileList,
    FilePurpose,
    Files,
    IncomingFile,
    Jobs,
    Models,
    StoredFile,
)
from hydrophone.settings import Settings
from hydrophone.types import Principal

if TYPE_CHECKING:
    from hydrophone.jobs.batches.desk import BatchDesk
    from hydrophone.jobs.batches.feeder import Endpoints, Feeder
    from hydrophone.storage.files.store import FileStore
    from hydrophone.storage.state import State

FOLDER = "files"


@dataclass(frozen=True, slots=True)
class BatchRoom:
    """Files and batches are taken in, also in a process that has not started to work on them."""

    files: FileStore
    desk: BatchDesk
    feeder: Feeder

    def start(self) -> None:
        """Begin to work on batches, and to delete what is too old."""
        self.files.start()
        self.feeder.start()

    async def close(self) -> None:
        """Leave what is worked on to whoever takes it next, and end."""
        await self.feeder.close()
        await self.files.close()


def open_batching(
    settings: Settings,
    folder: Path,
    state: State,
    jobs: Jobs,
    models: Models,
    embeddings: Embeddings,
) -> BatchRoom:
    """The room over the open database, its files in the folder. Who starts it closes it, before
    the runner of the jobs. `embeddings` may be asked again under the same request id."""
    from hydrophone.api.batches.endpoint import ENDPOINTS
    from hydrophone.jobs.batches.desk import BatchDesk
    from hydrophone.jobs.batches.feeder import Feeder
    from hydrophone.storage.files.store import FileStore

    @cache
    def endpoints() -> Endpoints:  # with the first batch: they load all that reads requests
        from hydrophone.api.agent.asked.rules import Rules
        from hydrophone.api.batches.doors import batch_endpoints

        rules = Rules(
            settings.default_model, settings.strict, settings.agent_lenient, settings.pro_search
        )
        return batch_endpoints(models, rules, embeddings)

    files = FileStore(
        state,
        folder / FOLDER,
        most_bytes=settings.max_file_bytes,
        most_bytes_in_all=settings.max_files_bytes,
        keep_days=settings.keep_jobs_days,
    )
    feeder = Feeder(
        state,
        files,
        jobs,
        endpoints,
        lines_at_once=settings.jobs_at_once,
        keep_days=settings.keep_jobs_days,
        most_line_bytes=settings.max_body_bytes,
    )
    return BatchRoom(files, BatchDesk(state, feeder, ENDPOINTS), feeder)


class LateFiles:
    """Passes on to the files that `build` gives, which builds them once."""

    def __init__(self, build: Callable[[], Awaitable[Files]]) -> None:
        self._build = build

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[IncomingFile]:
        """See `Files`."""
        async with (await self._build()).incoming() as incoming:
            yield incoming

    async def file(self, file_id: str, principal: Principal) -> StoredFile:
        """See `Files`."""
        return await (await self._build()).file(file_id, principal)

    async def files(
        self,
        principal: Principal,
        *,
        purpose: FilePurpose | None = None,
        limit: int = 10_000,
        after: str | None = None,
        oldest_first: bool = False,
    ) -> FileList:
        """See `Files`."""
        return await (await self._build()).files(
            principal, purpose=purpose, limit=limit, after=after, oldest_first=oldest_first
        )

    async def delete(self, file_id: str, principal: Principal) -> None:
        """See `Files`."""
        await (await self._build()).delete(file_id, principal)

    @asynccontextmanager
    async def content(
        self, file_id: str, principal: Principal
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """See `Files`."""
        async with (await self._build()).content(file_id, principal) as pieces:
            yield pieces


class LateBatches:
    """Passes on to the batches that `build` gives, which builds them once."""

    def __init__(self, build: Callable[[], Awaitable[Batches]]) -> None:
        self._build = build

    async def create(
        self, order: BatchOrder, principal: Principal, *, idempotency_key: str | None = None
    ) -> Batch:
        """See `Batches`."""
        batches = await self._build()
        return await batches.create(order, principal, idempotency_key=idempotency_key)

    async def batch(self, batch_id: str, principal: Principal) -> Batch:
        """See `Batches`."""
        return await (await self._build()).batch(batch_id, principal)

    async def batches(
        self, principal: Principal, *, limit: int = 20, after: str | None = None
    ) -> BatchList:
        """See `Batches`."""
        return await (await self._build()).batches(principal, limit=limit, after=after)

    async def cancel(self, batch_id: str, principal: Principal) -> Batch:
        """See `Batches`."""
        return await (await self._build()).cancel(batch_id, principal)
