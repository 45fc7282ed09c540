"""The stream of a response that stays: made again from the log of its events.

The same events make the same stream under the same numbers, so whoever has lost it gets exactly
what was behind the last number that was seen, also after a restart of the server.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from hydrophone.api.agent.head import ResponseHead
from hydrophone.api.agent.response import ResponseEvents, ResponseFrames, event_frame
from hydrophone.api.responses.shelf import events_until_now
from hydrophone.api.sse import PING, EventStream
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Job, Jobs, LoggedEvent
from hydrophone.types import Event, Principal

BEGINNING = -1


async def follow(
    jobs: Jobs, job: Job, principal: Principal, head: ResponseHead, *, after: int = BEGINNING
) -> EventStream:
    """The events of a response behind number `after`, those to come as well.

    What stays goes on when its caller leaves. Raises InvalidRequest for a number that no event of
    it has yet.
    """
    opening = PING
    if after == BEGINNING:
        opening = b"".join(map(event_frame, ResponseEvents(head).begin()))
        after = len(ResponseEvents(head).begin()) - 1
    elif after > (last := await _last_number(jobs, job, principal, head)):
        raise InvalidRequest(
            f"starting_after is {after}, and the last event of this response is {last}",
            param="starting_after",
        )
    return EventStream(
        _events(jobs.events(job.id, principal)),
        ResponseFrames(head, after=after),
        opening=opening,
        tells_failure=True,
    )


async def _last_number(jobs: Jobs, job: Job, principal: Principal, head: ResponseHead) -> int:
    """The number of the last event that can be read now."""
    rendered = ResponseEvents(head)
    count = len(rendered.begin())
    for event in await events_until_now(jobs, job, principal):
        count += len(rendered.take(event))
    return count - 1


@asynccontextmanager
async def _events(log: AsyncGenerator[LoggedEvent, None]) -> AsyncIterator[AsyncIterator[Event]]:
    async with aclosing(log):
        yield (logged.event async for logged in log)
