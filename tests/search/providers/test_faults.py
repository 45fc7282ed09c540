"""What goes wrong goes wrong in the same way with every service."""

from __future__ import annotations

import socket
from datetime import date
from typing import Any

import pytest

from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import NAMES, Open, make

KEYED = ("brave", "tavily", "exa", "serper", "openalex")
# Each broken field in the place where each service has its results.
BROKEN_ITEMS: list[Any] = [
    None,
    "text",
    7,
    [],
    {},
    {"url": 7, "link": None, "title": [], "published": "x", "_source": [], "_id": 3},
    {"url": "not an address", "link": "not an address", "DOI": 5, "_id": "a:b:c", "id": "W1"},
]
GOOD_URL = "https://example.com/good"
GOOD: dict[str, Any] = {
    "url": GOOD_URL,
    "link": GOOD_URL,
    "id": GOOD_URL,
    "URL": GOOD_URL,
    "title": {"not": "text"},
    "display_name": 3,
    "description": None,
    "content": ["list"],
    "snippet": 4.5,
    "page_age": "99999-99-99",
    "age": {},
    "date": "yesterday or so",
    "publishedDate": 20240101,
    "published_date": "",
    "publication_date": "2024-99-99",
    "published": {"date-parts": [[], ["2024"], [None], 7]},
    "issued": {"date-parts": "2024"},
    "highlights": {"a": 1},
    "extra_snippets": [None, 3, ""],
    "abstract": {"x": 1},
    "language": 9,
    "primary_location": "none",
    "resource": {"primary": []},
    "_id": "0000320193-24-000123:a.htm",
    "_source": {"ciks": [320193, "0000320193"], "display_names": {}, "file_date": 5, "form": None},
    "imageUrl": "https://example.com/i.png",
    "imageWidth": "1e400",
    "imageHeight": "nan",
    "properties": {"url": "https://example.com/i.png", "width": -1, "height": "wide"},
    "video": 5,
    "thumbnail": "x",
    "duration": 61,
}


def wrapped(items: object) -> dict[str, object]:
    """The items where each of the services has its results."""
    return {
        "web": {"results": items},
        "results": items,
        "organic": items,
        "images": items,
        "videos": items,
        "message": {"items": items},
        "hits": {"hits": items, "total": "many"},
    }


@pytest.mark.parametrize("name", KEYED)
async def test_a_wrong_key_is_refused_with_the_setting_to_check(
    name: str, apis: SearchApis, open_provider: Open
) -> None:
    with pytest.raises(ProviderRefused, match=f"HYDROPHONE_{name.upper()}_API_KEY") as refusal:
        await open_provider(name, key="wrong-and-secret").search(ask())

    assert "wrong-and-secret" not in str(refusal.value)


@pytest.mark.parametrize("status", [401, 402, 403])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "arxiv"])
async def test_a_refusal_names_a_setting(
    name: str, status: int, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead[name] = Instead(status=status, body={"error": "no"})

    with pytest.raises(ProviderRefused, match="check HYDROPHONE_"):
        await open_provider(name).search(ask())


@pytest.mark.parametrize("name", NAMES)
async def test_too_many_requests_say_when_to_come_again(
    name: str, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead[name] = Instead(status=429, headers={"Retry-After": "7"}, body={})

    with pytest.raises(ProviderRateLimited) as refusal:
        await open_provider(name).search(ask())

    assert refusal.value.retry_after_s == 7


@pytest.mark.parametrize("status", [432, 433])
async def test_a_plan_that_is_used_up_is_a_limit(
    status: int, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead["tavily"] = Instead(status=status, body={"detail": {"error": "limit"}})

    with pytest.raises(ProviderRateLimited):
        await open_provider("tavily").search(ask())


@pytest.mark.parametrize(
    "instead",
    [
        Instead(status=500, body={"error": "oops"}),
        Instead(status=400, body={"error": "bad request"}),
        Instead(status=302, headers={"Location": "https://example.com/"}, body={}),
        Instead(body="<!DOCTYPE html><html>Hello</html>", media_type="text/html"),
        Instead(body=[1, 2, 3]),
    ],
    ids=["500", "400", "redirect", "html", "list"],
)
@pytest.mark.parametrize("name", NAMES)
async def test_what_is_no_answer_is_a_failure(
    name: str, instead: Instead, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead[name] = instead

    with pytest.raises(ProviderFailed) as failure:
        await open_provider(name).search(ask(images=True, videos=True))

    assert not isinstance(failure.value, ProviderRefused | ProviderRateLimited)
    assert name in str(failure.value)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "arxiv"])
@pytest.mark.parametrize("body", [{}, {"results": None}, wrapped(None), wrapped({"a": 1})])
async def test_an_answer_without_results_is_empty(
    name: str, body: object, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead[name] = Instead(body=body)

    answer = await open_provider(name).search(ask(images=True, videos=True))

    assert (answer.results, answer.images, answer.videos) == ((), (), ())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "arxiv"])
async def test_broken_results_are_dropped_and_the_others_kept(
    name: str, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead[name] = Instead(body=wrapped([*BROKEN_ITEMS, GOOD, *BROKEN_ITEMS]))

    answer = await open_provider(name).search(ask(images=True, videos=True, count=50))

    assert len(answer.results) == 1
    assert answer.results[0].title
    assert answer.results[0].published is None


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_that_is_not_there_is_a_failure(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    provider = make(name, f"http://127.0.0.1:{port}/{name}")

    with pytest.raises(ProviderFailed, match=name):
        await provider.search(ask())
    await provider.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_that_never_answers_is_left_at_the_deadline(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        provider = make(name, f"http://127.0.0.1:{port}/{name}", deadline_s=0.05)

        with pytest.raises(ProviderFailed, match=r"within 0\.05 s"):
            await provider.search(ask(images=True, videos=True))
        await provider.close()


@pytest.mark.parametrize("name", NAMES)
async def test_an_untrusted_address_on_this_machine_is_not_asked(
    name: str, apis: SearchApis
) -> None:
    provider = make(name, apis.url(name), trusted=False)

    with pytest.raises(ProviderFailed, match="this machine"):
        await provider.search(ask())
    await provider.close()

    assert apis.asked == []


@pytest.mark.parametrize("name", NAMES)
async def test_dates_that_leave_no_moment_are_not_asked_for(
    name: str, apis: SearchApis, open_provider: Open
) -> None:
    query = ask(published_before=date(2024, 1, 1), recency="week", images=True)

    assert (await open_provider(name).search(query)).exhausted
    assert apis.asked == []


@pytest.mark.parametrize("name", NAMES)
def test_no_key_shows_in_what_is_printed(name: str) -> None:
    provider = make(name, "http://127.0.0.1:9/", key="very-secret")

    assert "very-secret" not in repr(provider)
    assert "very-secret" not in repr(vars(provider))


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_says_what_it_finds_and_applies(name: str) -> None:
    provider = make(name, "http://127.0.0.1:9/")

    assert provider.name == name
    assert len(provider.kinds) == 1
    assert provider.pushes
