"""A Chromium without a window and without a network, driven through a pair of pipes.

Its messages are those of the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/),
JSON with a zero byte behind each. It runs in a cage (`cage.py`) in which no process can open a
network socket: what it shows must be handed to it, and WebRTC, which heeds no proxy, is dead, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hydrophone.fetch.errors import RenderFailed
from hydrophone.fetch.render import cage

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless=new --remote-debugging-pipe --disable-gpu --disable-dev-shm-usage --no-first-run "
    "--no-default-browser-check --no-pings --mute-audio --disable-sync "
    "--disable-background-networking --disable-component-update --disable-default-apps "
    "--disable-domain-reliability --disable-extensions --disable-breakpad "
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,Translate "
    "--blink-settings=imagesEnabled=false --js-flags=--max-old-space-size=512"
)
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")
_MESSAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BrowserEvent:
    """Something that happened in a tab, with the protocol's own name and parameters."""

    method: str
    params: Mapping[str, Any]


class Browser:
    """One process. Made by `start`; `kill` ends it and everything that it started."""

    def __init__(self, pid: int, profile: str) -> None:
        self._pid = pid
        self._profile = profile
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, asyncio.Queue[BrowserEvent]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._pipe: asyncio.WriteTransport | None = None
        self.alive = True

    @classmethod
    async def start(cls, executable: str) -> Browser:
        """A browser that answers. Raises RenderFailed when it does not come up."""
        if not cage.is_possible():
            raise RenderFailed("pages are rendered on Linux only, on x86-64 and ARM64")
        profile = tempfile.mkdtemp(prefix="hydrophone-chromium-")
        caged = [sys.executable, "-I", "-S", cage.__file__, executable]
        pid, to_browser, from_browser = _spawn([*caged, *_flags(profile)], _environment(profile))
        browser = cls(pid, profile)
        try:
            await browser._connect(to_browser, from_browser)
            await browser.call("Browser.getVersion")
        except RenderFailed as error:
            await browser.kill()
            raise RenderFailed(f"{executable} did not start as a Chromium should") from error
        except BaseException:
            await asyncio.shield(browser.kill())
            raise
        return browser

    async def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, session: str | None = None
    ) -> dict[str, Any]:
        """The result of a method of the protocol. Raises RenderFailed."""
        if not self.alive or self._pipe is None:
            raise RenderFailed("Chromium has ended")
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params or {}}
        if session is not None:
            message["sessionId"] = session
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._pipe.write(orjson.dumps(message) + b"\0")
            reply = await answer
        finally:
            self._waiting.pop(number, None)
        if "error" in reply:
            raise RenderFailed(f"Chromium refuses {method}: {reply['error'].get('message')}")
        result: dict[str, Any] = reply.get("result", {})
        return result

    def listen(self, session: str) -> asyncio.Queue[BrowserEvent]:
        """All further events of a session, until `forget`."""
        return self._listeners.setdefault(session, asyncio.Queue())

    def forget(self, session: str) -> None:
        """Events of the session are of no interest any more."""
        self._listeners.pop(session, None)

    async def kill(self) -> None:
        """End the process and its children and remove what it wrote."""
        self.alive = False
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._pipe is not None:
            self._pipe.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        await asyncio.to_thread(_reap, self._pid)
        await asyncio.to_thread(shutil.rmtree, self._profile, ignore_errors=True)

    async def _connect(self, to_browser: int, from_browser: int) -> None:
        loop = asyncio.get_running_loop()
        pipe, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(to_browser, "wb", buffering=0)
        )
        self._pipe = pipe
        reader = asyncio.StreamReader(limit=_MESSAGE_BYTES)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_browser, "rb", buffering=0)
        )
        self._reading = asyncio.create_task(self._read(reader, transport))

    async def _read(self, reader: asyncio.StreamReader, pipe: asyncio.ReadTransport) -> None:
        try:
            while True:
                self._take(orjson.loads((await reader.readuntil(b"\0"))[:-1]))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
            pass
        finally:
            self.alive = False
            pipe.close()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_result({"error": {"message": "it has ended"}})

    def _take(self, message: dict[str, Any]) -> None:
        answer = self._waiting.get(message.get("id", 0))
        if answer is not None and not answer.done():
            answer.set_result(message)
        listener = self._listeners.get(message.get("sessionId", ""))
        if listener is not None and "method" in message:
            listener.put_nowait(BrowserEvent(message["method"], message.get("params", {})))


def find_chromium(named: str | None = None) -> str | None:
    """The path of the Chromium that is `named`, by path or name, or of one that is installed."""
    names = (named,) if named else _NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


def _flags(profile: str) -> list[str]:
    flags = [*_FLAGS.split(), f"--user-data-dir={profile}", "about:blank"]
    # Chromium does not start its sandbox for root.
    return ["--no-sandbox", *flags] if os.geteuid() == 0 else flags


def _environment(profile: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "HOME": profile, "TMPDIR": profile}


def _spawn(command: list[str], environment: dict[str, str]) -> tuple[int, int, int]:
    """Process id, and the pipes to it and from it, which it has as files 3 and 4."""
    its_in, to_browser = os.pipe()
    from_browser, its_out = os.pipe()
    # Out of the way of 3 and 4, which are overwritten one after the other.
    low = [its_in, its_out]
    high = [_move_up(number) for number in low]
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    moved = [(os.POSIX_SPAWN_DUP2, high[0], 3), (os.POSIX_SPAWN_DUP2, high[1], 4)]
    try:
        pid = os.posix_spawn(
            command[0], command, environment, file_actions=[*silent, *moved], setpgroup=0
        )
    except BaseException:
        os.close(to_browser)
        os.close(from_browser)
        raise
    finally:
        for number in (*low, *high):
            os.close(number)
    return pid, to_browser, from_browser


def _move_up(number: int) -> int:
    import fcntl

    return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
