"""POST /v1/events: every event as it is, and what its body may say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hydrophone.codec import decode
from hydrophone.errors import UpstreamError
from hydrophone.types import Extras, Filter, Sources
from tests.api.serving import KEY, SCRIPT, Doors, doors
from tests.api.sse_reader import frames_of

PATH = "/v1/events"


async def test_every_event_comes_through_the_codec_unchanged(client: httpx.AsyncClient) -> None:
    frames = frames_of((await client.post(PATH, json={"question": "?"})).content)
    assert [frame.name for frame in frames] == [
        "step",
        "step_result",
        "sources",
        "text",
        "text",
        "citation",
        "finished",
    ]
    assert tuple(decode(frame.data) for frame in frames) == SCRIPT


async def test_a_question_carries_its_conversation_and_its_limits(
    served: Doors, client: httpx.AsyncClient
) -> None:
    body = {
        "question": "And boats?",
        "model": "sonar",
        "history": [{"role": "user", "text": "a"}, {"role": "assistant", "text": "b"}],
        "collections": ["sea"],
        "max_results": 3,
    }
    await client.post(PATH, json=body)
    [question] = served.answerer.questions
    assert [(turn.role, turn.text) for turn in question.turns] == [
        ("user", "a"),
        ("assistant", "b"),
        ("user", "And boats?"),
    ]
    assert question.model == "sonar"
    assert question.search.filter == Filter(collections=("sea",))
    assert question.search.max_results == 3
    assert served.ledger.rows[0].door == "events"


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 422, "question"),
        ({"question": 5}, 422, "question"),
        ({"question": ""}, 400, "question"),
        ({"question": "x" * 100_001}, 413, None),
        ({"question": "?", "model": "gpt-2"}, 400, "model"),
        ({"question": "?", "history": [{"role": "system", "text": "x"}]}, 400, "history[0].role"),
        ({"question": "?", "history": "x"}, 422, "history"),
        ({"question": "?", "max_results": 0}, 400, "max_results"),
    ],
)
async def test_a_body_that_is_wrong_is_refused(
    served: Doors, client: httpx.AsyncClient, body: dict[str, Any], status: int, param: str | None
) -> None:
    response = await client.post(PATH, json=body)
    assert response.status_code == status
    assert response.json()["error"].get("param") == param
    assert served.answerer.questions == []


async def test_an_answer_that_fails_late_ends_with_an_error_event() -> None:
    script = [Sources(complete=True), UpstreamError("gone")]
    async with doors(script) as served, served.client() as client:
        frames = frames_of((await client.post(PATH, json={"question": "?"})).content)
    assert [frame.name for frame in frames] == ["sources", "error"]
    assert frames[-1].json["error"]["message"] == "gone"


async def test_a_web_page_of_another_origin_cannot_ask_by_a_form(served: Doors) -> None:
    """A form sends text/plain without asking first; only Origin tells it from our own page."""
    async with served.client() as client:
        headers = {"Content-Type": "text/plain", "Origin": "https://evil.example"}
        response = await client.post(PATH, content=b'{"question":"?"}', headers=headers)
    assert response.status_code == 403
    assert served.answerer.questions == []


async def test_with_keys_the_page_asks_with_one() -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        response = await client.post(PATH, json={"question": "?"}, headers=headers)
    assert response.status_code == 200


async def test_kinds_and_media_reach_the_answerer(served: Doors, client: httpx.AsyncClient) -> None:
    body = {"question": "whales?", "kinds": ["academic", "own"], "images": True, "videos": True}
    assert (await client.post("/v1/events", json=body)).status_code == 200
    [question] = served.answerer.questions
    assert question.search.kinds == ("academic", "own")
    assert question.extras == Extras(images=True, videos=True)


async def test_an_unknown_kind_is_refused(client: httpx.AsyncClient) -> None:
    body = {"question": "whales?", "kinds": ["dreams"]}
    response = await client.post("/v1/events", json=body)
    assert response.status_code == 400
    assert "kinds" in response.json()["error"]["param"]
