"""Lines that ask no question: each is worked on where its turn comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hydrophone.errors import HydrophoneError, StorageError
from hydrophone.jobs.batches.line_rows import LinePlace, note_job
from hydrophone.jobs.batches.line_work import DOOR, LineDesk, usage_of
from hydrophone.ports import BatchReply, DirectEndpoint
from hydrophone.types import RequestContext, new_id


class DirectLines:
    """Implements `Lines`. A request's id is noted before the work, so that work which a crash has
    broken off is done again under the same one."""

    def __init__(self, desk: LineDesk, endpoint: DirectEndpoint) -> None:
        self._desk = desk
        self._endpoint = endpoint

    async def answer(self, place: LinePlace) -> None:
        """See `Lines`."""
        place = await self._noted(place)
        assert place.job_id is not None
        context = RequestContext(
            principal=self._desk.principal, request_id=place.job_id, door=DOOR, whole=True
        )
        reply = await self._reply(place, context)
        await self._desk.end(place, context.request_id, reply, usage_of(context.meter.usage))

    async def stop(self) -> None:
        """See `Lines`. A line takes moments: what is worked on is finished."""

    async def settle(self) -> None:
        """See `Lines`."""

    async def _noted(self, place: LinePlace) -> LinePlace:
        if place.job_id is not None:
            return place
        request_id = new_id()
        async with self._desk.state.writing() as connection:
            await note_job(connection, self._desk.lease.batch_id, place.number, request_id)
        return replace(place, job_id=request_id)

    async def _reply(self, place: LinePlace, context: RequestContext) -> BatchReply:
        try:
            body = await asyncio.to_thread(self._desk.body, place)
            return await self._endpoint.answer(body, context)
        except StorageError:
            raise
        except HydrophoneError as error:
            return self._endpoint.refusal(error)
        except Exception as error:
            return self._endpoint.refusal(self._desk.defect(place, error))
