"""What is built when it is first asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hydrophone.app.late import LateSearcher
from hydrophone.errors import StorageError
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.types import RequestContext, SearchOptions


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
