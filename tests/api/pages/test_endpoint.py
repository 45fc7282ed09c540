"""GET /v1/pages: whole pages, pieces of them, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from hydrophone.api.application import build_application
from hydrophone.errors import NotFound
from hydrophone.ports import KeptPage
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.types import Principal
from tests.api.serving import KEY, doors, house_of, serving

TEXT = "🚢 " + "before " * 100 + "the quote" + " after" * 100
START = TEXT.index("the quote")
END = START + len("the quote")
VERSION = "ab" * 32
PAGE = KeptPage(VERSION, "https://a.example/x", "A", TEXT, datetime(2026, 11, 22, tzinfo=UTC))


class OnePage:
    """Keeps PAGE."""

    async def page(self, version: str, principal: Principal) -> KeptPage:
        if version != VERSION:
            raise NotFound("this version of a page is not kept")
        return PAGE


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    house = replace(house_of(ScriptedAnswerer(()), keys=[KEY]), kept_pages=OnePage())
    application = build_application(
        house, max_body_bytes=1000, default_model="default", cors_origins=()
    )
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        serving(application) as url,
        httpx.AsyncClient(base_url=url, headers=headers, verify=False) as client,
    ):
        yield client


async def test_a_page_comes_whole(client: httpx.AsyncClient) -> None:
    response = await client.get(f"/v1/pages/{VERSION}")
    assert response.status_code == 200
    assert response.json() == {
        "object": "page",
        "version": VERSION,
        "url": "https://a.example/x",
        "title": "A",
        "read_at": "2026-11-22T00:00:00+00:00",
        "text": TEXT,
    }


async def test_a_piece_comes_with_what_stands_around_it(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"/v1/pages/{VERSION}?start={START}&end={END}")).json()
    assert (body["start"], body["end"], body["text"]) == (START, END, "the quote")
    assert body["before"] == TEXT[START - 300 : START]
    assert body["after"] == TEXT[END : END + 300]


async def test_one_bound_is_enough(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"/v1/pages/{VERSION}?end=1")).json()
    assert (body["text"], body["before"]) == ("🚢", "")
    body = (await client.get(f"/v1/pages/{VERSION}?start={len(TEXT)}")).json()
    assert (body["text"], body["after"]) == ("", "")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("start=-1", "start"),
        ("start=x", "start"),
        ("end=1e3", "end"),
        ("end=%D9%A3", "end"),
        ("end=99999999999999999999", "end"),
        ("start=5&end=4", "end"),
        (f"start={len(TEXT) + 1}", "start"),
        (f"end={len(TEXT) + 1}", "end"),
    ],
)
async def test_a_wrong_bound_is_refused_by_its_name(
    client: httpx.AsyncClient, query: str, param: str
) -> None:
    response = await client.get(f"/v1/pages/{VERSION}?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_an_unknown_page_is_404(client: httpx.AsyncClient) -> None:
    for version in ("cd" * 32, "x"):
        response = await client.get(f"/v1/pages/{version}")
        assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found")


async def test_a_key_is_needed(client: httpx.AsyncClient) -> None:
    response = await client.get(f"/v1/pages/{VERSION}", headers={"Authorization": ""})
    assert response.status_code == 401


async def test_the_reference_describes_it(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    described = document["paths"]["/v1/pages/{version}"]["get"]
    assert [one["name"] for one in described["parameters"]] == ["version", "start", "end"]


async def test_a_house_that_keeps_nothing_has_no_page() -> None:
    async with doors() as running, running.client() as client:
        assert (await client.get(f"/v1/pages/{VERSION}")).status_code == 404
