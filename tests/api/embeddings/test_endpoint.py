"""POST /embeddings and /contextualizedembeddings over a started server."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np
import pytest

from hydrophone.errors import HydrophoneError, NotConfigured, StorageError
from hydrophone.ports import EmbeddingOrder
from tests.api.embeddings.making import (
    CONTEXTUAL,
    DIMENSIONS,
    DOCUMENTS,
    OPENAIS,
    PERPLEXITYS,
    TEXTS,
    Maker,
    gate,
    vector,
)
from tests.api.serving import KEY, Doors, WatchedLedger, doors

ASKED = {"model": PERPLEXITYS, "input": ["a", "bb"]}


async def post(
    body: Mapping[str, Any], path: str = TEXTS, maker: Maker | None = None
) -> httpx.Response:
    async with doors(embeddings=gate(maker or Maker())) as served, served.client() as client:
        return await client.post(path, json=body)


@pytest.mark.parametrize("path", [TEXTS, "/embeddings", "/v1/v1/embeddings"])
async def test_texts_have_their_vectors_in_order_and_the_model_that_ran_is_named(path: str) -> None:
    answer = await post(ASKED, path)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["object"], body["model"]) == ("list", "the-one-that-ran")
    assert [(one["object"], one["index"]) for one in body["data"]] == [
        ("embedding", 0),
        ("embedding", 1),
    ]
    assert body["data"][0]["embedding"] != body["data"][1]["embedding"]
    assert body["usage"] == {
        "prompt_tokens": 3,
        "total_tokens": 3,
        "cost": {
            "currency": "USD",
            "input_cost": pytest.approx(0.03 * 3 / 1e6),
            "total_cost": pytest.approx(0.03 * 3 / 1e6),
        },
    }


@pytest.mark.parametrize("path", [DOCUMENTS, "/contextualizedembeddings"])
async def test_documents_have_a_list_of_vectors_each(path: str) -> None:
    maker = Maker()
    asked = {"model": CONTEXTUAL, "input": [["a", "bb"], ["c"]]}
    body = (await post(asked, path, maker)).json()
    assert maker.orders[0].documents == (("a", "bb"), ("c",))
    assert [one["object"] for one in body["data"]] == ["list", "list"]
    assert [one["index"] for one in body["data"]] == [0, 1]
    assert [[chunk["index"] for chunk in one["data"]] for one in body["data"]] == [[0, 1], [0]]
    assert body["usage"]["total_tokens"] == 4


async def encoded(encoding: str) -> Any:
    body = (await post(ASKED | {"encoding_format": encoding})).json()
    return body["data"][1]["embedding"]


async def test_int8_keeps_the_direction() -> None:
    numbers = np.frombuffer(base64.b64decode(await encoded("base64_int8")), np.int8)
    assert numbers.shape == (DIMENSIONS,)
    assert np.abs(numbers).max() == 127
    wanted = vector("bb")
    cosine = numbers @ wanted / np.linalg.norm(numbers.astype(float))
    assert cosine > 0.9998


async def test_binary_has_a_bit_a_number_the_lowest_first() -> None:
    packed = np.frombuffer(base64.b64decode(await encoded("base64_binary")), np.uint8)
    assert len(packed) == 3
    bits = np.unpackbits(packed, bitorder="little")
    np.testing.assert_array_equal(bits[:DIMENSIONS], vector("bb") >= 0)
    assert not bits[DIMENSIONS:].any()


async def test_floats_are_the_same_as_numbers_and_as_bytes() -> None:
    as_bytes = np.frombuffer(base64.b64decode(await encoded("base64")), "<f4")
    np.testing.assert_array_equal(as_bytes, vector("bb"))
    numbers = await encoded("float")
    np.testing.assert_array_equal(np.array(numbers, np.float32), vector("bb"))
    assert max(len(str(abs(number))) for number in numbers) <= 14


@pytest.mark.parametrize(
    ("model", "kind"), [(PERPLEXITYS, str), (OPENAIS, list), ("bge-small-en-v1.5", list)]
)
async def test_unless_told_the_encoding_is_that_of_the_ids_makers(model: str, kind: type) -> None:
    body = (await post({"model": model, "input": "a"})).json()
    assert isinstance(body["data"][0]["embedding"], kind)
    if kind is str:
        assert len(base64.b64decode(body["data"][0]["embedding"])) == DIMENSIONS


async def test_one_text_and_its_options_reach_the_maker() -> None:
    maker = Maker()
    await post({"model": OPENAIS, "input": "a", "dimensions": 128, "user": "me"}, maker=maker)
    assert maker.orders == [EmbeddingOrder(OPENAIS, (("a",),), 128)]


REFUSED: Sequence[tuple[str, dict[str, Any], int, str]] = (
    (TEXTS, {"model": "gpt-2"}, 400, "model"),
    (TEXTS, {"model": CONTEXTUAL}, 400, "model"),
    (DOCUMENTS, {"model": PERPLEXITYS, "input": [["a"]]}, 400, "model"),
    (TEXTS, {"model": None}, 422, "model"),
    (TEXTS, {"input": []}, 400, "input"),
    (TEXTS, {"input": ""}, 400, "input"),
    (TEXTS, {"input": ["a", ""]}, 400, "input[1]"),
    (TEXTS, {"input": ["a"] * 513}, 400, "input"),
    (TEXTS, {"input": [1, 2]}, 400, "input"),
    (TEXTS, {"input": [[1, 2]]}, 400, "input"),
    (TEXTS, {"input": {"a": 1}}, 422, "input"),
    (TEXTS, {"dimensions": 127}, 400, "dimensions"),
    (TEXTS, {"dimensions": "many"}, 422, "dimensions"),
    (TEXTS, {"encoding_format": "zip"}, 400, "encoding_format"),
    (DOCUMENTS, {"model": CONTEXTUAL, "input": []}, 400, "input"),
    (DOCUMENTS, {"model": CONTEXTUAL, "input": [["a"], []]}, 400, "input[1]"),
    (DOCUMENTS, {"model": CONTEXTUAL, "input": [["a"], ["a", ""]]}, 400, "input[1][1]"),
    (DOCUMENTS, {"model": CONTEXTUAL, "input": ["a"]}, 422, "input[0]"),
)


async def test_what_cannot_be_done_is_named() -> None:
    maker = Maker()
    async with doors(embeddings=gate(maker)) as served, served.client() as client:
        for path, changed, status, param in REFUSED:
            answer = await client.post(path, json=ASKED | changed)
            error = answer.json()["error"]
            told = (answer.status_code, error["code"], error.get("param"))
            assert told == (status, status, param), (path, changed)
    assert maker.orders == []


async def test_512_texts_are_not_too_many() -> None:
    assert len((await post(ASKED | {"input": ["a"] * 512})).json()["data"]) == 512


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotConfigured("no files"), 503), (StorageError("full"), 500), (ZeroDivisionError(), 500)],
)
async def test_a_failure_has_the_gateways_shape(error: Exception, status: int) -> None:
    answer = await post(ASKED, maker=Maker(error))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    expected = error.code if isinstance(error, HydrophoneError) else "internal_error"
    assert answer.json()["error"]["type"] == expected


async def test_an_order_is_one_row() -> None:
    ledger = WatchedLedger()
    async with doors(embeddings=gate(Maker(), ledger)) as served, served.client() as client:
        await client.post(TEXTS, json=ASKED)
        await client.post(TEXTS, json=ASKED | {"input": []})
    [row] = ledger.rows
    assert (row.door, row.model, row.outcome) == ("embeddings", PERPLEXITYS, "done")
    assert row.usage.prompt_tokens == 3
    assert row.cost_usd == pytest.approx(0.03 * 3 / 1e6)


async def test_a_caller_who_leaves_stops_the_work_and_is_a_row() -> None:
    maker, ledger = Maker(hangs=True), WatchedLedger()
    async with doors(embeddings=gate(maker, ledger)) as served:
        await leave_early(served, maker)
        assert (await ledger.first_row()).outcome == "disconnected"


async def leave_early(served: Doors, maker: Maker) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    content = httpx.Request("POST", served.url, json=ASKED).content
    head = (
        f"POST {TEXTS} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    async with asyncio.timeout(10):
        await maker.begun.wait()
    writer.close()
    await writer.wait_closed()


async def test_only_who_may_ask_gets_vectors() -> None:
    maker = Maker()
    async with doors(keys=[KEY], embeddings=gate(maker)) as served, served.client() as client:
        assert (await client.post(TEXTS, json=ASKED)).status_code == 401
        assert maker.orders == []
        known = {"Authorization": f"Bearer {KEY}"}
        assert (await client.post(TEXTS, json=ASKED, headers=known)).status_code == 200


async def test_a_house_that_makes_none_says_so() -> None:
    async with doors() as served, served.client() as client:
        for path in (TEXTS, DOCUMENTS):
            body = ASKED if path == TEXTS else ASKED | {"input": [["a"]]}
            assert (await client.post(path, json=body)).status_code == 503
