"""The endpoints of the servers before this one: their paths, their bodies, their statuses."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import httpx
import openai
import pytest

from tests.app.sessions.asking import ASK, CHAT, asked, body_of
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.streams import ROWS

URLS = [row["url"] for row in ROWS]


async def test_health_is_told_to_everybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"Authorization": ""})
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "healthy")
    assert body["uptime"] >= 0
    assert body["models"] == len((await client.get("/v1/models")).json()["data"])


async def test_stats_count_requests_conversations_and_models(client: httpx.AsyncClient) -> None:
    await asked(client)
    await asked(client, conversation_id="mine")
    before = time.time()
    await client.post("/v1/models/refresh")
    body = (await client.get("/stats")).json()
    assert body["requests"] == 4
    assert body["conversations"] == {"total": 2, "users": 1, "messages": 4}
    assert body["models"]["count"] > 40
    assert before - 1 <= body["models"]["last_refresh"] <= time.time() + 1
    assert body["accounts"] == 1


async def test_models_are_listed_one_by_one_and_refreshed(
    client: httpx.AsyncClient, service: WebService
) -> None:
    one = (await client.get("/v1/models/gpt-5.4")).json()
    assert (one["id"], one["object"]) == ("gpt-5.4", "model")
    assert (await client.get("/v1/models/openai/gpt-5.4")).status_code == 200
    assert (await client.get("/v1/models/none")).status_code == 400
    service.state.models = {"models": {"new_one": {"label": "New", "mode": "search"}}}
    refreshed = (await client.post("/v1/models/refresh")).json()
    ids = [one["id"] for one in (await client.get("/v1/models")).json()["data"]]
    assert "new_one" in ids
    counts = {
        "refresh": refreshed["count"],
        "stats": (await client.get("/stats")).json()["models"]["count"],
        "health": (await client.get("/health")).json()["models"],
    }
    assert counts == dict.fromkeys(counts, len(ids))
    assert refreshed == {"status": "ok", "count": len(ids)}


async def test_models_are_counted_as_they_are_listed_beside_the_engine_too(
    start: Starter, token: str
) -> None:
    client = await start(mode="auto", session_token=token)
    refreshed = (await client.post("/v1/models/refresh")).json()["count"]
    listed = len((await client.get("/v1/models")).json()["data"])
    stats = (await client.get("/stats")).json()["models"]["count"]
    assert [refreshed, stats, (await client.get("/health")).json()["models"]] == [listed] * 3


async def test_a_conversation_is_listed_with_all_that_the_reference_tells(
    client: httpx.AsyncClient,
) -> None:
    before = time.time()
    told = await asked(client, model="gpt-5.4", conversation_id="mine")
    assert told["conversation_id"] == "mine"
    (one,) = (await client.get("/conversations")).json()["conversations"]
    assert (one["id"], one["model"], one["message_count"]) == ("mine", "gpt-5.4", 2)
    assert before - 1 <= one["created_at"] <= one["last_used"] <= time.time() + 1
    assert one["thread_uuid"] == told["perplexity"]["thread_uuid"]
    assert (await client.delete("/conversations/mine")).json() == {"status": "deleted"}
    assert (await client.get("/conversations")).json() == {"conversations": []}


@pytest.mark.parametrize("path", ["/conversations", "/v1/conversations"])
async def test_a_conversation_is_deleted_by_any_id_that_it_may_have(
    client: httpx.AsyncClient, path: str
) -> None:
    for id in ("a/b", "a/b/", "a b?c", "ä%2F"):
        assert (await asked(client, conversation_id=id))["conversation_id"] == id
        answer = await client.delete(f"{path}/{quote(id, safe='')}")
        assert answer.json() == {"status": "deleted"}, id
    assert (await client.get("/conversations")).json() == {"conversations": []}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_is_gone_on_with_by_either_of_its_ids(
    client: httpx.AsyncClient, service: WebService, stream: bool
) -> None:
    first = await client.post(CHAT, json=body_of("One?", stream=stream))
    begun = first.headers["x-conversation-id"]
    (kept,) = (await client.get("/conversations")).json()["conversations"]
    assert kept["id"] == begun
    again = await client.post(CHAT, json=body_of("Two?", conversation_id=begun, stream=stream))
    assert again.headers["x-conversation-id"] == begun
    thread = {"thread_uuid": kept["thread_uuid"]}
    await client.post(CHAT, json=body_of("Three?", perplexity=thread, stream=stream))
    bodies = [one.body for one in service.state.asked(ASK)]
    assert [one["query_str"] for one in bodies] == ["One?", "Two?", "Three?"]
    assert [one["params"]["query_source"] for one in bodies] == ["home", "followup", "followup"]
    (kept,) = (await client.get("/conversations")).json()["conversations"]
    assert kept["message_count"] == 6


async def test_a_thread_that_is_nowhere_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=body_of(perplexity={"thread_uuid": "nowhere"}))
    assert answer.status_code == 404


async def test_prompts_are_answered_with_sources_and_title(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/completions", json={"model": "best", "prompt": "Which?"})
    body = answer.json()
    assert (body["object"], body["choices"][0]["text"]) == ("text_completion", "Hello world.")
    assert answer.headers["x-conversation-id"] == body["conversation_id"]
    assert body["citations"] == [row["url"] for row in body["search_results"]] == URLS
    assert body["perplexity"]["title"] == "A greeting"


@pytest.mark.parametrize("stream", [False, True])
async def test_responses_have_sources_and_title(client: httpx.AsyncClient, stream: bool) -> None:
    body = {"model": "best", "input": "Which?", "stream": stream}
    answer = await client.post("/v1/responses", json=body)
    last = answer.text.strip().rpartition("data: ")[2] if stream else answer.text
    told = json.loads(last)["response"] if stream else json.loads(last)
    (found,) = [one for one in told["output"] if one["type"] == "search_results"]
    assert [one["url"] for one in found["results"]] == URLS
    assert told["perplexity"]["title"] == "A greeting"


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embeddings"])
async def test_embeddings_are_501_for_who_is_known(client: httpx.AsyncClient, path: str) -> None:
    body = {"model": "text-embedding-3-small", "input": "a"}
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, 501)
    assert answer.headers["x-should-retry"] == "false"
    assert (await client.post(path, json=body, headers={"Authorization": ""})).status_code == 401


async def test_the_openai_client_is_not_kept_waiting_for_embeddings(
    client: httpx.AsyncClient, token: str
) -> None:
    async with openai.AsyncOpenAI(base_url=f"{client.base_url}/v1", api_key=token) as sdk:
        with pytest.raises(openai.InternalServerError, match="makes no vectors"):
            await sdk.embeddings.create(model="text-embedding-3-small", input="a")
    assert (await client.get("/stats")).json()["requests"] == 2


async def test_a_get_of_the_chat_path_says_how_to_ask(client: httpx.AsyncClient) -> None:
    told = (await client.get(CHAT)).json()
    assert (told["endpoint"], told["method"]) == (CHAT, "POST")
    assert (await client.get(CHAT, headers={"Authorization": ""})).status_code == 401


async def test_one_answer_is_written_for_a_request(
    client: httpx.AsyncClient, service: WebService
) -> None:
    refused = await client.post(CHAT, json=body_of(n=2))
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "n")
    assert not service.state.asked(ASK)
    await asked(client, n=1)


async def test_a_refusal_of_an_earlier_answer_is_text(
    client: httpx.AsyncClient, service: WebService
) -> None:
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "Not that."}]}
    messages = [{"role": "user", "content": "Hi"}, refused, {"role": "user", "content": "And?"}]
    answer = await client.post(CHAT, json={"model": "best", "messages": messages})
    assert answer.status_code == 200, answer.text
    assert service.state.asked(ASK)[-1].body["query_str"] == "Hi\n\nNot that.\n\nAnd?"


async def test_the_block_of_options_reaches_the_service(
    client: httpx.AsyncClient, service: WebService
) -> None:
    block = {
        "search_focus": "web",
        "source_focus": ["academic", "finance"],
        "time_range": "last_month",
        "language": "de-DE",
        "timezone": "Europe/Berlin",
        "coordinates": {"latitude": 52.5, "longitude": 13.4},
        "save_to_library": True,
        "allow_risky_model": True,
    }
    await asked(client, model="custom:some_model", perplexity=block)
    params = service.state.asked(ASK)[0].body["params"]
    assert params["model_preference"] == "some_model"
    assert params["skip_search_enabled"] is False
    assert params["sources"] == ["scholar", "edgar"]
    assert params["search_recency_filter"] == "MONTH"
    assert (params["language"], params["timezone"]) == ("de-DE", "Europe/Berlin")
    place = params["client_coordinates"]
    assert (place["location_lat"], place["location_lng"]) == (52.5, 13.4)
    assert params["is_incognito"] is False
    await asked(client, perplexity={"search_focus": "writing"})
    params = service.state.asked(ASK)[1].body["params"]
    assert (params["skip_search_enabled"], params["sources"]) == (True, [])
    assert params["is_incognito"] is True


async def test_pages_of_reference_are_there(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc"):
        assert "html" in (await client.get(path)).headers["content-type"]
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "get" in paths[CHAT]
    assert {"/conversations", "/v1/models/refresh", "/stats", "/health"} <= set(paths)
    assert "/v1/embeddings" not in paths


@pytest.mark.slow
async def test_the_engine_is_paced_once_somebody_has_set_the_pace(
    start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = {"mode": "auto", "offline": True}
    body = body_of(model="sonar")
    free = await start(**engine)
    assert [(await free.post(CHAT, json=body)).status_code for _ in range(2)] == [200, 200]
    monkeypatch.setenv("REQUESTS_PER_MINUTE", "1")
    paced = await start(**engine)
    assert [(await paced.post(CHAT, json=body)).status_code for _ in range(2)] == [200, 429]
