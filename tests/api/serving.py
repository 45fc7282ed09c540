"""A really started server on loopback, and what is needed to ask it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import uvicorn
from starlette.types import ASGIApp

from hydrophone.accounts.gate import Gate
from hydrophone.accounts.ledger import LedgerRow, MemoryLedger
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.api.application import build_application
from hydrophone.catalog.presets import find_preset
from hydrophone.errors import AuthenticationError, InvalidModel, NotConfigured
from hydrophone.ports import (
    Answerer,
    Batches,
    Credentials,
    Embeddings,
    Files,
    House,
    Jobs,
    ModelCard,
    Preset,
    Searcher,
    SearchOutcome,
    Tokens,
)
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    LOCAL,
    Citation,
    Finished,
    Passage,
    Price,
    Principal,
    RequestContext,
    SearchOptions,
    SearchResult,
    Secret,
    Source,
    Sources,
    SourceSpan,
    Span,
    Step,
    StepResult,
    Text,
    Usage,
)

KEY = "a-key-of-the-setting"
OLDER = "older-"
WAIT_S = 10.0
BODY_LIMIT_BYTES = 20_000
PRICE = Price(input_usd=1, output_usd=2, low_usd=5, medium_usd=8, high_usd=12)
VERSION = "0" * 64
PAGE = Passage("7", "Whales sing. Boats hum.", VERSION, 0, 23)
SOURCE = Source(1, SearchResult("https://a.example/x", "Whales", "Whales sing.", passages=(PAGE,)))
PROOF = Citation(
    1, "7", Span(0, 12), SourceSpan(VERSION, 0, 12), "Whales sing.", "exact", score=1.0
)
USED = Usage(prompt_tokens=3, completion_tokens=5, search_queries=1)
SCRIPT: tuple[ScriptItem, ...] = (
    Step("s", "web_search", queries=("q",)),
    StepResult("s", hits=(SOURCE.result,)),
    Sources((SOURCE,), complete=True),
    Text("Whales "),
    Text("sing. [1]"),
    PROOF,
    Finished("stop", USED),
)


@dataclass
class Doorkeeper:
    """Accounts whose mode a test chooses: `open`, or these keys (an empty list: none is left)."""

    keys: Sequence[str] | None = None

    @property
    def open(self) -> bool:
        return self.keys is None

    async def identify(self, credentials: Credentials) -> Principal:
        if self.keys is None:
            return LOCAL
        if not self.keys:
            raise NotConfigured("there is no key; make one with `hydrophone keys create`")
        if credentials.malformed or credentials.bearer is None:
            raise AuthenticationError("send a key")
        known = StaticKeys(Secret(key) for key in self.keys).find(credentials.bearer)
        if known is None:
            raise AuthenticationError("this is no key of this server")
        return known


class Shelf:
    """The models of the tests; `sonar` has a price. Each has an older id as well."""

    def cards(self) -> Sequence[ModelCard]:
        return [
            ModelCard("default", 1_790_000_000, "hydrophone"),
            ModelCard("sonar", 1_790_000_000, "hydrophone", 128_000, 4_096, PRICE),
        ]

    def card(self, model: str) -> ModelCard:
        for card in self.cards():
            if card.id == model.removeprefix(OLDER):
                return card
        raise InvalidModel(f"there is no model {model!r}", param="model")

    def preset(self, name: str) -> Preset:
        return find_preset(name)


class OneResult:
    """A searcher that finds SOURCE for every query."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        by_query = ((SOURCE.result,),) * len(queries) if options.by_query else ()
        return SearchOutcome((SOURCE.result,), by_query=by_query)


class WatchedLedger(MemoryLedger):
    """A ledger that tells when a row has been written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    async def record(self, row: LedgerRow) -> None:
        await super().record(row)
        self._written.set()

    async def first_row(self) -> LedgerRow:
        """Wait for the first row."""
        async with asyncio.timeout(WAIT_S):
            await self._written.wait()
        return self.rows[0]


@dataclass
class Doors:
    """A server that runs; `answerer` and `ledger` tell what it did."""

    url: str
    answerer: ScriptedAnswerer
    ledger: WatchedLedger
    house: House = field(repr=False)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def client(self) -> httpx.AsyncClient:
        """A client of it; without the certificates that take longest to load."""
        return httpx.AsyncClient(base_url=self.url, verify=False)


def house_of(
    answerer: Answerer, *, keys: Sequence[str] | None = None, searcher: Searcher | None = None
) -> House:
    """A house with one answerer, and one searcher if one is given."""
    return House(answerer, Doorkeeper(keys), Shelf(), searcher)


@asynccontextmanager
async def doors(
    script: Sequence[ScriptItem] = SCRIPT,
    *,
    keys: Sequence[str] | None = None,
    cors_origins: Sequence[str] = ("*",),
    egress_networks: Sequence[str] = (),
    searcher: Searcher | None = None,
    embeddings: Embeddings | None = None,
    tokens: Tokens | None = None,
    jobs: Jobs | None = None,
    files: Files | None = None,
    batches: Batches | None = None,
    strict: bool = False,
    pro_search: bool = True,
    body_limit_bytes: int = BODY_LIMIT_BYTES,
    repeat_search_results: bool = False,
    agent_lenient: bool = False,
) -> AsyncIterator[Doors]:
    """The whole application over a scripted answerer behind the real gate."""
    answerer, ledger = ScriptedAnswerer(script), WatchedLedger()
    house = house_of(Gate(answerer, ledger), keys=keys, searcher=searcher)
    house = replace(house, embeddings=embeddings, tokens=tokens, jobs=jobs)
    house = replace(house, files=files, batches=batches)
    application = build_application(
        house,
        max_body_bytes=body_limit_bytes,
        default_model="default",
        cors_origins=cors_origins,
        egress_networks=egress_networks,
        strict=strict,
        pro_search=pro_search,
        repeat_search_results=repeat_search_results,
        agent_lenient=agent_lenient,
    )
    async with serving(application) as url:
        yield Doors(url, answerer, ledger, house)


class LoopServer(uvicorn.Server):
    """A uvicorn that leaves the process's signals alone and ends as soon as it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.begun.set()
        await self.ended.wait()


def uvicorn_of(application: ASGIApp) -> LoopServer:
    """The server for an application, not yet started."""
    config = uvicorn.Config(
        application, lifespan="off", log_config=None, access_log=False, ws="none"
    )
    return LoopServer(config)


@asynccontextmanager
async def serving(application: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve an application on a port of loopback, a free one for 0; gives its URL."""
    server = uvicorn_of(application)
    listener = socket.create_server(("127.0.0.1", port))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(WAIT_S):
        await server.begun.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.force_exit = True
        server.ended.set()
        await task
        listener.close()
