"""The client for JSON interfaces: bounded, guarded, and silent about keys."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from hydrophone.fetch.errors import BadStatus, Refused, TooLarge, TooSlow, Unreachable
from hydrophone.fetch.json_api import ApiRefused, Fields, JsonApi, NotJson
from hydrophone.types import Secret
from tests.fetch.conftest import MiniWeb


def api(web: MiniWeb, path: str = "/api", **more: object) -> JsonApi:
    return JsonApi(web.url(path), trusted=True, **more)  # type: ignore[arg-type]


def answer(web_: MiniWeb, path: str, response: web.Response) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return response

    web_.pages[path] = handle


async def test_parameters_and_secret_headers_are_sent(mini_web: MiniWeb) -> None:
    answer(mini_web, "/api/search", web.json_response({"found": 3}))
    client = api(mini_web, headers={"X-Key": Secret("hush"), "X-Who": "us"})
    said = await client.get("search", {"q": "Wale & Möwen", "count": 5})
    await client.close()
    assert said.number("found") == 3
    [request] = mini_web.seen
    assert dict(request.query) == {"q": "Wale & Möwen", "count": "5"}
    assert (request.headers["X-Key"], request.headers["X-Who"]) == ("hush", "us")
    assert "hush" not in repr(client)


async def test_a_body_is_sent_as_json(mini_web: MiniWeb) -> None:
    bodies: list[object] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return web.json_response({"ok": "yes"})

    mini_web.pages["/api/search"] = handle
    client = api(mini_web)
    said = await client.post("search", {"query": "whales", "domains": ["a.example"]})
    await client.close()
    assert said.text("ok") == "yes"
    assert bodies == [{"query": "whales", "domains": ["a.example"]}]


async def test_other_bodies_come_as_they_are(mini_web: MiniWeb) -> None:
    answer(mini_web, "/api", web.Response(body=b"<feed/>", content_type="application/atom+xml"))
    client = api(mini_web)
    assert await client.get_bytes("") == b"<feed/>"
    await client.close()


@pytest.mark.parametrize(
    "response",
    [
        web.Response(text="<html>", content_type="text/html"),
        web.json_response([1]),
        web.Response(body=b'{"a":', content_type="application/json"),
        web.Response(body=b""),
    ],
)
async def test_what_is_no_json_object_is_told(mini_web: MiniWeb, response: web.Response) -> None:
    answer(mini_web, "/api", response)
    client = api(mini_web)
    with pytest.raises(NotJson) as caught:
        await client.get("")
    await client.close()
    assert caught.value.media_type == response.content_type


async def test_an_error_status_tells_when_to_come_again_and_what_was_said(
    mini_web: MiniWeb,
) -> None:
    headers = {"Retry-After": "7"}
    answer(mini_web, "/api", web.Response(status=429, text="too many", headers=headers))
    client = api(mini_web)
    with pytest.raises(ApiRefused) as caught:
        await client.get("")
    await client.close()
    error = caught.value
    assert (error.answered, error.retry_after_s, error.said) == (429, 7.0, "too many")


async def test_a_redirect_is_not_followed_with_the_key(mini_web: MiniWeb) -> None:
    location = {"Location": mini_web.url("/elsewhere")}
    answer(mini_web, "/api", web.Response(status=302, headers=location))
    client = api(mini_web, headers={"X-Key": Secret("hush")})
    with pytest.raises(BadStatus, match="302"):
        await client.get("")
    await client.close()
    assert [request.path for request in mini_web.seen] == ["/api"]


async def test_a_body_without_end_is_cut_off(mini_web: MiniWeb) -> None:
    answer(mini_web, "/api", web.Response(body=b" " * 300_000))
    client = api(mini_web, limit_bytes=100_000)
    with pytest.raises(TooLarge, match=r"over 0\.1 MB"):
        await client.get("")
    await client.close()


async def test_a_slow_answer_is_given_up(mini_web: MiniWeb) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.5)
        return web.json_response({})

    mini_web.pages["/api"] = handle
    client = api(mini_web, deadline_s=0.05)
    with pytest.raises(TooSlow, match=r"within 0\.05 s"):
        await client.get("")
    await client.close()


async def test_nobody_there_is_told() -> None:
    client = JsonApi("http://127.0.0.1:1/api", trusted=True)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 could not be reached"):
        await client.get("")
    await client.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://localhost/"])
async def test_a_service_that_is_not_trusted_is_no_way_to_this_network(url: str) -> None:
    client = JsonApi(url)
    with pytest.raises(Refused):
        await client.get("")
    await client.close()


async def test_a_trusted_service_is_no_way_to_a_metadata_service() -> None:
    client = JsonApi("http://169.254.169.254/latest", trusted=True)
    with pytest.raises(Refused):
        await client.get("")
    await client.close()


def test_fields_read_what_is_there_and_nothing_else() -> None:
    fields = Fields(
        {
            "text": " a ",
            "number": 3,
            "written": "4.5",
            "flag": True,
            "list": ["x", 1, None, {"a": "b"}, ["c"], " "],
            "object": {"inner": "y"},
            "null": None,
        }
    )
    assert (fields.text("text"), fields.text("number"), fields.text("none")) == ("a", "", "")
    assert (fields.number("number"), fields.number("written")) == (3.0, 4.5)
    assert [fields.number(name) for name in ("text", "flag", "none", "list")] == [None] * 4
    assert fields.texts("list") == ["x"]
    assert fields.texts("text") == ["a"]
    assert [one.text("a") for one in fields.objects("list")] == ["b"]
    assert list(fields.lists("list")) == [["c"]]
    assert fields.inner("object").text("inner") == "y"
    assert fields.inner("text").text("inner") == ""
    assert fields.mapping("object") == {"inner": "y"}
    assert fields.mapping("list") == {}
    assert "text" in fields
    assert "null" not in fields


@pytest.mark.parametrize("value", [None, 1, "x", [1], []])
def test_fields_of_something_else_are_empty(value: object) -> None:
    assert Fields(value).text("a") == ""
    assert list(Fields(value).objects("a")) == []
