"""A server on loopback that answers in the background, over a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.api.application import build_application
from hydrophone.ports import House, Resumable
from hydrophone.storage.state import State, open_state
from tests.api.serving import BODY_LIMIT_BYTES, house_of, serving
from tests.jobs.working import Room, working

ADA, BOB = "key-of-ada", "key-of-bob"
WAIT_S = 20.0


@dataclass(frozen=True)
class Background:
    """A server that runs, and the room of its jobs."""

    url: str
    house: House
    room: Room
    state: State

    def client(self, key: str = ADA) -> httpx.AsyncClient:
        """A client with a key."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, verify=False, timeout=WAIT_S)


@asynccontextmanager
async def background(
    folder: Path,
    answerer: Resumable,
    *,
    keys: Sequence[str] | None = (ADA, BOB),
    works: bool = True,
    **options: Any,
) -> AsyncIterator[Background]:
    """The whole application with the data of `folder`; `works`: its jobs are worked on."""
    state = await open_state(folder / "state.db")
    ledger = DurableLedger(state)
    async with working(state, answerer, at_once=2 if works else 0) as room:
        house = replace(house_of(Gate(answerer, ledger), keys=keys), jobs=room.desk)
        application = build_application(
            house,
            max_body_bytes=BODY_LIMIT_BYTES,
            default_model="default",
            cors_origins=(),
            **options,
        )
        async with serving(application) as url:
            yield Background(url, house, room, state)
    await ledger.close()
    await state.close()


async def fetched(client: httpx.AsyncClient, path: str, *statuses: str) -> dict[str, Any]:
    """What is at `path` once its status is one of these."""
    async with asyncio.timeout(WAIT_S):
        while True:
            body: dict[str, Any] = (await client.get(path)).json()
            if body.get("status") in statuses:
                return body
            await asyncio.sleep(0.02)
