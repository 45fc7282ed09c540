"""The server of web sessions: who may ask it, what it answers, and what it keeps."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.app.sessions.asking import ASK, CHAT, bearing, body_of
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account

SESSION = "X-Perplexity-Session-Token"
ELSE = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"


async def test_every_request_needs_a_session_token(client: httpx.AsyncClient) -> None:
    for headers in ({"Authorization": ""}, bearing("hp-a-key")):
        for path in ("/v1/models", "/conversations", "/stats"):
            assert (await client.get(path, headers=headers)).status_code == 401
        assert (await client.post(CHAT, json=body_of(), headers=headers)).status_code == 401
    assert (await client.get("/health", headers={"Authorization": ""})).status_code == 200


async def test_an_unknown_session_is_401(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=body_of(), headers=bearing(ELSE))
    assert answer.status_code == 401
    assert ELSE not in answer.text


async def test_an_answer_has_sources_title_and_a_conversation_to_go_on_with(
    client: httpx.AsyncClient, service: WebService
) -> None:
    answer = await client.post(CHAT, json=body_of("One?"))
    body = answer.json()
    assert body["model"] == "perplexity-auto"
    assert body["choices"][0]["message"]["content"] == "Hello world."
    assert body["citations"] == [one["url"] for one in body["search_results"]]
    assert body["perplexity"]["title"] == "A greeting"
    assert answer.headers["x-conversation-id"] == body["conversation_id"]
    more = body_of("Two?", perplexity={"thread_uuid": body["perplexity"]["thread_uuid"]})
    again = (await client.post(CHAT, json=more)).json()
    assert again["conversation_id"] == body["conversation_id"]
    (kept,) = (await client.get("/conversations")).json()["conversations"]
    assert (kept["id"], kept["message_count"]) == (body["conversation_id"], 4)
    sources = [seen.body["params"]["query_source"] for seen in service.state.seen if _asks(seen)]
    assert sources == ["home", "followup"]


async def test_conversations_are_the_callers_own(
    client: httpx.AsyncClient, service: WebService
) -> None:
    service.state.accounts.append(Account("else@example.org", ELSE))
    first = (await client.post(CHAT, json=body_of())).json()["conversation_id"]
    other = bearing(ELSE)
    assert (await client.get("/conversations", headers=other)).json() == {"conversations": []}
    path = f"/conversations/{first}"
    assert (await client.delete(path, headers=other)).status_code == 404
    assert (await client.delete(path)).json() == {"status": "deleted"}
    assert (await client.delete(path)).status_code == 404


@pytest.mark.parametrize("mode", ["keys", "auto"])
async def test_conversations_of_sessions_behind_one_caller_are_each_their_own(
    start: Starter, service: WebService, token: str, mode: str
) -> None:
    service.state.accounts.append(Account("else@example.org", ELSE))
    client = await start(mode=mode, api_keys=("a-key",) if mode == "keys" else ())
    if mode == "keys":
        ours, theirs, nobody = ({**bearing("a-key"), SESSION: one} for one in (token, ELSE, ""))
    else:
        ours, theirs, nobody = bearing(token), bearing(ELSE), {"Authorization": ""}

    async def ids(headers: dict[str, str]) -> list[str]:
        listed = await client.get("/conversations", headers=headers)
        return [one["id"] for one in listed.json()["conversations"]]

    body = body_of("One?", model="best", conversation_id="shared")
    assert (await client.post(CHAT, json=body, headers=ours)).status_code == 200
    assert (await ids(ours), await ids(theirs), await ids(nobody)) == (["shared"], [], [])
    for headers in (theirs, nobody):
        answer = await client.delete("/conversations/shared", headers=headers)
        assert answer.status_code == 404
    for headers in (theirs, ours):
        assert (await client.post(CHAT, json=body, headers=headers)).status_code == 200
    sources = [seen.body["params"]["query_source"] for seen in service.state.seen if _asks(seen)]
    assert sources == ["home", "home", "followup"]
    assert (await client.delete("/conversations/shared", headers=theirs)).status_code == 200
    assert (await ids(ours), await ids(theirs)) == (["shared"], [])


async def test_models_are_the_sessions_alone(client: httpx.AsyncClient) -> None:
    ids = [one["id"] for one in (await client.get("/v1/models")).json()["data"]]
    assert {"perplexity-auto", "best", "sonar", "deep-research"} <= set(ids)
    assert not {"default", "sonar-pro"} & set(ids)
    assert len(ids) == len(set(ids))
    answer = await client.post("/v1/models/refresh")
    assert answer.json()["status"] == "ok"
    unknown = await client.post(CHAT, json=body_of(model="no-such-model"))
    assert unknown.status_code == 400
    forbidden = await client.post(CHAT, json=body_of(model="anthropic/claude-opus-5.5"))
    assert forbidden.status_code == 403


async def test_there_is_no_engine_behind_it(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/search", json={"query": "?"})).status_code == 503
    assert (await client.get("/")).status_code == 404
    assert (await client.get("/v1/files")).status_code == 503


async def test_the_openai_client_streams(
    client: httpx.AsyncClient, token: str, service: WebService
) -> None:
    service.state.scripts = [Script(pieces=("One ", "two ", "three [2]."), split=5)]
    async with openai.AsyncOpenAI(base_url=f"{client.base_url}/v1", api_key=token) as sdk:
        stream = await sdk.chat.completions.create(
            model="openai/gpt-5.2",
            stream=True,
            messages=[{"role": "user", "content": "?"}],
            temperature=0.1,
            seed=3,
            extra_body={"perplexity": {"citation_mode": "default"}},
        )
        chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "One two three [2]."
    assert chunks[-1].choices[0].finish_reason == "stop"
    extra = chunks[-1].model_extra or {}
    assert extra["perplexity"]["title"] == "A greeting"


async def test_three_streams_of_one_token_run_at_once(
    client: httpx.AsyncClient, service: WebService
) -> None:
    service.state.scripts = [Script(gap_s=0.05) for _ in range(3)]
    answers = await asyncio.gather(*(client.post(CHAT, json=body_of()) for _ in range(3)))
    assert [one.status_code for one in answers] == [200] * 3
    marks = [one.rpartition(" ")[2] for one in service.state.events if one.startswith("stream")]
    assert marks[:3] == ["begins"] * 3


async def test_callers_have_a_pace(start: Starter, token: str) -> None:
    client = await start(requests_per_minute=2)
    client.headers.update(bearing(token))
    codes = [(await client.post(CHAT, json=body_of())).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


async def test_a_session_of_the_servers_own_is_for_this_machine_or_a_key(
    start: Starter, token: str
) -> None:
    here = await start(session_token=token)
    assert (await here.post(CHAT, json=body_of())).status_code == 200
    assert (await here.post(CHAT, json=body_of(), headers=bearing("any"))).status_code == 200
    assert (await here.get("/v1/models", headers={"Host": "evil.example"})).status_code == 403
    keyed = await start(session_token=token, openai_api_key="a-key")
    assert (await keyed.post(CHAT, json=body_of())).status_code == 401
    assert (await keyed.post(CHAT, json=body_of(), headers=bearing("a-key"))).status_code == 200


async def test_no_token_is_in_what_is_logged_or_kept(
    client: httpx.AsyncClient,
    service: WebService,
    token: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    service.state.scripts = [Script(), Script(terminal=False, cut_after=1), Script(raw=b"?")]
    service.state.rotate_to = "eyJ.renewed.token.of.it"
    for _ in range(3):
        answer = await client.post(CHAT, json=body_of(stream=True))
        assert token not in answer.text
    for secret in (token, "eyJ.renewed.token.of.it"):
        assert secret not in caplog.text
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path


def _asks(seen: Any) -> bool:
    return bool(seen.path == ASK)
