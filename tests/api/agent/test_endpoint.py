"""POST /v1/responses over real sockets: whole, streamed, refused, failed, left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import orjson
import pytest

from hydrophone.accounts.gate import Gate
from hydrophone.api.agent.endpoint import PATHS
from hydrophone.api.application import build_application
from hydrophone.catalog import Catalog
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest, RateLimited, UpstreamError
from hydrophone.ports import Answerer, House
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.types import Notice, Sources, Text
from tests.api.serving import (
    BODY_LIMIT_BYTES,
    KEY,
    SCRIPT,
    Doorkeeper,
    Doors,
    WatchedLedger,
    doors,
    serving,
)
from tests.api.sse_reader import frames_of

PATH = "/v1/responses"
BODY = {"model": "perplexity/sonar", "input": "?", "tools": [{"type": "web_search"}]}
BROKEN = (Sources(complete=True), Text("Whales "), UpstreamError("gone"))


async def asked_of(script: Sequence[Any], **body: Any) -> httpx.Response:
    async with doors(script) as served, served.client() as client:
        return await client.post(PATH, json={**BODY, **body})


async def test_a_question_is_answered_with_its_sources(
    served: Doors, client: httpx.AsyncClient
) -> None:
    answer = (await client.post(PATH, json=BODY)).json()
    assert (answer["object"], answer["status"]) == ("response", "completed")
    found, message = answer["output"]
    assert found["results"][0]["url"] == "https://a.example/x"
    assert message["content"][0]["text"] == "Whales sing. [1]"
    assert answer["completed_at"] >= answer["created_at"]
    [row] = served.ledger.rows
    assert (row.door, row.outcome) == ("agent", "done")
    assert answer["id"] == f"resp_{row.request_id}"


@pytest.mark.parametrize("path", [*PATHS, "/v1/v1/responses"])
async def test_every_path_answers(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.post(path, json=BODY)).json()["status"] == "completed"


async def test_a_stream_has_no_names_no_done_and_one_end(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={**BODY, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = frames_of(answer.content)
    assert {frame.name for frame in told} == {"message"}
    assert b"[DONE]" not in answer.content
    kinds = [frame.json["type"] for frame in told]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds.count("response.completed") == 1
    assert kinds[-1] == "response.completed"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_request_that_is_refused_never_begins(stream: bool) -> None:
    wrong = InvalidRequest("not so", param="response_format")
    answer = await asked_of([wrong], stream=stream)
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": "not so",
        "type": "invalid_request",
        "code": 400,
        "param": "response_format",
    }


@pytest.mark.parametrize("stream", [True, False])
async def test_fields_are_named_as_in_this_dialect(stream: bool) -> None:
    wrong = InvalidRequest("the file cannot be read", param="messages")
    refusal = await asked_of([wrong], stream=stream)
    assert (refusal.status_code, refusal.json()["error"]["param"]) == (400, "input")
    late = await asked_of([Sources(complete=True), wrong])
    assert late.json()["error"]["param"] == "input"


async def test_too_many_requests_say_when_to_come_again() -> None:
    answer = await asked_of([RateLimited("too many", retry_after_s=3)])
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


async def test_what_fails_on_the_way_is_a_failed_response() -> None:
    whole = await asked_of(BROKEN)
    assert whole.status_code == 200
    assert whole.json()["status"] == "failed"
    assert whole.json()["error"]["message"] == "gone"
    streamed = await asked_of(BROKEN, stream=True)
    last = frames_of(streamed.content)[-1].json
    assert (last["type"], last["error"]["code"]) == ("response.failed", "bad_gateway")


async def test_unknown_fields_are_refused_and_a_lenient_server_takes_openais() -> None:
    async with doors() as served, served.client() as client:
        refusal = await client.post(PATH, json={**BODY, "include": []})
        assert refusal.status_code == 400
        assert refusal.json()["error"]["param"] == "include"
    async with doors(agent_lenient=True) as served, served.client() as client:
        assert (await client.post(PATH, json={**BODY, "include": []})).status_code == 200
        assert (await client.post(PATH, json={**BODY, "nonsense": 1})).status_code == 400


async def test_another_providers_model_is_answered_by_the_servers_default(
    served: Doors, client: httpx.AsyncClient
) -> None:
    answer = (await client.post(PATH, json={**BODY, "model": "xai/grok-4"})).json()
    assert answer["model"] == "hydrophone/default"
    assert [notice["type"] for notice in answer["notices"]] == ["downgrade"]
    [question] = served.answerer.questions
    assert question.model == "default"


async def test_a_body_that_is_no_object_or_too_large_is_refused(client: httpx.AsyncClient) -> None:
    for content, status in ((b"[]", 400), (b"{", 400), (b'{"input":"' + b"a" * 30_000, 413)):
        assert (await client.post(PATH, content=content)).status_code == status


async def test_a_key_is_needed_where_there_are_keys() -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        assert (await client.post(PATH, json=BODY)).status_code == 401
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert (await client.post(PATH, json=BODY, headers=bearer)).status_code == 200


async def test_the_work_stops_when_the_caller_goes_away() -> None:
    script = (*SCRIPT[:4], 60.0, *SCRIPT[4:])
    async with doors(script) as served, served.client() as client:
        body = {**BODY, "stream": True}
        async with client.stream("POST", PATH, json=body) as answer:
            async for line in answer.aiter_lines():
                if line and orjson.loads(line.removeprefix("data: "))["type"].endswith("delta"):
                    break
        row = await served.ledger.first_row()
        assert (row.outcome, served.answerer.stopped) == ("disconnected", 1)


async def test_what_the_engine_notices_is_told(client: httpx.AsyncClient) -> None:
    answer = await asked_of([Notice("no_reranker", "By words."), *SCRIPT])
    assert answer.json()["notices"] == [{"type": "no_reranker", "message": "By words."}]


async def test_the_work_stops_when_the_caller_of_a_whole_answer_goes_away() -> None:
    async with doors((*SCRIPT[:4], 60.0)) as served, served.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(PATH, json=BODY, timeout=0.5)
        row = await served.ledger.first_row()
        assert (row.outcome, served.answerer.stopped) == ("disconnected", 1)


async def test_where_a_model_fails_the_next_one_of_the_list_answers_and_is_charged() -> None:
    def engine(profile: Profile) -> Answerer:
        return ScriptedAnswerer([UpstreamError("gone")] if profile.price.low_usd else SCRIPT)

    catalog, ledger = Catalog(engine, chat_model="tiny"), WatchedLedger()
    gate = Gate(catalog, ledger, price_of=catalog.price)
    application = build_application(
        House(gate, Doorkeeper(), catalog),
        max_body_bytes=BODY_LIMIT_BYTES,
        default_model="default",
        cors_origins=(),
    )
    models = ["perplexity/sonar-pro", "local/tiny"]
    asked = {"models": models, "input": "?", "tools": [{"type": "web_search"}]}
    async with serving(application) as url, httpx.AsyncClient(base_url=url) as client:
        answer = (await client.post(PATH, json=asked)).json()
    assert (answer["status"], answer["model"]) == ("completed", "local/tiny")
    assert [notice["type"] for notice in answer["notices"]] == ["downgrade"]
    assert answer["usage"]["cost"]["total_cost"] == 0.0
    [row] = ledger.rows
    assert (row.model, row.cost_usd) == ("local/tiny", 0.0)
