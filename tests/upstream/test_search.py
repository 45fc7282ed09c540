"""Searches passed through to the official Search API, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from hydrophone.errors import HydrophoneError, InvalidRequest, RateLimited
from hydrophone.types import Filter, RequestContext, SearchOptions, SnippetOptions
from hydrophone.upstream.client import OfficialApi
from hydrophone.upstream.replies.objects import day_of
from hydrophone.upstream.search import OfficialSearcher
from tests.emulators.agent_api import AgentApi, Run, result

Apis = Callable[..., OfficialApi]
FOUND = [
    result(None, "https://a.example/1", date="2026-01-05", last_updated="2026-02-01"),
    result(None, "https://b.example/2"),
    result(None, "https://a.example/1"),
    {"url": "javascript:alert(1)", "title": "", "snippet": ""},
]


def searcher(apis: Apis, url: str) -> OfficialSearcher:
    return OfficialSearcher(apis(url), deadline_s=5)


async def test_results_come_with_their_dates_each_url_once(apis: Apis) -> None:
    async with AgentApi(found=FOUND) as api:
        context = RequestContext()
        found = await searcher(apis, api.url).search(["whales"], SearchOptions(), context)
    assert [one.url for one in found.results] == ["https://a.example/1", "https://b.example/2"]
    first = found.results[0]
    assert (first.published, first.modified) == (day_of("2026-01-05"), day_of("2026-02-01"))
    assert context.meter.usage.search_queries == 1


async def test_every_field_goes_along(apis: Apis) -> None:
    options = SearchOptions(
        kinds=("academic",),
        filter=Filter(
            domains_allow=("a.example",),
            languages=("en", "de"),
            published_after=date(2026, 1, 1),
        ),
        country="DE",
        max_results=7,
        snippets=SnippetOptions(page_tokens=100, total_tokens=900, read=False),
    )
    async with AgentApi(found=FOUND) as api:
        found = await searcher(apis, api.url).search(["a", "b"], options, RequestContext())
        assert api.body == {
            "query": ["a", "b"],
            "search_domain_filter": ["a.example"],
            "search_after_date_filter": "01/01/2026",
            "max_results": 7,
            "max_tokens": 900,
            "max_tokens_per_page": 100,
            "search_type": "fast",
            "country": "DE",
            "search_language_filter": ["en", "de"],
            "search_mode": "academic",
        }
    assert [one.url for one in found.results] == ["https://a.example/1"]


async def test_groups_cost_a_request_each(apis: Apis) -> None:
    async with AgentApi(found=FOUND[:2]) as api:
        options = SearchOptions(by_query=True)
        found = await searcher(apis, api.url).search(["a", "b"], options, RequestContext())
        assert sorted(one.body["query"] for one in api.requests) == ["a", "b"]
    assert [len(group) for group in found.by_query] == [2, 2]
    assert len(found.results) == 2


async def test_a_busy_api_says_until_when(apis: Apis) -> None:
    busy = Run(status=429, error={"error": {"message": "no"}}, headers={"Retry-After": "60"})
    async with AgentApi(busy) as api:
        with pytest.raises(RateLimited) as caught:
            await searcher(apis, api.url).search(["a"], SearchOptions(), RequestContext())
    assert caught.value.retry_after_s == 60


async def test_one_failure_of_several_is_the_failure(apis: Apis) -> None:
    broken = Run(status=400, error={"error": {"message": "no", "type": "invalid_request"}})
    async with AgentApi(broken) as api:
        with pytest.raises(HydrophoneError, match="refuses"):
            await searcher(apis, api.url).search(
                ["a", "b"], SearchOptions(by_query=True), RequestContext()
            )


async def test_no_query_is_refused(apis: Apis) -> None:
    with pytest.raises(InvalidRequest):
        await searcher(apis, "http://127.0.0.1:9").search([], SearchOptions(), RequestContext())


def test_dates_are_utc() -> None:
    assert day_of("2026-01-05") == datetime(2026, 1, 5, tzinfo=UTC)
    assert day_of("2026-01-05T01:00:00+02:00") == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert day_of("yesterday") is None
