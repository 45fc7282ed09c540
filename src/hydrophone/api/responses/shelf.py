"""Where responses stay: as jobs, or for a while in memory when they must not be stored.

A response that is given at once becomes a job that has ended, so there is one way to look at it,
to resume its stream and to go on from it. While it is given it is known to this process alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from hydrophone.api.agent.head import ResponseHead, key_of
from hydrophone.api.responses.memory import RecentTurns
from hydrophone.api.responses.running import RunningResponses
from hydrophone.errors import InvalidRequest, NotConfigured, NotFound
from hydrophone.ports import House, Job, Jobs
from hydrophone.types import Event, Finished, JsonValue, Principal, Question, RequestContext, Turn

DOOR = "agent"


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response that stays, with what was asked."""

    job: Job
    question: Question


class ResponseShelf:
    """The responses of a house. `stores`: those whose request does not say are stored."""

    def __init__(
        self, house: House, *, stores: bool = True, recent: RecentTurns | None = None
    ) -> None:
        self._house = house
        self._stores = stores
        self._recent = recent or RecentTurns()
        self.running = RunningResponses()

    @property
    def jobs(self) -> Jobs:
        """Where they are. Raises NotConfigured where nothing is kept."""
        if self._house.jobs is None:
            raise NotConfigured("this server keeps no responses")
        return self._house.jobs

    def stores(self, wanted: bool | None, *, background: bool = False) -> bool:
        """Whether the response of a request is stored that wants it so, or does not say.

        Raises InvalidRequest for one in the background that must not be.
        """
        if background:
            if wanted is False:
                raise InvalidRequest(
                    "a response in the background is stored; leave store out, or background",
                    param="store",
                )
            return True
        return self._house.jobs is not None and (self._stores if wanted is None else wanted)

    def head(self, stored: StoredResponse) -> ResponseHead:
        """The head of every body and stream of it."""
        job, question = stored.job, stored.question
        return ResponseHead(job.id, job.created_at_ms // 1000, question, self._house.models)

    async def submit(self, question: Question, principal: Principal) -> StoredResponse:
        """Have a question answered in the background; raises what the port `Jobs` raises."""
        return StoredResponse(await self.jobs.submit(question, principal, door=DOOR), question)

    async def body(self, stored: StoredResponse, principal: Principal) -> dict[str, JsonValue]:
        """The response as it stands."""
        from hydrophone.api.agent.answer import ResponseSoFar
        from hydrophone.api.agent.response import response_body

        job, head = stored.job, self.head(stored)
        so_far = ResponseSoFar(job.id)
        for event in await events_until_now(self.jobs, job, principal):
            so_far.take(event)
        if job.ended_at_ms is not None:
            return response_body(replace(head, ended_at=job.ended_at_ms // 1000), so_far)
        return response_body(head, so_far, "in_progress" if job.started_at_ms else "queued")

    async def load(self, response_id: str, principal: Principal) -> StoredResponse:
        """The caller's response. Raises NotFound for any other id."""
        key = key_of(response_id)
        try:
            job = await self.jobs.job(key, principal)
            if job.door == DOOR:
                return StoredResponse(job, await self.jobs.question(key, principal))
        except NotFound:
            pass
        raise NotFound("there is no such response; it was not stored, or is no longer kept")

    async def earlier(self, response_id: str, principal: Principal) -> tuple[Turn, ...]:
        """The conversation up to the end of this response, to be gone on with.

        Raises NotFound for a response that is not there or is another caller's, and InvalidRequest
        for one that is not completed.
        """
        from hydrophone.api.responses.conversation import conversation

        remembered = self._recent.get(key_of(response_id), principal)
        if remembered is not None:
            return remembered
        if self.running.find(key_of(response_id), principal) is not None:
            raise _not_completed()
        try:
            stored = await self.load(response_id, principal)
        except (NotFound, NotConfigured) as error:
            raise NotFound(error.message, param="previous_response_id") from None
        if stored.job.status != "done":
            raise _not_completed()
        return conversation(stored.question, await self.jobs.result(stored.job.id, principal))

    @asynccontextmanager
    async def answer(
        self, question: Question, context: RequestContext, *, store: bool, created_at: int
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Have a question answered at once, as the port `Answerer` does it.

        The response stays before its last event goes out; of one that its caller leaves or cancels
        stays what came until then. `created_at` is seconds since 1970, as its head shows it.
        """
        from hydrophone.api.responses.answering import answering
        from hydrophone.api.responses.conversation import conversation

        async def keep(events: Sequence[Event]) -> None:
            if store:
                await self._store(question, context, events, created_at)
            elif isinstance(events[-1], Finished):
                turns = conversation(question, events)
                self._recent.put(context.request_id, context.principal, turns)
            self.running.leave(context.request_id)

        with self.running.entered(question, context, created_at):
            async with answering(self._house.answerer, question, context, keep) as events:
                yield events

    async def _store(
        self,
        question: Question,
        context: RequestContext,
        events: Sequence[Event],
        created_at: int,
    ) -> None:
        await self.jobs.keep(
            question,
            context,
            events,
            started_at_ms=created_at * 1000,
            ended_at_ms=round(context.clock() * 1000),
        )

    async def forget(self, response_id: str, principal: Principal) -> None:
        """Delete a response that has ended. Raises NotFound, and InvalidRequest for one that is
        still worked on."""
        if self._recent.forget(key_of(response_id), principal):
            return
        if self.running.find(key_of(response_id), principal) is not None:
            raise InvalidRequest("this has not ended yet; cancel it first", param="response_id")
        stored = await self.load(response_id, principal)
        await self.jobs.forget(stored.job.id, principal)

    async def cancel(self, response_id: str, principal: Principal) -> None:
        """Have a response stopped. Raises NotFound, and InvalidRequest for one that has ended.

        One that is given at once is known to the process that gives it, and to no other.
        """
        running = self.running.find(key_of(response_id), principal)
        if running is not None:
            running.cancel.cancel()
            return
        stored = await self.load(response_id, principal)
        if stored.job.ended:
            raise InvalidRequest("this response has ended already", param="response_id")
        await self.jobs.cancel(stored.job.id, principal)


def _not_completed() -> InvalidRequest:
    return InvalidRequest(
        "this response is not completed, so nothing can follow it", param="previous_response_id"
    )


async def events_until_now(jobs: Jobs, job: Job, principal: Principal) -> list[Event]:
    """The events that the job had when it was looked at; it may go on meanwhile."""
    events: list[Event] = []
    if job.events:
        async with aclosing(jobs.events(job.id, principal)) as log:
            async for logged in log:
                events.append(logged.event)
                if logged.seq >= job.events:
                    break
    return events
