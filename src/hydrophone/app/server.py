"""The ASGI server: opens the rooms at start, puts the doors before them, closes all at the end."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from hydrophone.app.crawls import recrawl_for_ever
from hydrophone.app.rooms import Rooms, open_rooms
from hydrophone.errors import HydrophoneError
from hydrophone.settings import Settings, load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hydrophone.accounts.modes import Mode

UP_FIRST_S = 0.25
GARBAGE_THRESHOLD = 10_000
_log = logging.getLogger(__name__)


def server() -> Server:
    """The server with the settings of the environment, for uvicorn's `--factory`."""
    settings = load_settings()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("hydrophone").setLevel(settings.log_level.upper())
    return Server(settings)


async def check_may_start(settings: Settings) -> tuple[Mode, bool]:
    """Who may ask, and whether without a key or token; raises NotConfigured, with what to do, when
    the server must not start so."""
    async with open_rooms(settings) as rooms:
        gatekeeper = await rooms.gatekeeper()
        return gatekeeper.mode, gatekeeper.open


class Server:
    """An ASGI application whose rooms are open between lifespan's start and end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._doors: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or go through the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._doors is not None:
            # At the end of its grace uvicorn cancels the answers that still run; passed on, each
            # would be logged as a crash.
            with suppress(asyncio.CancelledError):
                await self._doors(scope, receive, send)
        else:
            raise RuntimeError("the server needs an ASGI host with lifespan support")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._doors = await self._start()
        except Exception as error:
            if not isinstance(error, HydrophoneError):
                _log.exception("the server could not start")
            await self._stack.aclose()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> ASGIApp:
        from hydrophone.api.application import build_application
        from hydrophone.mcp.endpoint import McpEndpoint, mcp_router
        from hydrophone.page import page_router

        settings = self._settings
        rooms = await self._stack.enter_async_context(open_rooms(settings, embed_threads=1))
        house = await rooms.house()
        self._stack.push_async_callback(rooms.rest)
        work = _sessions_alone if rooms.session_only else _in_the_background
        background = asyncio.create_task(work(rooms))
        self._stack.push_async_callback(_stop, background)
        endpoint = McpEndpoint(
            house,
            default_model=rooms.default_model,
            max_body_bytes=settings.max_body_bytes,
        )
        self._stack.push_async_callback(endpoint.close)
        doors = build_application(
            house,
            max_body_bytes=settings.max_body_bytes,
            default_model=rooms.default_model,
            cors_origins=settings.cors_origins,
            strict=settings.strict,
            pro_search=settings.pro_search,
            agent_lenient=settings.agent_lenient,
            repeat_search_results=settings.repeat_search_results,
            store_responses=settings.store_responses,
            egress_networks=settings.egress_addresses,
            pages=[*([] if rooms.session_only else [page_router(house)]), mcp_router(endpoint)],
        )
        collect_garbage_seldom()
        return doors


def collect_garbage_seldom() -> None:
    """Set Python's collector of garbage up for a process that answers requests."""
    # What has been imported stays: later collections need not look through it again.
    gc.freeze()
    # Nearly all that a request makes is gone before it could be looked through; at Python's own
    # threshold of 700 the looking took a twelfth of a request's time.
    gc.set_threshold(GARBAGE_THRESHOLD, *gc.get_threshold()[1:])
    gc.enable()


async def _in_the_background(rooms: Rooms) -> None:
    """What a server does when it is up: whoever looks first whether it is, need not wait."""
    docs = rooms.start_docs(UP_FIRST_S)
    try:
        await asyncio.sleep(UP_FIRST_S)
        (await rooms.jobs()).runner.start()
        (await rooms.batching()).start()
        (await rooms.shelf()).start()
        await docs
        if rooms.settings.preload:
            await rooms.preload()
        await _tell_of_language_models(rooms.settings)
        if not rooms.settings.offline:
            database = (await rooms.index()).database
            await recrawl_for_ever(database, partial(rooms.crawler, background=True))
    except Exception:
        _log.exception("background work at start failed")
    finally:
        await _stop(docs)


async def _sessions_alone(rooms: Rooms) -> None:
    """What a server of web sessions does when it is up: there is nothing else to look after."""
    await asyncio.sleep(UP_FIRST_S)
    sessions = rooms.sessions()
    if sessions is not None and rooms.own_session() is not None:
        await sessions.refresh_models(None, at_once=False)


async def _tell_of_language_models(settings: Settings) -> None:
    if settings.model_url is not None or settings.offline:
        return
    from hydrophone.llm.openai import find_local_endpoints

    for found in await find_local_endpoints(exclude_port=settings.port):
        _log.warning(
            "%s runs at %s; to have it write answers set HYDROPHONE_MODEL_URL=%s and "
            "HYDROPHONE_MODEL to one of: %s",
            *(found.name, found.url, found.url, ", ".join(found.models) or "its models"),
        )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
