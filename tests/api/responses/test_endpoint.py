"""Responses that stay: looked at, streamed again, cancelled, deleted; and nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hydrophone.types import FunctionTool, MediaPart, TextPart, ToolCall, Tools, Turn
from tests.api.background import BOB, background, fetched
from tests.api.responses.asking import (
    asked,
    begun,
    ended,
    numbers_of,
    principal_of,
    stream_of,
    text_of,
)
from tests.api.serving import doors
from tests.api.sse_reader import frames_of
from tests.jobs.working import WAIT_S, Report, ledger, until, whole

BASES = ("/v1/responses", "/v1/agent", "/responses", "/agent")


async def test_a_response_is_fetched_by_its_id_under_all_paths(tmp_path: Path) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        response_id = await begun(server)
        body = await fetched(client, f"/v1/responses/{response_id}", "completed")
        for base in BASES:
            assert (await client.get(f"{base}/{response_id}")).json() == body
            files = (await client.get(f"{base}/{response_id}/files")).json()
            assert len(files["data"]) == 2
    assert (body["id"], body["object"], body["background"]) == (response_id, "response", True)
    assert body["output"][-1]["content"][0]["text"] == whole()
    assert body["created_at"] <= body["completed_at"]
    assert [row[0] for row in ledger(server.state.path)] == [response_id.removeprefix("resp_")]


async def test_a_response_that_waits_or_runs_says_so(tmp_path: Path) -> None:
    answerer = Report(halt_before=3)
    async with background(tmp_path, answerer, works=False) as server, server.client() as client:
        response_id = await begun(server)
        waiting = (await client.get(f"/v1/responses/{response_id}")).json()
        assert (waiting["status"], waiting["output"]) == ("queued", [])
    async with background(tmp_path, answerer) as server, server.client() as client:
        path = f"/v1/responses/{response_id}"
        running = await until(lambda: got(client, path), lambda one: "Part 2" in str(one["output"]))
    assert running["status"] == "in_progress"
    assert running["output"][-1]["content"][0]["text"] == "Part 1 of whales. Part 2 of whales. "
    assert "completed_at" not in running


async def test_the_stream_again_from_any_number_is_the_rest_of_the_same_stream(
    tmp_path: Path,
) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        response_id = await begun(server)
        await ended(server, response_id)
        path = f"/v1/responses/{response_id}?stream=true"
        every = await stream_of(client, path)
        assert numbers_of(every) == list(range(len(every)))
        assert [one["type"] for one in every[:2]] == ["response.created", "response.in_progress"]
        assert every[-1]["type"] == "response.completed"
        assert text_of(every) == whole()
        for after in range(len(every)):
            assert await stream_of(client, f"{path}&starting_after={after}") == every[after + 1 :]
        beyond = await client.get(f"{path}&starting_after={len(every)}")
        assert (beyond.status_code, beyond.json()["error"]["param"]) == (400, "starting_after")


async def test_a_lost_stream_of_a_running_response_goes_on_behind_what_was_seen(
    tmp_path: Path,
) -> None:
    answerer = Report(halt_before=3)
    async with background(tmp_path, answerer) as server, server.client() as client:
        response_id = await begun(server)
        path = f"/v1/responses/{response_id}?stream=true"
        seen = b""
        async with client.stream("GET", path) as lost:
            async for chunk in lost.aiter_bytes():
                seen += chunk
                if b"Part 2 of " in seen:
                    break
        too_far = await client.get(f"{path}&starting_after=1000")
        assert too_far.status_code == 400
    # Another process on the same data, as after a restart.
    async with background(tmp_path, Report()) as server, server.client() as client:
        first = [frame.json for frame in frames_of(seen)][:5]
        rest = await stream_of(client, f"{path}&starting_after={first[-1]['sequence_number']}")
        every = await stream_of(client, path)
    assert first + rest == every
    assert text_of(every) == whole()
    assert numbers_of(every) == list(range(len(every)))


async def test_a_failed_response_is_streamed_again_to_its_failure(tmp_path: Path) -> None:
    class Failing(Report):
        def answer(self, question, context):  # type: ignore[no-untyped-def]
            raise RuntimeError("a secret of the inside")

    async with background(tmp_path, Failing()) as server, server.client() as client:
        response_id = await begun(server)
        body = await fetched(client, f"/v1/responses/{response_id}", "failed")
        assert body["error"]["code"] == "internal_error"
        assert "secret" not in str(body)
        path = f"/v1/responses/{response_id}?stream=true"
        every = await stream_of(client, path)
        assert every[-1]["type"] == "response.failed"
        assert await stream_of(client, f"{path}&starting_after=1") == every[2:]


async def test_a_cancelled_response_stops_and_keeps_what_was_written(tmp_path: Path) -> None:
    answerer = Report(halt_before=3)
    async with background(tmp_path, answerer) as server, server.client() as client:
        response_id = await begun(server)
        async with asyncio.timeout(WAIT_S):
            await answerer.halted.wait()
        path = f"/v1/responses/{response_id}"
        told = await client.post(f"{path}/cancel")
        assert (told.status_code, told.json()) == (
            200,
            {"response_id": response_id, "status": "cancelling"},
        )
        body = await fetched(client, path, "cancelled")
        every = await stream_of(client, f"{path}?stream=true")
        again = await client.post(f"{path}/cancel")
    assert body["output"][-1]["status"] == "cancelled"
    assert every[-1]["type"] == "response.cancelled"
    assert text_of(every) == "Part 1 of whales. Part 2 of whales. "
    assert (again.status_code, again.json()["error"]["type"]) == (400, "invalid_request")


async def test_responses_of_others_do_not_exist(tmp_path: Path) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        response_id = await begun(server)
        async_one = await server.room.desk.submit(asked(), await principal_of(), door="async")
        await ended(server, response_id)
        async with server.client(BOB) as stranger:
            await all_missing(stranger, response_id)
        await all_missing(client, "resp_no-such-response")
        await all_missing(client, f"resp_{async_one.id}")


async def got(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What is at a path."""
    body: dict[str, Any] = (await client.get(path)).json()
    return body


