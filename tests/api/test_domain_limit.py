"""Twenty domains can be filtered for and not one more, at every door that filters."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from hydrophone.api.filters import MAX_DOMAINS
from tests.api.serving import OneResult, doors

PATHS = [
    *("/v1/chat/completions", "/chat/completions", "/v1/sonar", "/v1/v1/chat/completions"),
    *("/v1/completions", "/completions", "/v1/search", "/search", "/v1/v1/search"),
]
BODY = {
    "model": "sonar",
    "messages": [{"role": "user", "content": "Do whales sing?"}],
    "prompt": "Do whales sing?",
    "query": "Do whales sing?",
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with doors(searcher=OneResult()) as running, running.client() as client:
        yield client


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("path", PATHS)
async def test_twenty_domains_are_taken_and_the_next_is_refused(
    client: httpx.AsyncClient, path: str, sign: str
) -> None:
    domains = [f"{sign}s{number}.example" for number in range(MAX_DOMAINS + 1)]
    taken = await client.post(path, json=BODY | {"search_domain_filter": domains[:MAX_DOMAINS]})
    assert taken.status_code == 200, taken.text
    refused = await client.post(path, json=BODY | {"search_domain_filter": domains})
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["type"] == "invalid_search_domain_filter"
    assert error["code"] == 400
    assert error["param"] == "search_domain_filter"
    assert str(MAX_DOMAINS) in error["message"]


@pytest.mark.parametrize("path", ["/v1/sonar", "/v1/search"])
@pytest.mark.parametrize("entry", ["", "-", "https://", "two words", "a" * 254, "a_b..c"])
async def test_an_entry_that_is_no_domain_is_refused_with_its_text(
    client: httpx.AsyncClient, path: str, entry: str
) -> None:
    answer = await client.post(path, json=BODY | {"search_domain_filter": [entry]})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_search_domain_filter"
    assert entry.removeprefix("-")[:40] in answer.json()["error"]["message"]


def test_the_limit_is_the_one_that_is_documented() -> None:
    assert MAX_DOMAINS == 20
