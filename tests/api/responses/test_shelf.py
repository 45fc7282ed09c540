"""Responses that are given at once: kept before they end, gone on with, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hydrophone.api.responses.memory import RecentTurns
from hydrophone.api.responses.shelf import DOOR, ResponseShelf
from hydrophone.errors import InvalidRequest, NotFound, StorageError
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import Event, Failed, Finished, RequestContext, Sources, Text
from tests.api.background import BOB, Background, background
from tests.api.responses.asking import asked, principal_of
from tests.api.serving import SCRIPT, doors, house_of
from tests.jobs.working import Report, ledger, until

CREATED = 1_790_000_000


async def given(
    shelf: ResponseShelf, context: RequestContext, *, store: bool, most: int = 1_000
) -> list[Event]:
    """The events of an answer, left behind so many of them."""
    events: list[Event] = []
    async with shelf.answer(asked(), context, store=store, created_at=CREATED) as answer:
        async for event in answer:
            events.append(event)
            if len(events) == most:
                break
    return events


def shelf_of(server: Background, script: Sequence[ScriptItem] = SCRIPT) -> ResponseShelf:
    """A shelf over the jobs of a server, before an answerer that plays a script."""
    house = house_of(ScriptedAnswerer(script), keys=())
    return ResponseShelf(replace(house, jobs=server.room.desk))


async def context_of() -> RequestContext:
    return RequestContext(principal=await principal_of(), door=DOOR)


async def test_an_answer_is_there_before_its_end_goes_out(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        shelf, context = shelf_of(server), await context_of()
        path = f"/v1/responses/resp_{context.request_id}"
        async with shelf.answer(asked(), context, store=True, created_at=CREATED) as answer:
            async for event in answer:
                there = (await client.get(path)).status_code
                assert there == (200 if isinstance(event, Finished) else 404)
                assert await found(shelf, context) == (there == 404)
        body = (await client.get(path)).json()
        assert (body["status"], body["created_at"]) == ("completed", CREATED)
        assert body["output"][-1]["content"][0]["text"] == "Whales sing. [1]"
        assert ledger(server.state.path) == [], "the gate writes the row, the shelf none"
        files = (await client.get(f"{path}/files")).json()
    assert files == {"object": "list", "data": []}


async def test_what_is_not_stored_can_be_gone_on_with_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        shelf, context = shelf_of(server), await context_of()
        await given(shelf, context, store=False)
        response_id = f"resp_{context.request_id}"
        assert (await client.get(f"/v1/responses/{response_id}")).status_code == 404
        assert (await server.room.desk.jobs(context.principal)).jobs == ()
        turns = await shelf.earlier(response_id, context.principal)
        assert [turn.text for turn in turns] == ["whales", "Whales sing. [1]"]
        with pytest.raises(NotFound):
            await shelf.earlier(response_id, await principal_of(BOB))
        await shelf.forget(response_id, context.principal)
        with pytest.raises(NotFound) as gone:
            await shelf.earlier(response_id, context.principal)
    assert gone.value.param == "previous_response_id"


async def test_a_stored_answer_is_gone_on_with_by_its_caller(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server), await context_of()
        await given(shelf, context, store=True)
        response_id = f"resp_{context.request_id}"
        turns = await shelf.earlier(response_id, context.principal)
        assert [turn.text for turn in turns] == ["whales", "Whales sing. [1]"]
        assert [source.n for source in turns[-1].sources] == [1]
        with pytest.raises(NotFound):
            await shelf.earlier(response_id, await principal_of(BOB))


async def test_nothing_follows_a_response_that_is_not_completed(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server), await context_of()
        waiting = await shelf.submit(asked(), context.principal)
        with pytest.raises(InvalidRequest, match="not completed"):
            await shelf.earlier(f"resp_{waiting.job.id}", context.principal)


async def test_an_answer_that_is_left_stays_as_a_cancelled_one(tmp_path: Path) -> None:
    script = [Sources(complete=True), Text("Whales "), 60.0]
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        shelf, context = shelf_of(server, script), await context_of()
        await given(shelf, context, store=True, most=2)
        body = (await client.get(f"/v1/responses/resp_{context.request_id}")).json()
    assert body["status"] == "cancelled"
    assert body["output"][-1]["content"][0]["text"] == "Whales "


async def test_who_leaves_while_an_answer_is_kept_finds_it_whole(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server, server.client() as client:
        shelf, context = shelf_of(server), await context_of()
        keep, begun, may_end = server.room.desk.keep, asyncio.Event(), asyncio.Event()

        async def slowly(*asked: Any, **times: Any) -> None:
            begun.set()
            await may_end.wait()
            await keep(*asked, **times)

        object.__setattr__(server.room.desk, "keep", slowly)
        reading = asyncio.create_task(given(shelf, context, store=True))
        await begun.wait()
        reading.cancel()
        await asyncio.sleep(0)
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await reading
        body = (await client.get(f"/v1/responses/resp_{context.request_id}")).json()
    assert body["status"] == "completed"
    assert body["output"][-1]["content"][0]["text"] == "Whales sing. [1]"


async def test_an_answer_that_is_given_is_neither_deleted_nor_gone_on_with(tmp_path: Path) -> None:
    script = [Sources(complete=True), Text("Whales "), 60.0]
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server, script), await context_of()
        response_id = f"resp_{context.request_id}"
        async with shelf.answer(asked(), context, store=True, created_at=CREATED):
            for refused in (shelf.forget, shelf.earlier):
                with pytest.raises(NotFound):
                    await refused(response_id, await principal_of(BOB))
            with pytest.raises(InvalidRequest, match="cancel it first"):
                await shelf.forget(response_id, context.principal)
            with pytest.raises(InvalidRequest, match="not completed"):
                await shelf.earlier(response_id, context.principal)


async def test_an_answer_is_cancelled_by_its_id_while_it_is_given(tmp_path: Path) -> None:
    script = [Sources(complete=True), Text("Whales "), 60.0]
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server, script), await context_of()
        response_id = f"resp_{context.request_id}"
        running = asyncio.create_task(given(shelf, context, store=True))
        await until(lambda: found(shelf, context), bool)
        with pytest.raises(NotFound):
            await shelf.cancel(response_id, await principal_of(BOB))
        await shelf.cancel(response_id, context.principal)
        last = (await running)[-1]
        assert isinstance(last, Failed)
        assert last.code == "cancelled"
        with pytest.raises(InvalidRequest, match="ended already"):
            await shelf.cancel(response_id, context.principal)


async def found(shelf: ResponseShelf, context: RequestContext) -> bool:
    """Whether the answer is given at this moment."""
    return shelf.running.find(context.request_id, context.principal) is not None


async def test_what_was_refused_is_not_kept(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server, [InvalidRequest("no")]), await context_of()
        assert isinstance((await given(shelf, context, store=True))[-1], Failed)
        assert (await server.room.desk.jobs(context.principal)).jobs == ()


async def test_an_answer_goes_out_also_when_it_cannot_be_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with background(tmp_path, Report(), works=False) as server:
        shelf, context = shelf_of(server), await context_of()

        async def full(*_: object, **__: object) -> None:
            raise StorageError("the disk is full")

        object.__setattr__(server.room.desk, "keep", full)
        assert isinstance((await given(shelf, context, store=True))[-1], Finished)
    assert "the disk is full" in caplog.text


async def test_the_setting_decides_where_the_request_does_not(tmp_path: Path) -> None:
    async with background(tmp_path, Report(), works=False) as server:
        house = replace(house_of(ScriptedAnswerer(SCRIPT)), jobs=server.room.desk)
        storing, forgetful = ResponseShelf(house), ResponseShelf(house, stores=False)
        assert storing.stores(None)
        assert not forgetful.stores(None)
        assert forgetful.stores(True)
        assert not storing.stores(False)
        assert forgetful.stores(None, background=True)
        with pytest.raises(InvalidRequest) as refused:
            storing.stores(False, background=True)
        assert refused.value.param == "store"
    async with doors() as server_without:
        assert not ResponseShelf(server_without.house, recent=RecentTurns()).stores(True)
