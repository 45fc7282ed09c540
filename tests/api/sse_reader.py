"""A reader of server-sent events after the WHATWG's text, and nobody else's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Frame:
    """One event; `name` is "message" where the stream names none."""

    name: str
    data: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.data)


def frames_of(body: bytes) -> list[Frame]:
    """The events of a whole stream; comments and an unfinished last event do not count."""
    frames: list[Frame] = []
    name, data = "", []
    for line in body.decode("utf-8").replace("\r\n", "\n").split("\n"):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                frames.append(Frame(name or "message", "\n".join(data)))
            name, data = "", []
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return frames


def comments_of(body: bytes) -> int:
    """How many comment lines (pings) the stream has."""
    return sum(line.startswith(b":") for line in body.split(b"\n"))
