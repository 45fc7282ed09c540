"""Conversations that callers go on with: kept for a while, so many for each caller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hydrophone.errors import NotFound
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.ports import KeptConversation


@dataclass(slots=True)
class Kept:
    """A conversation of a caller's with an account. `names` are all that it is found by."""

    id: str
    owner: str
    account: str
    created_at: float
    last_used_at: float
    model: str
    thread: Thread = field(default_factory=Thread)
    messages: int = 0
    names: set[str] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def shown(self) -> KeptConversation:
        """What its caller sees of it."""
        return KeptConversation(
            id=self.id,
            created_at=self.created_at,
            last_used_at=self.last_used_at,
            messages=self.messages,
            model=self.model,
            title=self.thread.title,
            thread=self.thread.backend_uuid,
        )


class KeptConversations:
    """Those of all callers. `timeout_s` is how long one is kept after its last use, `most` how many
    of one caller's; `clock` gives seconds since 1970."""

    def __init__(
        self,
        *,
        timeout_s: float = 3_600,
        most: int = 100,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._timeout_s = timeout_s
        self._most = most
        self._clock = clock
        self._kept: dict[tuple[str, str], Kept] = {}  # the one that was used last stands last
        self._names: dict[tuple[str, str], Kept] = {}

    def find(self, name: str, owner: str, account: str) -> Kept | None:
        """The caller's conversation of this id or with this thread, if it is one of the account."""
        self._expire()
        kept = self._names.get((owner, name))
        return kept if kept is not None and kept.account == account else None

    def begin(self, id: str, owner: str, account: str, model: str) -> Kept:
        """A new conversation under this id, which is kept when it was used."""
        now = self._clock()
        return Kept(id, owner, account, now, now, model, names={id})

    def use(self, kept: Kept, thread: Thread, model: str) -> None:
        """A question of it was answered."""
        key = (kept.owner, kept.id)
        kept.thread, kept.model = thread, model
        kept.messages += 2
        kept.last_used_at = self._clock()
        kept.names |= {name for name in (thread.backend_uuid, thread.slug) if name is not None}
        self._kept.pop(key, None)
        self._kept[key] = kept
        self._names.update({(kept.owner, name): kept for name in kept.names})
        mine = [one for one in self._kept.values() if one.owner == kept.owner]
        for one in mine[: max(0, len(mine) - self._most)]:
            self._drop(one)

    def of(self, owner: str) -> Sequence[KeptConversation]:
        """The caller's, the one that was used last first."""
        self._expire()
        return [one.shown for one in reversed(self._kept.values()) if one.owner == owner]

    def forget(self, name: str, owner: str) -> None:
        """Forget one. Raises NotFound."""
        self._expire()
        kept = self._names.get((owner, name))
        if kept is None:
            raise NotFound("there is no such conversation")
        self._drop(kept)

    def counts(self) -> tuple[int, int, int]:
        """How many there are, whose, and their messages."""
        self._expire()
        kept = self._kept.values()
        return len(kept), len({one.owner for one in kept}), sum(one.messages for one in kept)

    def _expire(self) -> None:
        before = self._clock() - self._timeout_s
        for one in list(self._kept.values()):
            if one.last_used_at >= before:
                return
            self._drop(one)

    def _drop(self, kept: Kept) -> None:
        self._kept.pop((kept.owner, kept.id), None)
        for name in kept.names:
            if self._names.get((kept.owner, name)) is kept:
                del self._names[kept.owner, name]
