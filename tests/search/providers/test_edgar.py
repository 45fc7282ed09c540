from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hydrophone.search.errors import ProviderRefused
from tests.emulators.search_apis import USER_AGENT, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_filings_come_with_the_address_of_their_document(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("edgar").search(ask('Which risks name "lithium supply"?'))

    report, exhibit = answer.results
    assert report.url == (
        "https://www.sec.gov/Archives/edgar/data/320193/000032019324000123/aapl-20240928.htm"
    )
    assert (report.kind, report.title) == ("sec", "Apple Inc. (AAPL) 10-K")
    assert report.snippet == "10-K, filed 2024-11-01, for the period that ended 2024-09-28"
    assert report.published == datetime(2024, 11, 1, tzinfo=UTC)
    assert exhibit.url == (
        "https://www.sec.gov/Archives/edgar/data/1318605/000114036123000007/brhc_ex99-1.htm"
    )
    assert exhibit.title == "Tesla, Inc. (TSLA) 8-K EX-99.1"
    # The service gives no words of the document, so there is nothing to quote.
    assert report.passages == exhibit.passages == ()
    assert apis.last == {"q": 'risks name "lithium supply"'}
    assert apis.asked[0].headers["user-agent"] == USER_AGENT


async def test_dates_are_sent_as_days_of_filing(apis: SearchApis, open_provider: Open) -> None:
    edgar = open_provider("edgar")

    answer = await edgar.search(ask("x", published_after=date(2024, 1, 1)))
    assert apis.last == {
        "q": "x",
        "dateRange": "custom",
        "startdt": "2024-01-01",
        "enddt": "2026-11-22",
    }
    assert [result.title for result in answer.results] == ["Apple Inc. (AAPL) 10-K"]

    await edgar.search(ask("x", published_before=date(2023, 12, 31)))
    assert (apis.last["startdt"], apis.last["enddt"]) == ("2001-01-01", "2023-12-31")


async def test_pages_go_on_by_the_number_of_hits(apis: SearchApis, open_provider: Open) -> None:
    edgar = open_provider("edgar")

    first = await edgar.search(ask("x", count=1))
    second = await edgar.search(ask("x", count=1, page=1))
    third = await edgar.search(ask("x", count=1, page=2))

    assert (first.exhausted, second.exhausted, third.exhausted) == (False, False, True)
    assert [asked.said.get("from") for asked in apis.asked] == [None, "1", "2"]
    assert second.results[0].title.startswith("Tesla")


async def test_a_user_agent_without_an_address_is_refused_with_the_setting_to_check(
    apis: SearchApis, open_provider: Open
) -> None:
    with pytest.raises(ProviderRefused, match="HYDROPHONE_EDGAR_USER_AGENT"):
        await open_provider("edgar", key="Mozilla/5.0").search(ask("x"))
