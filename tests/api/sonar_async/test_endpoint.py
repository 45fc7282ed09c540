"""Async Sonar: taken in, looked at, listed; and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import Question
from tests.api.background import BOB, background, fetched
from tests.api.serving import SCRIPT, USED, doors
from tests.jobs.working import Report, ledger

ASKED = {"model": "sonar", "messages": [{"role": "user", "content": "Do whales sing?"}]}
PATHS = (
    "/v1/async/sonar",
    "/async/chat/completions",
    "/v1/async/chat/completions",
    "/async/sonar",
)


class Scripted(ScriptedAnswerer):
    """Answers that cannot be gone on with."""

    def __init__(self, script: Sequence[ScriptItem] = SCRIPT) -> None:
        super().__init__(script)

    def resumes(self, question: Question) -> bool:
        return False

    def resume(self, question, context, so_far):  # type: ignore[no-untyped-def]
        raise AssertionError("it cannot go on")


async def test_a_request_is_answered_in_the_background_by_the_body_of_chat(
    tmp_path: Path,
) -> None:
    path = PATHS[0]
    async with background(tmp_path, Scripted()) as server, server.client() as client:
        taken = await client.post(path, json={"request": ASKED})
        assert taken.status_code == 200
        body = taken.json()
        assert body["status"] in ("CREATED", "IN_PROGRESS")
        done = await fetched(client, f"{path}/{body['id']}", "COMPLETED")
        direct = (await client.post("/v1/chat/completions", json=ASKED)).json()
    answer = done["response"]
    assert {**direct, "id": "", "created": 0} == {**answer, "id": "", "created": 0}
    assert (answer["id"], answer["created"]) == (body["id"], body["created_at"])
    assert answer["usage"]["completion_tokens"] == USED.completion_tokens
    assert set(done) == {
        *("id", "model", "status", "created_at", "started_at", "completed_at", "response")
    }
    assert done["created_at"] <= done["started_at"] <= done["completed_at"]
    assert [row[0] for row in ledger(server.state.path) if row[0] == body["id"]] == [body["id"]]


async def test_all_paths_lead_to_the_same_requests(tmp_path: Path) -> None:
    async with background(tmp_path, Scripted()) as server, server.client() as client:
        ids = [(await client.post(path, json={"request": ASKED})).json()["id"] for path in PATHS]
        for path, job_id in zip(PATHS, reversed(ids), strict=True):
            await fetched(client, f"{path}/{job_id}", "COMPLETED")
            listed = (await client.get(path)).json()["requests"]
            assert [one["id"] for one in listed] == ids[::-1]


async def test_what_is_streamed_otherwise_is_fetched_all_the_same(tmp_path: Path) -> None:
    request = {**ASKED, "stream": True, "stream_mode": "concise"}
    async with background(tmp_path, Scripted()) as server, server.client() as client:
        taken = await client.post("/v1/async/sonar", json={"request": request})
        assert taken.headers["content-type"] == "application/json"
        done = await fetched(client, f"/v1/async/sonar/{taken.json()['id']}", "COMPLETED")
    assert done["response"]["object"] == "chat.completion"


async def test_a_failed_request_says_why(tmp_path: Path) -> None:
    script = [*SCRIPT[:-1], RuntimeError("a secret of the inside")]
    async with background(tmp_path, Scripted(script)) as server, server.client() as client:
        taken = (await client.post("/v1/async/sonar", json={"request": ASKED})).json()
        failed = await fetched(client, f"/v1/async/sonar/{taken['id']}", "FAILED")
    assert "the server" in failed["error_message"]
    assert "secret" not in failed["error_message"]
    assert failed["failed_at"] >= failed["created_at"]
    assert not {"response", "completed_at"} & set(failed)


async def test_the_same_key_gives_the_same_request(tmp_path: Path) -> None:
    body = {"request": ASKED, "idempotency_key": "k-1"}
    other = {**body, "request": {**ASKED, "model": "default"}}
    async with background(tmp_path, Scripted()) as server, server.client() as client:
        first = (await client.post("/v1/async/sonar", json=body)).json()
        await fetched(client, f"/v1/async/sonar/{first['id']}", "COMPLETED")
        again = (await client.post("/v1/async/sonar", json=body)).json()
        assert (again["id"], again["status"]) == (first["id"], "COMPLETED")
        refused = await client.post("/v1/async/sonar", json=other)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "idempotency_key"
        async with server.client(BOB) as stranger:
            others = (await stranger.post("/v1/async/sonar", json=body)).json()
            assert others["id"] != first["id"]


async def test_lists_go_page_by_page_without_the_answers(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        ids = [
            (await client.post("/v1/async/sonar", json={"request": ASKED})).json()["id"]
            for _ in range(5)
        ]
        found: list[dict[str, Any]] = []
        query = "?limit=2"
        for _ in range(3):
            page = (await client.get(f"/v1/async/sonar{query}")).json()
            found += page["requests"]
            query = f"?limit=2&next_token={page.get('next_token', '')}"
        assert [one["id"] for one in found] == ids[::-1]
        assert "next_token" not in page
        assert found[0] == {
            "id": ids[-1],
            "model": "sonar",
            "status": "CREATED",
            "created_at": found[0]["created_at"],
        }
        assert len((await client.get("/async/chat/completions")).json()["requests"]) == 5
        long = f"?limit=000000001{5_000 * '0'}"
        for wrong in ("?limit=0", "?limit=101", "?limit=x", "?next_token=x", long):
            refused = await client.get(f"/v1/async/sonar{wrong}")
            assert refused.status_code == 400, wrong
            assert refused.json()["error"]["param"] in wrong


async def test_requests_of_others_do_not_exist(tmp_path: Path) -> None:
    async with background(tmp_path, Scripted()) as server, server.client() as client:
        taken = (await client.post("/v1/async/sonar", json={"request": ASKED})).json()
        path = f"/v1/async/sonar/{taken['id']}"
        await fetched(client, path, "COMPLETED")
        async with server.client(BOB) as stranger:
            for there in (path, "/v1/async/sonar/no-such-request"):
                missing = await stranger.get(there)
                assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found")
            assert (await stranger.get("/v1/async/sonar")).json() == {"requests": []}
        async with server.client("no-key-of-this-server") as nobody:
            assert (await nobody.get(path)).status_code == 401
            assert (await nobody.post("/v1/async/sonar", json={})).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 422, "request"),
        ({"request": {"model": "sonar"}}, 422, "request.messages"),
        ({"request": {**ASKED, "model": "no-such-model"}}, 400, "model"),
        ({"request": {**ASKED, "temperature": 9}}, 400, "request.temperature"),
        ({"request": ASKED, "idempotency_key": ""}, 400, "idempotency_key"),
    ],
)
async def test_what_cannot_be_answered_is_not_taken_in(
    tmp_path: Path, body: dict[str, Any], status: int, param: str
) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        refused = await client.post("/v1/async/sonar", json=body)
        assert (refused.status_code, refused.json()["error"].get("param")) == (status, param)
        assert (await client.get("/v1/async/sonar")).json() == {"requests": []}


async def test_a_server_without_background_work_says_so() -> None:
    async with doors() as server, server.client() as client:
        refused = await client.post("/v1/async/sonar", json={"request": ASKED})
    assert refused.status_code == 503
    assert refused.json()["error"]["type"] == "service_unavailable"
