"""The variables of the servers before this one: their names, their defaults, what they do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hydrophone.settings import load_settings
from tests.app.sessions.asking import ASK, CHAT, bearing, body_of
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.streams import ROWS

MODELS = {"gpt-5.4": "gpt54", "perplexity-auto": "pplx_pro_upgraded"}
LINKED = f"Hello world [1]({ROWS[0]['url']})."


@pytest.fixture
def clean(start: Starter, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment without any of the variables."""
    return monkeypatch


async def text_of(client: httpx.AsyncClient, **more: Any) -> str:
    answer = await client.post(CHAT, json=body_of(**more))
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


def test_defaults_are_those_of_the_references(clean: pytest.MonkeyPatch) -> None:
    settings = load_settings(mode="session")
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 8000, "info")
    assert (settings.rate_limiting, settings.requests_per_minute) == (True, 60)
    assert (settings.conversation_timeout_s, settings.conversations_per_user) == (3600, 100)
    assert settings.session_citations == "clean"
    assert settings.session_token is None
    assert settings.openai_api_key is None


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (None, "Hello world."),
        ("CLEAN", "Hello world."),
        ("DEFAULT", "Hello world [1]."),
        ("markdown", LINKED),
    ],
)
async def test_citation_mode_is_for_requests_that_name_none(
    start: Starter, clean: pytest.MonkeyPatch, token: str, mode: str | None, text: str
) -> None:
    if mode is not None:
        clean.setenv("DEFAULT_CITATION_MODE", mode)
    client = await start()
    client.headers.update(bearing(token))
    assert await text_of(client) == text
    assert await text_of(client, perplexity={"citation_mode": "default"}) == "Hello world [1]."
    assert await text_of(client, citation_mode="markdown") == LINKED
    legacy = await client.post("/v1/completions", json={"prompt": "Which?"})
    assert legacy.json()["choices"][0]["text"] == text


@pytest.mark.parametrize("named", [None, "gpt-5.4"])
async def test_the_default_model_answers_who_names_none(
    start: Starter, clean: pytest.MonkeyPatch, service: WebService, token: str, named: str | None
) -> None:
    if named is not None:
        clean.setenv("DEFAULT_MODEL", named)
    client = await start()
    answer = await client.post(CHAT, json=body_of(), headers=bearing(token))
    model = named or "perplexity-auto"
    assert answer.json()["model"] == model
    (seen,) = service.state.asked(ASK)
    assert seen.body["params"]["model_preference"] == MODELS[model]


@pytest.mark.parametrize(
    ("variables", "codes"),
    [
        ({"REQUESTS_PER_MINUTE": "1"}, [200, 429]),
        ({"REQUESTS_PER_MINUTE": "1", "ENABLE_RATE_LIMITING": "false"}, [200, 200]),
        ({}, [200, 200]),
    ],
)
async def test_the_rate_is_limited_for_each_caller(
    start: Starter,
    clean: pytest.MonkeyPatch,
    token: str,
    variables: dict[str, str],
    codes: list[int],
) -> None:
    for name, value in variables.items():
        clean.setenv(name, value)
    client = await start()
    answers = [await client.post(CHAT, json=body_of(), headers=bearing(token)) for _ in codes]
    assert [one.status_code for one in answers] == codes
    if 429 in codes:
        assert int(answers[-1].headers["retry-after"]) > 0


async def test_conversations_have_a_time_and_a_number(
    start: Starter, clean: pytest.MonkeyPatch, token: str
) -> None:
    async def kept() -> list[str]:
        client = await start()
        client.headers.update(bearing(token))
        for name in ("a", "b"):
            await client.post(CHAT, json=body_of(conversation_id=name))
        listed = (await client.get("/conversations")).json()["conversations"]
        return [one["id"] for one in listed]

    assert await kept() == ["b", "a"]
    clean.setenv("MAX_CONVERSATIONS_PER_USER", "1")
    assert await kept() == ["b"]
    clean.setenv("CONVERSATION_TIMEOUT", "0.000001")
    assert await kept() == []


async def test_a_token_and_a_key_of_the_environment_are_the_servers(
    start: Starter, clean: pytest.MonkeyPatch, token: str
) -> None:
    clean.setenv("PERPLEXITY_SESSION_TOKEN", f"__Secure-next-auth.session-token={token}")
    assert await text_of(await start()) == "Hello world."
    clean.setenv("OPENAI_API_KEY", "a-key")
    client = await start()
    assert (await client.post(CHAT, json=body_of())).status_code == 401
    client.headers.update(bearing("a-key"))
    assert await text_of(client) == "Hello world."


@pytest.mark.parametrize(
    ("variables", "mode", "host"),
    [
        ({"HOST": "0.0.0.0"}, "session", "0.0.0.0"),
        ({"HOST": "localhost"}, "session", "localhost"),
        ({"HOST": "::1"}, "session", "::1"),
        ({"HOST": "0.0.0.0"}, "auto", "127.0.0.1"),
        ({"HOST": "x86_64-conda-linux-gnu"}, "session", "127.0.0.1"),
        ({"HOST": "0.0.0.0", "HYDROPHONE_HOST": "127.0.0.2"}, "session", "127.0.0.2"),
        ({"HYDROPHONE_SESSION_HOST": "127.0.0.3"}, "session", "127.0.0.3"),
    ],
)
def test_an_address_in_host_counts_in_session_mode_alone(
    clean: pytest.MonkeyPatch, variables: dict[str, str], mode: str, host: str
) -> None:
    for name, value in variables.items():
        clean.setenv(name, value)
    assert load_settings(mode=mode).host == host
    assert load_settings(mode=mode, host="127.0.0.9").host == "127.0.0.9"
