"""POST /chat/completions, whole and streamed, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from hydrophone.errors import RateLimited, UpstreamError
from hydrophone.scripted import ScriptItem
from hydrophone.types import Sources, Text
from tests.api.serving import SOURCE, VERSION, Doors, doors
from tests.api.sse_reader import frames_of

ASKED = {"model": "sonar", "messages": [{"role": "user", "content": "Do whales sing?"}]}
FOREVER = 3600.0


async def post(served: Doors, body: dict[str, Any]) -> httpx.Response:
    async with served.client() as client:
        return await client.post("/v1/chat/completions", json=body)


async def ask_scripted(script: Sequence[ScriptItem], **more: Any) -> httpx.Response:
    async with doors(script) as served:
        return await post(served, ASKED | more)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/chat/completions",
        "/v1/sonar",
        "/sonar",
        "/v1/v1/chat/completions",
        "/v1/v1/sonar",
    ],
)
async def test_a_whole_answer_has_the_shape_of_both_dialects(
    client: httpx.AsyncClient, path: str
) -> None:
    body = (await client.post(path, json=ASKED)).json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "sonar"
    choice = body["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"] == "Whales sing. [1]"
    assert choice["delta"] == {"role": "assistant", "content": ""}
    assert body["citations"] == ["https://a.example/x"]
    assert body["search_results"] == [
        {
            "title": "Whales",
            "url": "https://a.example/x",
            "snippet": "Whales sing.",
            "content": "Whales sing.",
            "source": "web",
        }
    ]


async def test_the_proof_of_a_citation_stands_beside_its_url(client: httpx.AsyncClient) -> None:
    body = (await client.post("/v1/chat/completions", json=ASKED)).json()
    [annotation] = body["choices"][0]["message"]["annotations"]
    assert annotation["url_citation"] == {
        "url": "https://a.example/x",
        "title": "Whales",
        "start_index": 0,
        "end_index": 12,
        "number": 1,
        "quote": "Whales sing.",
        "source_sha256": VERSION,
        "source_start": 0,
        "source_end": 12,
        "verdict": "exact",
        "score": 1.0,
        "origin": "writer",
    }


async def test_usage_and_cost_follow_the_price_of_the_model(client: httpx.AsyncClient) -> None:
    usage = (await client.post("/v1/chat/completions", json=ASKED)).json()["usage"]
    assert usage == {
        "prompt_tokens": 3,
        "completion_tokens": 5,
        "total_tokens": 8,
        "search_context_size": "low",
        "num_search_queries": 1,
        "cost": {
            "input_tokens_cost": 0.000003,
            "output_tokens_cost": 0.00001,
            "request_cost": 0.005,
            "total_cost": 0.005013,
        },
    }


async def test_a_request_without_a_model_gets_the_default_one(client: httpx.AsyncClient) -> None:
    body = (await client.post("/v1/chat/completions", json={"messages": ASKED["messages"]})).json()
    assert body["model"] == "default"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_fails_first_gets_its_own_status(stream: bool) -> None:
    response = await ask_scripted([UpstreamError("the model is gone")], stream=stream)
    assert response.status_code == 502
    assert response.json() == {
        "error": {"message": "the model is gone", "type": "bad_gateway", "code": 502}
    }


@pytest.mark.parametrize("stream", [False, True])
async def test_a_limited_caller_is_told_when_to_come_again(stream: bool) -> None:
    response = await ask_scripted([RateLimited("too many", retry_after_s=1.2)], stream=stream)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "2"
    assert response.json()["error"]["code"] == 429


async def test_a_whole_answer_that_fails_late_still_has_its_status() -> None:
    response = await ask_scripted([Sources(complete=True), Text("a"), UpstreamError("gone")])
    assert response.status_code == 502
    assert "choices" not in response.json()


async def test_a_defect_says_nothing_of_the_inside() -> None:
    response = await ask_scripted([ValueError("a secret path")])
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "internal_error"
    assert "secret" not in response.text


async def test_a_stream_that_fails_late_ends_with_an_error_event_and_no_done() -> None:
    script = [Sources((SOURCE,), complete=True), Text("Whales"), UpstreamError("gone")]
    response = await ask_scripted(script, stream=True)
    frames = frames_of(response.content)
    assert response.status_code == 200
    assert [frame.name for frame in frames] == ["message", "message", "error"]
    assert frames[-1].json == {"error": {"message": "gone", "type": "bad_gateway", "code": 502}}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_finished_answer_leaves_one_row(served: Doors, stream: bool) -> None:
    await post(served, ASKED | {"stream": stream})
    [row] = served.ledger.rows
    assert (row.outcome, row.model, row.door) == ("done", "sonar", "chat")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("begun", [False, True], ids=["before the text", "in the text"])
async def test_a_caller_who_leaves_stops_the_work_and_leaves_one_row(
    stream: bool, begun: bool
) -> None:
    opening: list[ScriptItem] = [Sources(complete=True), Text("Whales ")] if begun else []
    async with doors([*opening, FOREVER]) as served:
        await leave_early(served, ASKED | {"stream": stream}, after_text=stream and begun)
        row = await served.ledger.first_row()
        assert row.outcome == "disconnected"
        assert served.answerer.stopped == 1
        assert len(served.ledger.rows) == 1


async def leave_early(served: Doors, body: dict[str, Any], *, after_text: bool) -> None:
    """Send a request; close the socket when text has come, or when the work has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    request = httpx.Request("POST", served.url, json=body)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Content-Length: {len(request.content)}\r\n\r\n"
    )
    writer.write(head.encode() + request.content)
    async with asyncio.timeout(10):
        if after_text:
            await reader.readuntil(b'"delta":{"role":"assistant","content":"Whales "')
        while not served.answerer.questions:  # noqa: ASYNC110 - the answerer has no event for it
            await asyncio.sleep(0.005)
    writer.close()
    await writer.wait_closed()


async def test_an_answer_that_is_not_streamed_is_one_body_of_json(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post("/v1/chat/completions", json=ASKED | {"stream": None})
    assert response.headers["content-type"] == "application/json"
    assert response.json()["choices"][0]["message"]["role"] == "assistant"


async def test_many_at_once_get_each_their_own_answer(served: Doors) -> None:
    asked = (post(served, ASKED | {"stream": n % 2 == 0}) for n in range(20))
    bodies = await asyncio.gather(*asked)
    assert {body.status_code for body in bodies} == {200}
    assert len({row.request_id for row in served.ledger.rows}) == 20
    assert {row.outcome for row in served.ledger.rows} == {"done"}


@pytest.mark.parametrize("stream", [False, True])
async def test_the_model_is_asked_and_echoed_as_it_was_sent(served: Doors, stream: bool) -> None:
    response = await post(served, ASKED | {"model": "older-sonar", "stream": stream})
    bodies = [frame.json for frame in frames_of(response.content)[:-1]] or [response.json()]
    assert {body["model"] for body in bodies} == {"older-sonar"}
    assert served.answerer.questions[0].model == "older-sonar"
    assert bodies[-1]["usage"]["cost"]["request_cost"] > 0
