"""A served house for the page's tests: scripted answers, and a key when one is wanted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI

from hydrophone.api.application import build_application
from hydrophone.errors import AuthenticationError, InvalidModel, InvalidRequest
from hydrophone.page import page_router
from hydrophone.ports import Answerer, Credentials, House, ModelCard, Preset
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    LOCAL,
    Citation,
    Finished,
    Origin,
    Passage,
    Principal,
    SearchResult,
    Secret,
    Source,
    Sources,
    SourceSpan,
    Span,
    Step,
    Text,
    Usage,
    Verdict,
)

DONE = Finished("stop", Usage(prompt_tokens=1))
FOREVER_S = 3600.0
VERSION = "0" * 64


@dataclass(slots=True)
class Door:
    """Accounts that want `key`, or nobody's when it is None."""

    key: str | None = None

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self.key is None

    async def identify(self, credentials: Credentials) -> Principal:
        """Who has the key."""
        if self.key is None:
            return LOCAL
        if credentials.bearer != Secret(self.key):
            raise AuthenticationError("this key is not known")
        return Principal("key", "k", "test")


@dataclass(slots=True)
class Shelf:
    """Models by their ids."""

    ids: Sequence[str] = ("default", "sonar")

    def cards(self) -> Sequence[ModelCard]:
        """All."""
        return [ModelCard(one, 1, "hydrophone") for one in self.ids]

    def card(self, model: str) -> ModelCard:
        """One."""
        if model not in self.ids:
            raise InvalidModel(f"there is no model {model!r}")
        return ModelCard(model, 1, "hydrophone")

    def preset(self, name: str) -> Preset:
        """None."""
        raise InvalidRequest(f"there is no preset {name!r}", param="preset")


@dataclass(slots=True)
class Served:
    """A running server."""

    url: str
    answerer: ScriptedAnswerer
    door: Door = field(default_factory=Door)


def application(answerer: Answerer, door: Door | None = None) -> FastAPI:
    """The application with the page, as the composition root builds it."""
    house = House(
        answerer,
        door or Door(),
        Shelf(),
    )
    return build_application(
        house,
        max_body_bytes=1_000_000,
        default_model="default",
        cors_origins=[],
        pages=[page_router(house)],
    )


@asynccontextmanager
async def served(script: Sequence[ScriptItem], *, key: str | None = None) -> AsyncIterator[Served]:
    """Serve answers of `script` on a free port of loopback."""
    answerer, door = ScriptedAnswerer(script), Door(key)
    config = uvicorn.Config(
        application(answerer, door), log_level="critical", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", answerer, door)
        finally:
            server.should_exit = server.force_exit = True
            await task


def source(n: int, url: str, title: str, *sentences: str, collection: str | None = None) -> Source:
    """A source whose one passage holds the sentences."""
    text = " ".join(sentences)
    passage = Passage(f"p{n}", text, VERSION, 0, len(text))
    return Source(n, SearchResult(url, title, text, collection=collection, passages=(passage,)))


def citation(
    n: int,
    quote: str,
    answer_span: Span | None,
    verdict: Verdict = "exact",
    origin: Origin = "writer",
) -> Citation:
    """A citation whose quote stands at the beginning of its source."""
    where = SourceSpan(VERSION, 0, len(quote))
    return Citation(n, f"p{n}", answer_span, where, quote, verdict, origin=origin)


def searched(*sources: Source) -> list[ScriptItem]:
    """A search that finds the sources."""
    return [Step("s", "web_search", queries=("tides",)), Sources(sources, complete=True)]


TIDES = source(1, "https://tides.example/port", "Tide tables", "High water is at noon.")
NOTES = source(
    2,
    "file:///home/ada/my%20notes/harbour.txt",
    "Harbour notes",
    "Ada Quill is the harbour master.",
    "She was named in 1902.",
    collection="notes",
)


def quoted_answer() -> list[ScriptItem]:
    """Three sentences out of two sources, as the quote writer sends them."""
    return [
        *searched(TIDES, NOTES),
        Text("Ada Quill is the harbour master. [2]"),
        citation(2, "Ada Quill is\nthe harbour master.", Span(0, 32)),
        Text(" She was named in 1902. [2]"),
        citation(2, "She was named in 1902.", Span(37, 59)),
        Text(" High water is at noon. [1]"),
        citation(1, "High water is at noon.", Span(64, 86)),
        DONE,
    ]
