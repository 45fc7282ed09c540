"""Web sessions beside the engine: models, headers, doors."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import httpx
import pytest

from hydrophone.app.rooms import open_rooms
from hydrophone.app.session.finding import look_at
from hydrophone.app.session.opening import default_model, inbound_keys, own_session
from hydrophone.errors import NotConfigured
from hydrophone.settings import load_settings
from tests.app.sessions.asking import ASK, CHAT
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account

HEADER = "X-Perplexity-Session-Token"
ANOTHER = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"
GONE = "http://127.0.0.1:9/v1"
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Which?"}]}


async def asked(client: httpx.AsyncClient, model: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(CHAT, json={**BODY, "model": model}, headers=named)


async def test_with_keys_a_session_comes_in_its_own_header(start: Starter, token: str) -> None:
    client = await start(mode="keys", api_keys=("a-key",))
    client.headers["Authorization"] = "Bearer a-key"
    assert (await asked(client, "perplexity-auto")).status_code == 400
    answer = await asked(client, "perplexity-auto", X_Perplexity_Session_Token=token)
    assert answer.json()["perplexity"]["title"] == "A greeting"
    assert answer.json()["citations"]
    listed = await client.get("/v1/models", headers={HEADER: token})
    assert "gpt-5.4" in [one["id"] for one in listed.json()["data"]]


async def test_an_open_server_answers_by_the_bearer_or_by_its_own_session(
    start: Starter, token: str
) -> None:
    client = await start(mode="auto")
    assert (await asked(client, "gpt-5.4", Authorization="Bearer any")).status_code == 400
    assert (await asked(client, "gpt-5.4", Authorization=f"Bearer {token}")).status_code == 200
    own = await start(mode="auto", session_token=token)
    assert (await asked(own, "gpt-5.4")).status_code == 200
    assert (await own.post(CHAT, json=BODY)).json()["model"] == "perplexity-auto"


async def test_the_agent_dialect_answers_by_a_session(
    start: Starter, token: str, service: WebService
) -> None:
    client = await start()
    client.headers["Authorization"] = f"Bearer {token}"
    first = await client.post("/v1/responses", json={"model": "openai/gpt-5.4", "input": "One?"})
    assert first.status_code == 200, first.text
    texts = [part["text"] for item in first.json()["output"] for part in item.get("content", ())]
    assert texts == ["Hello world [1]."]
    again = {"model": "best", "input": "Two?", "previous_response_id": first.json()["id"]}
    assert (await client.post("/v1/responses", json=again)).status_code == 200
    queries = [one.body["query_str"] for one in service.state.seen if one.path.endswith("_ask")]
    assert queries[-1] == "One?\n\nHello world [1].\n\nTwo?"
    gone = {"model": "best", "input": "Three?", "previous_response_id": "resp_of-nobody"}
    unknown = await client.post("/v1/responses", json=gone)
    assert unknown.status_code == 404
    assert unknown.json()["error"]["param"] == "previous_response_id"


IN_THE_BACKGROUND: dict[str, dict[str, Any]] = {
    "/v1/responses": {"model": "perplexity-auto", "input": "?", "background": True},
    "/v1/async/sonar": {"request": {**BODY, "model": "perplexity-auto"}},
}


@pytest.mark.parametrize("path", IN_THE_BACKGROUND)
@pytest.mark.parametrize("own", [False, True])
async def test_nothing_waits_for_a_session_that_is_not_stored(
    start: Starter, service: WebService, token: str, path: str, own: bool
) -> None:
    service.state.accounts.append(Account("else@example.org", ANOTHER))
    servers = ANOTHER if own else None
    client = await start(mode="keys", api_keys=("a-key",), session_token=servers)
    client.headers["Authorization"] = "Bearer a-key"
    body = IN_THE_BACKGROUND[path]
    refused = await client.post(path, json=body, headers={HEADER: token})
    assert refused.status_code == 400, refused.text
    assert "never stored" in refused.json()["error"]["message"]
    assert not service.state.asked(ASK), "nor does another account answer for it"
    taken = await client.post(path, json=body)
    assert taken.status_code == (200 if own else 400)


@pytest.mark.parametrize("path", IN_THE_BACKGROUND)
async def test_the_pace_binds_what_is_asked_in_the_background_too(
    start: Starter, path: str
) -> None:
    client = await start(mode="auto", offline=True, requests_per_minute=2)
    body = {**IN_THE_BACKGROUND[path], "model": "sonar", "request": {**BODY, "model": "sonar"}}
    body.pop("request" if path == "/v1/responses" else "model")
    answers = [await client.post(path, json=body) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("background", [False, True])
async def test_the_pace_binds_a_session_that_answers_in_place_of_another_model(
    start: Starter, token: str, background: bool
) -> None:
    client = await start(mode="auto", session_token=token, model_url=GONE, model="gone")
    body = {"models": ["local/gone", "gpt-5.4"], "input": "Which?", "background": background}
    most = load_settings().requests_per_minute
    asking = (client.post("/v1/responses", json=body) for _ in range(most + 1))
    codes = sorted([answer.status_code for answer in await asyncio.gather(*asking)])
    assert codes == [200] * most + [429]
    plain = await client.post("/v1/responses", json={"model": "sonar", "input": "Which?"})
    assert plain.status_code == 200, "the engine's own models are not bound"


async def test_the_same_request_sent_again_counts_once(start: Starter) -> None:
    client = await start(mode="auto", offline=True, requests_per_minute=1)
    body = {"request": {**BODY, "model": "sonar"}, "idempotency_key": "once"}
    codes = [(await client.post("/v1/async/sonar", json=body)).status_code for _ in range(3)]
    assert codes == [200, 200, 200]


def test_settings_say_whose_session_and_which_keys(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for another program")
    monkeypatch.chdir(tmp_path)
    plain = load_settings(data_dir=tmp_path)
    assert own_session(plain) is None
    assert default_model(plain, None) == "default"
    assert not inbound_keys(plain)
    signed_in = load_settings(data_dir=tmp_path, session_token="a..b.c.d")
    assert [key.reveal() for key in inbound_keys(signed_in)] == ["for another program"]
    assert default_model(signed_in, own_session(signed_in)) == "perplexity-auto"
    named = load_settings(data_dir=tmp_path, session_token="a..b.c.d", default_model="sonar")
    assert default_model(named, own_session(named)) == "sonar"
    monkeypatch.delenv("OPENAI_API_KEY")
    (tmp_path / ".env").write_text("OPENAI_API_KEY=ours\n")
    assert [key.reveal() for key in inbound_keys(load_settings())] == ["ours"]


async def test_no_engine_stands_in_for_sessions_that_are_forbidden(tmp_path: Any) -> None:
    settings = load_settings(data_dir=tmp_path, mode="session", offline=True)
    async with open_rooms(settings) as rooms:
        with pytest.raises(NotConfigured, match="OFFLINE"):
            await rooms.house()


def test_the_doctor_says_whose_session_and_whose_key(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for another program")
    monkeypatch.chdir(tmp_path)
    plain = load_settings(data_dir=tmp_path)
    assert [one.state for one in look_at(plain, None)] == ["note", "note"]
    assert "for other programs" in look_at(plain, None)[1].message
    ours = load_settings(data_dir=tmp_path, session_token="a..b.c.d")
    session, key = look_at(ours, own_session(ours))
    assert (session.state, session.about) == ("ok", "web session")
    assert "may use" in key.message
    assert "a..b.c.d" not in session.message + key.message


def test_nothing_of_a_session_is_loaded_before_it_is_used() -> None:
    program = (
        "import sys\n"
        "import hydrophone.app.server, hydrophone.api.application, hydrophone.catalog\n"
        "import hydrophone.app.session.opening\n"
        "heavy = {'curl_cffi', 'hydrophone.perplexity.answering', 'hydrophone.perplexity.client'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
