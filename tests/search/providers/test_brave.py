from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hydrophone.search.errors import ProviderRateLimited
from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_pages_come_with_their_date_language_and_words(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("brave").search(ask())

    first = answer.results[0]
    assert first.url == "https://en.wikipedia.org/wiki/Hydrophone"
    assert (first.kind, first.language) == ("web", "en")
    assert first.published == datetime(2024, 12, 27, 15, 49, 55, tzinfo=UTC)
    assert first.snippet == "A hydrophone is a microphone & recorder for water."
    assert [passage.text for passage in first.passages] == [
        "A hydrophone is a microphone & recorder for water.",
        "Most hydrophones are based on a piezoelectric transducer.",
        "The first one was built by Reginald Fessenden in 1914.",
    ]
    assert answer.results[1].passages == ()
    assert answer.results[2].published is None


async def test_domains_country_language_and_safety_are_sent(
    apis: SearchApis, open_provider: Open
) -> None:
    query = ask(
        "hydrophone",
        domains_allow=("wikipedia.org",),
        languages=("ja",),
        country="JP",
        safe=True,
        count=50,
    )

    answer = await open_provider("brave").search(query)

    assert apis.last == {
        "q": "hydrophone site:wikipedia.org",
        "country": "JP",
        "search_lang": "jp",
        "safesearch": "strict",
        "count": "20",
        "offset": "0",
        "result_filter": "web",
        "text_decorations": "false",
    }
    assert [result.url for result in answer.results] == ["https://en.wikipedia.org/wiki/Hydrophone"]


async def test_a_page_in_the_language_that_was_asked_for_bears_its_usual_code(
    apis: SearchApis, open_provider: Open
) -> None:
    item = {"title": "T", "url": "https://example.jp/", "language": "jp"}
    apis.instead["brave"] = Instead(body={"web": {"results": [item]}})

    answer = await open_provider("brave").search(ask(languages=("ja",)))

    assert answer.results[0].language == "ja"


async def test_unknown_countries_and_languages_are_not_sent(
    apis: SearchApis, open_provider: Open
) -> None:
    await open_provider("brave").search(ask(country="AQ", languages=("tlh",)))

    assert not {"country", "search_lang", "safesearch"} & set(apis.last)


async def test_a_look_back_is_sent_by_its_name_and_dates_as_a_range(
    apis: SearchApis, open_provider: Open
) -> None:
    brave = open_provider("brave")

    await brave.search(ask(recency="month"))
    assert apis.last["freshness"] == "pm"

    answer = await brave.search(ask(published_after=date(2024, 1, 1)))
    assert apis.last["freshness"] == "2024-01-01to2026-11-22"
    assert answer.results[0].title == "Hydrophone - Wikipedia"

    await brave.search(ask(published_before=date(2020, 5, 31)))
    assert apis.last["freshness"] == "1990-01-01to2020-05-31"

    await brave.search(ask(published_before=date(2026, 5, 31), recency="year"))
    assert apis.last["freshness"] == "2025-11-22to2026-05-31"


async def test_pages_go_on_until_there_are_no_more(apis: SearchApis, open_provider: Open) -> None:
    brave = open_provider("brave")

    first = await brave.search(ask(count=2))
    second = await brave.search(ask(count=2, page=1))
    eleventh = await brave.search(ask(count=2, page=10))

    assert (len(first.results), first.exhausted) == (2, False)
    assert (len(second.results), second.exhausted) == (1, True)
    assert (eleventh.results, eleventh.exhausted) == ((), True)
    assert [asked.said["offset"] for asked in apis.asked] == ["0", "1"]


async def test_images_and_videos_come_with_the_first_page(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("brave").search(ask(images=True, videos=True, safe=False))

    assert answer.images[0].url == "https://example.com/deck.jpg"
    assert answer.images[0].origin_url == "https://example.com/deck"
    assert (answer.images[0].width, answer.images[0].height) == (1920, 1080)
    assert answer.videos[0].thumbnail_url == "https://video.example.com/1.jpg"
    assert answer.videos[0].duration_s == 116
    assert {asked.path for asked in apis.asked} == {
        "web/search",
        "images/search",
        "videos/search",
    }


async def test_a_long_question_is_cut_to_what_is_taken(
    apis: SearchApis, open_provider: Open
) -> None:
    await open_provider("brave").search(ask("depth " * 200, images=True, videos=True))

    assert len(apis.asked) == 3
    assert all(len(asked.said["q"].split()) <= 50 for asked in apis.asked)


async def test_too_many_requests_in_a_second_pass_in_a_second(
    apis: SearchApis, open_provider: Open
) -> None:
    apis.instead["brave"] = Instead(status=429, body={"error": {"code": "RATE_LIMITED"}})

    with pytest.raises(ProviderRateLimited) as refusal:
        await open_provider("brave").search(ask())

    assert refusal.value.retry_after_s == 1
