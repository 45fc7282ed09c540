"""A small memory of what came lately: bounded in size, each entry for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, for `lifetime_s` each. `most` bounds the sum of their sizes.

    `size` measures a value (1 each by default); those that were used longest ago go first, and a
    value over a quarter of the whole is not kept at all.
    """

    def __init__(
        self,
        *,
        lifetime_s: float,
        most: int,
        size: Callable[[V], int] = lambda _: 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lifetime_s = lifetime_s
        self._most = most
        self._size = size
        self._clock = clock
        self._total = 0
        self._entries: OrderedDict[K, tuple[float, int, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, unless it is gone or too old."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry[2]

    def put(self, key: K, value: V) -> None:
        """Keep the value under the key."""
        self._drop(key)
        size = self._size(value)
        if size > max(1, self._most // 4):
            return
        self._entries[key] = (self._clock() + self._lifetime_s, size, value)
        self._total += size
        while self._total > self._most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._total -= entry[1]
