"""Chat streams over a real server, and two parsers of them that share no code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from openai._streaming import SSEDecoder

from hydrophone.scripted import ScriptItem
from tests.api.serving import doors
from tests.api.sse_reader import frames_of


@dataclass(frozen=True)
class Stream:
    """A stream as one parser read it: the chunks, and whether `[DONE]` came last."""

    chunks: list[Any]
    done: bool


def read_with_ours(body: bytes) -> Stream:
    frames = frames_of(body)
    return _stream([frame.data for frame in frames])


def read_with_openai(body: bytes) -> Stream:
    """In pieces of seven bytes, as a network may bring them."""
    pieces = (body[at : at + 7] for at in range(0, len(body), 7))
    return _stream([event.data for event in SSEDecoder().iter_bytes(iter(pieces))])


def _stream(data: list[str]) -> Stream:
    assert data.count("[DONE]") <= 1
    done = bool(data) and data[-1] == "[DONE]"
    return Stream([orjson.loads(one) for one in (data[:-1] if done else data)], done)


Reader = Callable[[bytes], Stream]


async def body_of(
    script: Sequence[ScriptItem], *, repeat_search_results: bool = False, **asked: Any
) -> bytes:
    body = {
        "model": "sonar",
        "stream": True,
        "messages": [{"role": "user", "content": "Do whales sing?"}],
    }
    async with (
        doors(script, repeat_search_results=repeat_search_results) as served,
        served.client() as client,
    ):
        response = await client.post("/v1/chat/completions", json=body | asked)
    assert response.status_code == 200
    return response.content


def choice(chunk: Any) -> Any:
    [only] = chunk["choices"]
    return only
