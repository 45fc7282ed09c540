"""Batches over HTTP: taken in, looked at, listed, cancelled, by whoever made them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from hydrophone.api.batches.bodies import BatchObject, BatchObjects
from hydrophone.errors import UpstreamError
from hydrophone.types import Sources
from tests.api.background import BOB, WAIT_S, Background
from tests.api.batching import batching, ended, jsonl, read, sent
from tests.api.embeddings.making import Maker
from tests.jobs.working import ledger

CHAT, RESPONSES, EMBEDDINGS = "/v1/chat/completions", "/v1/responses", "/v1/embeddings"
ASKED = {"model": "sonar", "messages": [{"role": "user", "content": "Do whales sing?"}]}
AGENT_ASKED = {"preset": "fast", "input": "Do whales sing?"}


def line(custom_id: str, body: Any, url: str = CHAT, **more: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body, **more}


async def begun(
    client: httpx.AsyncClient, *lines: dict[str, Any], endpoint: str = CHAT, **more: Any
) -> dict[str, Any]:
    file = await sent(client, jsonl(*lines))
    order = {"input_file_id": file["id"], "endpoint": endpoint, "completion_window": "24h", **more}
    answer = await client.post("/v1/batches", json=order)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_lines_are_answered_as_the_chat_answers_them(
    working: Background, ada: httpx.AsyncClient
) -> None:
    taken = await begun(ada, line("a", ASKED), line("b", {**ASKED, "model": "no-such"}))
    BatchObject.model_validate(taken, strict=True)
    assert (taken["status"], taken["endpoint"]) == ("validating", CHAT)
    assert taken["expires_at"] - taken["created_at"] == 24 * 3600
    batch = await ended(ada, taken["id"])
    BatchObject.model_validate(batch, strict=True)
    assert batch["status"] == "completed"
    assert batch["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    assert batch["completed_at"] >= batch["finalizing_at"] >= batch["in_progress_at"]
    direct = await ada.post(CHAT, json=ASKED)
    refused = await ada.post(CHAT, json={**ASKED, "model": "no-such"})
    (answer,) = await read(ada, batch["output_file_id"])
    (error,) = await read(ada, batch["error_file_id"])
    assert (answer["custom_id"], answer["error"]) == ("a", None)
    assert answer["response"]["status_code"] == direct.status_code == 200
    assert same(answer["response"]["body"], direct.json())
    assert error["response"]["status_code"] == refused.status_code == 400
    assert error["response"]["body"] == refused.json()
    mine = answer["response"]["request_id"]
    assert mine == answer["response"]["body"]["id"]
    assert [row[2] for row in ledger(working.state.path) if row[0] == mine] == ["done"]
    usage = direct.json()["usage"]
    assert batch["usage"]["input_tokens"] == usage["prompt_tokens"]
    assert batch["usage"]["output_tokens"] == usage["completion_tokens"]


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two bodies differ in nothing but what differs with each request."""
    own = {"id": "", "created": 0, "created_at": 0, "completed_at": 0}
    return {**one, **own} == {**other, **own}


async def test_lines_are_answered_as_the_agent_api_answers_them(ada: httpx.AsyncClient) -> None:
    alone = {**AGENT_ASKED, "previous_response_id": "resp_1"}
    batch = await begun(
        ada,
        line("a", AGENT_ASKED, RESPONSES),
        line("b", {"input": "x"}, RESPONSES),
        line("c", alone, RESPONSES),
        endpoint=RESPONSES,
    )
    batch = await ended(ada, batch["id"])
    assert batch["request_counts"] == {"total": 3, "completed": 1, "failed": 2}
    (answer,) = await read(ada, batch["output_file_id"])
    body = answer["response"]["body"]
    assert (body["object"], body["status"]) == ("response", "completed")
    assert body["id"] == f"resp_{answer['response']['request_id']}"
    texts = [part["text"] for item in body["output"] for part in item.get("content", [])]
    assert texts == ["Whales sing. [1]"]
    errors = await read(ada, batch["error_file_id"])
    told = [(one["custom_id"], one["response"]["body"]["error"]["param"]) for one in errors]
    assert told == [("b", "model"), ("c", "previous_response_id")]


