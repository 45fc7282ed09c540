"""Responses that are made without the endpoint that takes questions in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx

from hydrophone.ports import Credentials
from hydrophone.types import Principal, Question, Secret, ask
from tests.api.background import ADA, Background
from tests.api.serving import Doorkeeper
from tests.api.sse_reader import frames_of
from tests.jobs.working import WAIT_S


async def principal_of(key: str = ADA) -> Principal:
    """The caller with this key."""
    return await Doorkeeper([key]).identify(Credentials(Secret(key)))


def asked(text: str = "whales") -> Question:
    """A question as the Agent dialect asks it."""
    echo: dict[str, Any] = {"fields": {"instructions": None, "background": True, "store": True}}
    return replace(ask(text, model="sonar"), echo=echo)


async def begun(server: Background, text: str = "whales", key: str = ADA) -> str:
    """A question that is answered in the background; the id of its response."""
    job = await server.room.desk.submit(asked(text), await principal_of(key), door="agent")
    return f"resp_{job.id}"


async def ended(server: Background, response_id: str) -> None:
    """Wait for the end of a response."""
    jobs, principal = server.room.desk, await principal_of()
    job_id = response_id.removeprefix("resp_")
    async with asyncio.timeout(WAIT_S):
        async for _ in jobs.events(job_id, principal):
            pass
    assert (await jobs.job(job_id, principal)).ended


async def stream_of(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The events of a response's whole stream."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [frame.json for frame in frames_of(answer.content)]


def text_of(events: list[dict[str, Any]]) -> str:
    """The text that a stream brought."""
    deltas = [one["delta"] for one in events if one["type"] == "response.output_text.delta"]
    return "".join(deltas)


def numbers_of(events: list[dict[str, Any]]) -> list[int]:
    """The sequence numbers of a stream."""
    return [one["sequence_number"] for one in events]
