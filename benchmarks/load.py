"""A load client in a process of its own: a bounded number of requests, each reply checked.

    python benchmarks/load.py http://127.0.0.1:8000/v1 --model local/fake --kind json \
        --requests 500 --connections 16

Prints one JSON object: how many requests, how many events of streams, and the seconds it took. A
reply that is not the fake model's own text is an error: whoever answers wrongly is not fast.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import aiohttp
import orjson

from fake_model import STREAM_TOKENS, WHOLE_TOKENS, text

REQUEST_S = 120.0
_QUESTION = "What does a gateway cost? " * 8


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of whom. `kind` is json (whole replies) or chunk (streams)."""

    base: str
    kind: str
    requests: int
    connections: int
    model: str
    key: str = ""

    @property
    def arguments(self) -> Sequence[str]:
        """The command line that asks for this; the key comes on standard input."""
        counts = ("--requests", str(self.requests), "--connections", str(self.connections))
        return (self.base, "--kind", self.kind, "--model", self.model, *counts)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. `events` are those that came, of all streams together."""

    requests: int
    events: int
    wall_s: float


async def run(load: Load) -> Done:
    """Make the requests. Raises RuntimeError at the first wrong answer."""
    body = {
        "model": load.model,
        "messages": [{"role": "user", "content": _QUESTION}],
        "stream": load.kind == "chunk",
        "disable_search": True,
    }
    headers = {"Content-Type": "application/json"}
    if load.key:
        headers["Authorization"] = f"Bearer {load.key}"
    left = iter(range(load.requests))
    began_s = time.perf_counter()
    async with aiohttp.ClientSession(
        headers=headers,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=REQUEST_S),
    ) as session:
        ask = _ask_for_stream if load.kind == "chunk" else _ask
        url, raw = f"{load.base}/chat/completions", orjson.dumps(body)

        async def connection() -> int:
            return sum([await ask(session, url, raw) for _ in left])

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(connection()) for _ in range(load.connections)]
    events = sum(task.result() for task in tasks)
    return Done(load.requests, events, time.perf_counter() - began_s)


async def _ask(session: aiohttp.ClientSession, url: str, body: bytes) -> int:
    async with session.post(url, data=body) as response:
        raw = await response.read()
        _expect(response, raw if response.status != 200 else b"")
        _compare(orjson.loads(raw)["choices"][0]["message"]["content"], text(WHOLE_TOKENS))
        return 0


async def _ask_for_stream(session: aiohttp.ClientSession, url: str, body: bytes) -> int:
    events, said = 0, ""
    async with session.post(url, data=body) as response:
        _expect(response, await response.read() if response.status != 200 else b"")
        async for line in response.content:
            if line.startswith(b"data: {"):
                events += 1
                choices = orjson.loads(line[6:])["choices"]
                said += (choices[0]["delta"].get("content") or "") if choices else ""
    _compare(said, text(STREAM_TOKENS))
    return events


def _expect(response: aiohttp.ClientResponse, problem: bytes) -> None:
    if response.status != 200:
        raise RuntimeError(f"{response.url} answered {response.status}: {problem[:300]!r}")


def _compare(said: str, expected: str) -> None:
    if said != expected:
        raise RuntimeError(f"not the model's text: {said[:80]!r} instead of {expected[:80]!r}")


def main() -> None:
    """Run one load; the key is read from standard input, where no list of processes shows it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base")
    parser.add_argument("--kind", choices=("json", "chunk"), required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    options = parser.parse_args()
    try:
        done = asyncio.run(run(Load(**vars(options), key=input().strip())))
    except* (RuntimeError, aiohttp.ClientError, TimeoutError) as errors:
        # One of many that all say the same.
        sys.exit(f"{type(errors.exceptions[0]).__name__}: {errors.exceptions[0]}")
    print(json.dumps(asdict(done)))


if __name__ == "__main__":
    main()
