"""How much memory this process has for itself, the page cache's files not counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EVERY_S = 0.1


def anonymous_mb() -> float:
    """RssAnon of /proc/self/status, in millions of bytes. Linux alone has it."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("this system does not tell a process's anonymous memory")


class Peak:
    """The most that was seen."""

    anonymous_mb = 0.0


@contextmanager
def watched() -> Iterator[Peak]:
    """Look at the anonymous memory ten times a second."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.is_set():
            peak.anonymous_mb = max(peak.anonymous_mb, anonymous_mb())
            time.sleep(_EVERY_S)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
