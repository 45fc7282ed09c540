"""What is refused before anything is asked: keys, sizes, JSON, shapes, values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hydrophone.ports import Credentials
from tests.api.serving import BODY_LIMIT_BYTES, KEY, Doors, doors

USER = [{"role": "user", "content": "Do whales sing?"}]
CHAT = "/v1/chat/completions"
LONG = "x" * 10_000


async def refused(client: httpx.AsyncClient, body: Any, status: int) -> dict[str, Any]:
    """Post, expect the status, and give the error; its code is the status as an integer."""
    response = await client.post(CHAT, json=body)
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == status
    assert type(error["code"]) is int
    return error


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'{"a": NaN}', b"[" * 5000, b'"\\ud800"'],
    ids=["empty", "cut", "no JSON", "no UTF-8", "NaN", "deep", "half a surrogate pair"],
)
async def test_what_is_no_json_gets_400(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(CHAT, content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request"
    assert "not JSON" in response.json()["error"]["message"]


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null"])
async def test_json_that_is_no_object_gets_400(client: httpx.AsyncClient, body: str) -> None:
    response = await client.post(CHAT, content=body)
    assert response.status_code == 400
    assert "object" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [5]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]"),
        ({"messages": [{"content": "no role"}]}, "messages[0].role"),
        ({"messages": USER, "max_tokens": "many"}, "max_tokens"),
        ({"messages": USER, "max_tokens": 1.5}, "max_tokens"),
        ({"messages": USER, "model": 5}, "model"),
        ({"messages": USER, "stream": "perhaps"}, "stream"),
        ({"messages": USER, "stop": 5}, "stop"),
        ({"messages": USER, "web_search_options": []}, "web_search_options"),
        ({"messages": USER, "search_domain_filter": "a.example"}, "search_domain_filter"),
        ({"messages": USER, "tools": [{"type": "function"}]}, "tools[0].function"),
    ],
)
async def test_a_wrong_type_gets_422_with_both_shapes(
    client: httpx.AsyncClient, body: Any, param: str
) -> None:
    response = await client.post(CHAT, json=body)
    assert response.status_code == 422, response.text
    assert response.json()["error"]["code"] == 422
    assert response.json()["error"]["param"] == param
    for problem in response.json()["detail"]:
        assert problem.keys() == {"loc", "msg", "type"}
        assert problem["loc"][0] == "body"


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        ({"messages": []}, "invalid_message", "messages"),
        ({"messages": USER, "model": "gpt-2"}, "invalid_model", "model"),
        ({"messages": USER, "model": ""}, "invalid_model", "model"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "invalid_request", "messages[0].role"),
        ({"messages": USER, "max_tokens": 0}, "invalid_request", "max_tokens"),
        ({"messages": USER, "temperature": 2.5}, "invalid_request", "temperature"),
        ({"messages": USER, "n": 2}, "invalid_request", "n"),
        (
            {"messages": USER, "search_after_date_filter": "2025-01-01"},
            "invalid_date_format",
            "search_after_date_filter",
        ),
        (
            {"messages": USER, "search_domain_filter": ["a.example"] * 21},
            "invalid_search_domain_filter",
            "search_domain_filter",
        ),
        (
            {"messages": USER, "search_domain_filter": ["-"]},
            "invalid_search_domain_filter",
            "search_domain_filter",
        ),
        (
            {"messages": USER, "search_language_filter": ["en"] * 11},
            "invalid_request",
            "search_language_filter",
        ),
        (
            {"messages": USER, "search_recency_filter": "fortnight"},
            "invalid_request",
            "search_recency_filter",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "invalid_message",
            "messages[0].content[0]",
        ),
        (
            {"messages": USER, "response_format": {"type": "json_schema"}},
            "invalid_request",
            "response_format.json_schema.schema",
        ),
        (
            {"messages": USER, "response_format": {"type": "regex"}},
            "invalid_request",
            "response_format.regex",
        ),
    ],
)
async def test_a_wrong_value_gets_400_and_names_the_field(
    client: httpx.AsyncClient, body: Any, kind: str, param: str
) -> None:
    error = await refused(client, body, 400)
    assert (error["type"], error["param"]) == (kind, param)


async def test_a_text_part_without_text_is_told_so(client: httpx.AsyncClient) -> None:
    message = {"role": "user", "content": [{"type": "text"}]}
    error = await refused(client, {"messages": [message]}, 400)
    assert error["param"] == "messages[0].content[0]"
    assert "no text" in error["message"]


@pytest.mark.parametrize("field", ["stream", "max_tokens", "tools", "stop", "web_search_options"])
async def test_null_means_that_a_field_was_not_sent(client: httpx.AsyncClient, field: str) -> None:
    response = await client.post(CHAT, json={"messages": USER, field: None})
    assert response.status_code == 200


async def test_null_is_no_context_size(client: httpx.AsyncClient) -> None:
    options = {"search_context_size": None}
    response = await client.post(CHAT, json={"messages": USER, "web_search_options": options})
    assert response.json()["usage"]["search_context_size"] == "low"


async def test_what_nobody_knows_is_ignored(client: httpx.AsyncClient) -> None:
    body = {"messages": USER, "return_citations": True, "store": False, "metadata": {"a": 1}}
    assert (await client.post(CHAT, json=body)).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"search_after_date_filter": LONG}, {"search_domain_filter": [LONG]}]
)
async def test_a_long_wrong_value_is_not_sent_back_whole(
    client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    assert len((await refused(client, {"messages": USER} | wrong, 400))["message"]) < 500


async def test_an_unknown_path_gets_404_in_the_same_shape(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/nothing")
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found"
    assert response.json()["error"]["code"] == 404


async def test_a_wrong_method_gets_405_and_learns_the_right_one(client: httpx.AsyncClient) -> None:
    response = await client.get(CHAT)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["error"] == {
        "message": f"GET {CHAT}: Method Not Allowed",
        "type": "method_not_allowed",
        "code": 405,
    }


async def test_a_body_of_the_limit_is_read(client: httpx.AsyncClient) -> None:
    padding = BODY_LIMIT_BYTES - len('{"messages":[{"role":"user","content":""}]}')
    content = '{"messages":[{"role":"user","content":"' + "x" * padding + '"}]}'
    assert len(content) == BODY_LIMIT_BYTES
    assert (await client.post(CHAT, content=content)).status_code == 200


async def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(served: Doors) -> None:
    head = f"Content-Length: {BODY_LIMIT_BYTES + 1}\r\n"
    answer = await raw(served, head, b"")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"type":"payload_too_large","code":413' in answer


async def test_a_body_without_a_length_is_refused_while_it_comes(served: Doors) -> None:
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    beyond = BODY_LIMIT_BYTES // 4096 + 1
    answer = await raw(served, "Transfer-Encoding: chunked\r\n", chunk * beyond)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"HYDROPHONE_MAX_BODY_BYTES" in answer


async def test_after_a_refused_body_the_server_goes_on(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    with_length = await client.post(CHAT, content=b" " * 1_000_000)
    without = await client.post(CHAT, content=endless())
    assert (with_length.status_code, without.status_code) == (413, 413)
    assert (await client.post(CHAT, json={"messages": USER})).status_code == 200


async def test_a_refused_body_costs_no_work_and_no_row(
    served: Doors, client: httpx.AsyncClient
) -> None:
    await client.post(CHAT, content=b" " * (BODY_LIMIT_BYTES + 1))
    await client.post(CHAT, content=b"{")
    assert served.answerer.questions == []
    assert served.ledger.rows == ()


async def raw(served: Doors, head: str, body: bytes) -> bytes:
    """Send a request that is never finished, and give what comes back up to the body's end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    start = f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n{head}\r\n"
    writer.write(start.encode() + body)
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"}}")
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", CHAT),
        ("POST", "/chat/completions"),
        ("POST", "/v1/events"),
        ("GET", "/v1/models"),
        ("GET", "/v1/models/sonar"),
        ("GET", "/v1/nothing"),
        ("GET", CHAT),
    ],
)
async def test_without_a_valid_key_every_path_gets_401(method: str, path: str) -> None:
    wrong = ["", "Bearer", "Basic abc", "Bearer a b", KEY, f"bearer{KEY}", "Bearer wrong"]
    async with doors(keys=[KEY]) as served, served.client() as client:
        for headers in [{}, *({"Authorization": value} for value in wrong)]:
            response = await client.request(method, path, headers=headers, content=b"{")
            assert response.status_code == 401, headers
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["error"]["type"] == "invalid_api_key"
            assert response.json()["error"]["code"] == 401


