"""A real Chromium without a window, driven over the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ describes the methods. Each test gets a
browser context of its own: storage, clipboard and cookies are not shared.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE_S = 15.0
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-port=0"
)
_KEYS: Mapping[str, tuple[str, int, str]] = {
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    "Tab": ("Tab", 9, ""),
    "/": ("Slash", 191, "/"),
    " ": ("Space", 32, " "),
}


def installed_chromium() -> str | None:
    """The path of a Chromium of this machine, if there is one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium_running(executable: str) -> Iterator[str]:
    """Start a Chromium with a fresh profile; gives the address of its DevTools socket."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [executable, *_FLAGS.split(), f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield _devtools_address(Path(profile) / "DevToolsActivePort", process)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _devtools_address(file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValueError):
            port, path = file.read_text().split()
            return f"ws://127.0.0.1:{port}{path}"
        time.sleep(0.05)
    raise RuntimeError(f"Chromium did not start; exit code {process.poll()}")


class Page:
    """One tab. `problems` collects script errors and policy violations of all its documents."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._session: str | None = None
        self.problems: list[str] = []
        self.requested: list[str] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a DevTools method and return its result."""
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._socket.send_json(message)
        return await asyncio.wait_for(self._answers[number], PATIENCE_S)

    async def listen(self) -> None:
        """Read from the browser until it closes the socket."""
        async for message in self._socket:
            body = json.loads(message.data)
            waiting = self._answers.pop(body.get("id", 0), None)
            if waiting is None:
                self._note(body.get("method", ""), body.get("params", {}))
            elif "error" in body:
                waiting.set_exception(RuntimeError(f"{body['error']}"))
            else:
                waiting.set_result(body["result"])

    def _note(self, method: str, parameters: Any) -> None:
        if method == "Runtime.exceptionThrown":
            self.problems.append(str(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.problems.append(str(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["source"] != "network":
            self.problems.append(str(parameters["entry"]))
        elif method == "Network.requestWillBeSent":
            self.requested.append(parameters["request"]["url"])

    async def begin(self) -> str:
        """Make a tab in a new browser context and attach to it; gives the context's id."""
        context: str = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = await self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        return context

    async def end(self, context: str) -> None:
        """Throw the browser context away."""
        self._session = None
        await self.call("Target.disposeBrowserContext", browserContextId=context)

    async def open(self, url: str) -> None:
        """Load a page and wait until its modules have run."""
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression gives, as JSON; promises are waited for."""
        answer = await self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not await self.value(f"Boolean({expression})"):
            if asyncio.get_running_loop().time() > deadline:
                body = await self.value("document.body.innerText")
                raise AssertionError(f"never true: {expression}\n{body}\n{self.problems}")
            await asyncio.sleep(0.02)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key of the keyboard."""
        code, number, text = _KEYS[key]
        common = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": 8 if shift else 0,
        }
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def type(self, text: str) -> None:
        """Put text where the focus is, as a keyboard or an input method does."""
        await self.call("Input.insertText", text=text)

    async def move_mouse(self, selector: str) -> tuple[float, float]:
        """Move the mouse to the middle of an element and tell where that is."""
        x, y = await self.value(
            f"(box => [box.x + box.width / 2, box.y + box.height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    async def click(self, selector: str) -> None:
        """Click an element with the mouse."""
        x, y = await self.move_mouse(selector)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def tap(self, selector: str) -> None:
        """Touch an element with a finger."""
        x, y = await self.value(
            f"(box => [box.x + box.width / 2, box.y + box.height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        await self.call(
            "Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}]
        )
        await self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    async def resize(self, width: int, height: int, *, phone: bool = False, scale: int = 1) -> None:
        """Give the window a size in CSS pixels; a phone also has a finger instead of a mouse."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=phone,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    async def prefer(self, **features: str) -> None:
        """Set what the user prefers; underscores stand for hyphens."""
        wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        await self.call("Emulation.setEmulatedMedia", features=wanted)

    async def screenshot(self) -> bytes:
        """The window as PNG."""
        return b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def page_of(devtools_address: str) -> AsyncIterator[Page]:
    """A tab in a browser context of its own."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(devtools_address, max_msg_size=0) as socket,
    ):
        page = Page(socket)
        listener = asyncio.create_task(page.listen())
        try:
            context = await page.begin()
            yield page
            await page.end(context)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
