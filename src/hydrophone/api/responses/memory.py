"""Conversations of responses that must not be stored, so that they can be continued for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from hydrophone.codec import decode_value, encode_value
from hydrophone.types import Principal, Turn

KEEP_S = 3600.0
MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class _Conversation:
    turns: tuple[Turn, ...]


class RecentTurns:
    """In this process's memory only: `most_bytes` of them, each for `keep_s` seconds."""

    def __init__(
        self,
        *,
        keep_s: float = KEEP_S,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_s = keep_s
        self._most_bytes = most_bytes
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, bytes]] = OrderedDict()
        self._size_bytes = 0

    def put(self, key: str, principal: Principal, turns: tuple[Turn, ...]) -> None:
        """Remember the turns under a key of this caller; what is too large is not."""
        packed = encode_value(_Conversation(turns))
        if len(packed) > self._most_bytes:
            return
        self.forget(key, principal)
        self._kept[_place(key, principal)] = self._clock(), packed
        self._size_bytes += len(packed)
        self._drop_old()

    def get(self, key: str, principal: Principal) -> tuple[Turn, ...] | None:
        """The turns, while they are remembered."""
        self._drop_old()
        found = self._kept.get(_place(key, principal))
        return None if found is None else decode_value(_Conversation, found[1]).turns

    def forget(self, key: str, principal: Principal) -> bool:
        """Forget the turns; whether there were some."""
        found = self._kept.pop(_place(key, principal), None)
        self._size_bytes -= 0 if found is None else len(found[1])
        return found is not None

    def _drop_old(self) -> None:
        too_old_s = self._clock() - self._keep_s
        while self._kept:
            since_s, packed = next(iter(self._kept.values()))
            if since_s > too_old_s and self._size_bytes <= self._most_bytes:
                return
            self._kept.popitem(last=False)
            self._size_bytes -= len(packed)


def _place(key: str, principal: Principal) -> tuple[str, str, str]:
    return principal.kind, principal.id, key