async def test_lines_are_embedded_as_the_endpoint_embeds_them(
    working: Background, ada: httpx.AsyncClient
) -> None:
    asked = {"model": "text-embedding-3-small", "input": ["Whales sing.", "Boats hum."]}
    wrong = {**asked, "input": []}
    batch = await begun(
        ada, line("a", asked, EMBEDDINGS), line("b", wrong, EMBEDDINGS), endpoint=EMBEDDINGS
    )
    batch = await ended(ada, batch["id"])
    assert batch["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    (answer,) = await read(ada, batch["output_file_id"])
    (error,) = await read(ada, batch["error_file_id"])
    direct = (await ada.post(EMBEDDINGS, json=asked)).json()
    refused = await ada.post(EMBEDDINGS, json=wrong)
    assert answer["response"]["body"] == direct
    assert error["response"]["status_code"] == refused.status_code == 400
    assert error["response"]["body"] == refused.json()
    assert batch["usage"]["input_tokens"] == direct["usage"]["prompt_tokens"] > 0
    mine = answer["response"]["request_id"]
    assert [row[2] for row in ledger(working.state.path) if row[0] == mine] == ["done"]


async def test_vectors_whose_making_was_broken_off_are_made_again(tmp_path: Path) -> None:
    asked = {"model": "text-embedding-3-small", "input": "Whales sing."}
    async with batching(tmp_path, works=False) as server, server.client() as client:
        taken = await begun(client, line("a", asked, EMBEDDINGS), endpoint=EMBEDDINGS)
    hanging = Maker(hangs=True)
    async with batching(tmp_path, maker=hanging) as server:
        await asyncio.wait_for(hanging.begun.wait(), WAIT_S)
        found = "SELECT job_id FROM batch_lines"
        async with server.state.reading() as connection:
            (noted,) = (await connection.exec_driver_sql(found)).one()
    assert ledger(server.state.path) == []
    async with batching(tmp_path) as server, server.client() as client:
        batch = await ended(client, taken["id"])
        (answer,) = await read(client, batch["output_file_id"])
    assert answer["response"]["request_id"] == noted
    assert [(row[0], row[2]) for row in ledger(server.state.path)] == [(noted, "done")]


async def test_an_answer_that_fails_is_an_error_with_its_status(tmp_path: Path) -> None:
    script = (Sources(complete=True), UpstreamError("the model is gone"))
    async with batching(tmp_path, script=script) as server, server.client() as client:
        for endpoint, asked in ((CHAT, ASKED), (RESPONSES, AGENT_ASKED)):
            taken = await begun(client, line("a", asked, endpoint), endpoint=endpoint)
            batch = await ended(client, taken["id"])
            assert batch["output_file_id"] is None
            (error,) = await read(client, batch["error_file_id"])
            assert error["response"]["status_code"] == 502
            assert error["response"]["body"]["error"]["message"] == "the model is gone"


async def test_what_is_wrong_with_the_file_is_told_with_its_line(ada: httpx.AsyncClient) -> None:
    taken = await begun(
        ada,
        line("a", ASKED),
        line("a", ASKED),
        line("b", ASKED, RESPONSES),
        line("c", ASKED, method="GET"),
        line("d", {**ASKED, "stream": True}),
    )
    batch = await ended(ada, taken["id"])
    assert (batch["status"], batch["output_file_id"]) == ("failed", None)
    assert batch["failed_at"] >= batch["created_at"]
    assert batch["errors"]["object"] == "list"
    told = [(one["code"], one["line"], one["param"]) for one in batch["errors"]["data"]]
    assert told == [
        ("duplicate_custom_id", 2, "custom_id"),
        ("invalid_url", 3, "url"),
        ("invalid_method", 4, "method"),
        ("invalid_value", 5, "body.stream"),
    ]
    assert all(one["message"] for one in batch["errors"]["data"])


WRONG: Sequence[tuple[dict[str, Any], str]] = (
    ({"endpoint": "/v1/images"}, "endpoint"),
    ({"completion_window": "48h"}, "completion_window"),
    ({"metadata": {"x" * 65: ""}}, "metadata"),
    ({"metadata": {"x": "y" * 513}}, "metadata"),
    ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    (
        {"output_expires_after": {"anchor": "created_at", "seconds": 1}},
        "output_expires_after.seconds",
    ),
)


async def test_a_wrong_order_is_refused(ada: httpx.AsyncClient) -> None:
    file = await sent(ada, jsonl(line("a", ASKED)))
    for change, param in WRONG:
        order = {"input_file_id": file["id"], "endpoint": CHAT, **change}
        answer = await ada.post("/v1/batches", json=order)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_another_callers_file_and_batch_do_not_exist(
    working: Background, ada: httpx.AsyncClient
) -> None:
    batch = await begun(ada, line("a", ASKED))
    async with working.client(BOB) as bob:
        order = {"input_file_id": batch["input_file_id"], "endpoint": CHAT}
        path = f"/v1/batches/{batch['id']}"
        answers = [
            await bob.post("/v1/batches", json=order),
            await bob.get(path),
            await bob.post(f"{path}/cancel"),
        ]
        assert [one.status_code for one in answers] == [404] * 3
        assert (await bob.get("/v1/batches")).json()["data"] == []
        done = await ended(ada, batch["id"])
        hidden = await bob.get(f"/v1/files/{done['output_file_id']}/content")
        assert hidden.status_code == 404


async def test_an_output_file_cannot_be_the_input(ada: httpx.AsyncClient) -> None:
    batch = await ended(ada, (await begun(ada, line("a", ASKED)))["id"])
    order = {"input_file_id": batch["output_file_id"], "endpoint": CHAT}
    answer = await ada.post("/v1/batches", json=order)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "input_file_id")


