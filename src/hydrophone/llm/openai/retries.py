"""Another try for a request that failed before the first byte of its answer."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from hydrophone.errors import HydrophoneError

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try again, and how long to pause before.

    A pause is `backoff_s`, doubled each time, with jitter, or what Retry-After says; when that is
    over `longest_pause_s` or behind the deadline, there is no other try.
    """

    retries: int = 2
    backoff_s: float = 0.5
    longest_pause_s: float = 20.0


class Retry(Exception):
    """A try failed in a way that another may not; `error` is what to raise if it is the last."""

    def __init__(self, error: HydrophoneError, pause_s: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause_s = pause_s


async def tried(
    attempt: Callable[[], Awaitable[T]], retries: Retries, *, deadline: float, where: str
) -> T:
    """What the first attempt gives that raises no Retry. Raises the error of the last one.

    `deadline` is in the loop's time; `where` names the other side for the log.
    """
    for tries_left in range(retries.retries, -1, -1):
        try:
            return await attempt()
        except Retry as failed:
            pause_s = _pause_s(failed, retries, tries_left)
            left_s = deadline - asyncio.get_running_loop().time()
            if tries_left == 0 or pause_s > min(retries.longest_pause_s, left_s):
                raise failed.error from failed.__cause__
            _log.info("%s: again in %.1f s: %s", where, pause_s, failed)
        await asyncio.sleep(pause_s)
    raise AssertionError("the last try returns or raises")


def _pause_s(failed: Retry, retries: Retries, tries_left: int) -> float:
    if failed.pause_s is not None:
        return failed.pause_s
    doubled = retries.backoff_s * 2.0 ** (retries.retries - tries_left)
    jittered = doubled * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret about it
    return min(jittered, retries.longest_pause_s)
