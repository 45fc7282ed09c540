"""Rendering: the HTML of a page after its scripts have run."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hydrophone.fetch.client import ANY_TYPE, Fetched, Fetcher
from hydrophone.fetch.errors import RenderFailed
from hydrophone.fetch.render.browser import Browser
from hydrophone.fetch.render.tab import Tab
from hydrophone.fetch.robots import get_politely

if TYPE_CHECKING:
    from hydrophone.fetch.robots import RobotsCache

_HARDLY_CHARS = 250
_GRACE_S = 5.0
_START_S = 30.0
_PAGES_A_BROWSER = 200
_HTML = frozenset({"text/html", "application/xhtml+xml", None})
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)


class Renderer:
    """Renders one page after the other in an installed Chromium, started at the first; close it.

    The browser itself reaches nothing: what scripts ask for is fetched with `fetcher`, so under its
    guard and limits and without cookies, and as `robots` allows; only GET, only scripts and data.
    `executable` is the path of the Chromium. A page has `deadline_s` to come to rest.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        executable: str,
        *,
        robots: RobotsCache | None = None,
        deadline_s: float = 15.0,
    ) -> None:
        self._fetcher = fetcher
        self._executable = executable
        self._robots = robots
        self._deadline_s = deadline_s
        self._one_at_a_time = asyncio.Lock()
        self._browser: Browser | None = None
        self._pages = 0

    def may_help(self, page: Fetched, text: str) -> bool:
        """Whether a page in which `text` was found may have more after its scripts have run."""
        if len(text) >= _HARDLY_CHARS or page.media_type not in _HTML:
            return False
        return _SCRIPT.search(page.body) is not None

    async def render(self, page: Fetched) -> Fetched:
        """The page with the HTML that its scripts have made. Raises RenderFailed."""
        async with self._one_at_a_time:
            try:
                browser = await self._open_browser()
                async with asyncio.timeout(self._deadline_s + _GRACE_S):
                    html = await self._show(browser, page)
            except TimeoutError as error:
                await self._close_browser()
                raise RenderFailed(f"{page.final_url} could not be rendered in time") from error
            except BaseException:
                await asyncio.shield(self._close_browser())
                raise
        body = html.encode("utf-8", "replace")
        return replace(page, body=body, media_type="text/html", charset="utf-8")

    async def close(self) -> None:
        """End the browser, also while it renders."""
        await self._close_browser()

    async def _open_browser(self) -> Browser:
        if self._browser is not None and (
            not self._browser.alive or self._pages >= _PAGES_A_BROWSER
        ):
            await self._close_browser()
        if self._browser is None:
            async with asyncio.timeout(_START_S):
                self._browser = await Browser.start(self._executable)
            self._pages = 0
        self._pages += 1
        return self._browser

    async def _close_browser(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            await browser.kill()

    async def _show(self, browser: Browser, page: Fetched) -> str:
        """Render in a context of the page's own, which keeps nothing for the next one."""
        made = await browser.call("Target.createBrowserContext", {"disposeOnDetach": True})
        context = {"browserContextId": made["browserContextId"]}
        await browser.call("Browser.setDownloadBehavior", {"behavior": "deny", **context})
        target = await browser.call("Target.createTarget", {"url": "about:blank", **context})
        attached = await browser.call(
            "Target.attachToTarget", {"targetId": target["targetId"], "flatten": True}
        )
        tab = Tab(browser, attached["sessionId"], page, self._resource)
        html = await tab.render(self._fetcher.user_agent, self._deadline_s)
        await browser.call("Target.disposeBrowserContext", context)
        return html

    async def _resource(self, url: str) -> Fetched:
        if self._robots is None:
            return await self._fetcher.get(url, accept=ANY_TYPE)
        return await get_politely(self._fetcher, self._robots, url, accept=ANY_TYPE)