async def test_one_idempotency_key_makes_one_batch(
    working: Background, ada: httpx.AsyncClient
) -> None:
    file, other = [await sent(ada, jsonl(line("a", ASKED))) for _ in range(2)]
    order = {"input_file_id": file["id"], "endpoint": CHAT, "metadata": {"run": "1"}}
    headers = {"Idempotency-Key": "once"}
    first = (await ada.post("/v1/batches", json=order, headers=headers)).json()
    again = (await ada.post("/v1/batches", json=order, headers=headers)).json()
    assert (again["id"], again["metadata"]) == (first["id"], {"run": "1"})
    changed = {**order, "input_file_id": other["id"]}
    answer = await ada.post("/v1/batches", json=changed, headers=headers)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "idempotency_key")
    async with working.client(BOB) as bob:
        mine = await sent(bob, jsonl(line("a", ASKED)))
        order = {**order, "input_file_id": mine["id"]}
        theirs = (await bob.post("/v1/batches", json=order, headers=headers)).json()
        assert theirs["id"] != first["id"]


async def test_lists_come_in_parts_the_newest_first(ada: httpx.AsyncClient) -> None:
    batches = []
    for _ in range(3):
        batches.append((await begun(ada, line("a", ASKED)))["id"])
        await asyncio.sleep(0.002)  # their ids count milliseconds
    first = (await ada.get("/v1/batches", params={"limit": 2})).json()
    BatchObjects.model_validate(first, strict=True)
    assert [one["id"] for one in first["data"]] == [batches[2], batches[1]]
    assert (first["has_more"], first["last_id"]) == (True, batches[1])
    rest = (await ada.get("/batches", params={"after": first["last_id"]})).json()
    assert [one["id"] for one in rest["data"]] == [batches[0]]
    assert rest["has_more"] is False


async def test_a_batch_is_cancelled_before_it_has_begun(tmp_path: Path) -> None:
    async with batching(tmp_path, works=False) as server, server.client() as client:
        taken = await begun(client, line("a", ASKED))
        in_use = await client.delete(f"/v1/files/{taken['input_file_id']}")
        assert (in_use.status_code, in_use.json()["error"]["type"]) == (400, "file_in_use")
        cancelling = (await client.post(f"/v1/batches/{taken['id']}/cancel")).json()
        assert cancelling["status"] == "cancelling"
        BatchObject.model_validate(cancelling, strict=True)
    async with batching(tmp_path) as server, server.client() as client:
        batch = await ended(client, taken["id"])
        assert (batch["status"], batch["output_file_id"]) == ("cancelled", None)
        assert batch["cancelled_at"] >= batch["cancelling_at"]
        again = await client.post(f"/v1/batches/{taken['id']}/cancel")
        assert (again.status_code, again.json()["error"]["type"]) == (400, "invalid_request")
        assert (await client.delete(f"/v1/files/{taken['input_file_id']}")).status_code == 200
        assert ledger(server.state.path) == []
