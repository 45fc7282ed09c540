"""The official `perplexityai` client, unmodified, loose and strict, with its base URL changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import perplexity
import pytest

from tests.clients.house import ANSWER, QUESTION, SENTENCE, URL
from tests.clients.serving import Running

ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
EITHER = pytest.mark.parametrize("strict", [False, True], ids=["loose", "strict"])


def options_of(server: Running, strict: bool) -> dict[str, Any]:
    return {
        "base_url": server.url,
        "api_key": server.key,
        "max_retries": 0,
        "_strict_response_validation": strict,
    }


@pytest.fixture(params=[False, True], ids=["loose", "strict"])
def client(server: Running, request: pytest.FixtureRequest) -> Iterator[perplexity.Perplexity]:
    with perplexity.Perplexity(**options_of(server, request.param)) as client:
        yield client


@pytest.fixture(params=[False, True], ids=["loose", "strict"])
async def async_client(
    server: Running, request: pytest.FixtureRequest
) -> AsyncIterator[perplexity.AsyncPerplexity]:
    async with perplexity.AsyncPerplexity(**options_of(server, request.param)) as client:
        yield client


def check_whole(answer: Any) -> None:
    assert answer.choices[0].message.content == ANSWER
    assert answer.choices[0].finish_reason == "stop"
    assert answer.citations == [URL]
    assert answer.search_results[0].url == URL
    assert answer.search_results[0].title == "Whales"
    assert answer.usage.cost.total_cost > 0
    assert answer.usage.cost.request_cost == 0.005
    assert answer.usage.search_context_size == "low"


def check_chunks(chunks: list[Any]) -> None:
    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == ANSWER
    assert chunks[-1].choices[0].message.content == ANSWER
    assert chunks[0].citations == [URL]
    assert chunks[0].search_results[0].url == URL
    assert [chunk.usage.cost.total_cost for chunk in chunks[:-1]] == [0.0] * (len(chunks) - 1)
    assert chunks[-1].usage.cost.total_cost > 0
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_whole_answer(client: perplexity.Perplexity) -> None:
    check_whole(client.chat.completions.create(model="sonar", messages=ASKED))


def test_a_streamed_answer(client: perplexity.Perplexity) -> None:
    check_chunks(list(client.chat.completions.create(model="sonar", messages=ASKED, stream=True)))


async def test_a_whole_answer_asynchronously(async_client: perplexity.AsyncPerplexity) -> None:
    check_whole(await async_client.chat.completions.create(model="sonar", messages=ASKED))


async def test_a_streamed_answer_asynchronously(async_client: perplexity.AsyncPerplexity) -> None:
    stream = await async_client.chat.completions.create(model="sonar", messages=ASKED, stream=True)
    check_chunks([chunk async for chunk in stream])


def test_search_options_are_taken(client: perplexity.Perplexity) -> None:
    answer = client.chat.completions.create(
        model="sonar-pro",
        messages=ASKED,
        search_domain_filter=["sea.example"],
        web_search_options={"search_context_size": "high"},
        num_search_results=3,
        max_tokens=500,
    )
    assert answer.citations == [URL]
    assert answer.usage is not None
    assert answer.usage.search_context_size == "high"
    assert answer.usage.cost.request_cost == 0.014


def test_400_is_a_bad_request(client: perplexity.Perplexity) -> None:
    with pytest.raises(perplexity.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-2", messages=ASKED)
    body: Any = caught.value.body
    assert body["error"]["type"] == "invalid_model"
    assert body["error"]["code"] == 400


def test_422_is_an_unprocessable_entity(client: perplexity.Perplexity) -> None:
    with pytest.raises(perplexity.UnprocessableEntityError) as caught:
        client.chat.completions.create(
            model="sonar", messages=ASKED, extra_body={"max_tokens": "many"}
        )
    body: Any = caught.value.body
    assert body["error"]["code"] == 422
    assert body["detail"][0]["loc"] == ["body", "max_tokens"]


def test_404_is_not_found(client: perplexity.Perplexity) -> None:
    with pytest.raises(perplexity.NotFoundError) as caught:
        client.get("/v1/nothing", cast_to=httpx.Response)
    body: Any = caught.value.body
    assert body["error"]["code"] == 404


@EITHER
@pytest.mark.parametrize("stream", [False, True])
def test_401_is_an_authentication_error(keys_server: Running, strict: bool, stream: bool) -> None:
    options = options_of(keys_server, strict) | {"api_key": "wrong"}
    with perplexity.Perplexity(**options) as client:
        with pytest.raises(perplexity.AuthenticationError) as caught:
            client.chat.completions.create(model="sonar", messages=ASKED, stream=stream)
        body: Any = caught.value.body
        assert body["error"]["code"] == 401


def check_found(found: Any) -> None:
    [result] = found.results
    assert (result.url, result.title, result.date) == (URL, "Whales", None)
    assert SENTENCE in result.snippet
    assert found.id


def test_a_search(client: perplexity.Perplexity) -> None:
    check_found(client.search.create(query=QUESTION))


async def test_a_search_asynchronously(async_client: perplexity.AsyncPerplexity) -> None:
    check_found(await async_client.search.create(query=QUESTION))


def test_a_search_with_everything_that_can_be_said(client: perplexity.Perplexity) -> None:
    found = client.search.create(
        query=[QUESTION, "boats"],
        country="US",
        display_server_time=True,
        max_results=20,
        max_tokens=8,
        max_tokens_per_page=100,
        search_context_size="low",
        search_domain_filter=["sea.example"],
        search_mode="web",
        search_type="web",
    )
    [result] = found.results
    assert result.snippet == SENTENCE
    assert found.server_time is not None


def test_a_search_filter_holds(client: perplexity.Perplexity) -> None:
    dates = {"search_after_date_filter": "1/1/2025", "last_updated_before_filter": "12/31/2025"}
    assert client.search.create(query=QUESTION, search_domain_filter=["-sea.example"]).results == []
    assert client.search.create(query=QUESTION, **dates).results == []  # type: ignore[arg-type]


def test_six_queries_are_a_bad_request(client: perplexity.Perplexity) -> None:
    with pytest.raises(perplexity.BadRequestError) as caught:
        client.search.create(query=["whales"] * 6)
    body: Any = caught.value.body
    assert body["error"]["param"] == "query"
