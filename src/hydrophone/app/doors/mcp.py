"""The house of an MCP server that runs by itself, over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from hydrophone.app.rooms import Rooms, open_rooms
from hydrophone.errors import NotConfigured
from hydrophone.ports import Credentials, House
from hydrophone.settings import Settings, load_settings
from hydrophone.types import LOCAL, Principal


def is_of_sessions_alone() -> bool:
    """Whether the settings have nothing but web sessions. What is wrong with them is for
    `open_house` to tell."""
    try:
        return load_settings().mode == "session"
    except NotConfigured:
        return False


class Starter:
    """Accounts of a process that only whoever started it can talk to."""

    @property
    def open(self) -> bool:
        """It asks for no key."""
        return True

    async def identify(self, credentials: Credentials) -> Principal:
        """Whoever started it."""
        return LOCAL


@asynccontextmanager
async def open_house(
    settings: Settings | None = None,
) -> AsyncIterator[tuple[Callable[[], Awaitable[House]], str]]:
    """The house of the settings, and its default model; rooms are opened by the first call.

    So a client that only lists the tools waits for no database. Raises InvalidRequest for settings
    that cannot be read.
    """
    settings = settings or load_settings()
    async with open_rooms(settings) as rooms:
        late = _LateHouse(rooms)
        try:
            yield late.house, rooms.default_model
        finally:
            await late.close()


class _LateHouse:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._building = asyncio.Lock()
        self._built: House | None = None
        self._docs: asyncio.Task[None] | None = None

    async def house(self) -> House:
        async with self._building:
            if self._built is None:
                self._built = await self._rooms.house(accounts=Starter())
                if not self._rooms.session_only:
                    self._docs = self._rooms.start_docs(0)
        return self._built

    async def close(self) -> None:
        if self._docs is not None:
            self._docs.cancel()
            with suppress(asyncio.CancelledError):
                await self._docs
        await self._rooms.rest()
