"""Which of the processes that hold jobs still live, told by locks that go with their process.

A lease is over half a minute after its process was killed; with this the others on the same machine
know at once. Where the file system has no locks, or the process is on another machine, the lease
has to do.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

_SUFFIX = ".lock"
_log = logging.getLogger(__name__)


class Presence:
    """That of the process which holds jobs as `owner`: a locked file in `folder`. Blocks."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._lock = FileLock(folder / f"{owner}{_SUFFIX}", thread_local=False)

    def begin(self) -> None:
        """Show that the process lives."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except (OSError, NotImplementedError, Timeout) as error:
            _log.warning("after a crash, jobs of this process wait for their lease: %s", error)

    def end(self) -> None:
        """The process holds no job any more."""
        self._lock.release()
        with suppress(OSError):
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def gone(self) -> list[str]:
        """The owners whose process is known to have ended; they stay known until `forget`."""
        own = Path(self._lock.lock_file)
        others = (path for path in self._folder.glob(f"*{_SUFFIX}") if path != own)
        return [path.stem for path in others if _is_free(path)]

    def forget(self, owner: str) -> None:
        """An owner that is gone holds no job any more."""
        with suppress(OSError):
            (self._folder / f"{owner}{_SUFFIX}").unlink(missing_ok=True)


def _is_free(path: Path) -> bool:
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except (OSError, NotImplementedError, Timeout):
        return False
    lock.release()
    return True
