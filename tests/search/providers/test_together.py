"""The adapters behind the fan-out: all at once, no leak, what fails is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from hydrophone.ports import SearchOutcome
from hydrophone.search.fanout import FanOut
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import Filter, RequestContext, SearchOptions
from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import NOW
from tests.search.providers.opening import NAMES, Open

CONTEXT = RequestContext(clock=NOW.timestamp)


class Nothing:
    """An own index without documents."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        return SearchOutcome(())


async def search(open_provider: Open, options: SearchOptions) -> SearchOutcome:
    watched = [WatchedProvider(open_provider(name)) for name in NAMES]
    return await FanOut(Nothing(), watched).search(["hydrophones at sea"], options, CONTEXT)


async def test_each_kind_is_asked_of_those_who_serve_it(
    apis: SearchApis, open_provider: Open
) -> None:
    outcome = await search(open_provider, SearchOptions(kinds=("academic", "sec"), max_results=20))

    assert {asked.service for asked in apis.asked} == {"openalex", "crossref", "arxiv", "edgar"}
    assert {result.kind for result in outcome.results} == {"academic", "sec"}
    assert outcome.notices == ()


async def test_a_work_that_two_know_by_its_doi_is_one_source(
    apis: SearchApis, open_provider: Open
) -> None:
    doi = "https://doi.org/10.7717/peerj.4375"
    work = {"DOI": "10.7717/peerj.4375", "URL": doi, "title": ["The state of open access"]}
    apis.instead["crossref"] = Instead(body={"message": {"items": [work]}})

    outcome = await search(open_provider, SearchOptions(kinds=("academic",), max_results=20))

    assert [result.url for result in outcome.results].count(doi) == 1


async def test_nothing_that_is_or_may_be_outside_of_the_dates_gets_through(
    apis: SearchApis, open_provider: Open
) -> None:
    after, before = date(2023, 11, 1), date(2024, 3, 31)
    options = SearchOptions(
        kinds=("web", "academic", "sec"),
        filter=Filter(published_after=after, published_before=before),
        max_results=20,
    )

    outcome = await search(open_provider, options)

    assert [result.title for result in outcome.results]
    for result in outcome.results:
        assert result.published is not None
        assert after <= result.published.date() <= before
    assert {result.published for result in outcome.results} == {
        datetime(2023, 11, 16, 1, 36, 32, 547_000, tzinfo=UTC),
        datetime(2024, 1, 2, 18, 59, 59, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        datetime(2024, 3, 5, tzinfo=UTC),
        datetime(2024, 3, 12, tzinfo=UTC),
    }


async def test_domains_are_kept_whatever_a_service_sends(
    apis: SearchApis, open_provider: Open
) -> None:
    options = SearchOptions(
        kinds=("web", "academic"), filter=Filter(domains_allow=("example.org",)), max_results=20
    )

    outcome = await search(open_provider, options)

    assert {result.url for result in outcome.results} == {
        "https://docs.example.org/audio/hydrophone",
        "https://www.example.org/docs/hydrophones",
        "https://labs.example.org/blog/hydrophone",
        "https://pubs.example.org/jos/1234567",
    }


async def test_who_fails_is_told_and_the_others_answer(
    apis: SearchApis, open_provider: Open
) -> None:
    apis.instead["brave"] = Instead(status=429, body={}, headers={"Retry-After": "30"})
    apis.instead["exa"] = Instead(body="<!DOCTYPE html>", media_type="text/html")
    apis.instead["tavily"] = Instead(status=401, body={})

    outcome = await search(open_provider, SearchOptions(kinds=("web",)))

    assert {notice.kind for notice in outcome.notices} == {"unresponsive_engine"}
    told = " ".join(notice.message for notice in outcome.notices)
    assert "brave" in told
    assert "exa" in told
    assert "HYDROPHONE_TAVILY_API_KEY" in told
    assert "Hydrophone basics" in [result.title for result in outcome.results]
