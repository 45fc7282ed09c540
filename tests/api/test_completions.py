"""POST /completions, the older dialect of OpenAI, on a real socket."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hydrophone.types import TextPart, Turn
from tests.api.serving import SCRIPT, SOURCE, USED, Doors, doors
from tests.api.sse_reader import frames_of

ASKED = {"model": "sonar", "prompt": "Do whales sing?"}
URL = SOURCE.result.url


async def post(
    served: Doors, body: dict[str, Any], path: str = "/v1/completions"
) -> httpx.Response:
    async with served.client() as client:
        return await client.post(path, json=body)


@pytest.mark.parametrize("path", ["/v1/completions", "/completions", "/v1/v1/completions"])
async def test_a_prompt_gets_a_text_completion(served: Doors, path: str) -> None:
    body = (await post(served, ASKED, path)).json()
    assert body["object"] == "text_completion"
    assert body["model"] == "sonar"
    assert body["choices"] == [
        {"index": 0, "text": "Whales sing. [1]", "logprobs": None, "finish_reason": "stop"}
    ]
    assert body["citations"] == [URL]
    assert body["search_results"][0]["url"] == URL
    assert body["usage"]["prompt_tokens"] == USED.prompt_tokens
    assert body["usage"]["total_tokens"] == USED.total_tokens


async def test_the_prompt_is_the_question_and_options_are_those_of_chat(served: Doors) -> None:
    await post(served, {"prompt": ["Do whales sing?"], "max_tokens": 9, "disable_search": True})
    [question] = served.answerer.questions
    assert question.turns == (Turn("user", (TextPart("Do whales sing?"),)),)
    assert question.model == "default"
    assert question.output.max_tokens == 9
    assert question.search.enabled is False


@pytest.mark.parametrize("echo", [False, True])
async def test_a_streamed_text_is_the_whole_ones(served: Doors, echo: bool) -> None:
    asked = ASKED | {"echo": echo}
    whole = (await post(served, asked)).json()
    frames = frames_of((await post(served, asked | {"stream": True})).content)
    assert frames[-1].data == "[DONE]"
    chunks = [frame.json for frame in frames[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"text_completion"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    text = "".join(chunk["choices"][0]["text"] for chunk in chunks)
    assert text == whole["choices"][0]["text"]
    assert text.startswith("Do whales sing?") is echo
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, "stop"]
    assert chunks[-1]["usage"] == whole["usage"]
    assert chunks[-1]["citations"] == [URL]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"suffix": "and so on"}, "suffix"),
        ({"n": 2}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"model": "gpt-2"}, "model"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_field(
    served: Doors, more: dict[str, Any], param: str
) -> None:
    response = await post(served, ASKED | more)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["param"] == param
    assert served.answerer.questions == []


@pytest.mark.parametrize("prompt", [None, 5, [[1, 2]], [1, 2]])
async def test_tokens_are_no_prompt(served: Doors, prompt: Any) -> None:
    response = await post(served, {"prompt": prompt})
    assert response.status_code == 422
    assert response.json()["error"]["param"].startswith("prompt")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_has_its_status_and_a_row(stream: bool) -> None:
    async with doors([RuntimeError("secret"), *SCRIPT]) as served:
        response = await post(served, ASKED | {"stream": stream})
        assert response.status_code == 500
        assert response.json()["error"]["type"] == "internal_error"
        assert "secret" not in response.text
        [row] = served.ledger.rows
        assert (row.outcome, row.door) == ("failed", "completions")
