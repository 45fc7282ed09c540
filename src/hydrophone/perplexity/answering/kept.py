"""Conversations that callers go on with: kept for a while, so many for each caller.

A caller is here whoever asks with one account: behind one key of a server may stand many people,
each with a session of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hydrophone.errors import NotFound
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.ports import KeptConversation


@dataclass(slots=True, eq=False)
class Kept:
    """A conversation of a caller's with an account. `names` are all that it is found by, `asking`
    is how many questions of it run or wait. One that `is_gone` is not kept any more."""

    id: str
    owner: str
    account: str
    created_at: float
    last_used_at: float
    model: str
    thread: Thread = field(default_factory=Thread)
    messages: int = 0
    names: set[str] = field(default_factory=set)
    asking: int = 0
    is_gone: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def caller(self) -> tuple[str, str]:
        """Whose it is."""
        return self.owner, self.account

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
    of one caller's; `clock` gives seconds since 1970. One that has no answer yet is found, so that
    questions at once are of one conversation, and not shown."""

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
        self._kept: dict[Kept, None] = {}  # the one that was used last stands last
        self._names: dict[tuple[str, str, str], Kept] = {}

    def find(self, name: str, owner: str, account: str) -> Kept | None:
        """The caller's conversation of this id or with this thread."""
        self._expire()
        return self._names.get((owner, account, name))

    def begin(
        self, id: str, owner: str, account: str, model: str, thread: Thread | None = None
    ) -> Kept:
        """A new conversation under this id, behind a thread that there is already, if any. What it
        is for is its first `turn`: it is gone when that ends without an answer."""
        now = self._clock()
        kept = Kept(id, owner, account, now, now, model, names={id})
        if thread is not None:
            kept.thread = thread
        self._keep(kept)
        return kept

    @asynccontextmanager
    async def turn(self, kept: Kept) -> AsyncIterator[None]:
        """For one question of it, which waits until those before it are through."""
        kept.asking += 1
        try:
            async with kept.turn:
                yield
        finally:
            kept.asking -= 1
            if not kept.asking and not kept.messages:
                self._drop(kept)

    def use(self, kept: Kept, thread: Thread, model: str) -> None:
        """A question of it was answered. One that was forgotten meanwhile is not kept again."""
        kept.thread, kept.model = thread, model
        kept.messages += 2
        kept.last_used_at = self._clock()
        if not kept.is_gone:
            self._keep(kept)
            self._make_room(kept.caller)

    def of(self, owner: str, account: str) -> Sequence[KeptConversation]:
        """The caller's, the one that was used last first."""
        self._expire()
        return [one.shown for one in reversed(self._of((owner, account)))]

    def forget(self, name: str, owner: str, account: str) -> None:
        """Forget one, also one that is being answered. Raises NotFound."""
        kept = self.find(name, owner, account)
        if kept is None:
            raise NotFound("there is no such conversation")
        self._drop(kept)

    def counts(self) -> tuple[int, int, int]:
        """How many there are, of how many callers, and their messages."""
        self._expire()
        kept = [one for one in self._kept if one.messages]
        return len(kept), len({one.caller for one in kept}), sum(one.messages for one in kept)

    def _of(self, caller: tuple[str, str]) -> list[Kept]:
        return [one for one in self._kept if one.messages and one.caller == caller]

    def _keep(self, kept: Kept) -> None:
        self._kept.pop(kept, None)
        self._kept[kept] = None
        thread = kept.thread
        kept.names |= {name for name in (thread.backend_uuid, thread.slug) if name is not None}
        self._names.update({(*kept.caller, name): kept for name in kept.names})

    def _make_room(self, caller: tuple[str, str]) -> None:
        mine = self._of(caller)
        for one in mine[: max(0, len(mine) - self._most)]:
            if not one.asking:
                self._drop(one)

    def _expire(self) -> None:
        before = self._clock() - self._timeout_s
        for one in list(self._kept):
            if one.last_used_at >= before:
                return
            if not one.asking:
                self._drop(one)

    def _drop(self, kept: Kept) -> None:
        kept.is_gone = True
        self._kept.pop(kept, None)
        for name in kept.names:
            if self._names.get((*kept.caller, name)) is kept:
                del self._names[*kept.caller, name]