@pytest.mark.parametrize("path", ["/v1/models", "/v1/nothing"])
async def test_when_no_key_is_left_every_path_gets_503(path: str) -> None:
    async with doors(keys=[]) as served, served.client() as client:
        response = await client.get(path, headers={"Authorization": f"Bearer {KEY}"})
        assert response.status_code == 503
        assert response.json()["error"]["type"] == "service_unavailable"


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/openapi.json"])
async def test_what_holds_no_data_needs_no_key(path: str) -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
async def test_a_valid_key_opens_and_is_kept_out_of_the_row(scheme: str) -> None:
    async with doors(keys=["other", KEY]) as served:
        async with served.client() as client:
            headers = {"Authorization": f"{scheme} {KEY}"}
            response = await client.post(CHAT, json={"messages": USER}, headers=headers)
            unknown = await client.get("/v1/nothing", headers=headers)
        assert (response.status_code, unknown.status_code) == (200, 404)
        assert served.ledger.rows[0].principal.kind == "key"
        assert KEY not in repr(served.ledger.rows)


def test_a_key_never_shows_in_a_repr() -> None:
    assert KEY not in repr(Credentials.of_header(f"Bearer {KEY}"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/v1/models", 200),
        ("GET", "/v1/v1/models/sonar", 200),
        ("POST", "/v1/v1/events", 200),
        ("GET", "/v1/v1/nothing", 404),
        ("GET", "/v1/v1/v1/models", 404),
        ("GET", "/v1/v1/health", 404),
        ("GET", "/v1/v1", 404),
        ("GET", "/v1/v1/" + "v1/" * 5000, 404),
    ],
)
async def test_a_doubled_prefix_is_taken_for_one(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    body = {"question": "Do whales sing?"}
    response = await client.request(method, path, json=body if method == "POST" else None)
    assert response.status_code == status
    assert status == 200 or response.json()["error"]["code"] == status


@pytest.mark.parametrize("path", ["/v1/v1/models", "/v1/v1/chat/completions"])
async def test_a_doubled_prefix_opens_nothing(path: str) -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        for method in ("GET", "POST"):
            assert (await client.request(method, path)).status_code == 401


@pytest.mark.parametrize("value", ["whatever", ["whatever"]])
async def test_an_unknown_word_where_a_list_may_stand_is_a_wrong_value(
    client: httpx.AsyncClient, value: Any
) -> None:
    body = {"messages": USER, "perplexity": {"source_focus": value}}
    error = await refused(client, body, 400)
    assert error["param"].startswith("perplexity.source_focus")
    assert "'academic'" in error["message"]
