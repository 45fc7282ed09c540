from __future__ import annotations

from datetime import UTC, date, datetime

from tests.emulators.search_apis import KEY, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_the_pieces_of_a_page_become_its_passages(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("tavily").search(ask())

    first = answer.results[0]
    assert first.url == "https://www.example.org/docs/hydrophones"
    assert [passage.text for passage in first.passages] == [
        "A hydrophone listens under water.",
        "It needs a preamplifier.",
    ]
    assert first.published is None
    assert answer.exhausted
    assert apis.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_domains_paths_country_and_dates_are_sent(
    apis: SearchApis, open_provider: Open
) -> None:
    query = ask(
        domains_allow=("example.org/docs", ".gov"),
        domains_deny=("example.net",),
        country="DE",
        published_after=date(2024, 3, 1),
        published_before=date(2024, 3, 31),
        count=50,
    )

    answer = await open_provider("tavily").search(query)

    assert apis.last == {
        "query": "how do hydrophones work",
        "max_results": 20,
        "topic": "general",
        "search_depth": "fast",
        "include_domains": ["example.org/docs", "*.gov"],
        "exclude_domains": ["example.net"],
        "country": "germany",
        "start_date": "2024-02-29",
        "end_date": "2024-04-01",
    }
    assert len(answer.results) == 1


async def test_what_is_wanted_of_today_is_asked_of_the_news_which_have_dates(
    apis: SearchApis, open_provider: Open
) -> None:
    tavily = open_provider("tavily")

    await tavily.search(ask(recency="hour", country="DE"))
    assert (apis.last["topic"], apis.last["time_range"]) == ("news", "day")
    assert "country" not in apis.last

    answer = await tavily.search(ask(recency="day", published_after=date(2026, 11, 1)))
    assert apis.last["start_date"] == "2026-11-20"
    assert "time_range" not in apis.last
    assert answer.results[0].published == datetime(2026, 11, 10, 8, 30, tzinfo=UTC)


async def test_there_is_no_second_page_to_ask_for(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("tavily").search(ask(page=1))

    assert answer.exhausted
    assert apis.asked == []


async def test_a_long_question_is_cut_to_what_is_taken(
    apis: SearchApis, open_provider: Open
) -> None:
    await open_provider("tavily").search(ask("depth " * 200))

    assert len(apis.last["query"]) <= 400
