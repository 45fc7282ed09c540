"""POST with background, store and previous_response_id, over HTTP."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx

from hydrophone.types import Sources, Text
from tests.api.background import BOB, background, fetched
from tests.api.responses.asking import numbers_of, stream_of, text_of
from tests.api.sonar_async.test_endpoint import Scripted
from tests.api.sse_reader import frames_of
from tests.jobs.working import Report, ledger, whole

PATH = "/v1/responses"
ASKED: dict[str, Any] = {"model": "sonar", "input": "whales", "tools": [{"type": "web_search"}]}


async def created(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    """The body of a new response."""
    answer = await client.post(PATH, json={**ASKED, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_response_in_the_background_is_fetched_when_it_is_done(tmp_path: Path) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        begun = await created(client, background=True, metadata={"a": "b"})
        assert begun["status"] in ("queued", "in_progress")
        assert begun["background"] is True
        done = await fetched(client, f"{PATH}/{begun['id']}", "completed")
    assert done["metadata"] == {"a": "b"}
    assert done["output"][-1]["content"][0]["text"] == whole()
    assert done["created_at"] == begun["created_at"]
    assert [row[0] for row in ledger(server.state.path)] == [begun["id"].removeprefix("resp_")]


async def test_a_stream_in_the_background_begins_at_once_and_can_be_left(tmp_path: Path) -> None:
    asked = {**ASKED, "background": True, "stream": True}
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        seen = b""
        async with client.stream("POST", PATH, json=asked) as lost:
            async for chunk in lost.aiter_bytes():
                seen += chunk
                if b"response.in_progress" in seen:
                    break
    first = [frame.json for frame in frames_of(seen)]
    assert [one["type"] for one in first] == ["response.created", "response.in_progress"]
    path = f"{PATH}/{first[0]['response']['id']}?stream=true"
    async with background(tmp_path, Report()) as server, server.client() as client:
        rest = await stream_of(client, f"{path}&starting_after=1")
        assert await stream_of(client, path) == first + rest
    assert text_of(rest) == whole()
    assert numbers_of(rest) == list(range(2, len(rest) + 2))
    assert rest[-1]["type"] == "response.completed"
    assert len(ledger(server.state.path)) == 1


async def test_a_stored_stream_is_streamed_again_as_it_was(tmp_path: Path) -> None:
    async with background(tmp_path, Scripted(), works=False) as server, server.client() as client:
        answer = await client.post(PATH, json={**ASKED, "stream": True})
        every = [frame.json for frame in frames_of(answer.content)]
        path = f"{PATH}/{every[0]['response']['id']}?stream=true"
        assert await stream_of(client, path) == every
        for after in (0, 1, len(every) - 2, len(every) - 1):
            assert await stream_of(client, f"{path}&starting_after={after}") == every[after + 1 :]
        assert len(ledger(server.state.path)) == 1


async def test_a_stream_that_is_lost_stops_and_stays_as_a_cancelled_response(
    tmp_path: Path,
) -> None:
    answerer = Scripted([Sources(complete=True), Text("Whales "), 60.0])
    async with background(tmp_path, answerer, works=False) as server, server.client() as client:
        seen = b""
        async with client.stream("POST", PATH, json={**ASKED, "stream": True}) as lost:
            async for chunk in lost.aiter_bytes():
                seen += chunk
                if b"Whales " in seen:
                    break
        first = [frame.json for frame in frames_of(seen)]
        path = f"{PATH}/{first[0]['response']['id']}"
        assert (await fetched(client, path, "cancelled"))["error"]["code"] == "cancelled"
        every = await stream_of(client, f"{path}?stream=true")
        assert every[: len(first)] == first
        assert every[-1]["type"] == "response.cancelled"
        assert [row[2] for row in ledger(server.state.path)] == ["disconnected"]
    assert answerer.stopped == 1


async def test_a_running_answer_is_told_of_and_cancelled_by_its_id(tmp_path: Path) -> None:
    answerer = Scripted([Sources(complete=True), Text("Whales "), 60.0])
    async with background(tmp_path, answerer, works=False) as server, server.client() as client:
        seen = b""
        async with client.stream("POST", PATH, json={**ASKED, "stream": True}) as stream:
            async for chunk in stream.aiter_bytes():
                seen += chunk
                if b"Whales " in seen and b"cancelled" not in seen:
                    path = f"{PATH}/{frames_of(seen)[0].json['response']['id']}"
                    running = (await client.get(path)).json()
                    assert (running["status"], running["output"]) == ("in_progress", [])
                    assert (await client.get(f"{path}?stream=true")).status_code == 400
                    async with server.client(BOB) as stranger:
                        assert (await stranger.get(path)).status_code == 404
                        assert (await stranger.post(f"{path}/cancel")).status_code == 404
                    assert (await client.post(f"{path}/cancel")).status_code == 200
        assert frames_of(seen)[-1].json["type"] == "response.cancelled"
        assert (await client.get(path)).json()["status"] == "cancelled"
        assert [row[2] for row in ledger(server.state.path)] == ["cancelled"]


async def test_a_whole_answer_is_the_one_that_is_fetched_afterwards(tmp_path: Path) -> None:
    async with background(tmp_path, Scripted(), works=False) as server, server.client() as client:
        answered = await created(client)
        again = (await client.get(f"{PATH}/{answered['id']}")).json()
    assert {**answered, "completed_at": 0} == {**again, "completed_at": 0}


async def test_what_must_not_be_stored_is_nowhere_on_disk(tmp_path: Path) -> None:
    secret = "the blue unicorn of tomorrow"
    async with background(tmp_path, Scripted(), works=False) as server, server.client() as client:
        answered = await created(client, store=False, input=secret)
        assert answered["store"] is False
        path = f"{PATH}/{answered['id']}"
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"{path}?stream=true")).status_code == 404
        assert (await client.post(f"{path}/cancel")).status_code == 404
        refused = await client.post(PATH, json={**ASKED, "store": False, "background": True})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "store")
    check_is_nowhere(tmp_path, secret)


def check_is_nowhere(folder: Path, text: str) -> None:
    """No file holds the text, and no job is in the database."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert all(text.encode() not in path.read_bytes() for path in files)
    with sqlite3.connect(folder / "state.db") as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


