"""What is built when it is first asked: a server is up before its index is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

from hydrophone.errors import InternalError
from hydrophone.ports import (
    Answerer,
    Job,
    JobList,
    Jobs,
    KeptPage,
    KeptPages,
    LoggedEvent,
    Resumable,
    Searcher,
    SearchOutcome,
)
from hydrophone.types import Event, Principal, Question, RequestContext, SearchOptions


class LateAnswerer:
    """Passes questions to the answerer that `build` gives; after a failure it is tried again.

    `resumes` says of which questions its answers can be gone on with.
    """

    def __init__(
        self,
        build: Callable[[], Awaitable[Answerer]],
        resumes: Callable[[Question], bool] | None = None,
    ) -> None:
        self._build = build
        self._resumes = resumes
        self._built: Answerer | None = None
        self._building = asyncio.Lock()

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Build when that has not been done, and pass the question on."""
        if self._built is None:
            return self._first(question, context)
        return self._built.answer(question, context)

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with."""
        return self._resumes is not None and self._resumes(question)

    @asynccontextmanager
    async def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Build when that has not been done, and have the answer gone on with."""
        answerer = await self._answerer()
        if not isinstance(answerer, Resumable):
            raise InternalError("an answer is to be gone on with that cannot be")
        async with answerer.resume(question, context, so_far) as events:
            yield events

    @asynccontextmanager
    async def _first(
        self, question: Question, context: RequestContext
    ) -> AsyncIterator[AsyncIterator[Event]]:
        answerer = await self._answerer()
        async with answerer.answer(question, context) as events:
            yield events

    async def _answerer(self) -> Answerer:
        async with self._building:
            if self._built is None:
                self._built = await self._build()
        return self._built


class LateSearcher:
    """Passes searches to the searcher that `build` gives; after a failure it is tried again."""

    def __init__(self, build: Callable[[], Awaitable[Searcher]]) -> None:
        self._build = build
        self._built: Searcher | None = None
        self._building = asyncio.Lock()

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Build when that has not been done, and pass the search on."""
        async with self._building:
            if self._built is None:
                self._built = await self._build()
        return await self._built.search(queries, options, context)


class LateKeptPages:
    """Passes on to the pages that `build` gives, which builds them once."""

    def __init__(self, build: Callable[[], Awaitable[KeptPages]]) -> None:
        self._build = build

    async def page(self, version: str, principal: Principal) -> KeptPage:
        """Build when that has not been done, and look there."""
        return await (await self._build()).page(version, principal)


class LateJobs:
    """Passes on to the jobs that `build` gives, which builds them once."""

    def __init__(self, build: Callable[[], Awaitable[Jobs]]) -> None:
        self._build = build

    async def submit(
        self,
        question: Question,
        principal: Principal,
        *,
        door: str,
        idempotency_key: str | None = None,
    ) -> Job:
        """See `Jobs`."""
        jobs = await self._build()
        return await jobs.submit(question, principal, door=door, idempotency_key=idempotency_key)

    async def keep(
        self,
        question: Question,
        context: RequestContext,
        events: Sequence[Event],
        *,
        started_at_ms: int,
        ended_at_ms: int,
    ) -> None:
        """See `Jobs`."""
        times = {"started_at_ms": started_at_ms, "ended_at_ms": ended_at_ms}
        await (await self._build()).keep(question, context, events, **times)

    async def forget(self, job_id: str, principal: Principal) -> None:
        """See `Jobs`."""
        await (await self._build()).forget(job_id, principal)

    async def job(self, job_id: str, principal: Principal) -> Job:
        """See `Jobs`."""
        return await (await self._build()).job(job_id, principal)

    async def question(self, job_id: str, principal: Principal) -> Question:
        """See `Jobs`."""
        return await (await self._build()).question(job_id, principal)

    async def jobs(
        self,
        principal: Principal,
        *,
        door: str | None = None,
        limit: int = 20,
        token: str | None = None,
    ) -> JobList:
        """See `Jobs`."""
        return await (await self._build()).jobs(principal, door=door, limit=limit, token=token)

    async def events(
        self, job_id: str, principal: Principal, *, after: int = 0
    ) -> AsyncGenerator[LoggedEvent, None]:
        """See `Jobs`."""
        async with aclosing((await self._build()).events(job_id, principal, after=after)) as events:
            async for logged in events:
                yield logged

    async def result(self, job_id: str, principal: Principal) -> tuple[Event, ...]:
        """See `Jobs`."""
        return await (await self._build()).result(job_id, principal)

    async def cancel(self, job_id: str, principal: Principal) -> Job:
        """See `Jobs`."""
        return await (await self._build()).cancel(job_id, principal)
