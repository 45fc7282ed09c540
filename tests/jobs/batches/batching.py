"""What the tests of batches share: files with lines, an endpoint that is easily read, a feeder."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from hydrophone.errors import HydrophoneError, InvalidRequest
from hydrophone.jobs.batches.desk import BatchDesk
from hydrophone.jobs.batches.feeder import Feeder
from hydrophone.ports import Batch, BatchOrder, BatchReply, Job, Resumable
from hydrophone.storage.files.store import FileStore
from hydrophone.storage.state import State
from hydrophone.types import Event, Failed, JsonValue, Principal, Question, ask
from tests.jobs.working import ADA, Room, text_of, until, working

URL = "/v1/said"
Line = dict[str, Any]


class Said:
    """An endpoint that is asked `{"q": TEXT}` and says `{"said": TEXT}`."""

    def question(self, body: Mapping[str, JsonValue]) -> Question:
        """A text without `q` is refused, and `defect` is one."""
        asked = body.get("q")
        if asked == "defect":
            raise RuntimeError("a defect of the door")
        if not isinstance(asked, str):
            raise InvalidRequest("q must be a text", param="q")
        return ask(asked, model="sonar")

    def refusal(self, error: HydrophoneError) -> BatchReply:
        return BatchReply(error.status, orjson.dumps({"error": error.code}))

    def reply(self, job: Job, question: Question, events: Sequence[Event]) -> BatchReply:
        last = events[-1]
        if isinstance(last, Failed):
            return BatchReply(last.status, orjson.dumps({"error": last.code}))
        return BatchReply(200, orjson.dumps({"said": text_of(events), "job": job.id}))


def line(custom_id: str, q: str | None = "whales", **more: Any) -> Line:
    """A line of an input file."""
    body = {} if q is None else {"q": q}
    return {"custom_id": custom_id, "method": "POST", "url": URL, "body": body, **more}


def lines_of(*lines: Line | str) -> bytes:
    """An input file; a text stands as it is."""
    shown = (one if isinstance(one, str) else json.dumps(one) for one in lines)
    return "".join(f"{one}\n" for one in shown).encode()


@dataclass(frozen=True)
class Batching:
    """Files, batches and the jobs of their lines."""

    files: FileStore
    desk: BatchDesk
    feeder: Feeder
    room: Room

    async def put(self, content: bytes, principal: Principal = ADA) -> str:
        """The id of a new input file."""
        async with self.files.incoming() as incoming:
            await incoming.write(content)
            return (await incoming.keep("in.jsonl", "batch", principal)).id

    async def begin(self, *lines: Line | str, principal: Principal = ADA) -> Batch:
        """A new batch."""
        order = BatchOrder(await self.put(lines_of(*lines), principal), URL)
        return await self.desk.create(order, principal)

    async def ended(self, batch: Batch, principal: Principal = ADA) -> Batch:
        """The batch when it has ended."""
        return await until(
            lambda: self.desk.batch(batch.id, principal), lambda one: one.ended_at_ms is not None
        )

    async def read(self, file_id: str | None, principal: Principal = ADA) -> list[Line]:
        """The lines of an output or error file."""
        if file_id is None:
            return []
        async with self.files.content(file_id, principal) as pieces:
            content = b"".join([piece async for piece in pieces])
        return [json.loads(one) for one in content.splitlines()]


def batching_of(state: State, room: Room, **options: Any) -> Batching:
    """A room of batches whose feeder has not begun. `window_s` goes to the desk, the rest to the
    feeder."""
    window_s = options.pop("window_s", 3600.0)
    files = FileStore(
        state,
        state.path.with_name("files"),
        most_bytes=10_000_000,
        most_bytes_in_all=100_000_000,
        keep_days=7,
    )
    quick = {"lines_at_once": 2, "keep_days": 7, "lease_s": 2.0, "look_s": 0.2}
    feeder = Feeder(state, files, room.desk, lambda: {URL: Said()}, **{**quick, **options})
    return Batching(files, BatchDesk(state, feeder, (URL,), window_s=window_s), feeder, room)


@asynccontextmanager
async def batching(state: State, answerer: Resumable, **options: Any) -> AsyncIterator[Batching]:
    """A room of batches that works."""
    async with working(state, answerer, at_once=2) as room:
        batches = batching_of(state, room, **options)
        batches.feeder.start()
        try:
            yield batches
        finally:
            await batches.feeder.close()
