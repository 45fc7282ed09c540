"""Perplexity's endpoints that are not here."""

from __future__ import annotations

import pytest
from perplexity import AsyncPerplexity, InternalServerError

from hydrophone.api.side.absent import ABSENT
from tests.api.serving import KEY, doors

CALLS = [
    ("POST", "/v1/browser/sessions"),
    ("DELETE", "/v1/browser/sessions/one"),
    ("GET", "/v1/skills"),
    ("PUT", "/v1/skills/one"),
    ("GET", "/v1/skills/one/revisions"),
    ("POST", "/v1/decisions"),
    ("POST", "/router/v1/chat/completions"),
    ("GET", "/router/v1/models"),
]


async def test_what_is_not_here_is_501_for_known_callers_and_401_for_others() -> None:
    known = {"Authorization": f"Bearer {KEY}"}
    async with doors(keys=[KEY]) as served, served.client() as client:
        for method, path in CALLS:
            assert (await client.request(method, path)).status_code == 401, path
            answer = await client.request(method, path, headers=known)
            error = answer.json()["error"]
            told = (answer.status_code, error["code"], error["type"])
            assert told == (501, 501, "not_implemented"), path
            assert path in error["message"]


def test_every_beginning_is_tried() -> None:
    assert all(any(path.startswith(start) for _, path in CALLS) for start in ABSENT)


async def test_the_official_client_raises_at_once() -> None:
    async with (
        doors() as served,
        AsyncPerplexity(base_url=served.url, api_key="k", max_retries=5) as client,
    ):
        with pytest.raises(InternalServerError, match="not served") as caught:
            await client.browser.sessions.create()
    assert caught.value.status_code == 501
    assert caught.value.response.headers["x-should-retry"] == "false"
