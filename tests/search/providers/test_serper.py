from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hydrophone.search.errors import ProviderRefused
from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import NOW, ask
from tests.search.providers.opening import Open


async def test_pages_come_with_dates_in_english_only(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("serper").search(ask())

    assert [(result.title, result.published) for result in answer.results] == [
        ("Hydrophone basics", datetime(2024, 3, 12, tzinfo=UTC)),
        ("Fresh", NOW - timedelta(hours=3)),
        ("German date", None),
    ]
    assert answer.results[0].snippet == "Sound travels 4.3 times faster in water."
    assert apis.last == {"q": "how do hydrophones work", "num": 10, "page": 1}


async def test_what_others_ask_and_search_for_is_suggested(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("serper").search(ask())
    assert answer.suggestions == ("Who invented the hydrophone?", "hydrophone array")


async def test_domains_country_and_language_are_sent(apis: SearchApis, open_provider: Open) -> None:
    query = ask(
        "hydrophone",
        domains_allow=(".gov", "example.com/x"),
        domains_deny=("y.org/z",),
        country="DE",
        languages=("de",),
    )

    answer = await open_provider("serper").search(query)

    assert apis.last["q"] == "hydrophone (site:gov OR site:example.com/x) -site:y.org/z"
    assert (apis.last["gl"], apis.last["hl"]) == ("de", "de")
    assert [result.title for result in answer.results] == ["Hydrophone basics"]


@pytest.mark.parametrize(
    ("filtered", "tbs"),
    [
        ({"recency": "hour"}, "qdr:h"),
        ({"recency": "year"}, "qdr:y"),
        ({"published_after": date(2024, 3, 1)}, "cdr:1,cd_min:3/1/2024"),
        ({"published_before": date(2024, 3, 31)}, "cdr:1,cd_max:3/31/2024"),
        (
            {"recency": "week", "published_after": date(2024, 3, 1)},
            "cdr:1,cd_min:11/15/2026",
        ),
    ],
)
async def test_dates_are_sent_as_google_wants_them_and_then_no_language(
    filtered: dict[str, object], tbs: str, apis: SearchApis, open_provider: Open
) -> None:
    await open_provider("serper").search(ask(languages=("de",), **filtered))

    assert apis.last["tbs"] == tbs
    assert "hl" not in apis.last


async def test_the_second_page_is_asked_for(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("serper").search(ask(count=2, page=1))

    assert (apis.last["num"], apis.last["page"]) == (2, 2)
    assert [result.title for result in answer.results] == ["German date"]


async def test_images_and_videos_come_with_the_first_page(
    apis: SearchApis, open_provider: Open
) -> None:
    serper = open_provider("serper")

    answer = await serper.search(ask(images=True, videos=True))
    assert answer.images[0].origin_url == "https://example.com/sensor"
    assert (answer.images[0].width, answer.images[0].height) == (800, 600)
    assert answer.videos[0].url == "https://video.example.com/watch?v=3"
    assert answer.videos[0].duration_s == 3723

    apis.asked.clear()
    await serper.search(ask(images=True, videos=True, page=1))
    assert [asked.path for asked in apis.asked] == ["search"]


async def test_an_account_without_credits_is_a_refusal(
    apis: SearchApis, open_provider: Open
) -> None:
    body = {"message": "Not enough credits", "statusCode": 400}
    apis.instead["serper"] = Instead(status=400, body=body)

    with pytest.raises(ProviderRefused, match="HYDROPHONE_SERPER_API_KEY"):
        await open_provider("serper").search(ask())
