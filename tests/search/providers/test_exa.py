from __future__ import annotations

from datetime import UTC, date, datetime

from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_highlights_become_passages(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("exa").search(ask())

    first, second = answer.results
    assert first.url == "https://labs.example.org/blog/hydrophone"
    assert first.published == datetime(2023, 11, 16, 1, 36, 32, 547_000, tzinfo=UTC)
    assert [passage.text for passage in first.passages] == [
        "The cable matters more than the sensor.",
        "Keep it off the hull.",
    ]
    assert (second.title, second.published, second.passages) == (second.url, None, ())
    assert answer.exhausted


async def test_domains_paths_dates_country_and_safety_are_sent(
    apis: SearchApis, open_provider: Open
) -> None:
    query = ask(
        domains_allow=("example.org/blog", "example.com"),
        domains_deny=("example.net",),
        published_after=date(2023, 11, 16),
        published_before=date(2023, 11, 16),
        country="DE",
        safe=True,
        count=200,
    )

    answer = await open_provider("exa").search(query)

    assert apis.last == {
        "query": "how do hydrophones work",
        "type": "auto",
        "numResults": 100,
        "contents": {"highlights": True},
        "includeDomains": ["example.org/blog", "example.com"],
        "startPublishedDate": "2023-11-15T23:59:59.000Z",
        "endPublishedDate": "2023-11-17T00:00:00.999Z",
        "userLocation": "DE",
        "moderation": True,
    }
    assert [result.title for result in answer.results] == ["Notes on hydrophones"]


async def test_domains_to_leave_out_are_sent_when_none_are_wanted(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("exa").search(ask(domains_deny=("labs.example.org", ".biz")))

    assert apis.last["excludeDomains"] == ["labs.example.org"]
    assert [result.url for result in answer.results] == ["https://www.example.com/undated"]


async def test_text_stands_in_where_there_are_no_highlights(
    apis: SearchApis, open_provider: Open
) -> None:
    item = {"id": "x", "url": "https://example.com/", "title": "T", "text": "All of its text."}
    apis.instead["exa"] = Instead(body={"results": [item]})

    answer = await open_provider("exa").search(ask())

    assert [passage.text for passage in answer.results[0].passages] == ["All of its text."]


async def test_there_is_no_second_page_to_ask_for(apis: SearchApis, open_provider: Open) -> None:
    assert (await open_provider("exa").search(ask(page=1))).exhausted
    assert apis.asked == []
