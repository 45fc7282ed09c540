"""Server processes: started on a core of their own, measured from /proc, always stopped. Linux."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

START_S = 180.0
STOP_S = 10.0
REST_S = 120.0
_POLL_S = 0.02
_QUIET_S = 0.03
_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# Fields of /proc/<pid>/stat behind the name, see proc_pid_stat(5): utime to cstime, and rss.
_TIMES, _RSS = slice(11, 15), 21


@dataclass(frozen=True, slots=True)
class Start:
    """What it took until the server first said that it is healthy."""

    cpu_s: float
    wall_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    pid: int
    url: str
    start: Start

    def cpu_s(self) -> float:
        """CPU seconds of the process and its descendants so far, user and system."""
        return sum(_cpu_s(_stat(pid)) for pid in family(self.pid))

    def rss_bytes(self) -> int:
        """Resident memory of the process and its descendants."""
        return _rss_bytes(self.pid)

    async def rest(self) -> None:
        """Wait until it has nothing more to do of its own: three quiet half seconds."""
        quiet = 0
        async with asyncio.timeout(REST_S):
            while quiet < 3:
                before_s = self.cpu_s()
                await asyncio.sleep(0.5)
                quiet = quiet + 1 if self.cpu_s() - before_s <= _QUIET_S else 0


def family(pid: int) -> Iterator[int]:
    """The process and all its living descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            for child in (task / "children").read_text("ascii").split():
                yield from family(int(child))


def _stat(pid: int) -> list[str]:
    try:
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return line.rpartition(")")[2].split()


def _cpu_s(stat: Sequence[str]) -> float:
    return sum(map(int, stat[_TIMES])) / _TICKS_PER_S


def _rss_bytes(pid: int) -> int:
    stats = [_stat(member) for member in family(pid)]
    return sum(int(stat[_RSS]) * _PAGE_BYTES for stat in stats if stat)


def cores() -> tuple[set[int], set[int]]:
    """One core for the server that is measured, and one for all others if there is another."""
    available = sorted(os.sched_getaffinity(0))
    return {available[0]}, {available[-1]}


@asynccontextmanager
async def running(
    command: Sequence[str],
    url: str,
    *,
    health: str,
    environment: Mapping[str, str],
    folder: Path,
    core: set[int],
) -> AsyncIterator[Running]:
    """Start a server, wait until `url` + `health` gives 200, and stop it on leaving.

    Its output goes to a file in `folder`, whose end is in the RuntimeError of one that dies.
    """
    log = folder / "server.log"
    began_s = time.perf_counter()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, core),
        )
    try:
        try:
            await _healthy(url + health, process)
        except (RuntimeError, TimeoutError) as error:
            raise RuntimeError(f"{command[:4]}: {error}\n{_end(log)}") from error
        cpu_s = sum(_cpu_s(_stat(pid)) for pid in family(process.pid))
        start = Start(cpu_s, time.perf_counter() - began_s, _rss_bytes(process.pid))
        yield Running(process.pid, url, start)
    finally:
        await _stop(process)


async def _healthy(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"ended with exit code {process.returncode}")
            try:
                async with session.get(address) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(_POLL_S)


async def _stop(process: asyncio.subprocess.Process) -> None:
    # The session is the server's own: whatever it has started goes with it.
    for sign in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await process.wait()
                break
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]


async def output_of(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, told: str = ""
) -> str:
    """What a command prints. Raises RuntimeError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, cores()[1]),
    )
    out, err = await process.communicate(told.encode())
    if process.returncode:
        raise RuntimeError(f"{command[:3]} failed:\n{err.decode('utf-8', 'replace')[-3000:]}")
    return out.decode()


async def wall_s(command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> float:
    """Seconds that a command takes, the median of five."""
    taken: list[float] = []
    for _ in range(5):
        began_s = time.perf_counter()
        await output_of(command, environment=environment, folder=folder)
        taken.append(time.perf_counter() - began_s)
    return statistics.median(taken)
