"""A real Hydrophone server in a process of its own, for benchmarks and tests."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

START_S = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    pid: int

    @staticmethod
    def environment(data_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a server or a command with this data folder and no other setting.

        The web is not searched: a figure must not depend on what is out there.
        """
        plain = {k: v for k, v in os.environ.items() if not k.startswith("HYDROPHONE_")}
        ours = {"HYDROPHONE_DATA_DIR": str(data_dir), "HYDROPHONE_WEB_SEARCH": "0"}
        return {**plain, **ours, **(more or {})}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(data_dir: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Served]:
    """Start `hydrophone serve` on a free port; leaving stops it."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hydrophone", "serve", "--port", str(port)),
        env=Served.environment(data_dir, more),
        cwd=data_dir,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _healthy(url, process)
        yield Served(url, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _healthy(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with exit code {process.returncode}")
            try:
                async with session.get(f"{url}/health") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


def machine() -> str:
    """The machine in one line, for the head of a table."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"
