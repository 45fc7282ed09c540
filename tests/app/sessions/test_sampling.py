"""Fields of sampling: a web session cannot be told them, so nobody who asks one is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.app.sessions.asking import ASK, CHAT, asked, body_of
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService

RESPONSES = "/v1/responses"


async def test_fields_of_sampling_are_taken_and_have_no_effect(
    client: httpx.AsyncClient, service: WebService
) -> None:
    sampling = {
        "temperature": 2,
        "top_p": 0.1,
        "max_tokens": 1,
        "max_completion_tokens": 1,
        "presence_penalty": 2,
        "frequency_penalty": -2,
        "logit_bias": {"50256": -100},
        "logprobs": True,
        "top_logprobs": 5,
        "seed": 7,
        "stop": ["world"],
        "user": "someone",
        "metadata": {"a": "b"},
        "store": False,
        "service_tier": "auto",
        "reasoning_effort": "high",
    }
    body = await asked(client, **sampling)
    assert body["choices"][0]["message"]["content"] == "Hello world."
    assert body["choices"][0]["finish_reason"] == "stop"
    await asked(client)
    sent = [one.body["params"] for one in service.state.asked(ASK)]
    own = {"frontend_uuid", "frontend_context_uuid"}
    first, second = ({name: one[name] for name in one.keys() - own} for one in sent)
    assert first == second


BEYOND: Mapping[str, object] = {
    "max_tokens": -1,
    "max_completion_tokens": 200_000,
    "temperature": 2.5,
    "top_p": 1.5,
    "top_k": -1,
    "presence_penalty": 9,
    "frequency_penalty": -9,
    "seed": "x",
    "stop": 5,
}


@pytest.mark.parametrize("name", [*BEYOND, "all of them"])
async def test_fields_of_sampling_have_no_limits_where_nobody_heeds_them(
    client: httpx.AsyncClient, name: str
) -> None:
    beyond = BEYOND if name == "all of them" else {name: BEYOND[name]}
    body = await asked(client, **beyond)
    assert body["choices"][0]["message"]["content"] == "Hello world."
    prompt = await client.post("/v1/completions", json={"model": "best", "prompt": "?", **beyond})
    assert prompt.json()["choices"][0]["text"] == "Hello world."


async def test_what_is_wrong_beside_fields_of_sampling_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=body_of(top_k=-1, stream="perhaps"))
    assert answer.status_code == 422
    assert answer.json()["error"]["param"] == "stream"
    unknown = await client.post(CHAT, json={**body_of(top_k=-1), "model": "none"})
    assert unknown.status_code == 400


OF_RESPONSES: Mapping[str, object] = {"max_output_tokens": 0, "temperature": 2.5, "top_p": 1.5}


def text_of(response: Mapping[str, Any]) -> str:
    """The text of a body of the Responses API."""
    parts = [part for item in response["output"] for part in item.get("content", ())]
    return "".join(part["text"] for part in parts)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", [*OF_RESPONSES, "all of them"])
async def test_they_have_no_limits_in_the_responses_api_either(
    client: httpx.AsyncClient, name: str, stream: bool
) -> None:
    every = {**BEYOND, **OF_RESPONSES}
    beyond = every if name == "all of them" else {name: OF_RESPONSES[name]}
    body = {"model": "openai/gpt-5.4", "input": "Which?", "stream": stream, **beyond}
    answer = await client.post(RESPONSES, json=body)
    assert answer.status_code == 200, answer.text
    last = answer.text.strip().rpartition("data: ")[2] if stream else answer.text
    told = json.loads(last)
    assert text_of(told["response"] if stream else told) == "Hello world [1]."


async def test_they_have_limits_where_another_model_may_answer(
    start: Starter, token: str, service: WebService
) -> None:
    client = await start(mode="auto", session_token=token)
    beyond = {"input": "Which?", "temperature": 2.5}
    for models in ({"models": ["gpt-5.4", "sonar"]}, {"model": "sonar"}, {"preset": "fast"}):
        refused = await client.post(RESPONSES, json=beyond | models)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "temperature"
    body = {**body_of(top_k=-1), "model": "sonar"}
    for path, sent in ((CHAT, body), ("/v1/async/sonar", {"request": body})):
        refused = await client.post(path, json=sent)
        assert refused.status_code in (400, 422)
        assert refused.json()["error"]["param"].endswith("top_k")
    assert not service.state.asked(ASK)


async def test_what_is_wrong_beside_them_is_told_in_the_responses_api(
    client: httpx.AsyncClient,
) -> None:
    for param, value in {"nonsense": 1, "max_steps": 0, "model": "local/none"}.items():
        body = {"model": "best", "input": "Which?", "temperature": 9, param: value}
        answer = await client.post(RESPONSES, json=body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_they_have_no_limits_in_the_background(start: Starter, token: str) -> None:
    client = await start(mode="auto", session_token=token)
    order = {"request": {**body_of(**BEYOND), "model": "perplexity-auto"}}
    begun = await client.post("/v1/async/sonar", json=order)
    assert begun.status_code == 200, begun.text
    told = begun.json()
    while told["status"] not in ("COMPLETED", "FAILED"):
        await asyncio.sleep(0.02)
        told = (await client.get(f"/v1/async/sonar/{told['id']}")).json()
    assert told["response"]["choices"][0]["message"]["content"] == "Hello world."


LINES: Mapping[str, dict[str, object]] = {
    CHAT: {**body_of(**BEYOND), "model": "perplexity-auto"},
    RESPONSES: {"input": "Which?", "model": "perplexity-auto", **OF_RESPONSES},
}


@pytest.mark.parametrize("path", LINES)
async def test_they_have_no_limits_in_a_batch(start: Starter, token: str, path: str) -> None:
    client = await start(mode="auto", session_token=token)
    line = {"custom_id": "one", "method": "POST", "url": path, "body": LINES[path]}
    form = {"file": ("lines.jsonl", json.dumps(line).encode())}
    sent = await client.post("/v1/files", data={"purpose": "batch"}, files=form)
    order = {"input_file_id": sent.json()["id"], "endpoint": path}
    batch = (await client.post("/v1/batches", json=order)).json()
    while batch["status"] not in ("completed", "failed"):
        await asyncio.sleep(0.02)
        batch = (await client.get(f"/v1/batches/{batch['id']}")).json()
    assert batch["request_counts"]["completed"] == 1, batch
    row = (await client.get(f"/v1/files/{batch['output_file_id']}/content")).json()
    assert "Hello world" in json.dumps(row["response"]["body"])