async def test_the_server_may_store_only_what_asks_for_it(tmp_path: Path) -> None:
    options = {"works": False, "store_responses": False}
    async with background(tmp_path, Scripted(), **options) as server, server.client() as client:
        by_default = await created(client)
        wanted = await created(client, store=True)
        assert (by_default["store"], wanted["store"]) == (False, True)
        assert (await client.get(f"{PATH}/{by_default['id']}")).status_code == 404
        assert (await client.get(f"{PATH}/{wanted['id']}")).status_code == 200


async def test_a_conversation_goes_on_behind_a_stored_or_an_unstored_response(
    tmp_path: Path,
) -> None:
    answerer = Scripted()
    async with background(tmp_path, answerer, works=False) as server, server.client() as client:
        first = await created(client, instructions="Be brief.", input="Do whales sing?")
        second = await created(
            client, previous_response_id=first["id"], store=False, input="And boats?"
        )
        third = await created(client, previous_response_id=second["id"], input="Why?")
        assert third["previous_response_id"] == second["id"]
        await created(client, previous_response_id=third["id"], input="Since when?")
        async with server.client(BOB) as stranger:
            for one in (first, second, third):
                body = {**ASKED, "previous_response_id": one["id"]}
                refused = await stranger.post(PATH, json=body)
                assert refused.status_code == 404
                assert refused.json()["error"]["param"] == "previous_response_id"
    turns = answerer.questions[-1].turns
    said = "Whales sing. [1]"
    assert [(turn.role, turn.text) for turn in turns] == [
        ("user", "Do whales sing?"),
        ("assistant", said),
        ("user", "And boats?"),
        ("assistant", said),
        ("user", "Why?"),
        ("assistant", said),
        ("user", "Since when?"),
    ]
    assert [source.n for source in turns[1].sources] == [1]


async def test_a_response_in_the_background_goes_on_behind_another_one(tmp_path: Path) -> None:
    async with background(tmp_path, Report()) as server, server.client() as client:
        first = await created(client, background=True)
        await fetched(client, f"{PATH}/{first['id']}", "completed")
        second = await created(
            client, background=True, previous_response_id=first["id"], input="boats"
        )
        await fetched(client, f"{PATH}/{second['id']}", "completed")
        path = f"{PATH}/{second['id']}/input_items?order=asc"
        items = (await client.get(path)).json()["data"]
    assert [one["content"][0]["text"] for one in items] == ["whales", whole(), "boats"]


async def test_nothing_follows_a_response_that_is_still_worked_on(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        first = await created(client, background=True)
        refused = await client.post(PATH, json={**ASKED, "previous_response_id": first["id"]})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "previous_response_id"