async def all_missing(client: httpx.AsyncClient, response_id: str) -> None:
    """Nothing that can be done with a response tells that it is there."""
    one = f"/v1/responses/{response_id}"
    below = ("", "?stream=true", "/input_items", "/files", "/files/file_report/content")
    answers = [await client.get(one + path) for path in below]
    answers += [await client.post(f"{one}/cancel"), await client.delete(one)]
    for answer in answers:
        assert answer.status_code == 404, answer.request.url
        assert answer.json()["error"]["type"] == "not_found"


async def test_a_deleted_response_is_gone_and_its_row_stays(tmp_path: Path) -> None:
    answerer = Report(halt_before=2)
    async with background(tmp_path, answerer) as server, server.client() as client:
        response_id = await begun(server)
        path = f"/v1/responses/{response_id}"
        async with asyncio.timeout(WAIT_S):
            await answerer.halted.wait()
        assert (await client.delete(path)).status_code == 400
        await client.post(f"{path}/cancel")
        await ended(server, response_id)
        gone = await client.delete(path)
        assert gone.json() == {"id": response_id, "object": "response", "deleted": True}
        await all_missing(client, response_id)
        assert len(ledger(server.state.path)) == 1


async def test_a_report_has_its_text_and_its_sources_as_files(tmp_path: Path) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        response_id = await begun(server)
        await ended(server, response_id)
        path = f"/v1/responses/{response_id}/files"
        listed = (await client.get(path)).json()
        assert listed["object"] == "list"
        assert [one["filename"] for one in listed["data"]] == ["report.md", "sources.json"]
        bodies = [await client.get(f"{path}/{one['id']}/content") for one in listed["data"]]
        assert [one["bytes"] for one in listed["data"]] == [len(one.content) for one in bodies]
        assert (await client.get(f"{path}/file_other/content")).status_code == 404
    report, sources = bodies
    assert report.text == f"{whole().rstrip()}\n\n## Sources\n\n1. A: <https://a.example/>\n"
    assert report.headers["content-type"] == "text/markdown; charset=utf-8"
    assert [one["url"] for one in sources.json()["sources"]] == ["https://a.example/"]


async def test_what_was_asked_is_listed_as_items(tmp_path: Path) -> None:
    turns = (
        Turn("system", (TextPart("Be brief."),)),
        Turn("user", (TextPart("Hello"), MediaPart("file", data=b"x", name="a.txt"))),
        Turn("assistant", (TextPart("Hi"),), (ToolCall("c1", "depth", "{}"),)),
        Turn("tool", (TextPart("315 m"),), tool_call_id="c1"),
    )
    question = replace(
        asked(),
        turns=turns,
        tools=Tools((FunctionTool("depth"),)),
        echo={"fields": {"instructions": "Be brief."}},
    )
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        job = await server.room.desk.submit(question, await principal_of(), door="agent")
        path = f"/v1/responses/resp_{job.id}/input_items"
        listed = (await client.get(f"{path}?order=asc")).json()
        kinds = [one["type"] for one in listed["data"]]
        assert kinds == ["message", "message", "function_call", "function_call_output"]
        assert listed["data"][0]["content"] == [
            {"type": "input_text", "text": "Hello"},
            {"type": "input_file", "filename": "a.txt"},
        ]
        assert not listed["has_more"]
        page = (await client.get(f"{path}?limit=1&after={listed['last_id']}")).json()
        assert page["data"] == [listed["data"][2]]
        assert page["has_more"]
        for wrong in ("limit=0", "order=up", "after=x"):
            assert (await client.get(f"{path}?{wrong}")).status_code == 400


@pytest.mark.parametrize("query", ["stream=maybe", "stream=true&starting_after=-1"])
async def test_odd_queries_are_refused(tmp_path: Path, query: str) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        response_id = await begun(server)
        refused = await client.get(f"/v1/responses/{response_id}?{query}")
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] in query


async def test_a_server_that_keeps_nothing_says_so() -> None:
    async with doors() as server, server.client() as client:
        refused = await client.get("/v1/responses/resp_x")
    assert refused.status_code == 503
