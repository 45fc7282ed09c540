"""A course through many methods of `perplexityai`, and the ways in which it is called.

What was called with which parameters is held against what the client can do, so that what a newer
version brings is told as unknown.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from functools import reduce
from typing import Any

import perplexity
from outcomes import told

ENDED = {"completed", "failed", "cancelled", "incomplete", "COMPLETED", "FAILED", "expired"}
PATIENCE_S = 60
# What every method of the client takes, whatever it calls.
TRANSPORT = {"extra_headers", "extra_query", "extra_body", "timeout"}


class Course:
    """The calls of one way to call, and what came of them."""

    def __init__(self, name: str, client: Any) -> None:
        self.name = name
        self.client = client
        self.used: dict[str, set[str]] = {}
        self.failed: dict[str, Any] = {}
        self.refused: dict[str, Any] = {}
        self.calls = 0

    async def ask(self, path: str, *positional: Any, **named: Any) -> Any:
        """The result of a method; raises what the client raises."""
        *where, method = path.split(".")
        resource = reduce(getattr, where, self.client)
        self.calls += 1
        names = list(inspect.signature(getattr(resource, method)).parameters)
        self.used.setdefault(path, set()).update(names[: len(positional)], named)
        return await self._called(resource, method, positional, named)

    async def _called(self, resource: Any, method: str, args: Any, named: Any) -> Any:
        if self.name == "asynchronous":
            return await getattr(resource, method)(*args, **named)
        return await asyncio.to_thread(self._wrapped, resource, method, args, named)

    def _wrapped(self, resource: Any, method: str, args: Any, named: Any) -> Any:
        if self.name == "raw":
            return getattr(resource.with_raw_response, method)(*args, **named).parse()
        if self.name == "streamed raw":
            with getattr(resource.with_streaming_response, method)(*args, **named) as response:
                made = response.parse()
                return list(made) if isinstance(made, perplexity.Stream) else made
        return getattr(resource, method)(*args, **named)

    async def events(self, stream: Any) -> list[Any]:
        """All events of a stream, however it came."""
        if isinstance(stream, AsyncIterator):
            return [event async for event in stream]
        return await asyncio.to_thread(list, stream) if isinstance(stream, Iterator) else stream

    async def content(self, path: str, *positional: Any, **named: Any) -> bytes:
        """The bytes of a file, however they came."""
        made = await self.ask(path, *positional, **named)
        read = made if isinstance(made, bytes) else made.read()
        data: bytes = await read if inspect.isawaitable(read) else read
        return data

    async def tried(self, label: str, path: str, *positional: Any, **named: Any) -> Any:
        """As `ask`; an error is noted, and the course goes on."""
        try:
            return await self.ask(path, *positional, **named)
        except Exception as error:
            self.failed[f"{self.name}: {label}"] = told(error)

    async def turned_down(self, path: str, *positional: Any, **named: Any) -> None:
        """A call that the server must refuse."""
        try:
            await self.ask(path, *positional, **named)
        except perplexity.APIStatusError as error:
            self.refused[path] = told(error)
        else:
            self.failed[f"{self.name}: {path}"] = "not refused"

    async def until_ended(self, path: str, id_: str) -> Any:
        """Ask again until what runs in the background has ended."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                one = await self.ask(path, id_)
                if one.status in ENDED:
                    return one
                await asyncio.sleep(0.1)


def methods(client: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every method of every resource, and its parameters."""
    for name in dir(client):
        if name.startswith(("_", "with_")):
            continue
        one = getattr(client, name)
        if "Resource" in type(one).__name__:
            yield from methods(one, f"{path}{name}.")
        elif path and inspect.ismethod(one):
            yield path + name, set(inspect.signature(one).parameters) - TRANSPORT


def unknown(client: Any, course: Course, elsewhere: set[str]) -> list[str]:
    """What the client can do and the course does not."""
    found = []
    for path, parameters in methods(client):
        if path not in elsewhere:
            missing = parameters - course.used.get(path, set())
            found += [f"{path}({one})" for one in missing]
            found += [path] if path not in course.used else []
    return found
