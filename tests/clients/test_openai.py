"""The official `openai` client, unmodified, with its base URL changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest

from tests.clients.house import ANSWER, QUESTION, SENTENCE, URL
from tests.clients.serving import Running

ASKED: list[Any] = [{"role": "user", "content": QUESTION}]


@pytest.fixture(params=["", "/v1"], ids=["bare", "v1"])
def client(server: Running, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    base = server.url + request.param
    with openai.OpenAI(base_url=base, api_key=server.key, max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(server: Running) -> AsyncIterator[openai.AsyncOpenAI]:
    base = f"{server.url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=server.key, max_retries=0) as client:
        yield client


def check_whole(completion: Any) -> None:
    choice = completion.choices[0]
    assert choice.message.content == ANSWER
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    assert completion.citations == [URL]
    assert completion.search_results[0]["url"] == URL
    assert completion.usage.total_tokens > 0
    assert completion.usage.cost["total_cost"] > 0
    annotation = choice.message.annotations[0]
    assert annotation.type == "url_citation"
    citation = annotation.url_citation
    assert citation.url == URL
    assert choice.message.content[citation.start_index : citation.end_index] == SENTENCE
    assert citation.quote == SENTENCE


def integer_code(error: openai.APIError) -> int:
    """The code as it came; the client's own attribute is made a text of it."""
    body: Any = error.body
    code = body["code"]
    assert type(code) is int
    assert error.code == str(code)
    return code


def check_chunks(chunks: list[Any]) -> None:
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == ANSWER
    assert chunks[0].citations == [URL]
    assert chunks[0].search_results[0]["title"] == "Whales"
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens > 0


def test_a_whole_answer(client: openai.OpenAI) -> None:
    check_whole(client.chat.completions.create(model="sonar", messages=ASKED))


def test_a_streamed_answer(client: openai.OpenAI) -> None:
    check_chunks(list(client.chat.completions.create(model="sonar", messages=ASKED, stream=True)))


def test_the_stream_helper_folds_the_chunks_to_the_same_text(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="sonar", messages=ASKED) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.content == ANSWER


async def test_a_whole_answer_asynchronously(async_client: openai.AsyncOpenAI) -> None:
    check_whole(await async_client.chat.completions.create(model="sonar", messages=ASKED))


async def test_a_streamed_answer_asynchronously(async_client: openai.AsyncOpenAI) -> None:
    stream = await async_client.chat.completions.create(
        model="sonar", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    check_chunks([chunk async for chunk in stream])


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert {"default", "sonar", "sonar-pro"} <= {model.id for model in client.models.list()}
    assert client.models.retrieve("sonar").owned_by == "hydrophone"


def test_search_options_go_in_the_extra_body(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="sonar", messages=ASKED, extra_body={"search_domain_filter": ["other.example"]}
    )
    assert completion.citations == []  # type: ignore[attr-defined]
    notices: Any = completion.notices  # type: ignore[attr-defined]
    assert "not_in_sources" in [notice["type"] for notice in notices]


def test_400_is_a_bad_request_with_an_integer_code(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-2", messages=ASKED)
    assert caught.value.type == "invalid_model"
    assert caught.value.param == "model"
    assert integer_code(caught.value) == 400


def test_a_question_without_text_is_a_bad_request_in_a_stream_too(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="sonar", messages=[{"role": "user", "content": " "}], stream=True
        )
    assert caught.value.type == "invalid_message"


def test_422_is_an_unprocessable_entity(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(model="sonar", messages="hello")  # type: ignore[call-overload]
    assert integer_code(caught.value) == 422
    assert caught.value.param == "messages"


def test_404_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.fine_tuning.jobs.list()
    assert integer_code(caught.value) == 404
    assert caught.value.type == "not_found"


def test_413_is_told_as_such(client: openai.OpenAI) -> None:
    long: Any = [{"role": "user", "content": "x" * 200_000}]
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="sonar", messages=long)
    assert caught.value.status_code == 413
    assert integer_code(caught.value) == 413


@pytest.mark.parametrize("stream", [False, True])
def test_401_is_an_authentication_error(keys_server: Running, stream: bool) -> None:
    with openai.OpenAI(base_url=keys_server.url, api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            client.chat.completions.create(model="sonar", messages=ASKED, stream=stream)
        assert integer_code(caught.value) == 401
        with pytest.raises(openai.AuthenticationError):
            client.models.list()


async def test_leaving_a_stream_early_does_no_harm(async_client: openai.AsyncOpenAI) -> None:
    stream = await async_client.chat.completions.create(model="sonar", messages=ASKED, stream=True)
    await anext(aiter(stream))
    await stream.close()
    check_whole(await async_client.chat.completions.create(model="sonar", messages=ASKED))
