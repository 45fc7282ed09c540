"""An MCP server over a scripted answerer, in this process or behind real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mcp.server.mcpserver import MCPServer

from hydrophone.accounts.gate import Gate
from hydrophone.accounts.search_gate import SearchGate
from hydrophone.api.application import build_application
from hydrophone.catalog import Catalog
from hydrophone.errors import InvalidRequest, NotFound
from hydrophone.mcp.assembly import build_server
from hydrophone.mcp.calls import Desk, HouseSource
from hydrophone.mcp.endpoint import McpEndpoint, mcp_router
from hydrophone.ports import (
    CollectionState,
    DocumentEntry,
    DocumentList,
    House,
    KeptPage,
    Searcher,
)
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import CollectionInfo, Document, RequestContext
from tests.api.serving import SCRIPT, VERSION, OneResult, WatchedLedger, house_of, serving

CHANGED = datetime(2026, 11, 1, 12, tzinfo=UTC)
CRAWLED = datetime(2026, 11, 2, 12, tzinfo=UTC)
OWN_URL = "file:///notes/a b/über?.md"
PAGE = Document("https://a.example/now", "Whales", "Wölfe heulen. " * 100, published=CHANGED)


class Shelf:
    """Three own documents in two collections."""

    entries = (
        DocumentEntry(OWN_URL, "Notes", "my notes/1", "text/markdown", 12, CHANGED),
        DocumentEntry("https://b.example/", "", "web", "text/html", 7, CHANGED),
        DocumentEntry("https://b.example/c", "C", "web", "text/html", 8, CHANGED),
    )

    async def collections(self) -> Sequence[CollectionState]:
        return [
            CollectionState(CollectionInfo("my notes/1", 1, 2, 0, 12, CHANGED)),
            CollectionState(CollectionInfo("web", 2, 3, 1, 15, CHANGED), CRAWLED, CRAWLED),
        ]

    async def documents(
        self, *, collection: str | None = None, limit: int = 100, token: str | None = None
    ) -> DocumentList:
        """Two at a time, whatever the limit."""
        if token not in (None, "2"):
            raise InvalidRequest("this is no mark of a list of documents", param="cursor")
        return (
            DocumentList(self.entries[:2], "2") if token is None else DocumentList(self.entries[2:])
        )

    async def document(self, url: str, *, collection: str | None = None) -> KeptPage:
        for one in self.entries:
            if one.url == url and collection in (None, one.collection):
                return KeptPage(VERSION, url, one.title, f"Text of {one.title}", CHANGED)
        raise NotFound(f"there is no document {url}", param="url")


class OnePage:
    """Reads the same page at every address; `read_for` are who asked."""

    def __init__(self) -> None:
        self.read_for: list[RequestContext] = []

    async def read(self, url: str, context: RequestContext) -> Document:
        self.read_for.append(context)
        return PAGE


@dataclass
class Served:
    """What stands behind a server; `answerer` and `ledger` tell what it did."""

    answerer: ScriptedAnswerer
    ledger: WatchedLedger
    house: House
    pages: OnePage
    url: str = ""


def behind(
    script: Sequence[ScriptItem] = SCRIPT,
    *,
    keys: Sequence[str] | None = None,
    searcher: Searcher | None = None,
) -> Served:
    """A house with all that the tools use."""
    answerer, ledger, pages = ScriptedAnswerer(script), WatchedLedger(), OnePage()
    search = SearchGate(searcher or OneResult(), ledger)
    house = house_of(Gate(answerer, ledger), keys=keys, searcher=search)
    house = replace(house, models=Catalog(lambda profile: answerer), documents=Shelf(), pages=pages)
    return Served(answerer, ledger, house, pages)


def server_over(house: House) -> MCPServer[Desk]:
    """The server itself, as standard input and output serve it."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[tuple[HouseSource, str]]:
        async def given() -> House:
            return house

        yield given, "default"

    return build_server(opening)


@asynccontextmanager
async def over_http(
    script: Sequence[ScriptItem] = SCRIPT,
    *,
    keys: Sequence[str] | None = None,
    searcher: Searcher | None = None,
    max_body_bytes: int = 100_000,
    port: int = 0,
) -> AsyncIterator[Served]:
    """The whole application with /mcp."""
    served = behind(script, keys=keys, searcher=searcher)
    endpoint = McpEndpoint(served.house, default_model="default", max_body_bytes=max_body_bytes)
    application = build_application(
        served.house,
        max_body_bytes=max_body_bytes,
        default_model="default",
        cors_origins=["*"],
        pages=[mcp_router(endpoint)],
    )
    async with serving(application, port) as url:
        served.url = url
        try:
            yield served
        finally:
            await endpoint.close()
