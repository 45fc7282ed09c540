"""What is built when it is first asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from hydrophone.app.late import LateAnswerer, LateSearcher
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile, resumes
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.errors import InternalError, StorageError
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Answerer, Searcher, SearchOutcome
from hydrophone.scripted import instant
from hydrophone.types import Finished, RequestContext, SearchOptions, Sources, Text, ask

REPORT = Profile(kind="report")


class Index:
    """A searcher that finds nothing."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        return SearchOutcome(())


async def search(searcher: Searcher) -> SearchOutcome:
    return await searcher.search(["a"], SearchOptions(), RequestContext())


async def test_a_searcher_is_built_once_and_not_before_the_first_search() -> None:
    built: list[Index] = []

    async def build() -> Searcher:
        await asyncio.sleep(0)
        built.append(Index())
        return built[-1]

    late = LateSearcher(build)
    assert built == []
    await asyncio.gather(search(late), search(late), search(late))
    assert len(built) == 1


async def test_after_a_failure_it_is_tried_again() -> None:
    attempts: list[int] = []

    async def build() -> Searcher:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise StorageError("the index is busy")
        return Index()

    late = LateSearcher(build)
    with pytest.raises(StorageError):
        await search(late)
    assert await search(late) == SearchOutcome(())


async def test_a_report_is_gone_on_with_by_the_answerer_that_is_built_for_it() -> None:
    engine = Engine(Index(), QuotedReport(WordOverlap(), WordCounter()), REPORT, deadline_s=9)

    async def build() -> Answerer:
        return engine

    late = LateAnswerer(build, partial(resumes, REPORT))
    assert late.resumes(ask("Who?"))
    assert not LateAnswerer(build).resumes(ask("Who?"))
    so_far = [Sources(complete=True), Text("Nobody. ")]
    async with late.resume(ask("Who?"), RequestContext(), so_far) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], Finished)
    assert not any(isinstance(event, Sources) for event in seen)


async def test_what_cannot_be_gone_on_with_says_so() -> None:
    async def build() -> Answerer:
        return instant("Hello.")

    with pytest.raises(InternalError):
        async with LateAnswerer(build).resume(ask("Who?"), RequestContext(), ()):
            raise AssertionError("it was gone on with")
