"""A started server for other people's clients: real gate, real keys, real engine, own thread.

The clients come unmodified; what they parsed is what the tests look at.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.modes import decide_mode
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.api.application import build_application
from hydrophone.catalog import Catalog
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.index.memory import MemoryIndex
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Answerer, House
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.storage.state import open_state
from hydrophone.types import Document
from tests.api.serving import WAIT_S, uvicorn_of

URL = "https://sea.example/whales"
SENTENCE = "The blue whale sings below forty hertz."
QUESTION = "Does the blue whale sing below forty hertz?"
ANSWER = f"{SENTENCE} [1]"
TEXT = f"Whales are mammals of the sea. {SENTENCE} Boats disturb whales by their noise."


@dataclass(frozen=True)
class Running:
    """The server's address, and the key that it asks for (any text in an open server)."""

    url: str
    key: str


class ServerThread:
    """The server in a thread of its own, since the synchronous clients block theirs."""

    def __init__(self, folder: Path, *, with_keys: bool) -> None:
        self._folder = folder
        self._with_keys = with_keys
        self._ready = threading.Event()
        self._stop: Callable[[], None] | None = None
        self._problem: BaseException | None = None
        self._running: Running | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Running:
        """Return when it answers."""
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        if self._running is None:
            raise RuntimeError("the server did not start") from self._problem
        return self._running

    def stop(self) -> None:
        """Return when it has ended."""
        if self._stop is not None:
            self._stop()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._problem = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            house, key = await self._house(stack)
            server = uvicorn_of(
                build_application(
                    house, max_body_bytes=100_000, default_model="default", cors_origins=["*"]
                )
            )
            listener = socket.create_server(("127.0.0.1", 0))
            stack.callback(listener.close)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await server.begun.wait()
            loop = asyncio.get_running_loop()
            self._stop = lambda: loop.call_soon_threadsafe(server.ended.set)
            self._running = Running(f"http://127.0.0.1:{listener.getsockname()[1]}", key)
            self._ready.set()
            await serving

    async def _house(self, stack: AsyncExitStack) -> tuple[House, str]:
        state = await open_state(self._folder / "state.db")
        stack.push_async_callback(state.close)
        ledger = DurableLedger(state)
        stack.push_async_callback(ledger.close)
        keys = KeyStore(state)
        await keys.refresh()
        key = "any text will do"
        if self._with_keys:
            key = (await keys.create("tests")).key.reveal()
        index = MemoryIndex()
        await index.put([Document(URL, "Whales", TEXT)], collection="sea")
        searcher = OwnIndexSearcher(index, None)

        def engine(profile: Profile) -> Answerer:
            writer = QuoteWriter(WordOverlap(), WordCounter())
            return Engine(searcher, writer, profile, deadline_s=30)

        catalog = Catalog(engine)
        keeper = Gatekeeper(
            decide_mode("127.0.0.1", keys.has_keys, session=False), keys, StaticKeys()
        )
        house = House(Gate(catalog, ledger), keeper, catalog)
        return house, key


@pytest.fixture(scope="session", params=["open", "keys"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A server in each of the two modes."""
    thread = ServerThread(tmp_path_factory.mktemp("server"), with_keys=request.param == "keys")
    yield thread.start()
    thread.stop()


@pytest.fixture(scope="session")
def keys_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that asks for keys."""
    thread = ServerThread(tmp_path_factory.mktemp("keys-server"), with_keys=True)
    yield thread.start()
    thread.stop()
