"""The desk of batches: takes them in, and tells where they stand."""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.errors import InvalidRequest, NotFound, RateLimited
from hydrophone.jobs.batches.feeder import Feeder
from hydrophone.jobs.batches.rows import (
    ask_to_cancel,
    count_unended,
    find_by_key,
    insert_batch,
    list_batches,
    load_batch,
)
from hydrophone.jobs.idempotency import check_key
from hydrophone.ports import Batch, BatchList, BatchOrder
from hydrophone.storage.files.rows import load_file
from hydrophone.storage.state import State
from hydrophone.types import Clock, Principal, new_id

PREFIX = "batch_"
MOST_UNENDED_EACH = 100
MOST_LISTED = 100
WINDOW_S = 24 * 3600
RETRY_AFTER_S = 60.0


class NoSuchBatch(NotFound):
    """No batch has this id, or it is another caller's."""


class BatchDesk:
    """The ground port `Batches`, before the feeder. `endpoints` are the paths that lines may ask;
    what has not been answered `window_s` seconds after a batch was taken in, is given up."""

    def __init__(
        self,
        state: State,
        feeder: Feeder,
        endpoints: Collection[str],
        *,
        window_s: float = WINDOW_S,
        most_unended_each: int = MOST_UNENDED_EACH,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._feeder = feeder
        self._endpoints = endpoints
        self._window_s = window_s
        self._most_unended_each = most_unended_each
        self._clock = clock

    async def create(
        self, order: BatchOrder, principal: Principal, *, idempotency_key: str | None = None
    ) -> Batch:
        """See `Batches`."""
        check_key(idempotency_key)
        if order.endpoint not in self._endpoints:
            known = ", ".join(self._endpoints)
            raise InvalidRequest(f"endpoint must be one of: {known}", param="endpoint")
        now_ms = round(self._clock() * 1000)
        expires_at_ms = now_ms + round(self._window_s * 1000)
        batch = Batch(PREFIX + new_id(), order, "validating", now_ms, expires_at_ms)
        async with self._state.writing() as connection:
            if idempotency_key is not None:
                known_batch = await find_by_key(connection, principal, idempotency_key)
                if known_batch is not None:
                    return _same(known_batch, order)
            await self._check(connection, batch, principal)
            await insert_batch(connection, batch, principal, idempotency_key)
        self._feeder.wake()
        return batch

    async def _check(self, connection: AsyncConnection, batch: Batch, principal: Principal) -> None:
        file_id = batch.order.input_file_id
        file = await load_file(connection, file_id, principal, batch.created_at_ms)
        if file is None:
            raise NotFound("there is no such file, or it is no longer kept", param="input_file_id")
        if file.purpose != "batch":
            raise InvalidRequest(
                "this file was not sent for a batch: its purpose must be batch",
                param="input_file_id",
            )
        if await count_unended(connection, principal) >= self._most_unended_each:
            raise RateLimited(
                f"{self._most_unended_each} batches of yours have not ended; come again when some "
                "of them have",
                retry_after_s=RETRY_AFTER_S,
            )

    async def batch(self, batch_id: str, principal: Principal) -> Batch:
        """See `Batches`."""
        async with self._state.reading() as connection:
            return _found(await load_batch(connection, batch_id, principal))

    async def batches(
        self, principal: Principal, *, limit: int = 20, after: str | None = None
    ) -> BatchList:
        """See `Batches`; at most MOST_LISTED at once."""
        limit = max(1, min(limit, MOST_LISTED))
        async with self._state.reading() as connection:
            found = await list_batches(connection, principal, limit=limit + 1, before=after)
        return BatchList(tuple(found[:limit]), more=len(found) > limit)

    async def cancel(self, batch_id: str, principal: Principal) -> Batch:
        """See `Batches`."""
        async with self._state.writing() as connection:
            batch = _found(await load_batch(connection, batch_id, principal))
            if not await ask_to_cancel(connection, batch_id, round(self._clock() * 1000)):
                raise InvalidRequest(f"this batch has ended: it is {batch.status}")
            batch = _found(await load_batch(connection, batch_id, principal))
        self._feeder.cancel(batch_id)
        return batch


def _found(batch: Batch | None) -> Batch:
    if batch is None:
        raise NoSuchBatch("there is no such batch, or it is no longer kept")
    return batch


def _same(batch: Batch, order: BatchOrder) -> Batch:
    if batch.order != order:
        raise InvalidRequest(
            "this Idempotency-Key was used for another batch; take a new one",
            param="idempotency_key",
        )
    return batch
