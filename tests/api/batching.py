"""A server on loopback that keeps files and answers batches, over a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.embedding_gate import EmbeddingGate
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.ledger_once import LedgerOnce
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.application import build_application
from hydrophone.api.batches.doors import batch_endpoints
from hydrophone.jobs.batches.desk import BatchDesk
from hydrophone.jobs.batches.feeder import Feeder
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.storage.files.store import FileStore
from hydrophone.storage.state import open_state
from hydrophone.types import Event, Question, RequestContext
from tests.api.background import ADA, BOB, WAIT_S, Background
from tests.api.embeddings.making import Maker, card_of
from tests.api.serving import BODY_LIMIT_BYTES, SCRIPT, house_of, serving
from tests.jobs.working import working

MOST_BYTES = 300_000
ENDED = ("completed", "failed", "cancelled", "expired")


class Scripted(ScriptedAnswerer):
    """Answers that cannot be gone on with."""

    def __init__(self, script: Sequence[ScriptItem] = SCRIPT) -> None:
        super().__init__(script)

    def resumes(self, question: Question) -> bool:
        return False

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        raise AssertionError("it cannot go on")


@asynccontextmanager
async def batching(
    folder: Path,
    *,
    script: Sequence[ScriptItem] = SCRIPT,
    maker: Maker | None = None,
    works: bool = True,
) -> AsyncIterator[Background]:
    """The whole application with the data of `folder`; `works`: its batches are worked on."""
    answerer = Scripted(script)
    state = await open_state(folder / "state.db")
    ledger = DurableLedger(state)
    files = FileStore(
        state,
        folder / "files",
        most_bytes=MOST_BYTES,
        most_bytes_in_all=2 * MOST_BYTES,
        keep_days=7,
    )
    async with working(state, answerer, at_once=2) as room:
        house = replace(house_of(Gate(answerer, ledger), keys=(ADA, BOB)), jobs=room.desk)
        embeddings = EmbeddingGate(
            (maker or Maker()).embed, LedgerOnce(state, ledger), card_of=card_of
        )
        house = replace(house, embeddings=embeddings)
        endpoints = batch_endpoints(house.models, Rules(), embeddings)
        feeder = Feeder(state, files, room.desk, lambda: endpoints, lines_at_once=2, keep_days=7)
        house = replace(house, files=files, batches=BatchDesk(state, feeder, tuple(endpoints)))
        application = build_application(
            house, max_body_bytes=BODY_LIMIT_BYTES, default_model="default", cors_origins=()
        )
        if works:
            feeder.start()
        async with serving(application) as url:
            yield Background(url, house, room, state)
        await feeder.close()
    await ledger.close()
    await state.close()


def jsonl(*lines: dict[str, Any]) -> bytes:
    """An input file."""
    return "".join(f"{json.dumps(one)}\n" for one in lines).encode()


async def sent(client: httpx.AsyncClient, content: bytes, name: str = "in.jsonl") -> dict[str, Any]:
    """A new file."""
    answer = await client.post(
        "/v1/files", data={"purpose": "batch"}, files={"file": (name, content)}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def ended(client: httpx.AsyncClient, batch_id: str) -> dict[str, Any]:
    """The batch when it has ended."""
    async with asyncio.timeout(WAIT_S):
        while True:
            body: dict[str, Any] = (await client.get(f"/v1/batches/{batch_id}")).json()
            if body["status"] in ENDED:
                return body
            await asyncio.sleep(0.02)


async def read(client: httpx.AsyncClient, file_id: str | None) -> list[dict[str, Any]]:
    """The lines of a file."""
    if file_id is None:
        return []
    content = (await client.get(f"/v1/files/{file_id}/content")).content
    return [json.loads(one) for one in content.splitlines()]
