"""One page in a browser: every request that it makes is answered here, or refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from hydrophone.fetch.client import Fetched
from hydrophone.fetch.errors import FetchError, RenderFailed
from hydrophone.fetch.render.browser import Browser, BrowserEvent

QUIET_S = 0.5
REQUEST_LIMIT = 100
BYTE_LIMIT = 20 * 1024 * 1024

# What text may come from; pictures, fonts, frames and beacons are not asked for.
_FETCHED = frozenset({"Script", "XHR", "Fetch"})

Resource = Callable[[str], Awaitable[Fetched]]


class Tab:
    """Shows one page, whose own body is there already; `resource` fetches what its scripts need."""

    def __init__(self, browser: Browser, session: str, page: Fetched, resource: Resource) -> None:
        self._browser = browser
        self._session = session
        self._page = page
        self._resource = resource
        self._shown = False
        self._loaded = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()
        self._open: set[str] = set()
        self._requests = 0
        self._bytes = 0

    async def render(self, user_agent: str, deadline_s: float) -> str:
        """The page's HTML when it has come to rest, or as it is at the deadline."""
        events = self._browser.listen(self._session)
        try:
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(self._follow(events, group))
                await self._prepare(user_agent)
                with suppress(TimeoutError):
                    async with asyncio.timeout(deadline_s):
                        await self._show()
                html = await self._html()
                for task in (answering, *self._answers):
                    task.cancel()
                return html
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            self._browser.forget(self._session)

    async def _prepare(self, user_agent: str) -> None:
        await self._call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        # Frames of other sites and workers would have sessions of their own: they never start.
        await self._call(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )
        await self._call("Emulation.setUserAgentOverride", userAgent=user_agent)
        await self._call("Page.enable")

    async def _show(self) -> None:
        await self._call("Page.navigate", url=self._page.final_url)
        await self._loaded.wait()
        while True:
            before = self._requests
            await asyncio.sleep(QUIET_S)
            if not self._open and self._requests == before:
                return

    async def _html(self) -> str:
        root = (await self._call("DOM.getDocument", depth=0))["root"]["nodeId"]
        html: str = (await self._call("DOM.getOuterHTML", nodeId=root))["outerHTML"]
        return html

    async def _follow(self, events: asyncio.Queue[BrowserEvent], group: asyncio.TaskGroup) -> None:
        while True:
            event = await events.get()
            if event.method == "Page.loadEventFired":
                self._loaded.set()
            elif event.method == "Fetch.requestPaused":
                self._begin(self._answer(event.params), group)
            elif event.method == "Page.javascriptDialogOpening":
                self._begin(self._try("Page.handleJavaScriptDialog", accept=False), group)

    def _begin(self, work: Coroutine[None, None, None], group: asyncio.TaskGroup) -> None:
        task = group.create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, paused: Mapping[str, Any]) -> None:
        number, kind = paused["requestId"], paused["resourceType"]
        if kind == "Document" and not self._shown:
            self._shown = True
            await self._give(number, self._page)
        elif kind == "Stylesheet":
            # Empty rather than missing: scripts wait for style sheets to load.
            await self._give(number, None)
        elif kind in _FETCHED and paused["request"]["method"] == "GET":
            await self._fetch(number, paused["request"]["url"])
        else:
            await self._refuse(number)

    async def _fetch(self, number: str, url: str) -> None:
        self._requests += 1
        if self._requests > REQUEST_LIMIT or self._bytes > BYTE_LIMIT:
            return await self._refuse(number)
        self._open.add(number)
        try:
            resource = await self._resource(url)
        except FetchError:
            await self._refuse(number)
        else:
            self._bytes += len(resource.body)
            await self._give(number, resource)
        finally:
            self._open.discard(number)

    async def _give(self, number: str, resource: Fetched | None) -> None:
        await self._try(
            "Fetch.fulfillRequest",
            requestId=number,
            responseCode=200,
            responseHeaders=_headers(resource),
            body=b64encode(resource.body if resource else b"").decode("ascii"),
        )

    async def _refuse(self, number: str) -> None:
        await self._try("Fetch.failRequest", requestId=number, errorReason="BlockedByClient")

    async def _try(self, method: str, **params: object) -> None:
        """Call what may come too late: the page may have gone on."""
        with suppress(RenderFailed):
            await self._call(method, **params)

    async def _call(self, method: str, **params: object) -> dict[str, Any]:
        return await self._browser.call(method, params, session=self._session)


def _headers(resource: Fetched | None) -> list[dict[str, str]]:
    if resource is None:
        return [{"name": "Content-Type", "value": "text/css"}]
    kind = resource.media_type or "text/html"
    charset = f"; charset={resource.charset}" if resource.charset else ""
    headers = [{"name": "Content-Type", "value": f"{kind}{charset}"}]
    # Scripts read what other sites let them read, as in any browser.
    if shared := resource.headers.get("access-control-allow-origin"):
        headers.append({"name": "Access-Control-Allow-Origin", "value": shared})
    return headers
